"""Turns what people type into what the verbs want, and checks what only the input can tell.

Dates are read as ISO, which every date field of a browser sends, or as day/month/year.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import evidence
from cases.errors import RefusedFile
from cases.models import Case, Evidence
from operators.guide import where_it_stands
from operators.models import ChannelKind, Operator, Plan, Procedure, Report

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
YEARS = range(2000, 2100)
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.heic,.webp,.eml,.txt,image/*"


def _what_fits() -> str:
    """Which files we keep, in words for a form."""
    return _("PDF, JPEG, PNG, HEIC, WebP, EML or TXT, at most %(limit)s each.") % {
        "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES)
    }


what_fits = lazy(_what_fits, str)


class DayField(forms.DateField):
    """A calendar day in Belgium."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", DATE_FORMATS)
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(
            error_messages={
                "invalid": gettext_lazy("Give the day as year-month-day, such as 2026-11-30."),
                "required": gettext_lazy("Which day was it? Please fill in the date."),
            },
            **kwargs,
        )

    def validate(self, value: date | None) -> None:
        """Refuses a slip of the finger in the year, before anybody counts days from it."""
        super().validate(value)
        if value and value.year not in YEARS:
            raise forms.ValidationError(
                _("The year %(year)s cannot be right.") % {"year": value.year}
            )


def belgian_mobile(text: str) -> phonenumbers.PhoneNumber:
    """The number that was typed, if it is a Belgian mobile one.

    Raises ValidationError with a sentence that names what it is instead.
    """
    if any(letter.isalpha() for letter in text):
        raise forms.ValidationError(
            _("A number has no letters. Type digits, such as 0470 12 33 21.")
        )
    try:
        number = phonenumbers.parse(text, "BE")
    except phonenumbers.NumberParseException as error:
        raise forms.ValidationError(
            _("This is no phone number. A Belgian mobile number looks like 0470 12 33 21.")
        ) from error
    if number.country_code != 32:
        raise forms.ValidationError(
            _(
                "This number belongs to another country (+%(code)s). SimExit knows Belgian mobile"
                " numbers: they begin with 04 or +32 4."
            )
            % {"code": number.country_code}
        )
    if not phonenumbers.is_valid_number(number):
        raise forms.ValidationError(
            _("This number does not exist. A Belgian mobile number has ten digits: 0470 12 33 21.")
        )
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise forms.ValidationError(
            _(
                "This is a landline or service number. SimExit needs the mobile number: it begins"
                " with 04."
            )
        )
    return number


