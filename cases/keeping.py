"""How long the files of a case that is over are kept, and what happens after that.

Nobody loses a file unwarned: it is thrown away only after both warnings left, the last one a week
ago. Where one did not leave, whatever the reason, everything stays. What is thrown away can be
taken back for 30 days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from cases import schedule
from cases.models import Case, CaseEvent, Reminder
from cases.models.planning import sync
from cases.schedule import KEEP_WARNINGS, Kind

FIRST, LAST = (timedelta(days=days) for days in KEEP_WARNINGS)
LOOK_AHEAD = FIRST + timedelta(days=10)  # so that some missed nights cost no warning
# What says that the person still works with the files.
TOUCHED = (CaseEvent.Kind.FILED, CaseEvent.Kind.RESTORED, CaseEvent.Kind.CAME_IN)


def earliest(today: date) -> date:
    """The first last day that leaves time for both warnings."""
    return today + FIRST + timedelta(days=1)


def plan_warnings(*, at: datetime) -> int:
    """Sees to it that each case has its warnings in time; returns how many got a later last day.

    A case from before there were warnings gets its mails. A new last day comes where too little
    time is left for both, and where the day went by although the person had not heard of it.
    """
    until = schedule.today(at) + LOOK_AHEAD
    cases = Case.objects.kept_until(until).select_related("owner", "procedure")
    return sum(_plan_warnings(case, at=at) for case in cases.order_by("pk").iterator())


@transaction.atomic
def _plan_warnings(case: Case, *, at: datetime) -> bool:
    case.hold()
    if case.is_open or case.keep_until is None:
        return False
    today, rows = schedule.today(at), _warnings(case)
    if not rows and case.keep_until > today + LAST:
        sync(case, at=at)
        return False
    if rows and (case.keep_until >= today or _waits(case, rows) or _knows(case, rows)):
        return False
    case.keep_longer(until=earliest(today), by=None, at=at)
    return True


def throw_away_lapsed(*, at: datetime) -> int:
    """Throws away what nobody wanted to keep; returns how many files. Safe to run twice at once."""
    yesterday = schedule.today(at) - timedelta(days=1)
    cases = Case.objects.kept_until(yesterday).select_related("owner", "procedure")
    return sum(_throw_away(case, at=at) for case in cases.order_by("pk").iterator())


@transaction.atomic
def _throw_away(case: Case, *, at: datetime) -> int:
    case.hold()
    if case.is_open or case.keep_until is None or case.keep_until >= schedule.today(at):
        return 0
    rows = _warnings(case)
    lately = any(row.sent_at and row.sent_at > at - LAST for row in rows)
    if lately or _waits(case, rows) or not _knows(case, rows):
        return 0
    files = list(case.evidence.kept())
    case.evidence.kept().update(removed_at=at)
    for file in files:
        CaseEvent.objects.create(
            case=case,
            kind=CaseEvent.Kind.REMOVED,
            at=at,
            before=case.status,
            after=case.status,
            note=f"{file.name} · {file.sha256}",
        )
    sync(case, at=at)
    return len(files)


def _warnings(case: Case) -> list[Reminder]:
    """The rows of both warnings before the last day that holds now."""
    assert case.keep_until
    days = [case.keep_until - before for before in (FIRST, LAST)]
    return list(case.reminders.filter(kind=Kind.KEEP_UNTIL, due_on__in=days))


def _waits(case: Case, rows: list[Reminder]) -> bool:
    """Whether a mail about it is still to leave, failed, or was switched off by the person."""
    status = Reminder.Status
    if any(row.status in (status.OFF, status.FAILED) for row in rows):
        return True
    leaving = case.reminders.filter(kind=Kind.KEEP_UNTIL)
    return leaving.filter(status__in=(status.PLANNED, status.SENDING)).exists()


def _knows(case: Case, rows: list[Reminder]) -> bool:
    """Whether both warnings left, and no file came since the first of them."""
    sent = [row.sent_at for row in rows if row.sent_at and row.status == Reminder.Status.SENT]
    if len(sent) < len(KEEP_WARNINGS):
        return False
    return not case.events.filter(kind__in=TOUCHED, at__gte=min(sent)).exists()
