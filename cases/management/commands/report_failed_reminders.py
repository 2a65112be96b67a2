"""The morning report by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases import failures


class Command(BaseCommand):
    help = (
        "Mails ADMINS the reminders that failed for good and that they have not been told about."
        " The same that Celery does every morning."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        reported = failures.report_failed(at=timezone.now())
        self.stdout.write(f"{reported} reported")
