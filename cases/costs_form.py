"""What a person knows about contract, device and dates, typed as it stands on a Belgian bill.

Nothing that is typed here is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import costs, end_date
from cases.costs import DEVICE_ENDS_AFTER, LONGEST_TERM, Contract, Costs, Credit, Term
from cases.forms import YEARS, DayField
from cases.schedule import months_after

HIGHEST = Decimal("100000.00")  # euros; more is a slip of the finger
LONGEST_TABLE = 4000  # characters: 60 rows as a bill prints them

# 1234 · 1 234 · 1.234 · 1,234 · 1'234, then perhaps two places: 12,50 · 12.5 · 1.234,56 · 12,-
AMOUNT = re.compile(
    r"(?P<whole>\d{1,3}(?P<mark>[ .,'\u2019])\d{3}(?:(?P=mark)\d{3})*|\d+)"
    r"(?:(?P<point>[.,])(?P<cents>\d{1,2}|-{1,2}))?"
)
# 11/2026 · 2026-11 · 01/11/2026 · 8, and what stands between a month and its amount
ROW = re.compile(
    r"(?:(?:\d{1,2}[/.-])?(?P<month>\d{1,2})[/.-](?P<year>\d{4})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{1,2})(?:-\d{1,2})?"
    r"|(?P<count>\d{1,2}))[\s:;=|]+(?P<amount>.+)"
)


class NotAnAmount(ValueError):
    """What was typed is no amount of money."""


def amount(text: str) -> Decimal:
    """Euros with two places, as people in Belgium write them. Raises NotAnAmount.

    "12,50" and "12.50" are twelve and a half; a mark before three digits groups thousands.
    """
    words = re.sub(r"€|\bEUR\b|\beuros?\b", " ", text, flags=re.IGNORECASE).split()
    found = AMOUNT.fullmatch(" ".join(words))
    if not found or (found["point"] and found["point"] == found["mark"]):
        raise NotAnAmount(text)
    whole = re.sub(r"\D", "", found["whole"])
    cents = (found["cents"] or "").replace("-", "").ljust(2, "0")
    value = Decimal(f"{int(whole)}.{int(cents):02}")
    if value > HIGHEST:
        raise NotAnAmount(text)
    return value


class MoneyField(forms.CharField):
    """Euros, as `amount` reads them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return amount(text)
        except NotAnAmount as error:
            raise forms.ValidationError(_("Give an amount in euro, such as 12,50.")) from error


def table_rows(text: str, since: date) -> tuple[tuple[date, Decimal], ...]:
    """The rows of a table as they were copied, each with the day it holds from.

    since: the day of the device. A row may name a month of the calendar, or count months: then row
    8 holds once eight months are over. Whether a contract means that or the eighth month, we do not
    know; of the two this is the higher value. The first month has the first row.
    Raises ValidationError that names the row.
    """
    lines = [line.strip() for line in text.splitlines()]
    rows = [_row(line, number, since) for number, line in enumerate(lines, start=1) if line]
    rows.sort()
    for (day, value), (later, next_value) in pairwise(rows):
        if day == later:
            raise forms.ValidationError(_("Two rows are for the same month."))
        if next_value > value:
            raise forms.ValidationError(
                _("The amounts must fall from month to month. Look at %(amount)s again.")
                % {"amount": next_value}
            )
    return tuple(rows)


def _row(line: str, number: int, since: date) -> tuple[date, Decimal]:
    found = ROW.fullmatch(line)
    try:
        if found is None:
            raise NotAnAmount(line)
        return _row_begins(found, since), amount(found["amount"])
    except ValueError as error:
        raise forms.ValidationError(
            _("Row %(number)s: give a month and an amount, such as 11/2026 160,00.")
            % {"number": number}
        ) from error


