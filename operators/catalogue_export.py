"""Writes what people see back into the files of the catalogue, to be shared and reviewed.

An import into an empty database makes the same procedures of them. What a procedure has in common
with `common.yaml` is left out as far as the files can say it that way; else it stands there whole,
under `common: false`. Which of the two it is, is tried out, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from django.db import models
from django.utils import translation

from operators import catalogue_translations
from operators.catalogue_files import (
    FIELDS,
    FOLDER,
    PARTS,
    CatalogueOperator,
    Checker,
    Content,
    Entries,
    Entry,
    english,
    parse_shared,
)
from operators.models import SOURCE_LANGUAGE, Claim, Fact, Operator, Procedure, Source

WIDTH = 100
Data = dict[str, Any]


@translation.override(SOURCE_LANGUAGE)
def export_catalogue(folder: Path) -> list[Path]:
    """The published procedures as files; returns those it wrote. Others in the folder stay.

    `common.yaml` is that of the project, `sources.yaml` too, with the sources that are new. Raises
    OSError where the folder can't be written.
    """
    shared = parse_shared(FOLDER)
    operators = [_operator(operator) for operator in Operator.objects.order_by("slug")]
    known: Entries = dict(shared["sources.yaml"])
    for source in _sources(operators):
        known.setdefault(source.key, _data(source))
    checker = Checker.of(known, shared["common.yaml"])
    files = {"sources.yaml": known, "common.yaml": shared["common.yaml"]}
    for operator in operators:
        files[f"{operator.row.slug}.yaml"] = _data(operator.row) | {
            "procedures": {
                content.procedure.plan: _procedure(content, checker)
                for content in operator.procedures
            }
        }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_text(_yaml(data), encoding="utf-8")
    catalogue_translations.write(operators, folder)
    return [folder / name for name in files]


def _operator(operator: Operator) -> CatalogueOperator:
    published = Procedure.objects.published().with_claims().prefetch_related("sources")
    found = sorted(published.filter(operator=operator), key=lambda one: one.plan)
    return CatalogueOperator(operator, [Content.stored(one) for one in found])


def _sources(operators: list[CatalogueOperator]) -> Iterator[Source]:
    for operator in operators:
        for content in operator.procedures:
            yield from content.sources


def _data(row: models.Model) -> Data:
    """What the files say of a row: fields that are not as they would be without a word."""
    usual = type(row)()
    values = {name: english(row, name) for name in FIELDS[type(row)]}
    return {name: value for name, value in values.items() if value != english(usual, name)}


# --- A procedure ----------------------------------------------------------------------------------


def _procedure(content: Content, checker: Checker) -> Data:
    head = _data(content.procedure) | {"version": content.procedure.version}
    own = {
        source.key: _data(source)
        for source in content.sources
        if _data(source) != _data(checker.sources[source.key])
        or not any(source.key in entry.sources for entry in content.entries)
    }
    if own:
        head["sources"] = own
    short = head | _beside_the_common(content, checker)
    return short if _says(short, content, checker) else head | _whole(content)


def _says(data: Data, content: Content, checker: Checker) -> bool:
    """Whether an import of this would make the same procedure, translations aside."""
    trial = checker.again()
    read = trial.content(content.procedure.plan, data, "trial")
    return not trial.problems and read.digest == _without_translations(content).digest


def _without_translations(content: Content) -> Content:
    """The same in English alone."""

    def bare(row: Any) -> Any:
        values = {name: english(row, name) for name in FIELDS[type(row)]}
        return type(row)(**values, **{"key": row.key} if isinstance(row, Claim) else {})

    return replace(
        content,
        procedure=bare(content.procedure),
        entries=[replace(entry, row=bare(entry.row)) for entry in content.entries],
    )


def _whole(content: Content) -> Data:
    """Every entry, in order, and nothing of the common ones."""
    parts: Data = {"common": False}
    for name, model in PARTS.items():
        entries = {
            entry.row.key: _data(entry.row) | _sources_of(entry.sources)
            for entry in content.entries
            if isinstance(entry.row, model)
        }
        if entries:
            parts[name] = entries
    return parts


def _beside_the_common(content: Content, checker: Checker) -> Data:
    """Only what is different from the common entries of the plan."""
    common = checker.common_for(content.procedure.plan, {}, "")
    stored = {entry.row.key for entry in content.entries}
    without = [key for entries in common.values() for key in entries if key not in stored]
    parts: Data = {"without": without} if without else {}
    for name, model in PARTS.items():
        entries = [entry for entry in content.entries if isinstance(entry.row, model)]
        own = [entry.row.key not in common[name] for entry in entries]
        changed: Entries = {}
        for position, entry in enumerate(entries):
            if entry.row.key in common[name]:
                data = _changes(entry.row, entry.sources, common[name][entry.row.key])
            else:
                data = (
                    _data(entry.row)
                    | _sources_of(entry.sources)
                    | ({} if _by_itself(own, position, model) else _behind(entries, position))
                )
            if data:
                changed[entry.row.key] = data
        if changed:
            parts[name] = changed
    return parts


def _by_itself(own: list[bool], position: int, model: type[Claim]) -> bool:
    """Whether an entry comes to its place without a word: own facts before the common ones, other
    own entries behind them."""
    return all(own[:position]) if model is Fact else all(own[position:])


def _behind(entries: list[Entry], position: int) -> Data:
    """The very first entry has none before it; that it can't be said shows when it is tried."""
    return {"after": entries[position - 1].row.key} if position else {}


def _changes(row: Claim, sources: list[str], common: Data) -> Data:
    """What this operator says otherwise, and its sources besides the common ones."""
    said = {name: english(row, name) for name in FIELDS[type(row)]}
    usual = {name: english(type(row)(), name) for name in FIELDS[type(row)]}
    read = {name: _stripped(common.get(name, usual[name])) for name in said}
    changed = {name: value for name, value in said.items() if value != read[name]}
    more = [key for key in sources if key not in common.get("sources", [])]
    return changed | _sources_of(more)


def _sources_of(keys: list[str]) -> Data:
    return {"sources": sorted(keys)} if keys else {}


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# --- YAML -----------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are read; nothing is said by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(data: Data) -> str:
    plain = {name: _plain(value) for name, value in data.items()}
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def _plain(value: Any) -> Any:
    """Without the words of Django that stand for strings and are none to YAML."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value
