"""Asks for the name of what is to go for good, so that no slip of a finger deletes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cases.models import Case


class EraseAccountForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Your e-mail address, to confirm"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip()
        if typed.lower() != self.user.email.lower():
            raise forms.ValidationError(
                _("This is not the address of this account. Nothing was deleted.")
            )
        return typed


class EraseCaseForm(forms.Form):
    reference = forms.CharField(
        label=gettext_lazy("The reference of the case, to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_reference(self) -> str:
        typed: str = self.cleaned_data["reference"]
        if _bare(typed) != _bare(self.case.reference):
            raise forms.ValidationError(
                _("This is not the reference of this case. Nothing was deleted.")
            )
        return typed


def _bare(reference: str) -> str:
    """Without the lines and blanks that people add or leave out."""
    return "".join(letter for letter in reference.upper() if letter.isalnum())