class OpeningForm(forms.Form):
    """Opens a case. Needs no account: what was typed waits in the session for the sign-up."""

    operator = forms.ModelChoiceField(
        label=gettext_lazy("Which operator do you leave?"),
        queryset=Operator.objects.none(),
        to_field_name="slug",
        empty_label=gettext_lazy("Choose your operator"),
        error_messages={
            "required": gettext_lazy("Choose your operator, or “Other operator” at the end."),
            "invalid_choice": gettext_lazy("Choose an operator from the list."),
        },
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("What do you have?"),
        choices=Plan.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "With a subscription a bill comes every month. A prepaid card is topped up."
        ),
    )
    goal = forms.ChoiceField(
        label=gettext_lazy("What do you want?"), choices=Case.Goal.choices, initial=Case.Goal.END
    )
    phone_number = forms.CharField(
        label=gettext_lazy("Mobile number to leave with"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
        help_text=gettext_lazy("Such as 0470 12 33 21. We show only its last three digits."),
        error_messages={"required": gettext_lazy("Which number is it about?")},
    )
    customer_number = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=40,
        required=False,
        help_text=where_it_stands(gettext_lazy("It is on your bill. You can add it later.")),
    )
    confirm_second = forms.BooleanField(
        label=gettext_lazy("Open a second case for this number all the same"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, owner: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        operators = Operator.objects.filter(procedures__status=Procedure.Status.PUBLISHED)
        self.fields["operator"].queryset = operators.distinct()  # type: ignore[attr-defined]

    def clean_phone_number(self) -> str:
        number = belgian_mobile(self.cleaned_data["phone_number"])
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._find_procedure(data)
        self._point_out_second_case(data)
        return data

    def _find_procedure(self, data: dict[str, Any]) -> None:
        if "operator" not in data or "plan" not in data:
            return
        procedure = (
            Procedure.objects.published()
            .filter(operator=data["operator"], plan=data["plan"])
            .first()
        )
        if procedure is None:
            self.add_error(
                "plan",
                _(
                    "We know no %(plan)s of %(operator)s. Choose the other one, or “Other operator”"
                    " if you are sure."
                )
                % {"plan": Plan(data["plan"]).label.lower(), "operator": data["operator"]},
            )
        data["procedure"] = procedure

    def _point_out_second_case(self, data: dict[str, Any]) -> None:
        if self.owner is None or "phone_number" not in data or data.get("confirm_second"):
            return
        other = (
            Case.objects.filter(owner=self.owner, phone_number=data["phone_number"]).open().first()
        )
        if other is None:
            return
        self.fields["confirm_second"].widget = forms.CheckboxInput()
        self.add_error(
            "phone_number",
            forms.ValidationError(
                format_html(
                    '{} <a href="{}">{}</a>',
                    _("You have an open case for this number already:"),
                    other.get_absolute_url(),
                    other.reference,
                ),
                code="second_case",
            ),
        )


class CaseForm(forms.Form):
    """A form about one case, filled with what the case knows already.

    today: the calendar day in Belgium, to tell what lies in the future.
    """

    def __init__(self, data: Any = None, files: Any = None, *, case: Case, today: date) -> None:
        self.case, self.today = case, today
        super().__init__(data, files, initial=self.prefill())

    def prefill(self) -> dict[str, Any]:
        return {}

    def past_day(self, name: str, *, latest: date | None = None) -> date:
        """The day in this field; ValidationError if it is still to come, or before the sending."""
        day: date = self.cleaned_data[name]
        if day > (latest or self.today):
            raise forms.ValidationError(_("This day is still to come."))
        if self.case.sent_on and day < self.case.sent_on:
            raise forms.ValidationError(_("This is before the day on which you sent it."))
        return day


class RequestedForm(CaseForm):
    """How and when the cancellation was sent."""

    sent_on = DayField(label=gettext_lazy("Sent on"))
    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[("", gettext_lazy("Choose how you sent it")), *ChannelKind.choices],
        error_messages={"required": gettext_lazy("How did you send it? Choose one.")},
    )
    wanted_end = DayField(
        label=gettext_lazy("End date that you asked for"),
        required=False,
        help_text=gettext_lazy(
            "Always name a date. Leave empty only if you asked for none: then the operator may"
            " apply the notice period of its terms."
        ),
    )
    reference_number = forms.CharField(
        label=gettext_lazy("Reference number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "Of the message, the call or the registered letter, if you got one."
        ),
    )
    spoke_to = forms.CharField(
        label=gettext_lazy("Who did you speak to?"), max_length=100, required=False
    )

    def prefill(self) -> dict[str, Any]:
        return {"sent_on": self.today}

    def clean_sent_on(self) -> date:
        return self.past_day("sent_on")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        sent_on, wanted_end = data.get("sent_on"), data.get("wanted_end")
        if sent_on and wanted_end and wanted_end < sent_on:
            self.add_error("wanted_end", _("The end date lies before the day of sending."))
        return data


class ConfirmedForm(CaseForm):
    """What the operator's written confirmation says."""

    confirmed_on = DayField(label=gettext_lazy("Date of the confirmation"))
    ends_on = DayField(
        label=gettext_lazy("End date that it names"),
        help_text=gettext_lazy(
            "If it names none, write back and ask. Until then: the date you asked for."
        ),
    )

    def prefill(self) -> dict[str, Any]:
        return {"confirmed_on": self.today, "ends_on": self.case.wanted_end}

    def clean_confirmed_on(self) -> date:
        return self.past_day("confirmed_on")

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if self.case.sent_on and day < self.case.sent_on:
            raise forms.ValidationError(_("The end date lies before the day of sending."))
        return day


class EndedForm(CaseForm):
    """The day since when the line is dead, or the number works at the new operator."""

    ended_on = DayField(label=gettext_lazy("Over since"))

    def prefill(self) -> dict[str, Any]:
        return {"ended_on": self.case.end_date or self.today}

    def clean_ended_on(self) -> date:
        # A line may be recorded as over on its agreed day, also a little ahead of that day.
        return self.past_day("ended_on", latest=max(self.today, self.case.end_date or self.today))


class ConfirmForm(CaseForm):
    """A press that needs no more than the press."""


class CloseForm(CaseForm):
    """Closes the case; asks once whether the steps were as described, and takes no answer too."""

    matched = forms.ChoiceField(
        label=gettext_lazy("Did these steps match?"),
        choices=[
            ("yes", gettext_lazy("Yes, it went as described")),
            ("no", gettext_lazy("No, something was different")),
            ("", gettext_lazy("I do not want to say")),
        ],
        required=False,
        initial="",
        widget=forms.RadioSelect,
    )
    match_channel = forms.ChoiceField(
        label=gettext_lazy("Which one did you use?"),
        required=False,
    )
    match_note = forms.CharField(
        label=gettext_lazy("What was different?"),
        max_length=Report.TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The people who keep our pages read this. Write no name, no number and no address of"
            " yours."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.case.report_id or self.case.status != Case.Status.ENDED:
            self.fields.clear()  # said already, or nothing to say yet
            return
        used = self.case.channels_used()
        if len(used) == 1:
            self.fields["matched"].help_text = _("You used: %(channel)s") % {"channel": used[0]}
        if len(used) > 1:
            choices = [("", _("I do not know any more")), *((one.key, str(one)) for one in used)]
            self.fields["match_channel"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["match_channel"]

    def clean(self) -> dict[str, Any]:
        """What `Case.close` wants. Who writes what was different and chooses nothing says no."""
        data = super().clean() or {}
        answers = {"yes": True, "no": False}
        unsaid = False if data.get("match_note") else None
        data["matched"] = answers.get(data.get("matched", ""), unsaid)
        return data


class UndoForm(CaseForm):
    """Which press is to be taken back, so that a button pressed twice takes back one."""

    press = forms.IntegerField(required=False, widget=forms.HiddenInput)


class VersionForm(CaseForm):
    """Which newer version of the steps the person saw, so that no other one is meant."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class DropForm(CaseForm):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For yourself: kept, paused, handed on, moved another way."),
    )


class NoteForm(CaseForm):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("There is nothing to note yet.")},
    )


class CustomerNumberForm(CaseForm):
    customer_number = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=40,
        required=False,
        help_text=where_it_stands(
            gettext_lazy("It stands on your bill and in your online account.")
        ),
    )

    def prefill(self) -> dict[str, Any]:
        return {"customer_number": self.case.customer_number}


class EvidenceForm(CaseForm):
    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        allow_empty_file=True,  # our own sentence is clearer than Django's
        help_text=what_fits(),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    proves = forms.ChoiceField(
        label=gettext_lazy("What does it prove?"),
        choices=Evidence.Proves.choices,
        initial=Evidence.Proves.CONFIRMED,
    )

    def clean_file(self) -> Any:
        return _kept_file(self.cleaned_data["file"])


class ComplaintForm(CaseForm):
    complained_on = DayField(
        label=gettext_lazy("Day of your written complaint to the operator"),
        help_text=gettext_lazy("The Ombudsman may refuse a complaint that is older than a year."),
    )

    def clean_complained_on(self) -> date | None:
        return self.past_day("complained_on") if self.cleaned_data["complained_on"] else None


class MaybeComplaintForm(ComplaintForm):
    """The same where the complaint may still have to be written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["complained_on"].required = False
        self.fields["complained_on"].help_text = _("Leave empty if you have not complained yet.")


class DayForm(CaseForm):
    day = DayField(label=gettext_lazy("Remind me on"))

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day <= self.today:
            raise forms.ValidationError(_("Choose a day from tomorrow on."))
        return day


class OwnDateForm(DayForm):
    note = forms.CharField(
        label=gettext_lazy("What about?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It will stand in the mail."),
    )


# --- Letters --------------------------------------------------------------------------------------


class LetterSentForm(CaseForm):
    """How and when a letter left."""

    sent_on = DayField(label=gettext_lazy("Sent on"))
    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[
            ("", gettext_lazy("Choose how you sent it")),
            *(choice for choice in ChannelKind.choices if choice[0] != ChannelKind.HOTLINE),
        ],
        error_messages={"required": gettext_lazy("How did you send it? Choose one.")},
    )
    registered_number = forms.CharField(
        label=gettext_lazy("Number of the registered letter"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("It stands on the receipt of the post office. Else leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    proof = forms.FileField(
        label=gettext_lazy("What proves it"),
        max_length=255,
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "The receipt of the post office, a screenshot of the form, the mail as a file. You can"
            " add it later, too."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def prefill(self) -> dict[str, Any]:
        return {"sent_on": self.today}

    def clean_sent_on(self) -> date:
        return self.past_day("sent_on")

    def clean_proof(self) -> Any:
        return _kept_file(self.cleaned_data["proof"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("registered_number") and data.get("channel") not in (None, ChannelKind.LETTER):
            self.add_error("registered_number", _("Only a letter can be registered."))
        return data


class LetterFileForm(CaseForm):
    """A file that lies with a letter: a new one, or one that the case has already."""

    file = forms.FileField(
        label=gettext_lazy("New file"),
        max_length=255,
        required=False,
        allow_empty_file=True,
        help_text=what_fits(),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    proves = forms.ChoiceField(
        label=gettext_lazy("What does it prove?"),
        choices=Evidence.Proves.choices,
        initial=Evidence.Proves.SENT,
        required=False,
    )
    stored = forms.ModelChoiceField(
        label=gettext_lazy("Or a file of this case"),
        queryset=Evidence.objects.none(),
        required=False,
        empty_label="—",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = self.case.evidence.kept().filter(letter=None)
        self.fields["stored"].queryset = free  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        return _kept_file(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["proves"] = data.get("proves") or Evidence.Proves.SENT
        if not self.errors and not data.get("file") and not data.get("stored"):
            self.add_error("file", _("Choose a file first."))
        return data


class TalkForm(CaseForm):
    """What was said on the phone or in a shop."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Where"),
        choices=[
            (ChannelKind.HOTLINE, ChannelKind.HOTLINE.label),
            (ChannelKind.SHOP, ChannelKind.SHOP.label),
        ],
        widget=forms.RadioSelect,
    )
    day = DayField(label=gettext_lazy("Day"))
    at = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": gettext_lazy("Give the time as hour:minute, such as 14:30.")},
    )
    spoke_to = forms.CharField(
        label=gettext_lazy("Who did you speak to?"), max_length=100, required=False
    )
    reference_number = forms.CharField(
        label=gettext_lazy("Reference number that they gave you"), max_length=60, required=False
    )
    promised_end = DayField(label=gettext_lazy("End date that they named"), required=False)
    registered = forms.BooleanField(
        label=gettext_lazy("They said that my cancellation is registered"), required=False
    )
    said = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.case.status != Case.Status.PREPARING or self.case.is_port:
            del self.fields["registered"]

    def prefill(self) -> dict[str, Any]:
        return {"day": self.today, "channel": ChannelKind.HOTLINE}

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day, end = data.get("day"), data.get("promised_end")
        if day and end and data.get("registered") and end < day:
            self.add_error("promised_end", _("The end date lies before the day of sending."))
        return data


def _kept_file(upload: Any) -> Any:
    """The same file, if one was chosen; ValidationError for one that we do not keep."""
    if upload is not None:
        try:
            evidence.check(upload)
        except RefusedFile as error:
            raise forms.ValidationError(str(error)) from error
    return upload
