"""The four proofs: sent, confirmed in writing, line dead, bills stopped.

Each says how far it is, what is missing, and since when. One may be reached without the one before,
as life does it; then the one before is what is missing, and stays so after the case is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases import checks, schedule
from cases.models import Case, Check, Evidence
from operators.models import Plan

SENT, CONFIRMED, LINE_DEAD, BILLS_STOPPED = KEYS = (
    "sent",
    "confirmed",
    "line_dead",
    "bills_stopped",
)
# The files that prove each.
PROVEN_BY = {
    SENT: (Evidence.Proves.SENT, Evidence.Proves.RECEIVED),
    CONFIRMED: (Evidence.Proves.CONFIRMED,),
    LINE_DEAD: (Evidence.Proves.LINE_DEAD,),
    BILLS_STOPPED: (Evidence.Proves.FINAL_BILL,),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing. place: where the person can mend it: proof, checks or next."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One of the four proofs.

    state: done, now (waited for), late (waited for too long, or passed over), later. on: the day on
    which it was reached, or is expected. proof: how many files prove it.
    """

    key: str
    title: str
    state: str
    on: date | None
    remark: str = ""
    proof: int = 0
    missing: tuple[Gap, ...] = ()


def ladder(
    case: Case, evidence: Iterable[Evidence], rows: Iterable[Check], *, today: date
) -> list[Rung]:
    """evidence: the files that are kept. rows: the checks of the case. today: in Belgium."""
    proves = [file.proves for file in evidence]
    looked_at = checks.answered(case, rows)
    last_bill = case.last_bill_expected if case.procedure.plan == Plan.POSTPAID else None
    reached = [case.sent_on, case.confirmed_on, case.ended_on, case.closed_on]
    expected = [None, None, case.ends_on or case.wanted_end, last_bill]
    # A line may die without a confirmation: then that rung is missing, and the next one is now.
    current = max((i for i, day in enumerate(reached) if day), default=-1) + 1
    rungs = [
        Rung(
            key=key,
            title=title(case, key),
            state="done" if reached[i] else "now" if i == current and case.is_open else "later",
            on=reached[i] or expected[i],
            proof=sum(proves.count(kind) for kind in PROVEN_BY[key]),
        )
        for i, key in enumerate(KEYS)
    ]
    day = case.closed_on or today  # what was missing then is missing for so long, and no longer
    return [_described(case, rung, looked_at, today=day) for rung in rungs]


def title(case: Case, key: str) -> str:
    return {
        SENT: _("Ordered") if case.is_port else _("Sent"),
        CONFIRMED: _("Confirmed in writing"),
        LINE_DEAD: _("Number moved") if case.is_port else _("Line dead"),
        BILLS_STOPPED: _("Bills stopped"),
    }[key]


def _described(case: Case, rung: Rung, looked_at: list[checks.Checked], *, today: date) -> Rung:
    missing = {
        SENT: _about_sending,
        CONFIRMED: _about_confirmation,
        LINE_DEAD: _about_the_end,
        BILLS_STOPPED: _about_bills,
    }[rung.key]
    gaps = tuple(missing(case, rung, looked_at, today))
    remark = "" if rung.state == "done" else _remark(case, rung, today=today)
    late = rung.state != "done" and _is_late(case, rung, today=today)
    return replace(rung, missing=gaps, remark=remark, state="late" if late else rung.state)


def _is_late(case: Case, rung: Rung, *, today: date) -> bool:
    """Whether this rung was passed over, or its time has run out."""
    if rung.key == CONFIRMED and not case.is_port:
        silent = case.confirm_by is not None and case.confirm_by <= today
        return bool(case.ended_on) or (case.status == case.Status.REQUESTED and silent)
    if rung.key == LINE_DEAD and case.is_open:
        return bool(case.sent_on and case.end_date and case.end_date < today)
    return rung.key == BILLS_STOPPED and case.is_open and case.final_bill_right is False


