"""Rules of time: which reminders a case is owed, and when. Pure Python, a day is a day in Belgium.

Working days are Monday to Friday without the public holidays of Belgium (package `holidays`).
The table of kinds and days is the product's promise; `owed()` is that table as code.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

BRUSSELS = ZoneInfo("Europe/Brussels")

FINISH_PREPARING_AFTER = (2, 7)  # calendar days after opening
ASK_AGAIN_EVERY = 3  # working days between two questions whether the operator confirmed
ASK_AGAIN_TIMES = 3
CHECK_LINE_AFTER = 1  # calendar days after the end date
KEEP_RECEIPT_AFTER = (1, 7, 30)  # calendar days after the confirmation
CLAIM_CREDIT_AFTER = (7, 21, 28)  # calendar days after porting; the right lapses after a month
OMBUDSMAN_WARNING = 30  # calendar days before the year after the complaint is over
KEEP_WARNINGS = (30, 7)  # calendar days before the files of a case that is over are thrown away
ANSWERED_BY_ITSELF = frozenset({"online_account", "web_form", "email"})
EVERY_DAY = frozenset(range(7))  # weekdays as `date.weekday()` counts them: Monday is 0


class Kind(StrEnum):
    """The reasons for a reminder."""

    FINISH_PREPARING = "finish_preparing"
    CONFIRM_RECEIPT_OF_REQUEST = "confirm_receipt_of_request"
    CONFIRM_CANCELLATION = "confirm_cancellation"
    CHECK_LINE = "check_line"
    KEEP_RECEIPT = "keep_receipt"
    CLAIM_PREPAID_CREDIT = "claim_prepaid_credit"
    CHECK_FINAL_BILL = "check_final_bill"
    CHECK_NO_MORE_BILLS = "check_no_more_bills"
    OMBUDSMAN_CLOCK = "ombudsman_clock"
    OWN_DATE = "own_date"
    KEEP_UNTIL = "keep_until"


# A question that says nothing any more beside a later one in the same mail: who asks whether the
# operator agreed need not ask whether it has the request.
OVERTAKES = {Kind.CONFIRM_CANCELLATION: frozenset({Kind.CONFIRM_RECEIPT_OF_REQUEST})}


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder that a case is owed: why, on which day in Belgium, which of its kind."""

    kind: Kind
    due_on: date
    ordinal: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What `owed()` looks at. Dates are calendar days in Belgium; None: not known, or not yet."""

    status: str
    goal: str
    plan: str
    opened_on: date
    confirm_after: int  # working days after sending
    final_bill_after: int  # calendar days after the end
    no_more_bills_after: int  # calendar days after the end
    sent_on: date | None = None
    channel: str = ""
    wanted_end: date | None = None
    request_acknowledged: bool | None = None
    confirmed_on: date | None = None
    ends_on: date | None = None
    ended_on: date | None = None
    receipt_kept: bool = False
    credit_settled: bool = False
    final_bill_right: bool | None = None
    complained_on: date | None = None
    complaint_settled: bool = False
    keep_until: date | None = None  # only where a file is stored


def today(at: datetime) -> date:
    """The calendar day in Belgium at this instant."""
    return at.astimezone(BRUSSELS).date()


def mail_time(day: date, hour: int) -> datetime:
    """The instant at which a person wants mail on that day: a full hour on a Belgian clock.

    An hour that the clock skips in March is the hour after it; one that comes twice in October
    is the first.
    """
    local = datetime.combine(day, time(hour), tzinfo=BRUSSELS)
    return local.astimezone(UTC)


def next_allowed(day: date, weekdays: Collection[int]) -> date:
    """This day, or the first after it on one of these weekdays. At least one must be given."""
    return next(
        later
        for later in (day + timedelta(days=count) for count in range(7))
        if later.weekday() in weekdays
    )


def next_mail_time(at: datetime, hour: int, weekdays: Collection[int] = EVERY_DAY) -> datetime:
    """The person's next hour at or after this instant, on one of these weekdays."""
    day = today(at)
    if mail_time(day, hour) < at:
        day += timedelta(days=1)
    return mail_time(next_allowed(day, weekdays), hour)


@lru_cache(maxsize=1)
def _belgian_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("BE")


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _belgian_holidays()


def add_working_days(day: date, count: int) -> date:
    """The count-th Belgian working day after `day`; `day` itself is never counted."""
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """Belgian working days after `start`, up to and with `end`."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(map(is_working_day, days))


def year_after(day: date) -> date:
    """The same day a year later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def month_after(day: date) -> date:
    """The same day a month later, or the last day of a month that is too short for it."""
    return months_after(day, 1)


