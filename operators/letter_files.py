"""The texts of letters as files: `catalogue/letters/<kind>.yaml`, and `words.yaml` for all of them.

An import makes a version of what is new or changed, as with procedures: never over a draft, never
over what an administrator wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from operators.catalogue_files import FOLDER, CatalogueError, parse_file
from operators.letter_text import LetterTextError, differences, parse
from operators.models import LetterKind, LetterTemplate, LetterText

LETTERS = FOLDER / "letters"
WORDS = "words.yaml"
REASON = "catalogue"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)

ByLanguage = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Required:
    """What a letter cannot be written without: all of the first, and one of the second lists."""

    all: frozenset[str]
    any_of: tuple[frozenset[str], ...]

    def missing(self, known: frozenset[str]) -> frozenset[str]:
        """Which placeholders have to be filled in besides; of the alternatives the first."""
        lacking = self.all - known
        if self.any_of and not any(one <= known for one in self.any_of):
            lacking |= self.any_of[0] - known
        return lacking


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around and between the sentences, by language."""

    frame: Mapping[str, ByLanguage]
    channel: Mapping[str, ByLanguage]
    relation: Mapping[str, ByLanguage]
    required: Mapping[str, Required]


@lru_cache
def words() -> Words:
    """Read once per process."""
    data = parse_file(LETTERS / WORDS)
    required = {
        kind: Required(
            frozenset(one["all"]), tuple(frozenset(names) for names in one.get("any_of", []))
        )
        for kind, one in data["required"].items()
    }
    return Words(data["frame"], data["channel"], data["relation"], required)


# --- Reading and checking -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LetterFile:
    """One kind of letter as its file says it."""

    kind: str
    subject: ByLanguage
    body: ByLanguage
    sources: list[str]
    change_reason: str

    @property
    def digest(self) -> str:
        return digest(self.subject, self.body, self.sources)


def digest(subject: ByLanguage, body: ByLanguage, sources: list[str]) -> str:
    """SHA-256 over all that people read, the same for a file and for what the database holds."""
    texts = {code: [subject[code].strip(), body[code].strip()] for code in sorted(body)}
    data = json.dumps({"texts": texts, "sources": sorted(sources)}, sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()


def stored_digest(template: LetterTemplate) -> str:
    texts = list(template.texts.all())
    subject = {text.language: text.subject for text in texts}
    return digest(subject, {text.language: text.body for text in texts}, template.sources)


def load(known_sources: Mapping[str, Any], folder: Path = LETTERS) -> list[LetterFile]:
    """Every kind of letter, checked. Raises CatalogueError with all that is wrong in the files.

    known_sources: the keys that a letter may name.
    """
    found, problems = [], []
    for kind in LetterKind.values:
        try:
            one = _letter(kind, parse_file(folder / f"{kind}.yaml"))
        except CatalogueError as error:
            problems += error.problems
            continue
        unknown = [key for key in one.sources if key not in known_sources]
        problems += [f"{kind}.yaml: sources: “{key}” is not known" for key in unknown]
        problems += _problems(one)
        found.append(one)
    names = {f"{kind}.yaml" for kind in LetterKind.values} | {WORDS}
    problems += [
        f"{path.name}: there is no such letter"
        for path in sorted(folder.glob("*.yaml"))
        if path.name not in names
    ]
    if problems:
        raise CatalogueError(problems)
    return found


def _letter(kind: str, data: dict[str, Any]) -> LetterFile:
    name = f"{kind}.yaml"
    problems = [
        f"{name}: unknown key “{key}”"
        for key in data
        if key not in ("subject", "body", "sources", "change_reason")
    ]
    for part in ("subject", "body"):
        texts = data.get(part)
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
            problems.append(f"{name}: {part}: is not there in each of {', '.join(LANGUAGES)}")
        elif not all(isinstance(text, str) for text in texts.values()):
            problems.append(f"{name}: {part}: is no text; put it in quotes")
    if problems:
        raise CatalogueError(problems)
    return LetterFile(
        kind,
        data["subject"],
        data["body"],
        list(data.get("sources", [])),
        data.get("change_reason", ""),
    )


def _problems(one: LetterFile) -> list[str]:
    name, parsed, found = f"{one.kind}.yaml", {}, []
    for part, texts in (("subject", one.subject), ("body", one.body)):
        for language in LANGUAGES:
            try:
                parsed[part, language] = parse(texts[language])
            except LetterTextError as error:
                found += [f"{name}: {part}.{language}: {problem}" for problem in error.problems]
    if found:
        return found
    for part, language in parsed:
        wrong = differences(parsed[part, LANGUAGES[0]], parsed[part, language])
        found += [f"{name}: {part}.{language}: {problem}" for problem in wrong]
    return found


# --- Bringing them in -----------------------------------------------------------------------------


@transaction.atomic
def import_letters(letters: list[LetterFile], *, at: datetime, publish: bool = False) -> list[str]:
    """Makes a draft of each letter that is new or changed, and may publish it; says what became of
    each that is not there already."""
    return [line for one in letters if (line := _bring_in(one, at=at, publish=publish))]


def _bring_in(one: LetterFile, *, at: datetime, publish: bool) -> str:
    peers = LetterTemplate.objects.filter(kind=one.kind)
    peers.lock()
    if peers.filter(catalogue_digest=one.digest).exists():
        return ""
    if draft := peers.drafts().first():
        return f"letter {one.kind}: version {draft.version} is a draft, skipped"
    latest = peers.aggregate(version=models.Max("version"))["version"] or 0
    published = peers.published().prefetch_related("texts").first()
    by_hand = published is not None and stored_digest(published) != published.catalogue_digest
    draft = _save(one, latest + 1)
    if not publish or by_hand:
        return f"letter {one.kind}: version {draft.version} made as a draft"
    draft.publish(by=None, at=at, reason=one.change_reason or REASON)
    return f"letter {one.kind}: version {draft.version} published"


def _save(one: LetterFile, version: int) -> LetterTemplate:
    draft = LetterTemplate(
        kind=one.kind,
        version=version,
        sources=one.sources,
        catalogue_digest=one.digest,
        change_reason=one.change_reason or REASON,
    )
    draft.because(REASON)
    draft.save()
    for language in LANGUAGES:
        text = LetterText(
            template=draft,
            language=language,
            subject=one.subject[language].strip(),
            body=one.body[language].strip(),
        )
        text.because(REASON)
        text.save()
    return draft
