"""What leaving costs: worked examples, and what holds whatever is typed. Pure: no database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.costs import (
    SOURCES,
    Contract,
    Credit,
    Device,
    Linear,
    Rule,
    Table,
    Term,
    What,
    credit,
    leaving,
)
from cases.end_date import Doubt, doubts, soonest
from cases.schedule import full_months, months_after
from operators import catalogue

START = date(2026, 1, 15)
DAY = timedelta(days=1)


def euros(amount: str) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def fixed(months: int = 24, fee: str = "20", *, start: date = START) -> Contract:
    return Contract(term=Term.FIXED, started_on=start, months=months, monthly_fee=euros(fee))


OPEN = Contract(term=Term.OPEN)
PHONE = Linear(START, euros("240"))  # 10 euro a month
TABLE = Table(START, ((date(2026, 8, 1), euros("170")), (date(2026, 9, 1), euros("160"))))


# --- Months ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "day", "months"),
    [
        (date(2026, 1, 15), date(2026, 1, 15), 0),
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 1, 15), date(2027, 1, 15), 12),
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 3, 30), 1),
        (date(2024, 2, 29), date(2026, 2, 28), 24),
        (date(2026, 1, 15), date(2025, 12, 31), 0),
    ],
)
def test_a_month_is_over_on_the_same_day_of_the_next_one(
    start: date, day: date, months: int
) -> None:
    assert full_months(start, day) == months


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_as_many_months_are_over_as_were_added(start: date, count: int) -> None:
    assert full_months(start, months_after(start, count)) == count


# --- Worked examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "ends_on", "amount", "rule", "free_from"),
    [
        # "Cancel after two months: at most four months' fees."
        (fixed(), date(2026, 3, 15), "80", Rule.FIRST_MONTHS, date(2026, 7, 15)),
        (fixed(), START, "120", Rule.FIRST_MONTHS, date(2026, 7, 15)),
        (fixed(), date(2026, 3, 14), "100", Rule.FIRST_MONTHS, date(2026, 7, 15)),
        (fixed(), date(2026, 7, 14), "20", Rule.FIRST_MONTHS, date(2026, 7, 15)),
        # "No fee after the end of the sixth month."
        (fixed(), date(2026, 7, 15), "0", Rule.FIRST_MONTHS_OVER, date(2026, 7, 15)),
        (fixed(), date(2027, 6, 1), "0", Rule.FIRST_MONTHS_OVER, date(2026, 7, 15)),
        # A term of three months has no six.
        (fixed(3), date(2026, 3, 15), "20", Rule.FIRST_MONTHS, date(2026, 4, 15)),
        (fixed(3), date(2026, 4, 15), "0", Rule.FIRST_MONTHS_OVER, date(2026, 4, 15)),
        # "Open-ended contract: no fee."
        (OPEN, START, "0", Rule.NO_FIXED_TERM, None),
    ],
)
def test_the_fee_for_the_contract(
    contract: Contract, ends_on: date, amount: str, rule: Rule, free_from: date | None
) -> None:
    costs = leaving(contract, ends_on=ends_on)

    (line,) = costs.lines
    assert (line.amount, line.rule, line.free_from) == (euros(amount), rule, free_from)
    assert (costs.total, costs.free_from) == (euros(amount), free_from)


@pytest.mark.parametrize(
    ("contract", "device", "ends_on", "amount", "rule"),
    [
        # "Leaving after eight months may cost 160 euro": by the table, and in equal steps.
        (fixed(), TABLE, date(2026, 9, 15), "160", Rule.RESIDUAL_VALUE),
        (fixed(), PHONE, date(2026, 9, 15), "160", Rule.RESIDUAL_VALUE),
        # "Also for an open-ended contract."
        (OPEN, PHONE, date(2026, 9, 15), "160", Rule.RESIDUAL_VALUE),
        # Between two rows the earlier one holds, after the last one the last.
        (OPEN, TABLE, date(2026, 8, 31), "170", Rule.RESIDUAL_VALUE),
        (OPEN, TABLE, date(2026, 12, 1), "160", Rule.RESIDUAL_VALUE),
        # "After 24 months never."
        (OPEN, PHONE, date(2028, 1, 14), "10", Rule.RESIDUAL_VALUE),
        (OPEN, PHONE, date(2028, 1, 15), "0", Rule.DEVICE_PAID),
        (OPEN, TABLE, date(2028, 1, 15), "0", Rule.DEVICE_PAID),
        # "The lower of": two fees of 20 are left, and 140 of the device.
        (fixed(12), PHONE, date(2026, 11, 15), "40", Rule.LOWER_FEES),
        (fixed(12, "100"), PHONE, date(2026, 11, 15), "140", Rule.RESIDUAL_VALUE),
        # The lower of 120 and no fee at all.
        (fixed(12), PHONE, date(2027, 1, 15), "0", Rule.TERM_OVER),
        # Equal steps, to the nearest cent.
        (OPEN, Linear(START, euros("100"), 3), date(2026, 2, 15), "66.67", Rule.RESIDUAL_VALUE),
    ],
)
def test_the_rest_of_a_device(
    contract: Contract, device: Device, ends_on: date, amount: str, rule: Rule
) -> None:
    line = leaving(contract, device, ends_on=ends_on).lines[1]

    assert (line.what, line.amount, line.rule) == (What.DEVICE, euros(amount), rule)


def test_fee_and_device_are_added_and_the_later_day_counts() -> None:
    costs = leaving(fixed(24, "20"), PHONE, ends_on=date(2026, 3, 15))

    assert [line.amount for line in costs.lines] == [euros("80"), euros("220")]
    assert costs.total == euros("300")
    assert costs.free_from == date(2028, 1, 15)


def test_a_device_is_free_with_the_end_of_a_shorter_term() -> None:
    assert leaving(fixed(12), PHONE, ends_on=START).free_from == date(2027, 1, 15)


def test_a_table_that_begins_later_leaves_the_amount_open() -> None:
    costs = leaving(OPEN, TABLE, ends_on=date(2026, 7, 31))

    assert (costs.lines[1].rule, costs.lines[1].amount) == (Rule.NOT_IN_TABLE, None)
    assert costs.total is None
    assert costs.free_from == date(2028, 1, 15)


def test_a_table_ends_with_its_first_zero() -> None:
    table = Table(START, ((START, euros("50")), (date(2026, 5, 1), euros("0"))))

    assert leaving(OPEN, table, ends_on=date(2026, 5, 1)).free_from == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("ends_on", "amount", "rule"),
    [
        (date(2026, 2, 9), "120", Rule.FIRST_MONTHS),  # before it was told
        (date(2026, 2, 10), "0", Rule.CHANGE_BY_OPERATOR),
        (date(2026, 5, 10), "0", Rule.CHANGE_BY_OPERATOR),
        (date(2026, 5, 11), "60", Rule.FIRST_MONTHS),
    ],
)
def test_a_change_by_the_operator_opens_three_months_without_a_fee(
    ends_on: date, amount: str, rule: Rule
) -> None:
    costs = leaving(fixed(), PHONE, ends_on=ends_on, told_on=date(2026, 2, 10))

    fee, device = costs.lines
    assert (fee.amount, fee.rule, fee.free_until) == (euros(amount), rule, date(2026, 5, 10))
    assert "bipt_change" in fee.sources
    assert device.amount  # "The device's residual value stays payable in every case."


def test_who_does_not_know_the_term_is_told_of_the_dearer_one() -> None:
    unknown = Contract(term=Term.UNKNOWN, started_on=START, monthly_fee=euros("5"))

    fee, device = leaving(unknown, PHONE, ends_on=date(2026, 3, 15)).lines

    assert (fee.amount, fee.assumed) == (euros("20"), True)
    assert (device.amount, device.rule) == (euros("220"), Rule.RESIDUAL_VALUE)


def test_a_firm_with_ten_workers_is_not_told_an_amount() -> None:
    costs = leaving(fixed(), PHONE, ends_on=START, covered=False)

    assert {line.rule for line in costs.lines} == {Rule.LARGE_FIRM}
    assert (costs.total, costs.free_from) == (None, None)


def test_every_rule_names_sources_that_the_catalogue_has() -> None:
    named = {key for keys in SOURCES.values() for key in keys} | set(Credit.sources)

    assert set(SOURCES) == set(Rule)
    assert all(SOURCES.values())
    assert named <= set(catalogue.sources())


@pytest.mark.parametrize(
    ("left", "moves", "expected"),
    [
        ("12.50", False, ("12.50", "0", "0")),
        ("12.50", True, ("0", "12.50", "7.50")),
        ("3", True, ("0", "3", "0")),
    ],
)
def test_prepaid_credit_is_lost_unless_the_number_moves(
    left: str, moves: bool, expected: tuple[str, str, str]
) -> None:
    found = credit(euros(left), moves=moves)

    assert (found.lost, found.back_at_most, found.back_at_least) == tuple(map(euros, expected))


# --- What cannot be -------------------------------------------------------------------------------


@pytest.mark.parametrize("months", [0, 25])
def test_a_term_has_one_to_24_months(months: int) -> None:
    with pytest.raises(ValueError, match="24"):
        fixed(months)


def test_a_fixed_term_has_a_first_day() -> None:
    with pytest.raises(ValueError, match="first day"):
        Contract(term=Term.FIXED)


@pytest.mark.parametrize("values", [[], ["10", "20"], ["10", "-1"]])
def test_a_table_falls_and_stays_above_zero(values: list[str]) -> None:
    rows = tuple((months_after(START, n), euros(value)) for n, value in enumerate(values))

    with pytest.raises(ValueError):
        Table(START, rows)


@pytest.mark.parametrize(("advantage", "months"), [("-1", 24), ("100", 0), ("100", 25)])
def test_a_device_is_paid_off_in_at_most_24_months(advantage: str, months: int) -> None:
    with pytest.raises(ValueError):
        Linear(START, euros(advantage), months)


# --- Whatever is typed ----------------------------------------------------------------------------

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
money = st.decimals("0", "5000", places=2, allow_nan=False)
months = st.integers(1, 24)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    return Contract(
        term=draw(st.sampled_from(Term)),
        started_on=draw(days),
        months=draw(months),
        monthly_fee=draw(money),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    since = draw(days)
    values = sorted(draw(st.lists(money, min_size=1, max_size=26)), reverse=True)
    return Table(since, tuple((months_after(since, n), v) for n, v in enumerate(values)))


devices = st.none() | tables() | st.builds(Linear, days, money, months)


@given(contracts(), devices, days, st.none() | days, st.booleans())
def test_an_amount_is_never_negative_and_never_over_what_it_is_counted_from(
    contract: Contract, device: Device | None, ends_on: date, told_on: date | None, covered: bool
) -> None:
    costs = leaving(contract, device, ends_on=ends_on, told_on=told_on, covered=covered)

    for line in costs.lines:
        if line.amount is None:
            continue
        assert line.amount >= 0
        assert line.amount == line.amount.quantize(Decimal("0.01"))
        if line.what == What.FEE:
            assert line.amount <= 6 * contract.monthly_fee
        elif isinstance(device, Table):
            value = device.value_on(ends_on)
            assert value is not None
            assert line.amount <= value
        else:
            assert isinstance(device, Linear)
            assert line.amount <= device.advantage


@given(contracts(), devices, days, st.integers(0, 1000))
def test_waiting_never_makes_leaving_dearer(
    contract: Contract, device: Device | None, ends_on: date, later: int
) -> None:
    now = leaving(contract, device, ends_on=ends_on)
    then = leaving(contract, device, ends_on=ends_on + later * DAY)

    for before, after in zip(now.lines, then.lines, strict=True):
        if before.amount is not None:
            assert after.amount is not None
            assert after.amount <= before.amount


@given(contracts(), devices, days)
def test_from_the_day_that_is_named_leaving_is_free(
    contract: Contract, device: Device | None, ends_on: date
) -> None:
    for line in leaving(contract, device, ends_on=ends_on).lines:
        if line.free_from:
            on_the_day = leaving(contract, device, ends_on=max(line.free_from, ends_on))
            amount = next(one.amount for one in on_the_day.lines if one.what == line.what)
            assert amount == 0


# --- The day --------------------------------------------------------------------------------------

TODAY = date(2026, 3, 3)


def test_as_soon_as_possible_is_a_day_all_the_same() -> None:
    assert soonest(date(2026, 4, 2)) == date(2026, 4, 8)  # a Thursday before Easter


@pytest.mark.parametrize(
    ("wanted_end", "facts", "found"),
    [
        (date(2026, 3, 30), {"paid_until": date(2026, 3, 31)}, [Doubt.PAID_LONGER]),
        (date(2026, 3, 31), {"paid_until": date(2026, 3, 31)}, []),
        (date(2026, 3, 31), {"needed_until": date(2026, 3, 31)}, [Doubt.STILL_NEEDED]),
        (date(2026, 4, 1), {"needed_until": date(2026, 3, 31)}, []),
        (date(2026, 3, 16), {"logins_hang": True}, [Doubt.LOGINS_HANG]),
        (date(2026, 3, 17), {"logins_hang": True}, []),
        (TODAY, {}, []),
        (
            TODAY,
            {"paid_until": date(2026, 3, 4), "needed_until": TODAY, "logins_hang": True},
            [Doubt.PAID_LONGER, Doubt.STILL_NEEDED, Doubt.LOGINS_HANG],
        ),
    ],
)
def test_what_speaks_against_a_day_is_said(
    wanted_end: date, facts: dict[str, date], found: list[Doubt]
) -> None:
    assert doubts(wanted_end, today=TODAY, **facts) == found  # type: ignore[arg-type]
