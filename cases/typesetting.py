"""Sets text on paper with typst: what every PDF of ours has in common.

Knows no case and no database. Each kind of paper has its layout in a .typ file, which gets its
words as data; what the layouts share is in common.typ.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import cvttf_NotoSansCJK_Regular
import typst

# Nothing that a person writes in a letter stacks more marks on a letter. Without a limit, marks
# climb off the page.
MOST_MARKS: Final = 3
SPACES: Final = re.compile(" +")
NO_BREAK: Final = "\u00a0"
NUMBER_GAP: Final = re.compile(r"(?<=\d) (?=\d)")  # a number stays on one line

# Marks that no font has come to light first, then letters, then what stood beside them.
ROUNDS: Final = 5
JOINERS: Final = "\u200c\u200d"  # some scripts need them within words

Content = Callable[[Set[str]], Mapping[str, Any]]


def typeset(layout: Path, content_of: Content, *, at: datetime) -> bytes:
    """A tagged PDF with its fonts inside; the same content and moment give the same bytes.

    content_of: makes what the layout reads; it gets the signs that no font has, and gives them to
    `clean()`. A letter that no font has becomes a question mark, so that it is seen; a sign
    without meaning of its own (an emoji, a control character) is left out.
    at: the moment that the PDF says it is of.
    """
    missing: set[str] = set()
    for _ in range(ROUNDS):
        try:
            return compiled(layout, content_of(missing), at, accessible=True)
        except typst.TypstError as error:
            found = not_shown(error) - missing
            if not found:
                break
            missing |= found
    return compiled(layout, content_of(missing), at, accessible=False)


def compiled(layout: Path, content: Mapping[str, Any], at: datetime, *, accessible: bool) -> bytes:
    """accessible: PDF/UA-1, which refuses a letter that no font can show."""
    # A compiler that is kept would be a little faster, but two threads may not share one.
    return typst.compile(
        str(layout),
        root=str(layout.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,  # a paper looks the same on every machine
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards="ua-1" if accessible else None,
        timestamp=at.replace(microsecond=0),  # a PDF counts seconds
    )


@cache
def fonts() -> typst.Fonts:
    """The fonts within typst (Libertinus, OFL) and Noto Sans CJK (OFL) for Chinese names."""
    folder = Path(cvttf_NotoSansCJK_Regular.__file__).parent
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)]
    )


def cleaned(content: Any, missing: Set[str]) -> Any:
    """The same with every text in it cleaned. missing: signs that no font has."""
    if isinstance(content, str):
        return clean(content, missing)
    if isinstance(content, Mapping):
        return {name: cleaned(value, missing) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [cleaned(value, missing) for value in content]
    return content


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
