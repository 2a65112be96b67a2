"""What a person found when looking whether the line is dead and the bills have stopped."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
