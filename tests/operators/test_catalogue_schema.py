"""The JSON Schema of the catalogue's files: current, kept by each file, and of use to who errs."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator

from operators.catalogue_files import FIELDS, FOLDER, OF_A_PROCEDURE, PARTS, SHARED
from operators.catalogue_schema import FILE, catalogue_schema
from operators.models import Procedure

OPERATOR = {
    "name": "Acme",
    "state": "active",
    "state_checked_on": "2026-03-03",
    "procedures": {
        "postpaid": {
            "summary": "By letter.",
            "confirm_after": 3,
            "version": 2,
            "common": False,
            "without": ["pause"],
            "sources": {
                "terms": {
                    "url": "https://operator.example/terms",
                    "title": "Terms",
                    "kind": "operator",
                    "checked_on": "2026-03-03",
                }
            },
            "steps": {"line": {"title": "Is it alive?", "kind": "line", "after": "logins"}},
            "channels": {
                "call": {"kind": "hotline", "value": "0800 12 345", "sources": ["terms"]},
                "shop": {"kind": "shop", "note": "Any shop."},
            },
            "materials": {"number": {"name": "Customer number"}},
            "facts": {"fee": {"topic": "cost", "text": "None.", "sources": ["terms"]}},
        }
    },
}


def mistakes(data: Any, kind: str = "operator.yaml") -> list[str]:
    """Where a file of this kind is wrong."""
    schema = catalogue_schema() | {"$ref": f"#/$defs/{kind}"}
    schema.pop("anyOf")
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.json_path for error in checker.iter_errors(data)]


def read(path: Path) -> Any:
    """A file as JSON would hold it: YAML reads a day as a date."""
    return plain(yaml.safe_load(path.read_text()))


def plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def test_the_file_is_current() -> None:
    printed = StringIO()
    call_command("catalogue_schema", stdout=printed)

    assert FILE.read_text() == printed.getvalue(), (
        "The models have changed. Write it again:"
        " python manage.py catalogue_schema > operators/catalogue/schema.json"
    )


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(catalogue_schema())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_each_file_of_the_catalogue_keeps_it(path: Path) -> None:
    kind = path.name if path.name in SHARED else "operator.yaml"

    assert mistakes(read(path), kind) == []
    assert Draft202012Validator(catalogue_schema()).is_valid(read(path))


def test_whatever_a_file_may_say_is_in_it() -> None:
    schemas = catalogue_schema()["$defs"]

    for part, model in PARTS.items():
        assert set(FIELDS[model]) < set(schemas[f"own-{part}"]["properties"])
    procedure = schemas["procedure"]["properties"]
    assert {*FIELDS[Procedure], *OF_A_PROCEDURE, *PARTS} == set(procedure)
    assert all("description" in each for each in procedure.values())


def test_a_file_that_uses_all_of_it_is_right() -> None:
    assert mistakes(OPERATOR) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.name", ""),
        ("$.state", "alive"),
        ("$.state_checked_on", "3 March"),
        ("$.state_source_url", "ftp://operator.example/"),
        ("$.procedures.postpaid.confirm_after", 0),
        ("$.procedures.postpaid.confirm_after", "3"),
        ("$.procedures.postpaid.without", "pause"),
        ("$.procedures.postpaid.common", "no"),
        ("$.procedures.postpaid.sources.terms.kind", "rumour"),
        ("$.procedures.postpaid.sources.terms.url", "operator.example"),
        ("$.procedures.postpaid.steps.line.title", 7),
        ("$.procedures.postpaid.steps.line.title", "x" * 121),
        ("$.procedures.postpaid.steps.line.goal", "nobody"),
        ("$.procedures.postpaid.channels.call.value", "0800 12 345 (free)"),
        ("$.procedures.postpaid.facts.fee.topic", "weather"),
        ("$.procedures.postpaid.facts.fee.sources", ["a b"]),
    ],
)
def test_a_wrong_value_is_found_where_it_stands(path: str, value: object) -> None:
    data = deepcopy(OPERATOR)
    place: Any = data
    *way, last = path.removeprefix("$.").split(".")
    for key in way:
        place = place[key]
    place[last] = value

    assert [each.removesuffix("[0]") for each in mistakes(data)] == [path]


@pytest.mark.parametrize(
    ("kind", "data", "path"),
    [
        ("operator.yaml", {"name": "Acme"}, "$"),
        ("operator.yaml", OPERATOR | {"colour": "red"}, "$"),
        ("operator.yaml", {"name": "Acme", "procedures": {"landline": {}}}, "$.procedures"),
        ("common.yaml", {"step": {}}, "$"),
        ("common.yaml", {"steps": {"line": {"body": "No title."}}}, "$.steps.line"),
        ("common.yaml", {"facts": {"fee": {"topic": "cost", "text": "No."}}}, "$.facts.fee"),
        ("sources.yaml", {"terms": {"title": "No address"}}, "$.terms"),
        ("sources.yaml", ["terms"], "$"),
    ],
)
def test_what_is_missing_or_unknown_is_found(kind: str, data: Any, path: str) -> None:
    assert set(mistakes(data, kind)) == {path}
