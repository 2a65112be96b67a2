"""The files of the catalogue: parsed, merged and checked. `catalogue.py` brings them in.

`sources.yaml` and `common.yaml` hold for everybody; each other file is one operator and is named
after its slug. The keys in the files are the names of the model fields.

A procedure takes the common entries of its plan. Under the same key it changes them (its `sources`
are added to the common ones), under a new key it adds its own: facts before the common ones, the
rest behind them or `after: <key>`. `without: [keys]` leaves common entries out, `common: false`
all of them. Its own `sources:` go before those of sources.yaml under the same key.

Texts are English; `translations/` holds the others, see `catalogue_translations.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import yaml
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation

from operators import catalogue_translations
from operators.models import (
    SOURCE_LANGUAGE,
    Channel,
    Claim,
    Fact,
    Material,
    Operator,
    Plan,
    Procedure,
    Source,
    Step,
    Tier,
    Translated,
)
from operators.models.translated import column

FOLDER = Path(__file__).parent / "catalogue"
SHARED = ("sources.yaml", "common.yaml")
PARTS: dict[str, type[Claim]] = {
    "steps": Step,
    "channels": Channel,
    "materials": Material,
    "facts": Fact,
}
# What a file may say about a row. An empty field is left out of the digest, so that a field that
# is added later does not make every procedure look edited.
FIELDS: dict[type[models.Model], tuple[str, ...]] = {
    Operator: (
        "name",
        "legal_name",
        "state",
        "state_note",
        "state_source_url",
        "state_checked_on",
        "network",
        "aliases",
        "position",
    ),
    Procedure: (
        "version",
        "summary",
        "confirm_after",
        "final_bill_after",
        "no_more_bills_after",
        "change_reason",
    ),
    Source: ("url", "title", "kind", "published", "checked_on", "tier", "note"),
    Step: ("kind", "goal", "title", "body", "special"),
    Channel: ("kind", "value", "hours", "note", "instructions", "say", "bring", "expect"),
    Material: ("name", "note"),
    Fact: ("topic", "text"),
}
# What a procedure says besides its own columns and its parts.
OF_A_PROCEDURE = ("common", "without", "sources")
# More than any file of ours will ever need, and little enough to read in a moment.
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20  # of lists and maps in each other
MAX_ENTRIES = 100_000  # with each alias counted as what it stands for

Entries = dict[str, dict[str, Any]]  # what a file says, by key
Parts = dict[str, Entries]
Row = TypeVar("Row", bound=models.Model)


class CatalogueError(Exception):
    """The files can't be used. `problems` gives each reason with its file, in one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class CatalogueSource:
    """A source for pages that belong to no procedure, such as the guide."""

    key: str
    url: str
    title: str
    kind: str
    published: str
    checked_on: date
    tier: str
    note: str

    def get_kind_display(self) -> str:
        return str(Source.Kind(self.kind).label)

    def get_tier_display(self) -> str:
        return str(Tier(self.tier).label)


@dataclass
class Entry:
    """A claim and the keys of its sources."""

    row: Claim
    sources: list[str]

    def as_data(self) -> dict[str, Any]:
        part = {"part": self.row._meta.model_name, "key": self.row.key}
        values = _values(self.row) | _translations(self.row)
        return part | values | {"sources": sorted(self.sources)}


