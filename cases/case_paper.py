"""What the papers of a case share, the dossier and the certificate: how a paper is set, the blocks
that it is made of, and the words of its days, dates and proofs.

Every word goes through gettext in the language of the paper, which is not the reader's of a page.
What stands where is in dossier.typ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import schedule
from cases.dossier import Dossier, Proof, expects_a_bill
from cases.letters import LANGUAGES, day_in_words
from cases.typesetting import cleaned, typeset

LAYOUT: Final = Path(__file__).with_name("dossier.typ")

Block = dict[str, Any]  # what dossier.typ sets; its `kind` says how
Row = tuple[str, list[str]]  # a label, and the lines beside it


def paper(dossier: Dossier, title: str, blocks: Sequence[Block], *, compact: bool = False) -> bytes:
    """The PDF; the same state in the same language gives the same bytes.

    compact: small, so that much goes on one page.
    """
    content = {
        "language": dossier.language,
        "title": title,
        "running": _("SimExit · case %(reference)s") % {"reference": dossier.case.reference},
        # Both names are filled in by the layout.
        "page-of": _("Page {page} of {pages}"),
        "compact": compact,
        "blocks": blocks,
    }
    return typeset(LAYOUT, lambda missing: cleaned(content, missing), at=dossier.state_of)


def disclaimer() -> str:
    return _(
        "Made by SimExit from what the person stored. SimExit is not an operator, has checked none"
        " of it and gives no legal advice."
    )


# --- Blocks ---------------------------------------------------------------------------------------


def heading(text: str, *, level: int = 2) -> Block:
    return {"kind": "heading", "text": text, "level": level}


def text(text: str) -> Block:
    return {"kind": "text", "text": text}


def quiet(text: str) -> Block:
    return {"kind": "quiet", "text": text}


def facts(rows: Iterable[Row]) -> Block:
    return {"kind": "facts", "rows": [[label, lines] for label, lines in rows if lines]}


def entry(mark: str, title: str, lines: Iterable[str], hashes: Iterable[tuple[str, str]]) -> Block:
    """Something with a number. hashes: of what, and its SHA-256."""
    return {
        "kind": "entry",
        "mark": mark,
        "title": title,
        "lines": [line for line in lines if line],
        "hashes": [list(pair) for pair in hashes],
    }


def numbers(references: Iterable[int]) -> str:
    """As references are written: [3] [7]."""
    return " ".join(f"[{number}]" for number in references)


def listed(files: Iterable[int]) -> str:
    """As numbers of files are written: 1, 3-5. files: in their order."""
    # In a row of numbers that follow each other, the difference to their places is the same.
    rows = groupby(enumerate(files), key=lambda pair: pair[1] - pair[0])
    return ", ".join(_row([number for _place, number in row]) for _same, row in rows)


def _row(row: list[int]) -> str:
    return "-".join(map(str, dict.fromkeys([row[0], row[-1]])))


def filled(words: str, **values: str) -> str:
    """The words with these values; nothing where one of them is empty."""
    return words % values if all(values.values()) else ""


# --- Words ----------------------------------------------------------------------------------------


class Told:
    """What a dossier says, in the language that is active: its own."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier, self.case = dossier, dossier.case
        self.language = dossier.language

    def dates(self) -> list[Row]:
        case, moves = self.case, self.case.is_port
        asked = [self.day(case.sent_on)] if case.sent_on else []
        if asked:
            asked.append(_("by: %(channel)s") % {"channel": case.get_channel_display()})
        if case.wanted_end:
            asked.append(_("end date asked for: %(day)s") % {"day": self.day(case.wanted_end)})
        if case.reference_number:
            asked.append(_("reference number: %(number)s") % {"number": case.reference_number})
        if case.spoke_to:
            asked.append(_("spoke to: %(name)s") % {"name": case.spoke_to})
        return [
            (_("Move ordered on") if moves else _("Asked on"), asked or [_("missing")]),
            (_("Confirmed on"), [self.day(case.confirmed_on)]),
            self.end(),
            (_("Last bill"), [self.last_bill()]),
        ]

    def end(self) -> Row:
        case = self.case
        lines = []
        if case.ends_on:
            words = _("the confirmation names %(day)s")
            lines.append(words % {"day": self.day(case.ends_on)})
        if case.ended_on:
            return (_("Number moved on") if case.is_port else _("Ended on")), [
                self.day(case.ended_on),
                *lines,
            ]
        return _("Ends on"), [self.day(case.ends_on)]

    def last_bill(self) -> str:
        bill = self.dossier.last_bill
        if bill and bill.evidence.day:
            words = _("%(day)s, file %(number)s")
            return words % {"day": self.day(bill.evidence.day), "number": bill.number}
        if bill:
            return _("file %(number)s, its day is not recorded") % {"number": bill.number}
        if not expects_a_bill(self.case):
            return _("none: a prepaid card")
        if self.case.last_bill_expected:
            words = _("missing; expected about %(day)s")
            return words % {"day": self.day(self.case.last_bill_expected)}
        return _("missing")

    def proof(self, proof: Proof) -> Row:
        lines = [self.day(proof.on) if proof.on or proof.needed else _("not needed for a move")]
        if proof.files:
            words = ngettext("file %(numbers)s", "files %(numbers)s", len(proof.files))
            lines.append(words % {"numbers": listed(proof.files)})
        elif proof.on:
            lines.append(_("said by the person, without a file"))
        return proof.title, lines

    # --- Days, moments and sizes ----------------------------------------------------------------

    def day(self, day: date | None) -> str:
        return day_in_words(day, self.language) if day else _("missing")

    def moment(self, moment: datetime) -> str:
        local = moment.astimezone(schedule.BRUSSELS)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def size(self, size: int) -> str:
        number = format_decimal(size, locale=LANGUAGES[self.language])
        return ngettext("%(size)s byte", "%(size)s bytes", size) % {"size": number}
