"""What a letter of one kind asks for: the fields that its words have a place for, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import DayField, belgian_mobile
from cases.letters import SPOKEN, Value, Wanted
from operators import letter_files
from operators.guide import where_it_stands
from operators.letter_text import Sentence, parse
from operators.models import SOURCE_LANGUAGE, LetterKind, LetterTemplate

# What fits on paper, and keeps nobody waiting for a page that is set.
LINE_LENGTH = 80
ADDRESS_LINES = 6
LANGUAGE_CHOICES = [
    ("nl", gettext_lazy("Dutch")),
    ("fr", gettext_lazy("French")),
    ("de", gettext_lazy("German")),
    ("en", gettext_lazy("English")),
]
LABELS = {
    "full_name": gettext_lazy("Your first and last name"),
    "phone_number": gettext_lazy("Mobile number that it is about"),
    "customer_number": gettext_lazy("Customer number"),
    "operator": gettext_lazy("Operator"),
    "wanted_end": gettext_lazy("Day on which it must end"),
    "sent_on": gettext_lazy("Day on which you asked for it"),
    "channel": gettext_lazy("How you asked for it"),
    "reference_number": gettext_lazy("Reference number that they gave you"),
    "spoke_to": gettext_lazy("Name of the person you spoke to"),
    "called_on": gettext_lazy("Day of the call or the visit"),
    "confirmed_on": gettext_lazy("Day of their confirmation"),
    "ended_on": gettext_lazy("Day on which it ended"),
    "ported_on": gettext_lazy("Day on which the number moved"),
    "new_operator": gettext_lazy("New operator"),
    "amount": gettext_lazy("Amount in euro"),
    "billed_on": gettext_lazy("Date of the bill"),
    "invoice_number": gettext_lazy("Number of the bill"),
    "bought_on": gettext_lazy("Day of the order"),
    "received_on": gettext_lazy("Day on which you received it"),
    "device": gettext_lazy("Phone or tablet that came with the plan"),
    "sim_number": gettext_lazy("Number printed on the SIM card"),
    "iban": gettext_lazy("Your account number (IBAN)"),
    "complained_on": gettext_lazy("Day on which you complained to the operator"),
    "subscriber_name": gettext_lazy("Name of the person whose line it is"),
    "deceased_name": gettext_lazy("Name of the person who died"),
    "died_on": gettext_lazy("Day of death"),
    "relation": gettext_lazy("What you are to that person"),
    "other_services": gettext_lazy("What stays: internet, TV, other lines"),
    "answer_email": gettext_lazy("E-mail address for their answer"),
}
CONDITION_LABELS = {
    "asap": gettext_lazy("As soon as possible, on that day at the latest"),
    "pack": gettext_lazy("The number is part of a pack, and only this line ends"),
    "mandate": gettext_lazy("It is somebody else's line, and I have a signed mandate"),
    "deceased": gettext_lazy("The person whose line it is has died"),
    "registered": gettext_lazy("I send it by registered mail"),
}
HELP: dict[str, Any] = {
    "wanted_end": gettext_lazy("Always name a day. Without one the operator may choose it."),
    "customer_number": where_it_stands(
        gettext_lazy("It stands on your bill and in your online account.")
    ),
    "amount": gettext_lazy("Such as 12.50."),
    "answer_email": gettext_lazy("If they may answer by e-mail."),
}
# What phones fill in by themselves, and which keys they show.
KEYS = {
    "full_name": {"autocomplete": "name"},
    "phone_number": {"autocomplete": "tel-national", "inputmode": "tel"},
    "answer_email": {"autocomplete": "email"},
    "iban": {"autocomplete": "off", "autocapitalize": "characters"},
}
# How the form is divided. What is in none of these is about what happened.
LANGUAGE = ("language",)
LINE = ("operator", "phone_number", "customer_number", "sim_number", "device")
END = ("wanted_end", "asap")
YOU = ("full_name", "address", "place", "answer_email", "iban")
TO = ("recipient", "registered")
SPECIAL = (
    *("mandate", "subscriber_name", "deceased", "deceased_name", "died_on", "relation"),
    *("pack", "other_services"),
)
DAYS = frozenset(name for name in LABELS if name.endswith("_on") or name == "wanted_end")
BY_CONDITION = {"mandate": "subscriber_name", "deceased": "deceased_name", "pack": "other_services"}
FILLED_BY_US = frozenset({"today", "address"})


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that are asked for under one heading. folded: only few people need them."""

    title: str
    fields: list[forms.BoundField]
    folded: bool = False

    @property
    def is_used(self) -> bool:
        """Whether something is filled in or wrong here, so that it must be seen."""
        return any(field.errors or field.value() for field in self.fields)


