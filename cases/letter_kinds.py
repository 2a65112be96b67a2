"""Which letters there are to choose from, and which fit a case as it stands now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from operators.models import ChannelKind, LetterKind, Plan

K = LetterKind

GROUPS: Final[list[tuple[Promise, list[LetterKind]]]] = [
    (_("Ending"), [K.CANCELLATION_POSTPAID, K.CANCELLATION_PREPAID, K.WITHDRAWAL]),
    (_("After sending"), [K.FOLLOW_UP_CALL, K.SECOND_LETTER, K.REFUND_CREDIT]),
    (
        _("Complaint"),
        [
            K.COMPLAINT_NO_CONFIRMATION,
            K.COMPLAINT_STILL_BILLED,
            K.COMPLAINT_FEE,
            K.COMPLAINT_RESIDUAL_VALUE,
            K.COMPLAINT_CREDIT,
            K.COMPLAINT_LATE_PORT,
            K.OMBUDSMAN,
        ],
    ),
    (_("Spoken"), [K.PHONE_SCRIPT, K.SHOP_SHEET]),
]
LINES: Final[dict[LetterKind, Promise]] = {
    K.CANCELLATION_POSTPAID: _("A contract with a bill every month"),
    K.CANCELLATION_PREPAID: _("A card that is topped up"),
    K.WITHDRAWAL: _("Bought online, by phone or at your door"),
    K.FOLLOW_UP_CALL: _("Send it the same day, so that it stands in writing"),
    K.SECOND_LETTER: _("You wrote, and nobody answered"),
    K.REFUND_CREDIT: _("Your number moved, and credit was left on the card"),
    K.COMPLAINT_NO_CONFIRMATION: _("You wrote twice, and nobody answered"),
    K.COMPLAINT_STILL_BILLED: _("A bill for the time after the end"),
    K.COMPLAINT_FEE: _("A fee that nobody told you about"),
    K.COMPLAINT_RESIDUAL_VALUE: _("The amount for a phone that came with the plan is wrong"),
    K.COMPLAINT_CREDIT: _("You asked for your credit, and it did not come"),
    K.COMPLAINT_LATE_PORT: _("Your number did not move on the day that was agreed"),
    K.OMBUDSMAN: _("Free; after you complained to the operator in writing"),
    K.PHONE_SCRIPT: _("To read out, with an answer to each of their questions"),
    K.SHOP_SHEET: _("To show at the counter, and to have stamped"),
}
# Letters that make no sense with the other plan.
PLAN_OF: Final = {
    K.CANCELLATION_POSTPAID: Plan.POSTPAID,
    K.COMPLAINT_RESIDUAL_VALUE: Plan.POSTPAID,
    K.CANCELLATION_PREPAID: Plan.PREPAID,
    K.REFUND_CREDIT: Plan.PREPAID,
    K.COMPLAINT_CREDIT: Plan.PREPAID,
}
# Who keeps the number must not send these: the move ends the contract.
ENDING: Final = frozenset(
    {
        K.CANCELLATION_POSTPAID,
        K.CANCELLATION_PREPAID,
        K.COMPLAINT_NO_CONFIRMATION,
        K.PHONE_SCRIPT,
        K.SHOP_SHEET,
    }
)
TALKED: Final = frozenset({ChannelKind.HOTLINE, ChannelKind.SHOP})


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of letter as a list offers it."""

    kind: LetterKind
    line: Promise


def choices(kinds: Iterable[LetterKind]) -> list[Choice]:
    return [Choice(kind, LINES[kind]) for kind in kinds]


def groups(offered: Iterable[str], *, plan: str = "") -> list[tuple[Promise, list[Choice]]]:
    """The kinds of letters in their groups. offered: those that there are words for.

    plan: leaves out what is for the other one only.
    """
    known = set(offered)
    found = [
        (title, choices(kind for kind in kinds if kind in known and _suits(kind, plan)))
        for title, kinds in GROUPS
    ]
    return [(title, kinds) for title, kinds in found if kinds]


def _suits(kind: LetterKind, plan: str) -> bool:
    return not plan or PLAN_OF.get(kind, plan) == plan


def fitting(case: Case) -> list[LetterKind]:
    """What the person may want to write now, the likeliest first; nothing where a letter would do
    harm or where there is nothing to write about."""
    fits = _by_status(case)
    if case.complained_on and not case.complaint_settled and case.is_open:
        fits = [K.OMBUDSMAN, *fits]
    plan = case.procedure.plan
    return [kind for kind in fits if _suits(kind, plan) and not (case.is_port and kind in ENDING)]


def _by_status(case: Case) -> list[LetterKind]:
    match case.status:
        case Case.Status.PREPARING:
            return _to_end(case)
        case Case.Status.REQUESTED if case.is_port:
            return [K.COMPLAINT_LATE_PORT]
        case Case.Status.REQUESTED:
            talked = [K.FOLLOW_UP_CALL] if case.channel in TALKED else []
            return [*talked, K.SECOND_LETTER, K.COMPLAINT_NO_CONFIRMATION]
        case Case.Status.CONFIRMED | Case.Status.ENDED:
            return _after_the_end(case)
    return []


def _to_end(case: Case) -> list[LetterKind]:
    if case.goal == Case.Goal.WITHDRAW:
        return [K.WITHDRAWAL]
    return [K.CANCELLATION_POSTPAID, K.CANCELLATION_PREPAID, K.PHONE_SCRIPT, K.SHOP_SHEET]


def _after_the_end(case: Case) -> list[LetterKind]:
    billed = [K.COMPLAINT_STILL_BILLED, K.COMPLAINT_FEE, K.COMPLAINT_RESIDUAL_VALUE]
    if case.is_port:
        return [K.REFUND_CREDIT, K.COMPLAINT_CREDIT, *billed, K.COMPLAINT_LATE_PORT]
    return [*billed, K.COMPLAINT_CREDIT]
