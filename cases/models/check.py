"""What a person found when looking whether the line is dead and the bills have stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Check(models.Model):
    """The answer to one question of a rung; asked again, the last answer holds."""

    class Question(models.TextChoices):
        LINE_CALL = "line_call", _("Calls do not go out and do not come in")
        LINE_TEXT = "line_text", _("Texts do not go out and do not come in")
        LINE_DATA = "line_data", _("No internet without Wi-Fi")
        LINE_ESIM = "line_esim", _("The eSIM profile is deleted, or the card is taken out")
        BILL_PERIOD = "bill_period", _("The last bill ends on the end date")
        BILL_PRO_RATA = "bill_pro_rata", _("Days after the end date are paid back")
        BILL_DEVICE = "bill_device", _("What is asked for the phone is in the repayment table")
        BILL_THIRD_PARTY = "bill_third_party", _("No services of other firms are on it")
        BILL_DIRECT_DEBIT = "bill_direct_debit", _("The direct debit is withdrawn at the bank")

    class Result(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_MINE = "not_mine", _("Does not apply to me")

    LINE = (Question.LINE_CALL, Question.LINE_TEXT, Question.LINE_DATA, Question.LINE_ESIM)
    BILL = (
        Question.BILL_PERIOD,
        Question.BILL_PRO_RATA,
        Question.BILL_DEVICE,
        Question.BILL_THIRD_PARTY,
        Question.BILL_DIRECT_DEBIT,
    )

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="checks")
    question = models.CharField(max_length=20, choices=Question.choices)
    result = models.CharField(max_length=10, choices=Result.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("case", "question"), name="one_answer_to_a_check")
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.result}"


# Who keeps the number tests that it works, with another SIM card.
QUESTIONS_OF_A_MOVE: dict[str, StrPromise] = {
    Check.Question.LINE_CALL: _("Calls come in and go out with the new SIM card"),
    Check.Question.LINE_TEXT: _("Texts come in and go out with the new SIM card"),
    Check.Question.LINE_DATA: _("The internet works with the new SIM card, without Wi-Fi"),
    Check.Question.LINE_ESIM: _("The old SIM card is without network, or its eSIM is deleted"),
}


def question(name: str, *, moves: bool) -> str:
    """What is to be looked at. moves: the number goes to another operator."""
    return str((moves and QUESTIONS_OF_A_MOVE.get(name)) or Check.Question(name).label)
