"""A reader says that something on a page was wrong. Nobody's name or address is asked or kept."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from operators.models import Claim, Procedure, Report

RATE = "report"  # in ACCOUNT_RATE_LIMITS: allauth counts it


class WrongForm(forms.Form):
    text = forms.CharField(
        label=_("What was different?"),
        max_length=Report.TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "What you found, and on which day. Please write nothing about yourself: no name, no"
            " phone number, no customer number."
        ),
        error_messages={
            "required": _("Write one sentence about what was different."),
            "max_length": _("Please keep it below %(limit_value)d characters."),
        },
    )


def entry(procedure: Procedure, part: str, key: str) -> Claim | None:
    """The entry of a page that the words of an address name; None where it has no such entry."""
    claims = (claim for claim in procedure.claims() if claim.key == key)
    return next((claim for claim in claims if claim._meta.model_name == part), None)
