"""What beat wakes us for. No rules here: the command of the same name does the same by hand."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from cases import failures, files, inbound, keeping, reminders, vault

logger = logging.getLogger(__name__)


@shared_task
def send_due_reminders(call_others: bool = True) -> None:
    """Every minute (simexit/settings/base.py). Safe to run twice at once.

    A morning that is too big for one sender calls other workers: each claims batches of its own.
    """
    at = timezone.now()
    if call_others:
        _call_others(reminders.senders_wanted(at) - 1)
    reminders.send_due(at=at)


def _call_others(number: int) -> None:
    """Wakes so many more senders. A broker that is away only makes us slower."""
    try:
        for _i in range(number):
            send_due_reminders.apply_async(kwargs={"call_others": False}, expires=55)
    except OperationalError as error:
        logger.warning("The broker is away, one sender does it alone: %s", error)


@shared_task
def report_failed_reminders() -> None:
    """Every morning (simexit/settings/base.py). A day without it makes the next report longer."""
    failures.report_failed(at=timezone.now())


@shared_task
def delete_loose_files() -> None:
    """Every hour (simexit/settings/base.py): files that no row holds. Safe to run twice at once."""
    files.sweep(at=timezone.now())


@shared_task
def delete_lapsed_evidence() -> None:
    """Every night (simexit/settings/base.py): files thrown away 30 days ago. Safe to run twice at
    once."""
    vault.delete_lapsed(at=timezone.now())


@shared_task
def match_inbound_mail() -> None:
    """Every minute (simexit/settings/base.py): mails that came in and are in no case yet. Safe to
    run twice at once."""
    inbound.match_waiting(at=timezone.now())


@shared_task
def tidy_inbound_mail() -> None:
    """Every hour (simexit/settings/base.py): tries again what was refused, deletes what is old."""
    at = timezone.now()
    inbound.retry_refused(at=at)
    inbound.delete_unmatched(at=at)


@shared_task
def throw_away_lapsed_cases() -> None:
    """Every night (simexit/settings/base.py): files of cases that are over for long, and warnings
    that are missing. A night without it keeps them a day longer."""
    at = timezone.now()
    keeping.plan_warnings(at=at)
    keeping.throw_away_lapsed(at=at)
