"""What leaving costs: at most how much, by which rule, and from which day on nothing.

Pure Python. Money is `Decimal` euros with two places, a day is a day in Belgium. Every amount is
the most that the operator may ask by the rules that we could read (Act of 13 June 2005, article
111/3, as the regulator's pages tell it, read on 23 November 2026); its contract may ask less.
`sources` are keys of operators/catalogue/sources.yaml.

How months are counted. A contract month runs from the day of the month on which the contract began
to the day before the same day of the next month, or from the last day of a month that is too short.
After two full months four of the first six are left: this is the example of the sources. Not known,
because no page that we read says it:
- whether the month that is running counts in full. Here it does, so what is left may partly be the
  normal fee of that month;
- whether the operator counts from the signature or from the first day of service;
- what "the lower of residual value and fees that are left" means once the fixed term is over and
  was prolonged by itself. By its words it is zero then; the line says what it would be without it;
- for the three months after a change, whether the notice or the end must lie in them. Here the end
  must, which is safe either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from cases.schedule import full_months, months_after

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
FEE_ENDS_AFTER = 6  # months of a fixed term
LONGEST_TERM = 24  # months
DEVICE_ENDS_AFTER = 24  # months
FREE_AFTER_CHANGE = 3  # months after the operator told of it
HIGHEST_REFUND_FEE = Decimal("5.00")  # of the old operator, for paying prepaid credit out


class Term(StrEnum):
    """Whether the contract binds for a time. Who does not know is told of the dearer one."""

    OPEN = "open"
    FIXED = "fixed"
    UNKNOWN = "unknown"


class What(StrEnum):
    FEE = "fee"
    DEVICE = "device"


class Rule(StrEnum):
    """Why a line says what it says."""

    NO_FIXED_TERM = "no_fixed_term"
    FIRST_MONTHS = "first_months"
    FIRST_MONTHS_OVER = "first_months_over"
    CHANGE_BY_OPERATOR = "change_by_operator"
    RESIDUAL_VALUE = "residual_value"
    LOWER_FEES = "lower_fees"  # the monthly fees that are left are less than the residual value
    TERM_OVER = "term_over"  # no monthly fee is left, a residual value is
    DEVICE_PAID = "device_paid"
    NOT_IN_TABLE = "not_in_table"
    LARGE_FIRM = "large_firm"


SOURCES: dict[Rule, tuple[str, ...]] = {
    Rule.NO_FIXED_TERM: ("bipt_op_nl", "bipt_op_fr"),
    Rule.FIRST_MONTHS: ("bipt_op_fr", "fps_law_faq", "plus_fee"),
    Rule.FIRST_MONTHS_OVER: ("bipt_op_nl", "bipt_op_fr"),
    Rule.CHANGE_BY_OPERATOR: ("bipt_change",),
    Rule.RESIDUAL_VALUE: ("bipt_op_en", "bipt_device"),
    Rule.LOWER_FEES: ("bipt_op_en", "bipt_op_fr"),
    Rule.TERM_OVER: ("bipt_op_en", "bipt_op_fr"),
    Rule.DEVICE_PAID: ("bipt_device",),
    Rule.NOT_IN_TABLE: ("bipt_device",),
    Rule.LARGE_FIRM: ("bipt_op_en", "bipt_op_fr"),
}


# --- What is asked --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """started_on: first day of the contract, or of the fixed term that was agreed to last.

    months: of the fixed term, at most 24; where it is not known, 24. monthly_fee: euros.
    Raises ValueError for a term or a fee that cannot be. Of an open contract only the term counts.
    """

    term: Term
    started_on: date | None = None
    months: int = LONGEST_TERM
    monthly_fee: Decimal = NOTHING

    def __post_init__(self) -> None:
        if self.term != Term.OPEN and self.started_on is None:
            raise ValueError("a fixed term has a first day")
        if not 1 <= self.months <= LONGEST_TERM:
            raise ValueError(f"a fixed term has 1 to {LONGEST_TERM} months, not {self.months}")
        if self.monthly_fee < 0:
            raise ValueError("a fee is not below zero")

    def months_left(self, ends_on: date, *, of: int) -> int:
        """How many of the first `of` months are not over on that day; the running one counts."""
        assert self.started_on
        return max(0, min(of, self.months) - full_months(self.started_on, ends_on))

    def month_ends(self, count: int) -> date:
        """The day after the first `count` months, or after the whole term where it is shorter."""
        assert self.started_on
        return months_after(self.started_on, min(count, self.months))


@dataclass(frozen=True, slots=True)
class Linear:
    """A device whose price advantage is paid off in equal monthly steps.

    advantage: euros. since: the day on which it was bought. Raises ValueError for what cannot be.
    """

    since: date
    advantage: Decimal
    months: int = DEVICE_ENDS_AFTER

    def __post_init__(self) -> None:
        if self.advantage < 0 or not 1 <= self.months <= DEVICE_ENDS_AFTER:
            raise ValueError("no price advantage, or too many months")

    def value_on(self, day: date) -> Decimal:
        left = max(0, self.months - full_months(self.since, day))
        return (self.advantage * left / self.months).quantize(CENT, ROUND_HALF_UP)

    def paid_from(self) -> date:
        return months_after(self.since, self.months)


@dataclass(frozen=True, slots=True)
class Table:
    """A device with the table of its contract: each value in euros, and the day it holds from.

    Raises ValueError if there is no row, if a value rises or is below zero, or if two rows begin
    on the same day.
    """

    since: date
    rows: tuple[tuple[date, Decimal], ...]

    def __post_init__(self) -> None:
        days = [day for day, _value in self.rows]
        values = [value for _day, value in self.rows]
        if not days or days != sorted(set(days)):
            raise ValueError("rows are in the order of their days")
        if values != sorted(values, reverse=True) or values[-1] < 0:
            raise ValueError("values fall to zero and no further")

    def value_on(self, day: date) -> Decimal | None:
        """None where the table begins later. Between two rows the earlier one holds."""
        if day >= self.paid_from():
            return NOTHING
        return next((value for start, value in reversed(self.rows) if start <= day), None)

    def paid_from(self) -> date:
        zeros = [day for day, value in self.rows if not value]
        return min([*zeros, months_after(self.since, DEVICE_ENDS_AFTER)])


Device = Linear | Table


# --- What is answered -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One amount with how it was computed.

    amount: euros, at most; None: not known. free_from: the day from which this costs nothing; None:
    on any day, or not known. free_until: the last day on which a change by the operator lets one
    go without this fee. months: monthly fees that were counted. residual: value of the device.
    """

    what: What
    rule: Rule
    amount: Decimal | None
    free_from: date | None = None
    free_until: date | None = None
    months: int = 0
    monthly_fee: Decimal = NOTHING
    residual: Decimal = NOTHING
    assumed: bool = False  # counted as a fixed term, because the person does not know

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the catalogue's sources."""
        more = SOURCES[Rule.CHANGE_BY_OPERATOR] if self.free_until else ()
        return tuple(dict.fromkeys([*SOURCES[self.rule], *more]))