def _remark(case: Case, rung: Rung, *, today: date) -> str:
    """What stands under a rung that is not reached; nothing where its day says enough."""
    if rung.key == CONFIRMED and case.ended_on:
        # Who keeps the number has the move itself as the confirmation.
        return _("not needed for a move") if case.is_port else _("missing")
    if rung.key == CONFIRMED and case.status == case.Status.REQUESTED and case.sent_on:
        days = schedule.working_days_between(case.sent_on, today)
        if not days:
            return _("waiting")
        text = ngettext(
            "waiting for %(days)s working day", "waiting for %(days)s working days", days
        )
        return text % {"days": days}
    if rung.key == BILLS_STOPPED and case.is_open and case.final_bill_right is False:
        return _("they bill on")
    return ""


def _about_sending(
    case: Case, rung: Rung, looked_at: list[checks.Checked], today: date
) -> Iterator[Gap]:
    if case.sent_on and not rung.proof:
        text = (
            _("No file proves the order of %(day)s.")
            if case.is_port
            else _("No file proves that it was sent on %(day)s.")
        )
        yield Gap(text % {"day": _in_words(case.sent_on)}, "proof")


def _about_confirmation(
    case: Case, rung: Rung, looked_at: list[checks.Checked], today: date
) -> Iterator[Gap]:
    if case.confirmed_on:
        if not rung.proof and not case.receipt_elsewhere:
            text = _("The confirmation of %(day)s is not stored.")
            yield Gap(text % {"day": _in_words(case.confirmed_on)}, "proof")
    elif case.sent_on and not case.is_port and case.status != case.Status.DROPPED:
        days = schedule.working_days_between(case.sent_on, today)
        if days or case.ended_on:
            text = ngettext(
                "No written confirmation for %(days)s working day.",
                "No written confirmation for %(days)s working days.",
                days,
            )
            yield Gap(text % {"days": days}, "next")


def _about_the_end(
    case: Case, rung: Rung, looked_at: list[checks.Checked], today: date
) -> Iterator[Gap]:
    asked = [one for one in looked_at if one.name in Check.LINE]
    wrong = [one for one in asked if one.is_wrong]
    if wrong:
        text = _("Does not work yet: %(what)s.") if case.is_port else _("Not dead yet: %(what)s.")
        yield Gap(text % {"what": _listed(wrong)}, "checks")
    if not case.ended_on:
        if case.is_open and case.sent_on and case.end_date and case.end_date < today:
            text = _("The end date was %(day)s. Not recorded since: is it over?")
            yield Gap(text % {"day": _in_words(case.end_date)}, "next")
        return
    open_ones = [one for one in asked if not one.result]
    if open_ones:
        text = _("Not tested since %(day)s: %(what)s.")
        words = {"day": _in_words(case.ended_on), "what": _listed(open_ones)}
        yield Gap(text % words, "checks")


def _about_bills(
    case: Case, rung: Rung, looked_at: list[checks.Checked], today: date
) -> Iterator[Gap]:
    if case.disputed:
        text = _("In dispute: %(amount)s euro.")
        yield Gap(text % {"amount": f"{case.disputed:.2f}"}, "escalation")
    if case.is_open and case.final_bill_right is False:
        yield Gap(_("A bill is wrong, or should not have come."), "escalation")
    asked = [one for one in looked_at if one.name in Check.BILL]
    wrong = [one for one in asked if one.is_wrong]
    if wrong:
        yield Gap(_("Not right on the last bill: %(what)s.") % {"what": _listed(wrong)}, "checks")
    open_ones = [one for one in asked if not one.result]
    due = case.last_bill_expected
    if open_ones and due and (case.closed_on or due <= today):
        text = _("The last bill was expected about %(day)s. Not looked at: %(what)s.")
        words = {"day": _in_words(due), "what": _listed(open_ones)}
        yield Gap(text % words, "checks")


def _listed(questions: list[checks.Checked]) -> str:
    return ", ".join(str(one.short) for one in questions)


def _in_words(day: date) -> str:
    return date_format(day, pgettext("format of a day, as in 23 Nov 2026", "j M Y"))
