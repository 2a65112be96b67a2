"""The answers to the questions of the line test and of the last bill, all of them or some."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from cases.checks import Checked
from cases.forms import CaseForm
from cases.models import Check


class ChecksForm(CaseForm):
    """A field per question that the case has. What is left open stays as it was."""

    def __init__(self, *args: Any, asked: Iterable[Checked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in asked:
            self.fields[one.name] = forms.ChoiceField(
                label=one.label,
                choices=Check.Result.choices,
                required=False,
                initial=one.result,
                widget=forms.RadioSelect,
            )
