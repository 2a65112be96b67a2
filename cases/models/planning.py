"""Which mails a case is owed, as rows: planned, woken and cancelled as its facts change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models, transaction

from cases import schedule
from cases.models.reminder import Reminder, leaves_at
from cases.schedule import Kind, Planned

if TYPE_CHECKING:
    from cases.models.case import Case


@transaction.atomic
def sync(case: Case, *, at: datetime) -> None:
    """Brings the open rows of a case in line with what its facts owe the person.

    Plans what is missing, wakes what was cancelled and is owed again, cancels what is not owed
    any more. Rows that were sent or overtaken, or that the person switched off, stay as they are.
    """
    case.hold()
    owner = case.owner
    owed = schedule.owed(case.facts())
    open_kinds = {planned.kind for planned in owed}
    if case.is_open:
        open_kinds.add(Kind.OWN_DATE)
    asked_for = case.reminders.filter(kind__in=open_kinds).exclude(origin=Reminder.Origin.SCHEDULE)
    for row in asked_for.filter(status=Reminder.Status.CANCELLED):
        row.wake(owner=owner, at=at)
    wanted = {(p.kind, p.due_on): p for p in _still_useful(case, owed, today=schedule.today(at))}
    known = {(row.kind, row.due_on): row for row in case.reminders.all()}
    Reminder.objects.bulk_create(
        Reminder(
            case=case,
            kind=planned.kind,
            due_on=planned.due_on,
            ordinal=planned.ordinal,
            try_at=leaves_at(planned.due_on, owner=owner, at=at),
        )
        for key, planned in wanted.items()
        if key not in known
    )
    for key, row in known.items():
        if row.status == Reminder.Status.CANCELLED and key in wanted:
            row.wake(owner=owner, at=at)
    lapsed = [
        row.pk
        for row in case.reminders.planned()
        if row.kind not in open_kinds
        or (row.origin == Reminder.Origin.SCHEDULE and (row.kind, row.due_on) not in wanted)
    ]
    Reminder.objects.planned().filter(pk__in=lapsed).update(status=Reminder.Status.CANCELLED)


def _still_useful(case: Case, owed: Iterable[Planned], *, today: date) -> list[Planned]:
    """Without what has been overtaken: by a snooze, or by a later one of its kind that is past."""
    snoozed = dict(
        case.reminders.filter(origin=Reminder.Origin.SNOOZE)
        .exclude(status=Reminder.Status.CANCELLED)
        .values_list("kind")
        .annotate(until=models.Max("due_on"))
    )
    owed = [p for p in owed if p.kind not in snoozed or p.due_on > snoozed[p.kind]]
    last_past = {p.kind: p.due_on for p in owed if p.due_on <= today}
    return [p for p in owed if p.due_on >= last_past.get(p.kind, p.due_on)]


@transaction.atomic
def switch(row: Reminder, *, on: bool, at: datetime) -> None:
    """The person's switch on the case page. A mail that left already is left alone, and what
    was settled meanwhile stays settled."""
    before, after = Reminder.Status.OFF, Reminder.Status.PLANNED
    if not on:
        before, after = after, before
    try_at = leaves_at(row.due_on, owner=row.case.owner, at=at)
    rows = Reminder.objects.filter(pk=row.pk, status=before)
    rows.update(status=after, try_at=try_at)
    sync(row.case, at=at)