class LetterForm(forms.Form):
    """One kind of letter. Nothing is saved: `wanted()` is what was typed."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        template: LetterTemplate,
        today: date,
        reader: str = SOURCE_LANGUAGE,
        remarks: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """today: in Belgium. reader: the language of the interface. Prefetch the texts.

        remarks: by field, where its first value comes from.
        """
        super().__init__(*args, **kwargs)
        self.template, self.today, self.reader = template, today, reader
        self.rule = letter_files.words().required[template.kind]
        self.spoken = template.kind in SPOKEN
        sentences = self._sentences()
        self.names = [name for name in LABELS if name in self._placeholders(sentences)]
        self.conditions = [
            name for name in CONDITION_LABELS if any(one.condition == name for one in sentences)
        ]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of the letter"), choices=LANGUAGE_CHOICES
        )
        for name in self.names:
            self.fields[name] = self._field(name)
        if not self.spoken:
            self._add_the_frame()
        for name in self.conditions:
            self.fields[name] = forms.BooleanField(label=CONDITION_LABELS[name], required=False)
        for name, remark in (remarks or {}).items():
            if name in self.fields:
                self.fields[name].help_text = remark

    @property
    def parts(self) -> list[Part]:
        """Every field, in the order in which a person thinks of them."""
        divided = {*LANGUAGE, *LINE, *END, *YOU, *TO, *SPECIAL}
        happened = [name for name in self.fields if name not in divided]
        parts = [
            self._part(_("Language"), LANGUAGE),
            self._part(_("The line"), LINE),
            self._part(_("The end"), END),
            self._part(_("What happened"), happened),
            self._part(_("You"), YOU),
            self._part(_("To whom"), TO),
            self._part(_("Another person's line, a death, a pack"), SPECIAL, folded=True),
        ]
        return [part for part in parts if part.fields]

    def _part(self, title: str, names: Sequence[str], *, folded: bool = False) -> Part:
        return Part(title, [self[name] for name in names if name in self.fields], folded)

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What was sent, to be sent once more: the page remembers it, and nobody else."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]

    def _sentences(self) -> list[Sentence]:
        text = self.template.text_in(SOURCE_LANGUAGE)
        parsed = [*parse(text.subject), *parse(text.body)]
        return [sentence for paragraph in parsed for sentence in paragraph]

    def _placeholders(self, sentences: list[Sentence]) -> set[str]:
        found = {name for sentence in sentences for name in sentence.placeholders}
        return found - FILLED_BY_US | {"full_name"}

    def _field(self, name: str) -> forms.Field:
        field = self._plain_field(name, required=name in self.rule.all or name == "full_name")
        if name != "wanted_end" or self._must_come():
            field.help_text = HELP.get(name, "")
        field.widget.attrs |= KEYS.get(name, {})
        return field

    def _plain_field(self, name: str, *, required: bool) -> forms.Field:
        label = LABELS[name]
        if name in DAYS:
            return DayField(label=label, required=required)
        if name == "amount":
            return forms.DecimalField(
                label=label, required=required, min_value=0, max_digits=8, decimal_places=2
            )
        if name == "answer_email":
            return forms.EmailField(label=label, required=required, max_length=LINE_LENGTH)
        if name in ("channel", "relation"):
            return forms.ChoiceField(
                label=label, required=required, choices=[("", "—"), *self._choices(name)]
            )
        return forms.CharField(label=label, required=required, max_length=LINE_LENGTH)

    def _choices(self, name: str) -> list[tuple[str, str]]:
        """In the language of the reader; the letter says it in its own."""
        words = letter_files.words()
        choices = words.channel if name == "channel" else words.relation
        return [(key, texts[self.reader]) for key, texts in choices.items()]

    def _add_the_frame(self) -> None:
        self.fields["address"] = _lines(_("Your address"), autocomplete="street-address")
        self.fields["recipient"] = _lines(_("To: name and address"))
        self.fields["place"] = forms.CharField(
            label=_("Place where you write it"),
            max_length=LINE_LENGTH,
            widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        )

    # Checks

    def clean_phone_number(self) -> str:
        number = belgian_mobile(self.cleaned_data["phone_number"])
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)

    def clean_address(self) -> list[str]:
        return self._fitting("address")

    def clean_recipient(self) -> list[str]:
        return self._fitting("recipient")

    def _fitting(self, name: str) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data[name].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > ADDRESS_LINES:
            raise forms.ValidationError(
                _("At most %(count)s lines fit into the window of an envelope.")
                % {"count": ADDRESS_LINES}
            )
        if any(len(line) > LINE_LENGTH for line in lines):
            raise forms.ValidationError(
                _("A line has at most %(count)s characters.") % {"count": LINE_LENGTH}
            )
        return lines

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_days(data)
        self._check_conditions(data)
        self._check_what_is_needed(data)
        return data

    def _check_days(self, data: dict[str, Any]) -> None:
        for name in DAYS & data.keys():
            day = data[name]
            if day and name == "wanted_end" and self._must_come() and day < self.today:
                self.add_error(name, _("This day is over. Choose today or a later day."))
            if day and name != "wanted_end" and day > self.today:
                self.add_error(name, _("This day is still to come."))

    def _must_come(self) -> bool:
        """A letter that asks for an end asks for one to come; a complaint tells of one past."""
        return self.template.kind in (
            LetterKind.CANCELLATION_POSTPAID,
            LetterKind.CANCELLATION_PREPAID,
            LetterKind.FOLLOW_UP_CALL,
            LetterKind.PHONE_SCRIPT,
            LetterKind.SHOP_SHEET,
        )

    def _check_conditions(self, data: dict[str, Any]) -> None:
        if data.get("mandate") and data.get("deceased"):
            self.add_error("mandate", _("A mandate ends with a death: choose one of the two."))
        for condition, name in BY_CONDITION.items():
            if data.get(condition) and name in self.fields and not data.get(name):
                self.add_error(name, _("The letter needs this."))

    def _check_what_is_needed(self, data: dict[str, Any]) -> None:
        known = frozenset(name for name, value in data.items() if value) | FILLED_BY_US
        for name in self.rule.missing(known):
            if name in self.fields and name not in self.errors:
                self.add_error(name, _("The letter needs this."))

    # What was typed

    def wanted(self) -> Wanted:
        """After `is_valid()`."""
        data = self.cleaned_data
        values: dict[str, Value] = {name: data.get(name) for name in self.names}
        return Wanted(
            language=data["language"],
            values=values | {"today": self.today},
            conditions=frozenset(name for name in self.conditions if data.get(name)),
            sender=tuple(data.get("address", ())),
            recipient=tuple(data.get("recipient", ())),
            place=data.get("place", ""),
            day=self.today,
        )


def _lines(label: str, *, autocomplete: str = "off") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=ADDRESS_LINES * LINE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": autocomplete}),
        help_text=_("Each line as on an envelope."),
    )