def _row_begins(found: re.Match[str], since: date) -> date:
    if found["count"]:
        count = int(found["count"])
        if count > DEVICE_ENDS_AFTER:
            raise NotAnAmount(found[0])
        return since if count == 1 else months_after(since, count)
    year = int(found["year"] or found["iso_year"])
    if year not in YEARS:
        raise NotAnAmount(found[0])
    return date(year, int(found["month"] or found["iso_month"]), 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the form's facts come to. soonest: the day was chosen by us, for want of another."""

    ends_on: date
    soonest: bool
    doubts: list[end_date.Doubt]
    paid_until: date | None
    needed_until: date | None
    costs: Costs | None = None
    credit: Credit | None = None


class EndForm(forms.Form):
    """The day on which the line must end. today: in Belgium.

    logins_hang: accounts still send codes to the number. moves: it goes to another operator.
    """

    wanted_end = DayField(
        label=gettext_lazy("Day on which the line must end"),
        required=False,
        help_text=gettext_lazy(
            "Empty means as soon as possible. We count with a day all the same, because a letter"
            " must name one."
        ),
    )
    paid_until = DayField(
        label=gettext_lazy("You have paid until"),
        required=False,
        help_text=gettext_lazy("The last day of the period on your newest bill."),
    )
    needed_until = DayField(
        label=gettext_lazy("Last day on which you need the number"),
        required=False,
        help_text=gettext_lazy("For calls, or for codes by text: a bank, a flight, an office."),
    )

    def __init__(
        self, data: Any = None, *, today: date, moves: bool = False, logins_hang: bool = False
    ) -> None:
        self.today, self.moves, self.logins_hang = today, moves, logins_hang
        super().__init__(data)
        if moves:
            self.fields["wanted_end"].label = _("Day on which the number must move")
            self.fields["needed_until"].help_text = _(
                "Of the old SIM card. On the day of the move, calls and codes may not reach you."
            )

    def clean_wanted_end(self) -> date | None:
        day: date | None = self.cleaned_data["wanted_end"]
        if day and day < self.today:
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        return day

    @property
    def ends_on(self) -> date:
        """The day that was typed, or the one to name where it should end as soon as possible."""
        return self.cleaned_data["wanted_end"] or end_date.soonest(self.today)

    def answer(self) -> Answer:
        """Of a valid form."""
        data = self.cleaned_data
        return Answer(
            ends_on=self.ends_on,
            soonest=data["wanted_end"] is None,
            doubts=end_date.doubts(
                self.ends_on,
                today=self.today,
                paid_until=data["paid_until"],
                needed_until=data["needed_until"],
                logins_hang=self.logins_hang,
            ),
            paid_until=data["paid_until"],
            needed_until=data["needed_until"],
            costs=self.costs(),
            credit=self.credit(),
        )

    def costs(self) -> Costs | None:
        return None

    def credit(self) -> Credit | None:
        return None


class CreditForm(EndForm):
    """Of a prepaid card: no contract binds, but credit may be lost."""

    credit_left = MoneyField(
        label=gettext_lazy("Credit that is left, in euro"),
        required=False,
        help_text=gettext_lazy("Without bonus credit, such as 12,50."),
    )

    def credit(self) -> Credit | None:
        left = self.cleaned_data["credit_left"]
        return costs.credit(left, moves=self.moves) if left else None


class CostsForm(EndForm):
    """Of a subscription: what the contract and a device cost who leaves."""

    NONE, TABLE, LINEAR = "none", "table", "linear"
    # Which answers ask for which fields; what a field says counts only then.
    OF_TERM = {
        Term.FIXED: ("started_on", "term_months", "monthly_fee", "told_on"),
        Term.UNKNOWN: ("started_on", "monthly_fee", "told_on"),
    }
    OF_DEVICE = {
        TABLE: ("device_since", "device_table"),
        LINEAR: ("device_since", "device_advantage", "device_months"),
    }
    MAY_BE_EMPTY = ("told_on", "device_since")

    term = forms.ChoiceField(
        label=gettext_lazy("Has the contract a fixed term?"),
        choices=[
            (Term.OPEN, gettext_lazy("No, it is open-ended")),
            (Term.FIXED, gettext_lazy("Yes, for a number of months")),
            (Term.UNKNOWN, gettext_lazy("I do not know")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("It stands on the bill and in the summary of your contract."),
        error_messages={"required": gettext_lazy("Choose one. “I do not know” is fine.")},
    )
    started_on = DayField(
        label=gettext_lazy("First day of the contract"),
        required=False,
        help_text=gettext_lazy(
            "Did you agree to a new fixed term later, for an offer or a phone? Then its first day."
        ),
    )
    term_months = forms.IntegerField(
        label=gettext_lazy("How many months is the fixed term?"),
        min_value=1,
        max_value=LONGEST_TERM,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    monthly_fee = MoneyField(
        label=gettext_lazy("Monthly fee, in euro"),
        required=False,
        help_text=gettext_lazy("The subscription alone, without calls on top. Such as 12,50."),
    )
    told_on = DayField(
        label=gettext_lazy("Did the operator raise the price or change the terms? Told on"),
        required=False,
        help_text=gettext_lazy(
            "Leave it empty if the price only follows the consumer price index as your contract"
            " says, if the law asked for the change, or if it is only to your advantage."
        ),
    )
    large_firm = forms.BooleanField(
        label=gettext_lazy("The contract is of a firm with ten workers or more"), required=False
    )
    device = forms.ChoiceField(
        label=gettext_lazy("Did a phone or tablet come free or cheaper with the plan?"),
        choices=[
            (NONE, pgettext_lazy("no phone came with the plan", "No")),
            (TABLE, gettext_lazy("Yes, and I can see its table of values")),
            (LINEAR, gettext_lazy("Yes, and I know how much cheaper it was")),
        ],
        initial=NONE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The table belongs to the contract. Some bills show the value of the month."
        ),
    )
    device_since = DayField(
        label=gettext_lazy("You got it on"),
        required=False,
        help_text=gettext_lazy("Empty means the first day of the contract."),
    )
    device_table = forms.CharField(
        label=gettext_lazy("Copy the table"),
        max_length=LONGEST_TABLE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "One month in a row with its amount: 11/2026 160,00. Or the number of the month:"
            " 8 160,00. The row of the month in which you leave is enough."
        ),
    )
    device_advantage = MoneyField(
        label=gettext_lazy("How much cheaper it was, in euro"),
        required=False,
        help_text=gettext_lazy("The price without a plan, less what you paid for it."),
    )
    device_months = forms.IntegerField(
        label=gettext_lazy("Spread over how many months?"),
        min_value=1,
        max_value=DEVICE_ENDS_AFTER,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("Empty means 24: more is not allowed."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        asked = self._asked(data)
        for name in self._fields_of_an_answer() - set(asked):
            self.errors.pop(name, None)  # it may be folded away, where nobody sees what is wrong
            data[name] = None
        for name in asked:
            optional = name in (*self.MAY_BE_EMPTY, "device_months")
            if not optional and name not in self.errors and data.get(name) in (None, ""):
                self.add_error(name, _("We need this to count."))
        self._see_that_it_began(data)
        if "device_since" in asked:
            self._find_the_device(data)
        return data

    def _asked(self, data: dict[str, Any]) -> list[str]:
        of_term = self.OF_TERM.get(data.get("term", ""), ())
        return [*of_term, *self.OF_DEVICE.get(data.get("device", ""), ())]

    def _fields_of_an_answer(self) -> set[str]:
        groups = [*self.OF_TERM.values(), *self.OF_DEVICE.values()]
        return {name for group in groups for name in group}

    def _see_that_it_began(self, data: dict[str, Any]) -> None:
        for name in ("started_on", "device_since"):
            day = data.get(name)
            if day and "wanted_end" in data and day > self.ends_on:
                self.add_error(name, _("This is after the day on which the line must end."))

    def _find_the_device(self, data: dict[str, Any]) -> None:
        since = data.get("device_since") or data.get("started_on")
        if since is None and not {"device_since", "started_on"} & set(self.errors):
            self.add_error("device_since", _("We need this to count."))
        # Without its day the rest is read all the same, so that all that is wrong is said at once.
        since = since or self.today
        if data["device"] == self.LINEAR and data.get("device_advantage") is not None:
            months = data.get("device_months") or DEVICE_ENDS_AFTER
            data["found_device"] = costs.Linear(since, data["device_advantage"], months)
        elif data["device"] == self.TABLE and data.get("device_table"):
            try:
                rows = table_rows(data["device_table"], since)
            except forms.ValidationError as error:
                self.add_error("device_table", error)
            else:
                data["found_device"] = costs.Table(since, rows)

    def costs(self) -> Costs | None:
        data = self.cleaned_data
        contract = Contract(
            term=Term(data["term"]),
            started_on=data["started_on"],
            months=data["term_months"] or LONGEST_TERM,
            monthly_fee=data["monthly_fee"] or costs.NOTHING,
        )
        return costs.leaving(
            contract,
            data.get("found_device"),
            ends_on=self.ends_on,
            told_on=data["told_on"],
            covered=not data["large_firm"],
        )
