"""What is asked of who shares a case, and of who opens it."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cases.models import ShareLink, ShareView
from cases.share import DAYS

NAME_LENGTH: Final = ShareView._meta.get_field("name").max_length
READER_LENGTH: Final = ShareLink._meta.get_field("reader").max_length
USUAL: Final = 30  # days


class ShareForm(forms.Form):
    reader = forms.CharField(
        label=_("For whom?"),
        max_length=READER_LENGTH,
        help_text=_("As you call them: the Ombudsman, Li who helps me. You alone see it."),
        error_messages={"required": _("Write for whom this link is.")},
    )
    days = forms.TypedChoiceField(
        label=_("How long may they read?"),
        choices=[(days, ngettext_lazy("%d day", "%d days", days) % days) for days in DAYS],
        coerce=int,
        initial=USUAL,
        error_messages={"invalid_choice": _("Choose one of these.")},
    )


class OpenForm(forms.Form):
    name = forms.CharField(
        label=_("Who are you?"),
        max_length=NAME_LENGTH,
        help_text=_("Your name or your office. The person who shared this sees it."),
        error_messages={
            "required": _("Say who you are, so that the person knows who has read it.")
        },
    )
