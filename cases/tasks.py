"""What beat wakes us for. No rules here: the command of the same name does the same by hand."""

from celery import shared_task
from django.utils import timezone

from cases import failures, reminders


@shared_task
def send_due_reminders() -> None:
    """Every minute (simexit/settings/base.py). Safe to run twice at once."""
    reminders.send_due(at=timezone.now())


@shared_task
def report_failed_reminders() -> None:
    """Every morning (simexit/settings/base.py). A day without it makes the next report longer."""
    failures.report_failed(at=timezone.now())
