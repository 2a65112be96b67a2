"""The day on which a line must end: which to name, and what speaks against one. Pure Python.

Days are calendar days in Belgium. Nothing here refuses a day: a person may have reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from cases.schedule import add_working_days

SOONEST_AFTER = 3  # working days: by then a letter has been read and the line can be ended
MOVE_LOGINS_BEFORE = timedelta(days=14)  # our advice: two to four weeks before the end


class Doubt(StrEnum):
    """What speaks against a day."""

    PAID_LONGER = "paid_longer"
    STILL_NEEDED = "still_needed"
    LOGINS_HANG = "logins_hang"


def soonest(today: date) -> date:
    """The day to name where it should end as soon as possible.

    A day must stand there all the same: without one the operator may apply the notice of its terms.
    """
    return add_working_days(today, SOONEST_AFTER)


def doubts(
    wanted_end: date,
    *,
    today: date,
    paid_until: date | None = None,
    needed_until: date | None = None,
    logins_hang: bool = False,
) -> list[Doubt]:
    """What speaks against ending on that day.

    paid_until: last day of the period that is paid. needed_until: last day on which calls or codes
    must still reach the number. logins_hang: accounts still send codes to it.
    """
    return list(_doubts(wanted_end, today, paid_until, needed_until, logins_hang))


def _doubts(
    wanted_end: date,
    today: date,
    paid_until: date | None,
    needed_until: date | None,
    logins_hang: bool,
) -> Iterator[Doubt]:
    if paid_until and wanted_end < paid_until:
        yield Doubt.PAID_LONGER
    # The line may stop at any hour of its last day.
    if needed_until and wanted_end <= needed_until:
        yield Doubt.STILL_NEEDED
    if logins_hang and wanted_end < today + MOVE_LOGINS_BEFORE:
        yield Doubt.LOGINS_HANG
