"""What a person records about a dispute: the sum, and when the Ombudsman got it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import CaseForm, DayField


class DisputeForm(CaseForm):
    """How much of what is asked for is not owed."""

    amount = forms.DecimalField(
        label=gettext_lazy("Sum in dispute, in euro"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=8,
        decimal_places=2,
        help_text=gettext_lazy(
            "Only what you do not owe, such as 24.50. Empty: nothing is in dispute any more."
        ),
        error_messages={"invalid": gettext_lazy("Give the sum in digits, such as 24.50.")},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None and "," in data.get("amount", ""):
            data = data.copy()  # people in Belgium write 24,50
            data["amount"] = data["amount"].replace(",", ".")
        super().__init__(data, *args, **kwargs)

    def prefill(self) -> dict[str, Any]:
        return {"amount": self.case.disputed}


class OmbudsmanForm(CaseForm):
    """The day on which the complaint went to the Ombudsman."""

    filed_on = DayField(label=gettext_lazy("Sent to the Ombudsman on"))

    def prefill(self) -> dict[str, Any]:
        return {"filed_on": self.case.ombudsman_on or self.today}

    def clean_filed_on(self) -> date:
        day = self.past_day("filed_on")
        if self.case.complained_on and day < self.case.complained_on:
            raise forms.ValidationError(
                _("This is before the day on which you complained to the operator.")
            )
        return day
