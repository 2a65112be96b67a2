"""What beat wakes us for. No rules here: `manage.py send_due_reminders` does the same by hand."""

from celery import shared_task
from django.utils import timezone

from cases import reminders


@shared_task
def send_due_reminders() -> None:
    """Every minute (simexit/settings/base.py). Safe to run twice at once."""
    reminders.send_due(at=timezone.now())
