"""Rules of days as tables: holidays, clock changes, and what a case is owed when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import schedule
from cases.schedule import Facts, Kind

OPENED = date(2026, 3, 3)  # a Tuesday

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
hours = st.integers(0, 23)
minutes = st.integers(0, 20 * 365 * 24 * 60)
instants = minutes.map(lambda count: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=count))


def make_facts(status: str, **more: Any) -> Facts:
    """Facts as a case of this status has them, with the days that the status needs."""
    defaults: dict[str, Any] = {
        "goal": "end",
        "plan": "postpaid",
        "opened_on": OPENED,
        "confirm_after": 3,
        "final_bill_after": 35,
        "no_more_bills_after": 65,
    }
    if status in ("requested", "confirmed", "ended", "closed"):
        defaults |= {"sent_on": OPENED, "channel": "letter"}
    if status == "confirmed":
        defaults |= {"confirmed_on": OPENED, "ends_on": OPENED}
    if status in ("ended", "closed"):
        defaults |= {"ended_on": OPENED}
    return Facts(status=status, **defaults | more)


def due_days(facts: Facts, kind: Kind) -> list[date]:
    return [planned.due_on for planned in schedule.owed(facts) if planned.kind == kind]


# --- Working days ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 1, 1), "New Year's Day, a Friday"),
        (date(2026, 4, 6), "Easter Monday"),
        (date(2026, 5, 1), "Labour Day, a Friday"),
        (date(2026, 5, 14), "Ascension Day"),
        (date(2026, 5, 25), "Whit Monday"),
        (date(2026, 7, 21), "National Day, a Tuesday"),
        (date(2025, 8, 15), "Assumption, a Friday"),
        (date(2027, 11, 1), "All Saints' Day, a Monday"),
        (date(2026, 11, 11), "Armistice Day, a Wednesday"),
        (date(2026, 12, 25), "Christmas, a Friday"),
        (date(2026, 3, 7), "a Saturday"),
        (date(2026, 3, 8), "a Sunday"),
    ],
)
def test_nobody_works_on_public_holidays_and_at_weekends(day: date, name: str) -> None:
    assert not schedule.is_working_day(day), name


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 5, 15), "the Friday after Ascension Day"),
        (date(2025, 7, 11), "the holiday of the Flemish Community"),
        (date(2027, 9, 27), "the holiday of the French Community"),
        (date(2026, 11, 2), "All Souls' Day"),
        (date(2026, 12, 24), "Christmas Eve"),
        (date(2025, 12, 26), "Boxing Day"),
    ],
)
def test_operators_work_on_days_that_only_look_like_holidays(day: date, name: str) -> None:
    assert schedule.is_working_day(day), name


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 3, 3), 0, date(2026, 3, 3)),
        (date(2026, 3, 3), 1, date(2026, 3, 4)),
        (date(2026, 3, 3), 3, date(2026, 3, 6)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),  # from a Friday over the weekend
        (date(2026, 3, 7), 1, date(2026, 3, 9)),  # from a Saturday
        (date(2026, 3, 8), 1, date(2026, 3, 9)),  # from a Sunday
        (date(2026, 3, 6), 6, date(2026, 3, 16)),  # over two weekends
        (date(2026, 7, 20), 1, date(2026, 7, 22)),  # over 21 July
        (date(2026, 7, 17), 3, date(2026, 7, 23)),  # over a weekend and 21 July
        (date(2026, 7, 21), 1, date(2026, 7, 22)),  # from the holiday itself
        (date(2026, 11, 10), 1, date(2026, 11, 12)),  # over 11 November
        (date(2026, 4, 2), 1, date(2026, 4, 3)),  # Good Friday is worked
        (date(2026, 4, 3), 1, date(2026, 4, 7)),  # over Easter Monday
        (date(2026, 4, 2), 3, date(2026, 4, 8)),
        (date(2026, 4, 30), 1, date(2026, 5, 4)),  # over 1 May, a Friday
        (date(2026, 5, 13), 2, date(2026, 5, 18)),  # over Ascension, with the bridge day
        (date(2026, 5, 22), 1, date(2026, 5, 26)),  # over Whit Monday
        (date(2025, 8, 14), 1, date(2025, 8, 18)),  # over 15 August, a Friday
        (date(2027, 10, 29), 1, date(2027, 11, 2)),  # over 1 November, a Monday
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # over Christmas, a Friday
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # over New Year
        (date(2026, 12, 23), 6, date(2027, 1, 4)),  # over both
    ],
)
def test_working_days_are_counted_over_holidays(day: date, count: int, expected: date) -> None:
    assert schedule.add_working_days(day, count) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 3, 3), date(2026, 3, 3), 0),
        (date(2026, 3, 3), date(2026, 3, 4), 1),
        (date(2026, 3, 6), date(2026, 3, 8), 0),  # Friday to Sunday
        (date(2026, 3, 6), date(2026, 3, 9), 1),
        (date(2026, 12, 24), date(2027, 1, 4), 5),
        (date(2026, 3, 4), date(2026, 3, 3), 0),  # the wrong way round
    ],
)
def test_working_days_between_two_days(start: date, end: date, expected: int) -> None:
    assert schedule.working_days_between(start, end) == expected


@given(days, st.integers(1, 60))
def test_counting_working_days_and_adding_them_are_inverse(day: date, count: int) -> None:
    result = schedule.add_working_days(day, count)

    assert schedule.is_working_day(result)
    assert schedule.working_days_between(day, result) == count
    assert schedule.working_days_between(day, result - timedelta(days=1)) == count - 1


@given(days, st.integers(1, 30), st.integers(1, 30))
def test_working_days_may_be_added_in_two_goes(day: date, first: int, second: int) -> None:
    there = schedule.add_working_days(schedule.add_working_days(day, first), second)

    assert there == schedule.add_working_days(day, first + second)


# --- Days and instants ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), date(2026, 3, 3)),  # winter: an hour ahead
        (datetime(2026, 7, 2, 21, 59, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 7, 2, 22, 0, tzinfo=UTC), date(2026, 7, 3)),  # summer: two hours ahead
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_belgium(at: datetime, expected: date) -> None:
    assert schedule.today(at) == expected


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 3), 9, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        (date(2026, 7, 1), 9, datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (date(2026, 3, 3), 0, datetime(2026, 3, 2, 23, tzinfo=UTC)),
        (date(2026, 3, 3), 23, datetime(2026, 3, 3, 22, tzinfo=UTC)),
        # 29 March 2026: after 01:59 comes 03:00.
        (date(2026, 3, 28), 9, datetime(2026, 3, 28, 8, tzinfo=UTC)),
        (date(2026, 3, 29), 1, datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # 03:00 on the clock
        (date(2026, 3, 29), 3, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (date(2026, 3, 29), 9, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        # 25 October 2026: 02:00 comes twice.
        (date(2026, 10, 24), 9, datetime(2026, 10, 24, 7, tzinfo=UTC)),
        (date(2026, 10, 25), 1, datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),  # the first of the two
        (date(2026, 10, 25), 3, datetime(2026, 10, 25, 2, tzinfo=UTC)),
        (date(2026, 10, 25), 9, datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ],
)
def test_mail_leaves_at_the_hour_on_a_belgian_clock(
    day: date, hour: int, expected: datetime
) -> None:
    assert schedule.mail_time(day, hour) == expected


@pytest.mark.parametrize(
    ("at", "hour", "expected"),
    [
        # before, at and after nine on a winter day
        (datetime(2026, 3, 3, 7, 59, tzinfo=UTC), 9, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        (datetime(2026, 3, 3, 8, 0, tzinfo=UTC), 9, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        (datetime(2026, 3, 3, 8, 0, 0, 1, tzinfo=UTC), 9, datetime(2026, 3, 4, 8, tzinfo=UTC)),
        # half past midnight in Belgium is still yesterday in UTC
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), 9, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        # over the night in March that is an hour short, and over the missing hour itself
        (datetime(2026, 3, 28, 9, tzinfo=UTC), 9, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 2, datetime(2026, 3, 30, 0, tzinfo=UTC)),
        # between the two hours of 02:00 in October: the first has gone, the second does not count
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2, datetime(2026, 10, 26, 1, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 2, datetime(2026, 10, 26, 1, tzinfo=UTC)),
    ],
)
def test_the_next_mail_leaves_at_the_next_such_hour(
    at: datetime, hour: int, expected: datetime
) -> None:
    assert schedule.next_mail_time(at, hour) == expected


@given(instants, hours)
def test_the_next_hour_is_never_past_and_at_most_a_long_day_away(at: datetime, hour: int) -> None:
    result = schedule.next_mail_time(at, hour)

    assert at <= result <= at + timedelta(hours=25)
    assert result.astimezone(schedule.BRUSSELS).hour in (hour, hour + 1)


@pytest.mark.parametrize(
    ("day", "weekdays", "expected"),
    [
        (date(2026, 3, 3), {1}, date(2026, 3, 3)),  # a Tuesday is allowed
        (date(2026, 3, 3), {0}, date(2026, 3, 9)),  # six days to Monday
        (date(2026, 3, 3), {0, 2}, date(2026, 3, 4)),
        (date(2026, 3, 7), {0, 1, 2, 3, 4}, date(2026, 3, 9)),  # over a weekend
        (date(2026, 12, 30), {5}, date(2027, 1, 2)),  # over New Year
        (date(2028, 2, 28), {2}, date(2028, 3, 1)),  # over 29 February
    ],
)
def test_the_next_day_that_the_person_allows(day: date, weekdays: set[int], expected: date) -> None:
    assert schedule.next_allowed(day, weekdays) == expected


@pytest.mark.parametrize(
    ("at", "hour", "weekdays", "expected"),
    [
        # Saturday at noon, to Monday in winter
        (datetime(2026, 3, 7, 11, tzinfo=UTC), 9, {0}, datetime(2026, 3, 9, 8, tzinfo=UTC)),
        # Sunday after its hour, Sundays alone: a week later
        (datetime(2026, 3, 8, 9, tzinfo=UTC), 9, {6}, datetime(2026, 3, 15, 8, tzinfo=UTC)),
        # on Sunday 29 March the clock goes forward: before it, on it at the missing hour, over it
        (datetime(2026, 3, 27, 9, tzinfo=UTC), 9, {6}, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (datetime(2026, 3, 27, 9, tzinfo=UTC), 2, {6}, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 3, 28, 9, tzinfo=UTC), 9, {0}, datetime(2026, 3, 30, 7, tzinfo=UTC)),
        # on Sunday 25 October back: the first of the two hours, and none after it that day
        (datetime(2026, 10, 23, 9, tzinfo=UTC), 2, {6}, datetime(2026, 10, 25, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2, {6}, datetime(2026, 11, 1, 1, tzinfo=UTC)),
        (datetime(2026, 10, 24, 9, tzinfo=UTC), 9, {0}, datetime(2026, 10, 26, 8, tzinfo=UTC)),
        # half past midnight on Monday in Belgium is Sunday in UTC
        (datetime(2026, 3, 8, 23, 30, tzinfo=UTC), 0, {0}, datetime(2026, 3, 15, 23, tzinfo=UTC)),
    ],
)
def test_the_next_mail_leaves_on_a_weekday_that_the_person_allows(
    at: datetime, hour: int, weekdays: set[int], expected: datetime
) -> None:
    assert schedule.next_mail_time(at, hour, weekdays) == expected


some_weekdays = st.sets(st.integers(0, 6), min_size=1)


@given(days, some_weekdays)
def test_an_allowed_day_is_found_within_six_days(day: date, weekdays: set[int]) -> None:
    result = schedule.next_allowed(day, weekdays)

    assert result.weekday() in weekdays
    assert day <= result <= day + timedelta(days=6)


@given(instants, hours, some_weekdays)
def test_mail_waits_for_an_allowed_day_six_days_longer_at_most(
    at: datetime, hour: int, weekdays: set[int]
) -> None:
    result = schedule.next_mail_time(at, hour, weekdays)
    any_day = schedule.next_mail_time(at, hour)

    assert schedule.today(result).weekday() in weekdays
    assert at <= any_day <= result
    assert schedule.today(result) - schedule.today(any_day) <= timedelta(days=6)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 3), date(2027, 3, 3)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_a_year_later_is_the_same_day(day: date, expected: date) -> None:
    assert schedule.year_after(day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 3), date(2026, 4, 3)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_a_month_later_is_the_same_day(day: date, expected: date) -> None:
    assert schedule.month_after(day) == expected


# --- What is owed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "kind", "expected"),
    [
        (
            make_facts("preparing"),
            Kind.FINISH_PREPARING,
            [date(2026, 3, 5), date(2026, 3, 10)],
        ),
        # the next working day after sending online or by e-mail; nobody replies to a letter
        *(
            (
                make_facts("requested", channel=channel),
                Kind.CONFIRM_RECEIPT_OF_REQUEST,
                [date(2026, 3, 4)],
            )
            for channel in ("email", "online_account", "web_form")
        ),
        *(
            (make_facts("requested", channel=channel), Kind.CONFIRM_RECEIPT_OF_REQUEST, [])
            for channel in ("letter", "shop", "hotline", "chat")
        ),
        (
            make_facts("requested", channel="email", sent_on=date(2026, 3, 6)),
            Kind.CONFIRM_RECEIPT_OF_REQUEST,
            [date(2026, 3, 9)],
        ),
        (
            make_facts("requested", channel="email", request_acknowledged=True),
            Kind.CONFIRM_RECEIPT_OF_REQUEST,
            [],
        ),
        (
            make_facts("requested", channel="email", request_acknowledged=False),
            Kind.CONFIRM_RECEIPT_OF_REQUEST,
            [],
        ),
        # after confirm_after working days, then every third, three times more
        (
            make_facts("requested"),
            Kind.CONFIRM_CANCELLATION,
            [date(2026, 3, 6), date(2026, 3, 11), date(2026, 3, 16), date(2026, 3, 19)],
        ),
        (
            make_facts("requested", confirm_after=10),
            Kind.CONFIRM_CANCELLATION,
            [date(2026, 3, 17), date(2026, 3, 20), date(2026, 3, 25), date(2026, 3, 30)],
        ),
        (
            make_facts("requested", confirm_after=1, sent_on=date(2026, 7, 20)),
            Kind.CONFIRM_CANCELLATION,
            [date(2026, 7, 22), date(2026, 7, 27), date(2026, 7, 30), date(2026, 8, 4)],
        ),
        # the day after the end date: the one asked for, then the one that was confirmed
        (make_facts("requested"), Kind.CHECK_LINE, []),
        (
            make_facts("requested", wanted_end=date(2026, 3, 31)),
            Kind.CHECK_LINE,
            [date(2026, 4, 1)],
        ),
        (
            make_facts("confirmed", wanted_end=date(2026, 3, 31), ends_on=date(2026, 4, 30)),
            Kind.CHECK_LINE,
            [date(2026, 5, 1)],
        ),
        (make_facts("ended", wanted_end=date(2026, 3, 31)), Kind.CHECK_LINE, []),
        # 1, 7 and 30 days after the confirmation, as long as the receipt is not kept
        (
            make_facts("confirmed"),
            Kind.KEEP_RECEIPT,
            [date(2026, 3, 4), date(2026, 3, 10), date(2026, 4, 2)],
        ),
        (
            make_facts("ended", confirmed_on=OPENED),
            Kind.KEEP_RECEIPT,
            [date(2026, 3, 4), date(2026, 3, 10), date(2026, 4, 2)],
        ),
        (make_facts("confirmed", receipt_kept=True), Kind.KEEP_RECEIPT, []),
        (make_facts("ended", confirmed_on=OPENED, receipt_kept=True), Kind.KEEP_RECEIPT, []),
        (make_facts("ended"), Kind.KEEP_RECEIPT, []),  # died without a confirmation
        # 7, 21 and 28 days after porting a prepaid number, and of nothing else
        (
            make_facts("ended", goal="port", plan="prepaid"),
            Kind.CLAIM_PREPAID_CREDIT,
            [date(2026, 3, 10), date(2026, 3, 24), date(2026, 3, 31)],
        ),
        (
            make_facts("ended", goal="port", plan="prepaid", credit_settled=True),
            Kind.CLAIM_PREPAID_CREDIT,
            [],
        ),
        (make_facts("ended", goal="port"), Kind.CLAIM_PREPAID_CREDIT, []),
        (make_facts("ended", plan="prepaid"), Kind.CLAIM_PREPAID_CREDIT, []),
        # final_bill_after days after the end, where bills come
        (make_facts("ended"), Kind.CHECK_FINAL_BILL, [date(2026, 4, 7)]),
        (make_facts("ended", final_bill_after=60), Kind.CHECK_FINAL_BILL, [date(2026, 5, 2)]),
        (
            make_facts("ended", final_bill_after=1, ended_on=date(2026, 3, 28)),
            Kind.CHECK_FINAL_BILL,
            [date(2026, 3, 29)],  # the day on which the clock skips an hour
        ),
        (
            make_facts("ended", final_bill_after=180, ended_on=date(2026, 5, 1)),
            Kind.CHECK_FINAL_BILL,
            [date(2026, 10, 28)],  # over the end of summer time
        ),
        (make_facts("ended", final_bill_right=True), Kind.CHECK_FINAL_BILL, []),
        (make_facts("ended", final_bill_right=False), Kind.CHECK_FINAL_BILL, []),
        (make_facts("ended", plan="prepaid"), Kind.CHECK_FINAL_BILL, []),
        # no_more_bills_after days after the end, for everybody
        (make_facts("ended"), Kind.CHECK_NO_MORE_BILLS, [date(2026, 5, 7)]),
        (make_facts("ended", plan="prepaid"), Kind.CHECK_NO_MORE_BILLS, [date(2026, 5, 7)]),
        (make_facts("ended", no_more_bills_after=1), Kind.CHECK_NO_MORE_BILLS, [date(2026, 3, 4)]),
        (
            make_facts("ended", final_bill_after=60, no_more_bills_after=365),
            Kind.CHECK_NO_MORE_BILLS,
            [date(2027, 3, 3)],
        ),
        # 30 days before the year after the complaint is over
        *(
            (
                make_facts(status, complained_on=date(2026, 3, 3)),
                Kind.OMBUDSMAN_CLOCK,
                [date(2027, 2, 1)],
            )
            for status in ("requested", "confirmed", "ended")
        ),
        (
            make_facts("requested", complained_on=date(2028, 2, 29)),
            Kind.OMBUDSMAN_CLOCK,
            [date(2029, 1, 29)],
        ),
        (
            make_facts("requested", complained_on=OPENED, complaint_settled=True),
            Kind.OMBUDSMAN_CLOCK,
            [],
        ),
        (make_facts("requested"), Kind.OMBUDSMAN_CLOCK, []),
        # 30 and 7 days before the files of a case that is over are thrown away
        *(
            (
                make_facts(status, keep_until=date(2028, 3, 3)),
                Kind.KEEP_UNTIL,
                [date(2028, 2, 2), date(2028, 2, 25)],
            )
            for status in ("closed", "dropped")
        ),
        (make_facts("closed"), Kind.KEEP_UNTIL, []),
        (make_facts("ended", keep_until=date(2028, 3, 3)), Kind.KEEP_UNTIL, []),
    ],
)
def test_each_kind_is_due_on_its_days(facts: Facts, kind: Kind, expected: list[date]) -> None:
    assert due_days(facts, kind) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (make_facts("preparing"), {Kind.FINISH_PREPARING}),
        (make_facts("requested"), {Kind.CONFIRM_CANCELLATION}),
        (make_facts("confirmed"), {Kind.CHECK_LINE, Kind.KEEP_RECEIPT}),
        (make_facts("ended"), {Kind.CHECK_FINAL_BILL, Kind.CHECK_NO_MORE_BILLS}),
        (
            make_facts("ended", goal="port", plan="prepaid"),
            {Kind.CLAIM_PREPAID_CREDIT, Kind.CHECK_NO_MORE_BILLS},
        ),
        (make_facts("closed", complained_on=OPENED), set()),
        (make_facts("dropped", complained_on=OPENED), set()),
        (make_facts("closed", keep_until=OPENED), {Kind.KEEP_UNTIL}),
        (make_facts("dropped", keep_until=OPENED), {Kind.KEEP_UNTIL}),
    ],
)
def test_a_status_owes_its_kinds_and_no_other(facts: Facts, expected: set[Kind]) -> None:
    assert {planned.kind for planned in schedule.owed(facts)} == expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], set()),
        (["confirm_receipt_of_request"], set()),
        (["confirm_receipt_of_request", "check_line"], set()),
        (["confirm_cancellation"], {"confirm_receipt_of_request"}),
        (
            ["confirm_receipt_of_request", "confirm_cancellation", "own_date"],
            {"confirm_receipt_of_request"},
        ),
    ],
)
def test_a_stronger_question_makes_a_weaker_one_pointless(
    kinds: list[str], expected: set[str]
) -> None:
    assert schedule.overtaken(kinds) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.CLAIM_PREPAID_CREDIT, date(2026, 2, 28)),  # a month after 31 January, that day too
        (Kind.OMBUDSMAN_CLOCK, date(2027, 3, 2)),  # the day before it is a year
        (Kind.CHECK_FINAL_BILL, None),
        (Kind.OWN_DATE, None),
        (Kind.KEEP_UNTIL, date(2028, 3, 3)),  # that day too
    ],
)
def test_what_must_be_done_in_time_has_its_last_day(kind: Kind, expected: date | None) -> None:
    last = schedule.last_day(
        kind,
        ended_on=date(2026, 1, 31),
        complained_on=date(2026, 3, 3),
        keep_until=date(2028, 3, 3),
    )

    assert last == expected
    assert schedule.last_day(kind, ended_on=None, complained_on=None) is None


def test_the_questions_of_a_kind_are_numbered_in_order() -> None:
    owed = schedule.owed(make_facts("requested"))

    assert [planned.ordinal for planned in owed] == [1, 2, 3, 4]


@pytest.mark.parametrize("after", [1, 35, 180])
def test_the_last_bill_is_expected_when_we_ask_for_it(after: int) -> None:
    facts = make_facts("ended", final_bill_after=after)

    (asked_on,) = due_days(facts, Kind.CHECK_FINAL_BILL)

    assert schedule.last_bill_expected(OPENED, final_bill_after=after) == asked_on


@st.composite
def possible_facts(draw: st.DrawFn) -> Facts:
    """Facts of any status, each with the days that the database demands of it."""
    status = draw(
        st.sampled_from(["preparing", "requested", "confirmed", "ended", "closed", "dropped"])
    )
    maybe = st.none() | days
    more: dict[str, Any] = {
        "goal": draw(st.sampled_from(["end", "port", "pause"])),
        "plan": draw(st.sampled_from(["postpaid", "prepaid"])),
        "opened_on": draw(days),
        "confirm_after": draw(st.integers(1, 30)),
        "final_bill_after": draw(st.integers(1, 180)),
        "no_more_bills_after": draw(st.integers(1, 365)),
        "wanted_end": draw(maybe),
        "request_acknowledged": draw(st.none() | st.booleans()),
        "receipt_kept": draw(st.booleans()),
        "credit_settled": draw(st.booleans()),
        "final_bill_right": draw(st.none() | st.booleans()),
        "complained_on": draw(maybe),
        "complaint_settled": draw(st.booleans()),
        "keep_until": draw(maybe),
    }
    for name in ("sent_on", "confirmed_on", "ends_on", "ended_on"):
        more[name] = draw(days)
    more["channel"] = draw(st.sampled_from(["email", "letter", "shop"]))
    return Facts(status=status, **more)


@given(possible_facts())
def test_what_is_owed_is_ordered_unique_and_always_the_same(facts: Facts) -> None:
    owed = schedule.owed(facts)

    assert [planned.due_on for planned in owed] == sorted(planned.due_on for planned in owed)
    assert len({(planned.kind, planned.due_on) for planned in owed}) == len(owed)
    assert owed == schedule.owed(facts)
    if facts.status in ("closed", "dropped"):
        assert {planned.kind for planned in owed} <= {Kind.KEEP_UNTIL}
    else:
        assert Kind.OWN_DATE not in {planned.kind for planned in owed}
