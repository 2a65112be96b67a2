"""The JSON Schema of the catalogue's files, made from the models that the files fill.

It says what one file may hold on its own. What holds between files, such as a source that is
named and missing, is found by `lint_catalogue`. `manage.py catalogue_schema` prints it; a test
says when `catalogue/schema.json` has to be written again.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.db import models
from django.utils import translation

from operators.catalogue_files import FIELDS, FOLDER, PARTS
from operators.models import SOURCE_LANGUAGE, Channel, Claim, Operator, Plan, Procedure, Source
from operators.models.parts import CONTACT_LOOKS

Schema = dict[str, Any]

FILE = FOLDER / "schema.json"
KEY = r"^[-a-zA-Z0-9_]+$"
KEYS: Schema = {"type": "array", "items": {"type": "string", "pattern": KEY}}


@cache
def catalogue_schema() -> Schema:
    """JSON Schema 2020-12. `$defs` has one entry per kind of file and per kind of row."""
    with translation.override(SOURCE_LANGUAGE):
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A file of the catalogue",
            "description": "Dates are YYYY-MM-DD; a day that YAML reads as a date is meant too.",
            "anyOf": [{"$ref": f"#/$defs/{name}"} for name in files()],
            "$defs": files() | rows(),
        }


def as_json() -> str:
    return json.dumps(catalogue_schema(), indent=2, ensure_ascii=False) + "\n"


def files() -> dict[str, Schema]:
    return {
        "operator.yaml": operator_file(),
        "common.yaml": common_file(),
        "sources.yaml": by_key("source") | {"description": "Every source, by its key."},
    }


def rows() -> dict[str, Schema]:
    found = {"source": row(Source), "procedure": procedure()}
    for part, model in PARTS.items():
        found[f"common-{part}"] = common_entry(model)
        found[f"own-{part}"] = own_entry(model)
    return found


# --- Files --------------------------------------------------------------------------------------


def operator_file() -> Schema:
    procedures: Schema = {
        "type": "object",
        "description": "How to leave, by plan.",
        "propertyNames": {"enum": Plan.values},
        "additionalProperties": {"$ref": "#/$defs/procedure"},
    }
    schema = row(Operator, procedures=procedures)
    schema["required"].append("procedures")
    return schema | {"description": "One operator; the file is named after its name in addresses."}


def common_file() -> Schema:
    return {
        "type": "object",
        "description": "What holds at every operator.",
        "properties": {part: by_key(f"common-{part}") for part in PARTS},
        "additionalProperties": False,
    }


def procedure() -> Schema:
    return row(
        Procedure,
        version={"type": "integer", "minimum": 1, "description": "Version it was exported from."},
        common={"type": "boolean", "description": "False: takes no common entries."},
        without=KEYS | {"description": "Common entries that do not hold here."},
        sources=by_key("source") | {"description": "Sources of this procedure alone."},
        **{
            part: by_key(f"own-{part}") | {"description": f"Its own {part}, by key."}
            for part in PARTS
        },
    )


# --- Rows ---------------------------------------------------------------------------------------


def common_entry(model: type[Claim]) -> Schema:
    plans: Schema = {
        "type": "array",
        "description": "Only for these plans; else for each.",
        "items": {"enum": Plan.values},
    }
    schema = entry(model, plans=plans)
    if model.must_have_a_source:
        schema["required"].append("sources")
    return schema


def own_entry(model: type[Claim]) -> Schema:
    """Nothing is required: under a common key it says only what is different here."""
    after: Schema = {
        "type": "string",
        "pattern": KEY,
        "description": "Key of the entry that it stands behind.",
    }
    return entry(model, after=after) | {"required": []}


def entry(model: type[Claim], **more: Schema) -> Schema:
    schema = row(model, sources=KEYS | {"description": "Keys of its sources."}, **more)
    if model is Channel:
        schema["allOf"] = [value_of(kind, pattern) for kind, pattern in CONTACT_LOOKS.items()]
    return schema


def value_of(kind: str, pattern: str) -> Schema:
    """How the value of this kind of channel looks."""
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"properties": {"value": {"pattern": f"^({pattern})?$"}}},
    }


def row(model: type[models.Model], **more: Schema) -> Schema:
    """What a file may say of one row; `more` is said by the file and is no column."""
    fields = {name: model._meta.get_field(name) for name in FIELDS[model]}
    return {
        "type": "object",
        "properties": {name: column(field) for name, field in fields.items()} | more,
        "required": [name for name, field in fields.items() if is_required(field)],
        "additionalProperties": False,
    }


def by_key(name: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": KEY, "maxLength": 50},
        "additionalProperties": {"$ref": f"#/$defs/{name}"},
    }


# --- Columns ------------------------------------------------------------------------------------


def is_required(field: Any) -> bool:
    return not field.blank and not field.has_default()


def column(field: Any) -> Schema:
    about = ". ".join(
        str(text).rstrip(".") for text in (field.verbose_name, field.help_text) if text
    )
    return {"description": f"{about[0].upper()}{about[1:]}."} | values(field)


def values(field: Any) -> Schema:
    """What may stand in this column."""
    if isinstance(field, models.DateField):
        return {"type": "string", "format": "date"}
    if isinstance(field, models.IntegerField):
        return {"type": "integer"} | limits(field)
    if field.choices:
        allowed = [value for value, _label in field.choices]
        return {"enum": [*allowed, ""] if field.blank else allowed}
    schema: Schema = {"type": "string"}
    if not field.blank:
        schema["minLength"] = 1
    if field.max_length:
        schema["maxLength"] = field.max_length
    if isinstance(field, models.URLField):
        schema |= {
            "format": "uri",
            "pattern": r"^https?://\S+$" if not field.blank else r"^(https?://\S+)?$",
        }
    return schema


def limits(field: Any) -> Schema:
    """What the model says itself; the range that a database adds differs from one to the next."""
    _name, _path, _arguments, options = field.deconstruct()
    found = {each.code: each.limit_value for each in options.get("validators", ())}
    return {
        name: found[code]
        for name, code in (("minimum", "min_value"), ("maximum", "max_value"))
        if code in found
    } or {"minimum": 0}
