"""The forms of the vault: new files, and what a stored one proves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import ACCEPTED, CaseForm, DayField, what_fits
from cases.models import Case, Evidence


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile[bytes]]:
        """Of every input of this name: a phone has one more, for its camera."""
        chosen: list[UploadedFile[bytes]] = files.getlist(name) if files else []
        return chosen


class FilesField(forms.FileField):
    """Several files. What is wrong with one of them is said when that one is stored."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        files: list[UploadedFile[bytes]] = data
        return files


class FilingForm(CaseForm):
    """What a file proves, of which day it is, and what is to be known about it."""

    proves = forms.ChoiceField(
        label=gettext_lazy("What does it prove?"),
        choices=Evidence.Proves.choices,
        initial=Evidence.Proves.CONFIRMED,
    )
    day = DayField(
        label=gettext_lazy("Day"),
        required=False,
        help_text=gettext_lazy(
            "Of what it shows: of the letter, the bill or the test. Leave it empty if you do not"
            " know."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return day


class VaultForm(FilingForm):
    """New files; all of them prove the same thing."""

    file = FilesField(
        label=gettext_lazy("Files"),
        help_text=what_fits(),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=FilesInput(attrs={"accept": ACCEPTED}),
    )
    field_order = ("file", "proves", "day", "note")


class RefileForm(FilingForm):
    """The same of a file that is stored."""

    def __init__(self, data: Any = None, *, case: Case, today: date, evidence: Evidence) -> None:
        self.evidence = evidence
        super().__init__(data, case=case, today=today)

    def prefill(self) -> dict[str, Any]:
        return {name: getattr(self.evidence, name) for name in ("proves", "day", "note")}