@dataclass(frozen=True, slots=True)
class Costs:
    """What leaving on a day costs, line by line."""

    ends_on: date
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal | None:
        """Euros, at most; None where a line is not known."""
        amounts = [line.amount for line in self.lines]
        return None if None in amounts else sum(filter(None, amounts), NOTHING)

    @property
    def free_from(self) -> date | None:
        """The day from which nothing is left to pay; None: on any day, or not known."""
        if any(line.amount is None and line.free_from is None for line in self.lines):
            return None
        return max((line.free_from for line in self.lines if line.free_from), default=None)


def leaving(
    contract: Contract,
    device: Device | None = None,
    *,
    ends_on: date,
    told_on: date | None = None,
    covered: bool = True,
) -> Costs:
    """At most what the operator may ask from who leaves on that day.

    told_on: the day on which the operator told of a higher price or new terms; not where the price
    only follows the index as agreed, nor where the law asks for the change or it only helps the
    customer. covered: a consumer, or a firm with at most nine workers; for others the contract
    decides.
    """
    whats = [What.FEE, *([What.DEVICE] if device else [])]
    if not covered:
        unknown = [Line(what=what, rule=Rule.LARGE_FIRM, amount=None) for what in whats]
        return Costs(ends_on, tuple(unknown))
    lines = [_fee(contract, ends_on, told_on)]
    if device:
        lines.append(_device(device, contract, ends_on))
    return Costs(ends_on, tuple(lines))


