"""One pass of the sender by hand."""

import math
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from cases import backlog, reminders, schedule


class Progress:
    """One line that counts up, on a terminal alone."""

    EVERY = 0.1  # seconds; writing it for each mail would slow a fast server down

    def __init__(self, terminal: OutputWrapper, *, mails: int) -> None:
        self.terminal, self.mails = terminal, mails
        self.shown_at = -math.inf

    def __call__(self, sent: int) -> None:
        if time.monotonic() - self.shown_at < self.EVERY:
            return
        self.shown_at = time.monotonic()
        self._write(f"{sent} of {self.mails} sent")

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        # Back to the start of the line, and away with what stands there (ECMA-48, EL).
        self.terminal.write(f"\r\x1b[K{text}", ending="")
        self.terminal.flush()


class Command(BaseCommand):
    help = "Sends every reminder that is due, once. The same that Celery does every minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at",
            metavar="ISO",
            help="Pretend that it is this moment, such as 2026-11-30T09:00 (Belgian time unless"
            " it names an offset). Only where DEBUG is on.",
        )

    def handle(self, *args: Any, at: str | None, **options: Any) -> None:
        moment = self._moment(at)
        if self.stdout.isatty():
            progress = Progress(self.stdout, mails=backlog.mails_due(moment))
            sent = reminders.send_due(at=moment, progress=progress)
            progress.clear()
        else:
            sent = reminders.send_due(at=moment)
        self.stdout.write(f"{sent} sent")

    def _moment(self, text: str | None) -> datetime:
        if text is None:
            return timezone.now()
        if not settings.DEBUG:
            raise CommandError("--at works only where DEBUG is on.")
        try:
            # The day first: Python reads it as a date and time too, and that is its midnight.
            day = parse_date(text)
            moment = None if day else parse_datetime(text)
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if day:
            # A day alone means its end: everything of that day is due.
            moment = datetime.combine(day, datetime.max.time())
        if moment is None:
            raise CommandError(f"--at: {text!r} is no ISO date and time, like 2026-11-30T09:00.")
        return moment if moment.tzinfo else moment.replace(tzinfo=schedule.BRUSSELS)
