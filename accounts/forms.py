"""What a person types about the account: how we write, and how they sign in."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language of our mails to you"), choices=settings.LANGUAGES
    )
    mail_hour = forms.TypedChoiceField(
        label=_("Hour of our mails"),
        choices=HOURS,
        coerce=int,
        help_text=_("A full hour of the day in Belgium. Mails that are due leave then."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of our mails"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What is due on another day leaves on the next of these."),
        error_messages={
            "required": _("Choose at least one day. To get no mails at all, stop them below.")
        },
    )


class SignupForm(allauth_forms.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """One e-mail field; a code to it confirms the address and signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_plainly(self.fields["email"])


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """One e-mail field. We send a code, unless somebody who has set a password gives it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_plainly(self.fields["login"])

    def _setup_password_field(self) -> None:
        """allauth drops the password where the sign-up asks for none; here it stays, optional."""
        self.fields["password"].required = False
        del self.fields["password"].widget.attrs["placeholder"]


def _name_plainly(field: forms.Field) -> None:
    """The label says it; a placeholder that says it again is gone as soon as somebody types."""
    field.label = _("E-mail address")
    field.widget.attrs.pop("placeholder", None)
