"""Sets a letter on paper: a PDF that can be signed and put into a window envelope.

Knows no case and no database. What stands where is in letter.typ, beside this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final, Literal

from babel.dates import format_date

from cases.typesetting import clean, typeset

Language = Literal["nl", "fr", "de", "en"]

LAYOUT: Final = Path(__file__).with_name("letter.typ")


@dataclass(frozen=True)
class Words:
    """What the page itself says, in the language of the letter (not of its reader)."""

    letter: str
    place_and_day: str
    page_of: str
    enclosures: str


WORDS: Final[dict[Language, Words]] = {
    "nl": Words("Brief", "{place}, {day}", "Pagina {page} van {pages}", "Bijlagen:"),
    "fr": Words("Lettre", "{place}, le {day}", "Page {page} sur {pages}", "Annexes :"),
    "de": Words("Brief", "{place}, den {day}", "Seite {page} von {pages}", "Anlagen:"),
    "en": Words("Letter", "{place}, {day}", "Page {page} of {pages}", "Enclosures:"),
}


@dataclass(frozen=True)
class LetterPage:
    """Everything that stands on the paper, in the order in which it is read.

    language: of the letter. day: calendar day in Belgium. Each paragraph is a list of sentences.
    """

    language: Language
    sender: Sequence[str]
    recipient: Sequence[str]
    place: str
    day: date
    subject: str
    salutation: str
    paragraphs: Sequence[Sequence[str]]
    closing: str
    name: str
    enclosures: Sequence[str] = ()
    reference: str = ""


def pdf(page: LetterPage) -> bytes:
    """The letter as `typeset()` does it: tagged, and the same page gives the same bytes."""
    moment = datetime.combine(page.day, time(), UTC)
    return typeset(LAYOUT, lambda missing: content_of(page, missing), at=moment)


def content_of(page: LetterPage, missing: Set[str]) -> dict[str, Any]:
    """What letter.typ reads. missing: signs that no font has."""
    words = WORDS[page.language]

    def line(text: str) -> str:
        return clean(text, missing)

    def lines(texts: Iterable[str]) -> list[str]:
        return [text for text in map(line, texts) if text]

    subject = line(page.subject) or words.letter
    place, day = line(page.place), day_in_words(page.day, page.language)
    closing, name = line(page.closing), line(page.name)
    return {
        "language": page.language,
        "title": subject,
        "author": name,
        "sender": lines(page.sender),
        "recipient": lines(page.recipient),
        "reference": line(page.reference),
        "place-and-day": words.place_and_day.format(place=place, day=day) if place else day,
        "subject": subject,
        "salutation": line(page.salutation),
        "paragraphs": lines(" ".join(paragraph) for paragraph in page.paragraphs),
        "closing": closing,
        "name": name,
        "long-end": len(closing) + len(name) > 400,  # letters: more could fill a page
        "enclosures": lines(page.enclosures),
        "enclosures-label": words.enclosures,
        "page-of": words.page_of,
    }


def day_in_words(day: date, language: Language) -> str:
    """The day as a letter writes it: "5 maart 2026", "1er mars 2026", "5. März 2026"."""
    words = format_date(day, "d MMMM y" if language != "de" else "d. MMMM y", locale=language)
    return "1er" + words[1:] if language == "fr" and day.day == 1 else words