def _fee(contract: Contract, ends_on: date, told_on: date | None) -> Line:
    """What the law lets an operator ask for the broken contract itself."""
    if contract.term == Term.OPEN:
        return Line(what=What.FEE, rule=Rule.NO_FIXED_TERM, amount=NOTHING)
    free_from = contract.month_ends(FEE_ENDS_AFTER)
    left = contract.months_left(ends_on, of=FEE_ENDS_AFTER)
    if not left:
        return Line(what=What.FEE, rule=Rule.FIRST_MONTHS_OVER, amount=NOTHING, free_from=free_from)
    free_until = months_after(told_on, FREE_AFTER_CHANGE) if told_on else None
    if told_on and free_until and told_on <= ends_on <= free_until:
        return Line(
            what=What.FEE,
            rule=Rule.CHANGE_BY_OPERATOR,
            amount=NOTHING,
            free_from=told_on,
            free_until=free_until,
        )
    return Line(
        what=What.FEE,
        rule=Rule.FIRST_MONTHS,
        amount=left * contract.monthly_fee,
        free_from=free_from,
        free_until=free_until,
        months=left,
        monthly_fee=contract.monthly_fee,
        assumed=contract.term == Term.UNKNOWN,
    )


def _device(device: Device, contract: Contract, ends_on: date) -> Line:
    """The residual value; with a fixed term the monthly fees that are left, where that is less."""
    residual, paid_from = device.value_on(ends_on), device.paid_from()
    if residual is None:
        return Line(what=What.DEVICE, rule=Rule.NOT_IN_TABLE, amount=None, free_from=paid_from)
    if not residual:
        return Line(what=What.DEVICE, rule=Rule.DEVICE_PAID, amount=NOTHING, free_from=paid_from)
    if contract.term != Term.FIXED:
        return _value(Rule.RESIDUAL_VALUE, residual, residual, paid_from)
    left = contract.months_left(ends_on, of=contract.months)
    fees = left * contract.monthly_fee
    free_from = min(paid_from, contract.month_ends(contract.months))
    if not left:
        return _value(Rule.TERM_OVER, NOTHING, residual, free_from)
    if fees >= residual:
        return _value(Rule.RESIDUAL_VALUE, residual, residual, free_from)
    return Line(
        what=What.DEVICE,
        rule=Rule.LOWER_FEES,
        amount=fees,
        free_from=free_from,
        months=left,
        monthly_fee=contract.monthly_fee,
        residual=residual,
    )


def _value(rule: Rule, amount: Decimal, residual: Decimal, free_from: date) -> Line:
    return Line(what=What.DEVICE, rule=rule, amount=amount, residual=residual, free_from=free_from)


# --- Prepaid credit -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credit:
    """What becomes of prepaid credit, in euros. Only the rest of the last top-up counts, without
    bonus; that a person has to look up."""

    lost: Decimal
    back_at_most: Decimal
    back_at_least: Decimal

    sources = ("bipt_port_nl", "rd_refund_2022")


def credit(left: Decimal, *, moves: bool) -> Credit:
    """left: euros on the card. moves: the number goes to another operator, who is asked in time."""
    if not moves:
        return Credit(left, NOTHING, NOTHING)
    return Credit(NOTHING, left, max(NOTHING, left - HIGHEST_REFUND_FEE))
