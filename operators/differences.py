"""What changed within a text: its lines, and in a line that was reworded the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

CONTEXT = 1  # unchanged lines that are shown above and below a change
ALIKE = 0.4  # of the words: below that, a line was replaced and not reworded


class Mark(Enum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    GAP = "gap"  # unchanged lines that are not shown


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    mark: Mark
    pieces: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def lines(before: str, after: str) -> list[Line]:
    """Both texts as one: what went, what came, and a line around it to find the place."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += _unchanged(old[i1:i2], first=i1 == 0, last=i2 == len(old))
        else:
            found += _reworded(old[i1:i2], new[j1:j2])
    return found


def _unchanged(texts: list[str], *, first: bool, last: bool) -> Iterator[Line]:
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    if len(texts) <= head + tail:
        yield from (Line(Mark.SAME, (Piece(text),)) for text in texts)
        return
    yield from (Line(Mark.SAME, (Piece(text),)) for text in texts[:head])
    yield Line(Mark.GAP)
    yield from (Line(Mark.SAME, (Piece(text),)) for text in texts[len(texts) - tail :])


def _reworded(old: list[str], new: list[str]) -> Iterator[Line]:
    """Lines that stand at the same place; the first was the first before, as far as they go."""
    for number in range(max(len(old), len(new))):
        before = old[number] if number < len(old) else None
        after = new[number] if number < len(new) else None
        if before is not None and after is not None:
            yield from _words(before, after)
        elif before is not None:
            yield Line(Mark.REMOVED, (Piece(before),))
        elif after is not None:
            yield Line(Mark.ADDED, (Piece(after),))


def _words(before: str, after: str) -> Iterator[Line]:
    # Chinese has no spaces between its words: there each character counts as one.
    old, new = (re.findall(r"[⺀-鿿]|\s+|[^\s⺀-鿿]+", text) for text in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield Line(Mark.REMOVED, (Piece(before),))
        yield Line(Mark.ADDED, (Piece(after),))
        return
    codes = matcher.get_opcodes()
    yield Line(
        Mark.REMOVED, _pieces((old[i1:i2], tag != "equal") for tag, i1, i2, _j1, _j2 in codes)
    )
    yield Line(Mark.ADDED, _pieces((new[j1:j2], tag != "equal") for tag, _i1, _i2, j1, j2 in codes))


def _pieces(parts: Iterable[tuple[list[str], bool]]) -> tuple[Piece, ...]:
    return tuple(Piece("".join(words), changed) for words, changed in parts if words)
