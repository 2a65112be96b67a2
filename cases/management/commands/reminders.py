"""What the sender has to do, did, and could not do."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases import backlog
from cases.failures import what_went_wrong
from cases.models import Case, Reminder
from cases.models.reminder import ReminderQuerySet
from cases.schedule import BRUSSELS

ROWS = 50  # of each table: a screen or two
HEAD = ("CASE", "KIND", "STATUS", "LEAVES AT", "LATE", "SENT AT", "TRIES", "ERROR")


class Command(BaseCommand):
    help = (
        "Shows which reminders are due, sent today and failed, and how late the sender is. Times"
        " are Belgian. Ends with 1 when a reminder has been due for more than 15 minutes, so that"
        " a monitor can ask it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", metavar="REF", help="Every reminder of this one case.")
        parser.add_argument("--late", action="store_true", help="Only what should have left.")
        parser.add_argument("--failed", action="store_true", help="Only what failed, and why.")

    def handle(
        self, *args: Any, case: str | None, late: bool, failed: bool, **options: Any
    ) -> None:
        at = timezone.now()
        rows = self._rows(case)
        now = backlog.backlog(at)
        self._summary(now, sent_today=backlog.sent_today(at))
        if late or not (failed or case):
            self._table("Due", chain(rows.stuck(at)[:ROWS], rows.due(at)[: ROWS + 1]), at=at)
        if failed or not (late or case):
            self._table("Failed", rows.failed().order_by("-try_at")[: ROWS + 1], at=at)
        if not (late or failed or case):
            self._table("Sent today", rows.sent_since(at).order_by("-sent_at")[: ROWS + 1], at=at)
        if case and not (late or failed):
            self._table("Of this case", rows.order_by("due_on", "pk"), at=at)
        if now.is_late:
            sys.exit(1)

    def _rows(self, reference: str | None) -> ReminderQuerySet:
        rows = Reminder.objects.select_related("case")
        if reference is None:
            return rows
        reference = reference.strip().upper()
        if not Case.objects.filter(reference=reference).exists():
            raise CommandError(f"No case has the reference {reference}.", returncode=2)
        return rows.filter(case__reference=reference)

    def _summary(self, now: backlog.Backlog, *, sent_today: int) -> None:
        oldest = f"the oldest for {now.minutes} min" if now.due else ""
        self._line("Due now", now.due, oldest, bad=now.is_late)
        self._line("Failed", now.failed, bad=now.failed > 0)
        self._line("Sent today", sent_today)

    def _line(self, what: str, count: int, more: str = "", *, bad: bool = False) -> None:
        line = f"{what:<10} {backlog.counted(count):>7}  {more}".rstrip()
        self.stdout.write(self.style.ERROR(line) if bad else line)

    def _table(self, title: str, rows: Iterable[Reminder], *, at: datetime) -> None:
        found = list(rows)
        if not found:
            return
        lines = [HEAD, *(cells(row, at=at) for row in found[:ROWS])]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        self.stdout.write(f"\n{title}")
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(padded).rstrip())
        if len(found) > ROWS:
            self.stdout.write(f"Only the first {ROWS}; there are more.")


def cells(row: Reminder, *, at: datetime) -> tuple[str, ...]:
    """One line of a table. Nothing of the person: the reference and the kind say enough."""
    waits = row.status in (Reminder.Status.PLANNED, Reminder.Status.SENDING) and row.try_at <= at
    return (
        row.case.reference,
        row.kind,
        row.status,
        clock(row.try_at),
        f"{backlog.minutes(at - row.try_at)} min" if waits else "",
        clock(row.sent_at) if row.sent_at else "",
        str(row.attempts or ""),
        what_went_wrong(row),
    )


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"
