"""Tells the administrators about mails that failed for good, each one once.

What is told is found by its row ("not reported yet"), never by a window of time: a day without a
report makes the next one longer and loses nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import mail_admins
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from cases.models import Reminder
from simexit.lib.masking import masked
from simexit.lib.urls import absolute

logger = logging.getLogger(__name__)

ROWS_IN_A_MAIL = 500  # some hundred kilobytes at most; a day with more failures gets more mails
WORDS_OF_AN_ERROR = 300  # characters; what a mail server says may be a page


def report_failed(*, at: datetime) -> int:
    """Mails ADMINS every failed reminder they have not been told about; returns how many.

    The mail first, then the mark: a crash in between tells them twice. Without ADMINS nothing is
    marked, so that whoever is named later still learns of it.
    """
    reported = 0
    while batch := list(Reminder.objects.unreported().select_related("case")[:ROWS_IN_A_MAIL]):
        if not settings.ADMINS:
            logger.warning("Reminders have failed, and ADMINS names nobody to tell it to.")
            break
        _mail(batch)
        told = Reminder.objects.unreported().filter(pk__in=[row.pk for row in batch])
        told.update(reported_at=at)
        reported += len(batch)
    return reported


def what_went_wrong(reminder: Reminder) -> str:
    """Its error in one line, without the person in it."""
    return masked(" ".join(reminder.error.split()))[:WORDS_OF_AN_ERROR]


def _mail(batch: list[Reminder]) -> None:
    context = {
        "rows": [(row, what_went_wrong(row)) for row in batch],
        "list_url": absolute(reverse("admin:cases_reminder_changelist") + "?status__exact=failed"),
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("cases/email/failed_reminders_subject.txt", context)
        text = render_to_string("cases/email/failed_reminders.txt", context)
    mail_admins(" ".join(subject.split()), text)
