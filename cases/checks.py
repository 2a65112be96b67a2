"""The questions of the line test and of the last bill: what each means, and what a "no" calls for.

Read on the pages of the regulator and of the Ombudsman; the sources stand beside the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Check
from cases.models.check import question
from operators.models import LetterKind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Q = Check.Question


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do after a "no". letter: a kind that is ready for it. sources: of the catalogue."""

    text: StrPromise
    letter: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A question with its answer, in words. result: empty where nobody answered."""

    name: str
    label: str
    short: StrPromise
    result: str
    advice: Advice | None

    @property
    def is_wrong(self) -> bool:
        return self.result == Check.Result.NO


# For a list of what was not tested: "Not tested: calls, texts".
SHORT: Final[dict[str, StrPromise]] = {
    Q.LINE_CALL: _("calls"),
    Q.LINE_TEXT: _("texts"),
    Q.LINE_DATA: _("internet"),
    Q.LINE_ESIM: _("eSIM or card"),
    Q.BILL_PERIOD: _("period"),
    Q.BILL_PRO_RATA: _("days paid back"),
    Q.BILL_DEVICE: _("sum for the phone"),
    Q.BILL_THIRD_PARTY: _("services of other firms"),
    Q.BILL_DIRECT_DEBIT: _("direct debit"),
}
_ALIVE = Advice(
    _(
        "The line is not dead. Write to the operator today: name the end date, say what still"
        " works, and ask for the end in writing. Do not stop paying: that ends no contract."
    ),
    LetterKind.SECOND_LETTER,
)
_NOT_MOVED = Advice(
    _(
        "Call the new operator, not the old one. Do not cancel: the move ends the old contract. For"
        " a late move you can ask the new operator for 3 euro a day, in some cases 5, within 6"
        " months."
    ),
    LetterKind.COMPLAINT_LATE_PORT,
    ("bipt_port_nl",),
)
_DISPUTE = ("om_how_nl", "fps_ombudsman_fr")
ADVICE: Final[dict[str, Advice]] = {
    Q.LINE_CALL: _ALIVE,
    Q.LINE_TEXT: _ALIVE,
    Q.LINE_DATA: _ALIVE,
    Q.LINE_ESIM: Advice(
        _(
            "Do it once the end is confirmed in writing: delete the eSIM profile in the settings of"
            " the phone, or cut up the card. This alone never ends a contract."
        )
    ),
    Q.BILL_PERIOD: Advice(
        _(
            "Dispute what is billed for the days after the end, in writing, and pay the rest on"
            " time."
        ),
        LetterKind.COMPLAINT_STILL_BILLED,
        _DISPUTE,
    ),
    Q.BILL_PRO_RATA: Advice(
        _(
            "Ask in writing for the days that you paid for and did not have, and name your bank"
            " account: some operators pay out only when they are asked."
        ),
        LetterKind.COMPLAINT_STILL_BILLED,
        ("or_bill",),
    ),
    Q.BILL_DEVICE: Advice(
        _(
            "At most the sum in the repayment table of your contract may be asked, and nothing"
            " after 24 months. Dispute that part in writing, pay the rest."
        ),
        LetterKind.COMPLAINT_RESIDUAL_VALUE,
        ("bipt_op_en", *_DISPUTE),
    ),
    Q.BILL_THIRD_PARTY: Advice(
        _(
            "Games, paid texts and other services do not always end with the line: stop each one"
            " with the firm that sells it. Dispute what you did not order, pay the rest."
        ),
        LetterKind.COMPLAINT_FEE,
        ("dn_om2019", *_DISPUTE),
    ),
    Q.BILL_DIRECT_DEBIT: Advice(
        _(
            "Once the last bill is paid: withdraw the mandate of the direct debit in your bank app."
            " Before that, a right bill could come back unpaid."
        )
    ),
}


def answered(case: Case, rows: Iterable[Check]) -> list[Checked]:
    """The questions of this case with their answers, in order. rows: its checks."""
    results = {row.question: row.result for row in rows}
    return [_checked(case, name, results) for name in case.questions()]


def _checked(case: Case, name: str, results: Mapping[str, str]) -> Checked:
    return Checked(
        name=name,
        label=question(name, moves=case.is_port),
        short=SHORT[name],
        result=results.get(name, ""),
        advice=_advice(case, name),
    )


def _advice(case: Case, name: str) -> Advice:
    tested = name in (Q.LINE_CALL, Q.LINE_TEXT, Q.LINE_DATA)
    return _NOT_MOVED if case.is_port and tested else ADVICE[name]