def months_after(day: date, count: int) -> date:
    """The same day that many months later, or the last day of a month that is too short for it."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def full_months(start: date, day: date) -> int:
    """How many months from `start` are over on `day`; none before it."""
    count = (day.year - start.year) * 12 + day.month - start.month
    if count > 0 and months_after(start, count) > day:
        count -= 1
    return max(0, count)


def overtaken(kinds: Collection[str]) -> set[str]:
    """Those of these kinds, all in one mail, that another of them makes pointless."""
    return {str(weak) for strong, weaker in OVERTAKES.items() if strong in kinds for weak in weaker}


def last_day(
    kind: str,
    *,
    ended_on: date | None,
    complained_on: date | None,
    keep_until: date | None = None,
) -> date | None:
    """The last day on which a mail of this kind may say "do it now"; None: there is none.

    Prepaid credit is paid out for a month after the move, that day included. The Ombudsman may
    refuse a complaint from the day on which it is a year old. Files are kept up to their last day.
    """
    if kind == Kind.CLAIM_PREPAID_CREDIT and ended_on:
        return month_after(ended_on)
    if kind == Kind.OMBUDSMAN_CLOCK and complained_on:
        return year_after(complained_on) - timedelta(days=1)
    if kind == Kind.KEEP_UNTIL:
        return keep_until
    return None


def last_bill_expected(ended_on: date, *, final_bill_after: int) -> date:
    """The day by which the last bill should have come. About: operators bill in monthly rounds."""
    return ended_on + timedelta(days=final_bill_after)


def owed(facts: Facts) -> list[Planned]:
    """Every reminder that these facts call for, past and future, in order of days."""
    return sorted(_owed(facts), key=lambda planned: (planned.due_on, planned.kind))


def _owed(facts: Facts) -> Iterator[Planned]:
    match facts.status:
        case "preparing":
            yield from _each(Kind.FINISH_PREPARING, facts.opened_on, FINISH_PREPARING_AFTER)
        case "requested":
            yield from _while_requested(facts)
        case "confirmed":
            yield from _line_check(facts.ends_on)
            yield from _receipt(facts)
        case "ended":
            yield from _receipt(facts)
            yield from _after_the_end(facts)
        case "closed" | "dropped":
            yield from _before_throwing_away(facts)
    if facts.status in ("requested", "confirmed", "ended"):
        yield from _complaint(facts)


def _each(kind: Kind, start: date, days: tuple[int, ...]) -> Iterator[Planned]:
    for ordinal, count in enumerate(days, start=1):
        yield Planned(kind, start + timedelta(days=count), ordinal)


def _while_requested(facts: Facts) -> Iterator[Planned]:
    assert facts.sent_on
    if facts.channel in ANSWERED_BY_ITSELF and facts.request_acknowledged is None:
        yield Planned(Kind.CONFIRM_RECEIPT_OF_REQUEST, add_working_days(facts.sent_on, 1))
    for ordinal in range(1, ASK_AGAIN_TIMES + 2):
        days = facts.confirm_after + ASK_AGAIN_EVERY * (ordinal - 1)
        yield Planned(Kind.CONFIRM_CANCELLATION, add_working_days(facts.sent_on, days), ordinal)
    yield from _line_check(facts.wanted_end)


def _line_check(end: date | None) -> Iterator[Planned]:
    if end:
        yield Planned(Kind.CHECK_LINE, end + timedelta(days=CHECK_LINE_AFTER))


def _receipt(facts: Facts) -> Iterator[Planned]:
    if facts.confirmed_on and not facts.receipt_kept:
        yield from _each(Kind.KEEP_RECEIPT, facts.confirmed_on, KEEP_RECEIPT_AFTER)


def _after_the_end(facts: Facts) -> Iterator[Planned]:
    assert facts.ended_on
    if facts.goal == "port" and facts.plan == "prepaid" and not facts.credit_settled:
        yield from _each(Kind.CLAIM_PREPAID_CREDIT, facts.ended_on, CLAIM_CREDIT_AFTER)
    if facts.plan == "postpaid" and facts.final_bill_right is None:
        due = last_bill_expected(facts.ended_on, final_bill_after=facts.final_bill_after)
        yield Planned(Kind.CHECK_FINAL_BILL, due)
    due = facts.ended_on + timedelta(days=facts.no_more_bills_after)
    yield Planned(Kind.CHECK_NO_MORE_BILLS, due)


def _complaint(facts: Facts) -> Iterator[Planned]:
    if facts.complained_on and not facts.complaint_settled:
        due = year_after(facts.complained_on) - timedelta(days=OMBUDSMAN_WARNING)
        yield Planned(Kind.OMBUDSMAN_CLOCK, due)


def _before_throwing_away(facts: Facts) -> Iterator[Planned]:
    if facts.keep_until:
        for ordinal, days in enumerate(KEEP_WARNINGS, start=1):
            yield Planned(Kind.KEEP_UNTIL, facts.keep_until - timedelta(days=days), ordinal)
