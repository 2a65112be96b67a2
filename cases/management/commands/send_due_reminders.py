"""One pass of the sender by hand."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from cases import reminders, schedule


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
        sent = reminders.send_due(at=self._moment(at))
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
