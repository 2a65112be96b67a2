"""The catalogue's texts in other languages: one gettext file for each, which translators know.

`translations/nl.po` maps an English text to its Dutch one. A text that stands in many procedures is
translated once. Where one row says it differently, its entry carries a context: the row's place.

A fuzzy entry is not used, as everywhere in gettext: the English has changed under it. An export of
a database that holds a translation of an older English writes it so, with the digest of that
English as a comment, and only such an entry is read again, as outdated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from operators.models.translated import (
    OTHER_LANGUAGES,
    Translated,
    Translation,
    TranslationState,
    column,
)

if TYPE_CHECKING:
    from operators.catalogue_files import CatalogueOperator

SUBFOLDER = "translations"
OLDER_ENGLISH = re.compile(r"of an older English, ([0-9a-f]{12})")
NO_DIGEST = "0" * 12  # nobody knows which English it is of
# Without the days and names of babel's own: a file that says the same is the same file.
HEADER = """\
# The catalogue in another language. Texts are Markdown.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
WIDTH = 100


class TranslationsError(Exception):
    """A file can't be read; the text says which, where and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row with texts, and where it stands: `telenet.postpaid.channel.letter`."""

    name: str
    file: str
    row: Translated


def places(operators: Iterable[CatalogueOperator]) -> Iterator[Place]:
    """Every row of the catalogue that has texts, in the order of the files."""
    for operator in operators:
        slug = operator.row.slug
        yield Place(slug, f"{slug}.yaml", operator.row)
        for content in operator.procedures:
            plan = content.procedure.plan
            yield Place(f"{slug}.{plan}", f"{slug}.yaml", content.procedure)
            for entry in content.entries:
                part = entry.row._meta.model_name
                yield Place(f"{slug}.{plan}.{part}.{entry.row.key}", f"{slug}.yaml", entry.row)


def apply(operators: Iterable[CatalogueOperator], folder: Path) -> None:
    """Gives the rows their texts of the files below this folder. Nothing is saved.

    Raises TranslationsError for a file that can't be read and for a text that is too long. A
    language without a file has no texts.
    """
    found = list(places(operators))
    for language in OTHER_LANGUAGES:
        catalog = read(path_of(language, folder))
        for place in found:
            for one in place.row.translations():
                if one.language == language:
                    _translate(place, one, catalog)


def _translate(place: Place, one: Translation, catalog: Catalog) -> None:
    message = catalog.get(one.source, f"{place.name}.{one.field}") or catalog.get(one.source)
    if message is None or not message.string:
        return
    older = OLDER_ENGLISH.search(" ".join(message.auto_comments))
    if not message.fuzzy or older:
        place.row.translate(one.field, one.language, str(message.string))
        _refuse_the_long(place, one)
        if older:
            place.row.translated_from[column(one.field, one.language)] = older[1]


def _refuse_the_long(place: Place, one: Translation) -> None:
    """SQLite would take what PostgreSQL refuses."""
    name = column(one.field, one.language)
    most = place.row._meta.get_field(name).max_length  # type: ignore[union-attr]
    length = len(place.row.in_language(one.field, one.language))
    if most and length > most:
        raise TranslationsError(
            f"{SUBFOLDER}/{file_of(one.language)}: {place.name}.{one.field}"
            f" has {length} characters, {most} fit: “{one.source[:40]}…”"
        )


def not_translated(operators: Iterable[CatalogueOperator]) -> list[str]:
    """What is missing or outdated, one line for each language and file."""
    missing = Counter(
        (one.language, place.file)
        for place in places(operators)
        for one in place.row.translations()
        if one.state != TranslationState.CURRENT
    )
    return [
        f"{SUBFOLDER}/{file_of(language)}: {count} texts of {file} are not translated"
        for (language, file), count in sorted(missing.items())
    ]


# --- Files ----------------------------------------------------------------------------------------


def file_of(language: str) -> str:
    return f"{language}.po"


def path_of(language: str, folder: Path) -> Path:
    return folder / SUBFOLDER / file_of(language)


def read(path: Path) -> Catalog:
    """An empty catalog where there is no such file. Raises TranslationsError."""
    if not path.exists():
        return Catalog()
    name = f"{SUBFOLDER}/{path.name}"
    try:
        with path.open("rb") as file:
            return read_po(file, charset="utf-8", abort_invalid=True)
    except PoFileError as error:
        raise TranslationsError(f"{name}, line {error.lineno + 1}: {error}") from error
    except UnicodeDecodeError as error:
        raise TranslationsError(f"{name}: is not UTF-8") from error


def write(operators: Iterable[CatalogueOperator], folder: Path) -> None:
    """The texts of these rows as files, for an export: what the rows say, and nothing else."""
    found = list(places(operators))
    for language in OTHER_LANGUAGES:
        _save(_exported(found, language), path_of(language, folder))


def update(operators: Iterable[CatalogueOperator], folder: Path) -> None:
    """Brings the files in line with the English texts, for translators: new ones are empty, those
    that changed are fuzzy, those that are gone are dropped."""
    found = list(places(operators))
    for language in OTHER_LANGUAGES:
        catalog = read(path_of(language, folder))
        template = Catalog()
        for place in found:
            for one in place.row.translations():
                template.add(one.source, locations=[(place.file, 0)])
                context = f"{place.name}.{one.field}"
                if catalog.get(one.source, context):
                    template.add(one.source, context=context, locations=[(place.file, 0)])
        catalog.update(template)
        catalog.obsolete.clear()
        _save(catalog, path_of(language, folder))


def _exported(found: list[Place], language: str) -> Catalog:
    texts = [
        (place, one)
        for place in found
        for one in place.row.translations()
        if one.language == language
    ]
    usual = _usual_texts(texts)
    catalog = Catalog()
    for place, one in texts:
        text, older = told = (one.text, _of(place, one))
        catalog.add(
            one.source,
            text,
            context=None if told == usual[one.source] else f"{place.name}.{one.field}",
            locations=[(place.file, 0)],
            auto_comments=[f"of an older English, {older}"] if older else [],
            flags={"fuzzy"} if older else set(),
        )
    return catalog


def _usual_texts(texts: list[tuple[Place, Translation]]) -> dict[str, tuple[str, str]]:
    """For each English text the translation that most rows have."""
    counted: dict[str, Counter[tuple[str, str]]] = {}
    for place, one in texts:
        counted.setdefault(one.source, Counter())[one.text, _of(place, one)] += 1
    return {source: counter.most_common(1)[0][0] for source, counter in counted.items()}


def _of(place: Place, one: Translation) -> str:
    """The digest of the older English that an outdated text is of; else empty."""
    if one.state != TranslationState.OUTDATED:
        return ""
    return str(place.row.translated_from.get(column(one.field, one.language), NO_DIGEST))


def _save(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language=path.stem).encode())
        write_po(file, catalog, width=WIDTH, omit_header=True, include_lineno=False)