@dataclass
class Content:
    """What one version of a procedure says, taken from the files or from the database."""

    procedure: Procedure
    entries: list[Entry]
    sources: list[Source]
    version: int | None = None  # where the files name one

    @classmethod
    def stored(cls, procedure: Procedure) -> Self:
        """What the database says. Prefetch the claims and sources, see `with_claims()`."""
        entries = [
            Entry(claim, [source.key for source in claim.sources.all()])
            for claim in procedure.claims()
        ]
        return cls(procedure, entries, list(procedure.sources.all()), procedure.version)

    @property
    def texts(self) -> list[Translated]:
        """The rows that have texts in five languages."""
        return [self.procedure, *(entry.row for entry in self.entries)]

    @property
    def digest(self) -> str:
        """SHA-256 over all that people read; why a version was made is not part of it."""
        data = {
            "summary": self.procedure.in_english("summary").strip(),
            "confirm_after": self.procedure.confirm_after,
            **_days(self.procedure),
            **_translations(self.procedure),
            "entries": [entry.as_data() for entry in self.entries],
            "sources": {source.key: _values(source) for source in self.sources},
        }
        text = json.dumps(data, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class CatalogueOperator:
    row: Operator
    procedures: list[Content]


def english(row: models.Model, name: str) -> Any:
    """A field as the files say it: texts in English, whatever language the reader has."""
    if isinstance(row, Translated) and name in row.translated_fields():
        return row.in_english(name).strip()
    value = getattr(row, name)
    return value.strip() if isinstance(value, str) else value


def _values(row: models.Model) -> dict[str, Any]:
    values = {name: english(row, name) for name in FIELDS[type(row)]}
    return {name: value for name, value in values.items() if value}


def _translations(row: Translated) -> dict[str, str]:
    """The texts that are not English, by column; what has none looks as it did before there were
    any."""
    return {column(one.field, one.language): one.text for one in row.translations() if one.text}


def _days(procedure: Procedure) -> dict[str, int]:
    """The days for reminders that are not the usual ones."""
    usual, names = Procedure(), ("final_bill_after", "no_more_bills_after")
    days = {name: getattr(procedure, name) for name in names}
    return {name: value for name, value in days.items() if value != getattr(usual, name)}


# --- Reading and checking -----------------------------------------------------------------------


@translation.override(SOURCE_LANGUAGE)
def load(folder: Path = FOLDER) -> list[CatalogueOperator]:
    """Every operator with its procedures, merged and checked; nothing is saved.

    Raises CatalogueError with all that is wrong in the files.
    """
    files = _parse_all(folder)
    checker = Checker.of(files.pop("sources.yaml"), files.pop("common.yaml"))
    operators = [checker.operator(name, data) for name, data in files.items()]
    checker.stop_if_wrong()
    try:
        catalogue_translations.apply(operators, folder)
    except catalogue_translations.TranslationsError as error:
        raise CatalogueError([str(error)]) from error
    return operators


@lru_cache
def sources() -> dict[str, CatalogueSource]:
    """The entries of sources.yaml by key, read once per process."""
    checker = Checker.of(parse_file(FOLDER / "sources.yaml"), {})
    return {
        key: CatalogueSource(key, **{name: getattr(row, name) for name in FIELDS[Source]})
        for key, row in checker.sources.items()
    }


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice, which YAML would take without a word, and what is made to
    be large: lists in lists in lists, and a few aliases that stand for billions of entries."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        sizes: dict[yaml.Node, int] = {}
        for part in _parts(node) if node else []:
            if _size(part, sizes) > MAX_ENTRIES:
                raise yaml.MarkedYAMLError(problem="is too large", problem_mark=part.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"duplicate key “{key}”", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _refuse_the_deep(text: str) -> None:
    """Before anything is built: the parser that is written in C would recurse."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark = cast(yaml.Mark, event.start_mark)
            raise yaml.MarkedYAMLError(problem="is too deep", problem_mark=mark)


def _size(node: yaml.Node, sizes: dict[yaml.Node, int]) -> int:
    """How many entries a node stands for. One that is inside itself has no end."""
    if node not in sizes:
        sizes[node] = MAX_ENTRIES + 1  # as long as it is being counted
        sizes[node] = 1 + sum(_size(part, sizes) for part in _parts(node))
    return sizes[node]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def parse_file(path: Path) -> dict[str, Any]:
    """What a file of ours says, by name. Raises CatalogueError with the file and the line."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise CatalogueError([f"{path.name}: is too large, {size:,} of {MAX_BYTES:,} bytes"])
        text = path.read_text(encoding="utf-8")
        _refuse_the_deep(text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506
    except FileNotFoundError:
        raise CatalogueError([f"{path.name}: is missing"]) from None
    except UnicodeDecodeError:
        raise CatalogueError([f"{path.name}: is not UTF-8"]) from None
    except (yaml.YAMLError, ValueError, AttributeError) as error:
        # Not all of PyYAML's own constructors say in its way what they refuse: 2026-02-31.
        raise CatalogueError([_explain(path, error)]) from error
    if not isinstance(data, dict):
        raise CatalogueError([f"{path.name}: does not map names to values"])
    return data


def parse_shared(folder: Path) -> dict[str, dict[str, Any]]:
    """The files that hold for everybody, as they stand there. Raises CatalogueError."""
    return {name: parse_file(folder / name) for name in SHARED}


def _explain(path: Path, error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{path.name}, line {error.problem_mark.line + 1}: {error.problem}"
    return f"{path.name}: {' '.join(str(error).split())}"


def _parse_all(folder: Path) -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for name in sorted({*SHARED, *(path.name for path in folder.glob("*.yaml"))}):
        try:
            files[name] = parse_file(folder / name)
        except CatalogueError as error:
            problems += error.problems
    if problems:
        raise CatalogueError(problems)
    return files


def _at(where: str, name: str) -> str:
    return f"{where}: {name}" if where.endswith(".yaml") else f"{where}.{name}"


def _without(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def _changed(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The common entry as this operator has it: its own words, and the sources of both."""
    changed = common | own
    if isinstance(own.get("sources"), list):
        changed["sources"] = [*common.get("sources", []), *own["sources"]]
    return changed


class Checker:
    """Makes unsaved rows out of parsed files and collects what is wrong with them."""

    @classmethod
    def of(cls, sources: dict[str, Any], common: dict[str, Any]) -> Self:
        """With the two files that hold for everybody. Raises CatalogueError."""
        checker = cls()
        checker.read_sources(sources)
        checker.read_common(common)
        checker.stop_if_wrong()
        return checker

    def again(self) -> Self:
        """Another one with the same two files, and no problems yet."""
        checker = type(self)()
        checker.sources, checker.common = self.sources, self.common
        return checker

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.sources: dict[str, Source] = {}
        self.common: Parts = {part: {} for part in PARTS}

    def stop_if_wrong(self) -> None:
        if self.problems:
            raise CatalogueError(self.problems)

    def complain(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    # Files

    def read_sources(self, data: dict[str, Any]) -> None:
        for key, entry in self.mappings(data, "sources.yaml").items():
            self.sources[key] = self.row(Source, entry, f"sources.yaml: {key}", key=key)

    def read_common(self, data: dict[str, Any]) -> None:
        for part in self.names(list(data), PARTS, "common.yaml"):
            where = f"common.yaml: {part}"
            self.common[part] = self.mappings(data[part], where)
            for key, entry in self.common[part].items():
                at = f"{where}.{key}"
                self.names(entry.get("plans", []), Plan.values, f"{at}.plans")
                self.entry(PARTS[part], key, _without(entry, "plans"), at, self.sources)

    def operator(self, name: str, data: dict[str, Any]) -> CatalogueOperator:
        row = self.row(Operator, _without(data, "procedures"), name, slug=Path(name).stem)
        where = f"{name}: procedures"
        procedures = self.mappings(data.get("procedures"), where)
        plans = self.names(list(procedures), Plan.values, where)
        return CatalogueOperator(
            row, [self.content(plan, procedures[plan], f"{where}.{plan}") for plan in plans]
        )

    def content(self, plan: str, data: dict[str, Any], where: str) -> Content:
        row = self.row(Procedure, _without(data, *OF_A_PROCEDURE, *PARTS), where, plan=plan)
        own = self.own_sources(data.get("sources", {}), f"{where}.sources")
        common = self.common_for(plan, data, where)
        entries = [
            self.entry(PARTS[part], key, entry, f"{where}.{part}.{key}", self.sources | own)
            for part in PARTS
            for key, entry in self.merged(part, common, data, where).items()
        ]
        for part in ("steps", "channels"):
            if not any(isinstance(entry.row, PARTS[part]) for entry in entries):
                self.complain(where, f"has no {part}")
        used = sorted({key for entry in entries for key in entry.sources} | own.keys())
        sources = [(self.sources | own)[key] for key in used]
        return Content(row, entries, sources, row.version if "version" in data else None)

    def own_sources(self, data: Any, where: str) -> dict[str, Source]:
        return {
            key: self.row(Source, entry, f"{where}.{key}", key=key)
            for key, entry in self.mappings(data, where).items()
        }

    def common_for(self, plan: str, data: dict[str, Any], where: str) -> Parts:
        """The common entries that this procedure takes."""
        everything = {key for entries in self.common.values() for key in entries}
        left_out = self.names(data.get("without", []), everything, f"{where}.without")
        wanted = data.get("common", True)
        if not isinstance(wanted, bool):
            self.complain(f"{where}.common", "is neither true nor false")
        return {
            part: {
                key: _without(entry, "plans")
                for key, entry in entries.items()
                if wanted and plan in entry.get("plans", Plan.values) and key not in left_out
            }
            for part, entries in self.common.items()
        }

    def merged(self, part: str, common: Parts, data: dict[str, Any], where: str) -> Entries:
        own = self.mappings(data.get(part, {}), f"{where}.{part}")
        changed = {key: _changed(entry, own.get(key, {})) for key, entry in common[part].items()}
        added = _without(own, *changed)
        # Facts are read in one go, so what is special at this operator comes first.
        merged = added | changed if part == "facts" else changed | added
        return self.placed(merged, f"{where}.{part}")

    def placed(self, entries: Entries, where: str) -> Entries:
        """The entries in order, each with `after` behind the one that it names."""
        order = [key for key, entry in entries.items() if "after" not in entry]
        for key in [key for key in entries if key not in order]:
            before = entries[key]["after"]
            if before in order:
                order.insert(order.index(before) + 1, key)
            else:
                self.complain(f"{where}.{key}.after", f"“{before}” is not known")
        return {key: _without(entries[key], "after") for key in order}

    # Rows

    def entry(
        self,
        model: type[Claim],
        key: str,
        data: dict[str, Any],
        where: str,
        known: Mapping[str, Source],
    ) -> Entry:
        sources = self.names(data.get("sources", []), known, f"{where}.sources")
        row = self.row(model, _without(data, "sources"), where, key=key)
        if model.must_have_a_source and not sources:
            self.complain(where, "has no source")
        if isinstance(row, Channel):
            self.channel(row, where)
        return Entry(row, sources)

    def channel(self, row: Channel, where: str) -> None:
        if not row.value and not row.note:
            self.complain(where, "has no value, and no note that says why")

    def row(self, model: type[Row], data: dict[str, Any], where: str, **fixed: str) -> Row:
        """An unsaved row, checked by its own fields."""
        known = FIELDS[model]
        for name in _without(data, *known):
            self.complain(where, f"unknown key “{name}”")
        values = {
            name: self.value(model, name, data[name], _at(where, name))
            for name in known
            if name in data
        }
        row = model(**values, **fixed)
        others = {each.name for each in model._meta.fields} - {*known, *fixed}
        for check in (partial(row.clean_fields, exclude=others), row.clean):
            try:
                check()
            except ValidationError as error:
                for name, messages in error.message_dict.items():
                    self.complain(_at(where, name), " ".join(messages))
        return row

    def value(self, model: type[models.Model], name: str, value: Any, where: str) -> Any:
        if isinstance(value, str):
            return value.strip()
        if isinstance(model._meta.get_field(name), models.CharField | models.TextField):
            self.complain(where, "is no text; put it in quotes")
        return value

    # Shapes

    def mapping(self, data: Any, where: str) -> dict[str, Any]:
        if isinstance(data, dict) and all(isinstance(key, str) for key in data):
            return data
        self.complain(where, "does not map names to values")
        return {}

    def mappings(self, data: Any, where: str) -> Entries:
        return {
            key: self.mapping(value, _at(where, key))
            for key, value in self.mapping(data, where).items()
        }

    def names(self, data: Any, known: Iterable[str], where: str) -> list[str]:
        """A list of names that are known, each once."""
        if not isinstance(data, list):
            self.complain(where, "is no list")
            return []
        names = list(dict.fromkeys(str(name) for name in data))
        for name in names:
            if name not in known:
                self.complain(where, f"“{name}” is not known")
        return [name for name in names if name in known]
