"""Up to when the files of a case that is over are kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import keeping, schedule
from cases.forms import CaseForm, DayField


class KeepForm(CaseForm):
    """Filled with another year, so that one press is enough."""

    until = DayField(
        label=gettext_lazy("Keep the files until"),
        help_text=gettext_lazy("We write to you 30 and 7 days before they are thrown away."),
    )

    def prefill(self) -> dict[str, Any]:
        known = self.case.keep_until
        return {"until": schedule.year_after(max(known or self.today, self.today))}

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        earliest = keeping.earliest(self.today)
        if day < earliest:
            raise forms.ValidationError(
                _("Choose %(day)s or a later day: we warn you 30 and 7 days before.")
                % {"day": date_format(earliest)}
            )
        return day
