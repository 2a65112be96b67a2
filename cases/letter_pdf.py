"""Sets a letter on paper: a PDF that can be signed and put into a window envelope.

Knows no case and no database. What stands where is in letter.typ, beside this file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Final, Literal

import cvttf_NotoSansCJK_Regular
import typst
from babel.dates import format_date

Language = Literal["nl", "fr", "de", "en"]

LAYOUT: Final = Path(__file__).with_name("letter.typ")

# Nothing that a person writes in a letter stacks more marks on a letter. Without a limit, marks
# climb off the page.
MOST_MARKS: Final = 3
SPACES: Final = re.compile(" +")
NO_BREAK: Final = "\u00a0"
NUMBER_GAP: Final = re.compile(r"(?<=\d) (?=\d)")  # a number stays on one line

# Marks that no font has come to light first, then letters, then what stood beside them.
ROUNDS: Final = 5
JOINERS: Final = "\u200c\u200d"  # some scripts need them within words


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
    """The letter as a tagged PDF with its fonts inside; the same page gives the same bytes.

    Text is shown as it was written. A letter that no font has becomes a question mark, so that
    it is seen; a sign without meaning of its own (an emoji, a control character) is left out.
    """
    missing: set[str] = set()
    for _ in range(ROUNDS):
        try:
            return compiled(content_of(page, missing), page.day, accessible=True)
        except typst.TypstError as error:
            found = not_shown(error) - missing
            if not found:
                break
            missing |= found
    return compiled(content_of(page, missing), page.day, accessible=False)


def compiled(content: str, day: date, *, accessible: bool) -> bytes:
    """accessible: PDF/UA-1, which refuses a letter that no font can show."""
    # A compiler that is kept would be a little faster, but two threads may not share one.
    return typst.compile(
        str(LAYOUT),
        root=str(LAYOUT.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,  # a letter looks the same on every machine
        sys_inputs={"letter": content},
        pdf_standards="ua-1" if accessible else None,
        timestamp=datetime.combine(day, time(), UTC),
    )


@cache
def fonts() -> typst.Fonts:
    """The fonts within typst (Libertinus, OFL) and Noto Sans CJK (OFL) for Chinese names."""
    folder = Path(cvttf_NotoSansCJK_Regular.__file__).parent
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)]
    )


def content_of(page: LetterPage, missing: Set[str]) -> str:
    """What letter.typ reads. missing: signs that no font has."""
    words = WORDS[page.language]

    def line(text: str) -> str:
        return clean(text, missing)

    def lines(texts: Iterable[str]) -> list[str]:
        return [text for text in map(line, texts) if text]

    subject = line(page.subject) or words.letter
    place, day = line(page.place), day_in_words(page.day, page.language)
    closing, name = line(page.closing), line(page.name)
    content = {
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
    return json.dumps(content, ensure_ascii=False)


def day_in_words(day: date, language: Language) -> str:
    """The day as a letter writes it: "5 maart 2026", "1er mars 2026", "5. März 2026"."""
    words = format_date(day, "d MMMM y" if language != "de" else "d. MMMM y", locale=language)
    return "1er" + words[1:] if language == "fr" and day.day == 1 else words


def clean(text: str, missing: Set[str]) -> str:
    """One line of visible text: letters composed, no controls, no pile of marks."""
    kept = "".join(visible(unicodedata.normalize("NFC", text), missing))
    return NUMBER_GAP.sub(NO_BREAK, SPACES.sub(" ", kept).strip(" " + NO_BREAK))


def visible(text: str, missing: Set[str]) -> Iterator[str]:
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if sign in "\u00a0\u202f":  # before a French colon
            yield NO_BREAK
        elif sign.isspace():
            yield " "
        elif category == "Co":  # private: each font shows another thing
            yield "?"
        elif sign in missing:
            yield "?" if category[0] in "LN" else ""
        # Left out: control, direction, surrogates and what is no character (yet).
        elif (category[0] != "C" or sign in JOINERS) and marks <= MOST_MARKS:
            yield sign


# As typst names what its fonts lack: the text `"😀"` could not be displayed with font ...
NOT_SHOWN = re.compile(r'PDF/UA-1 error: the .*? `"((?:[^"\\]|\\.)+)"`')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def not_shown(error: typst.TypstError) -> set[str]:
    """The signs that typst refused for want of a font; none when something else is wrong."""
    found: set[str] = set()
    for text in NOT_SHOWN.findall(error.diagnostic):
        signs = {sign for sign in ESCAPED.sub(unescaped, text) if not sign.isascii()}
        # A mark that no font has must not take the letter below it along.
        found |= {sign for sign in signs if is_mark(sign)} or signs
    return found


def unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M" or sign in JOINERS
