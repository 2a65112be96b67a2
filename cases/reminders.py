"""Sends what is due: one mail per case and day, claimed by row, recorded as it happens.

Celery only calls `send_due`. A pass that never ran, ran twice or died half way costs minutes: rows
stay due until their mail is out, and a claim that is too old is given back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from cases import schedule
from cases.errors import BadLink, ExpiredLink
from cases.models import Answer, Case, CaseEvent, Reminder
from cases.models.reminder import LATER, STOP, sync
from simexit.lib.urls import absolute

logger = logging.getLogger(__name__)

CASES_IN_A_PASS = 1000
# A mail server that refuses is given time: after the first, second, third and fourth failure.
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
LINK_LASTS = timedelta(days=90)  # longer than the longest wait for an answer, 65 days
LINK_SALT = "cases.reminders.answer"


# --- Links ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """One press in a mail: what it answers, where it leads."""

    answer: Answer
    label: str
    url: str


def make_token(reminder: Reminder, answer: Answer) -> str:
    """A signed name for one answer to one reminder. It opens without signing in."""
    return signing.dumps([reminder.pk, answer.value], salt=LINK_SALT)


def read_token(token: str) -> tuple[int, Answer]:
    """The reminder's primary key and the answer.

    Raises ExpiredLink for a link older than LINK_LASTS, BadLink for one that we did not sign.
    """
    try:
        pk, value = signing.loads(token, salt=LINK_SALT, max_age=LINK_LASTS)
        return int(pk), Answer(value)
    except signing.SignatureExpired as error:
        raise ExpiredLink from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink from error


def links(reminder: Reminder, answers: Iterable[Answer]) -> list[Link]:
    return [
        Link(
            answer,
            reminder.label(answer),
            absolute(reverse("answer", args=[make_token(reminder, answer)])),
        )
        for answer in answers
    ]


# --- Sending --------------------------------------------------------------------------------------


def send_due(*, at: datetime, limit: int = CASES_IN_A_PASS) -> int:
    """Sends the mails of at most `limit` cases that are due at this instant; returns how many.

    Safe to run twice at once: a row belongs to the sender whose UPDATE claimed it.
    """
    Reminder.objects.release_stuck(at=at)
    case_ids = list(dict.fromkeys(Reminder.objects.due(at).values_list("case_id", flat=True)))
    connection = get_connection()
    try:
        return sum(_send_for(case_id, connection, at=at) for case_id in case_ids[:limit])
    finally:
        connection.close()


def _send_for(case_id: int, connection: BaseEmailBackend, *, at: datetime) -> int:
    batch = claim(case_id, at=at)
    if not batch:
        return 0
    return deliver(batch, connection, at=at)


@transaction.atomic
def claim(case_id: int, *, at: datetime) -> list[Reminder]:
    """Takes all rows of this case that are due, or none if another sender has them.

    A case that had its mail today waits for the person's hour of tomorrow. What was settled while
    a sender that crashed had it is not asked any more.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case_id)
    if case.reminders.filter(status=Reminder.Status.SENDING).exists():
        return []
    sync(case, at=at)
    due = case.reminders.due(at)
    if case.reminders.sent_on(schedule.today(at)).exists():
        tomorrow = schedule.today(at) + timedelta(days=1)
        due.order_by().update(try_at=schedule.mail_time(tomorrow, case.owner.mail_hour))
        return []
    taken = [row.pk for row in due]
    Reminder.objects.planned().filter(pk__in=taken).update(
        status=Reminder.Status.SENDING, claimed_at=at
    )
    rows = Reminder.objects.filter(pk__in=taken).select_related(
        "case__owner", "case__procedure__operator"
    )
    return list(rows.order_by("try_at", "pk"))


def deliver(batch: list[Reminder], connection: BaseEmailBackend, *, at: datetime) -> int:
    """Sends one mail for these claimed rows of one case and writes down how it went.

    Returns 1 if the mail is out, 0 if not. Never raises: one broken row must not stop the others.
    """
    try:
        message = compose(batch)
        message.connection = connection
        connection.open()
        message.send()
    except Exception as error:
        logger.exception("Reminder %s of case %s failed", batch[0].pk, batch[0].case_id)
        connection.close()
        _record_failure(batch, error, at=at)
        return 0
    _record_sent(batch, message.extra_headers["Message-ID"], at=at)
    return 1


@transaction.atomic
def _record_sent(batch: list[Reminder], message_id: str, *, at: datetime) -> None:
    Reminder.objects.filter(pk__in=[row.pk for row in batch]).update(
        status=Reminder.Status.SENT, sent_at=at, message_id=message_id, claimed_at=None, error=""
    )
    case = batch[0].case
    CaseEvent.objects.create(
        case=case,
        kind=CaseEvent.Kind.MAILED,
        at=at,
        before=case.status,
        after=case.status,
        note=" ".join(row.kind for row in one_of_each_kind(batch)),
    )


def _record_failure(batch: list[Reminder], error: Exception, *, at: datetime) -> None:
    for row in batch:
        attempts = row.attempts + 1
        failed = attempts >= Reminder.TRIES
        Reminder.objects.filter(pk=row.pk).update(
            status=Reminder.Status.FAILED if failed else Reminder.Status.PLANNED,
            attempts=attempts,
            error=f"{type(error).__name__}: {error}",
            claimed_at=None,
            try_at=row.try_at if failed else at + RETRY_AFTER[attempts - 1],
        )


# --- The mail -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of a mail: what it asks, and the presses that answer it."""

    title: str
    text: str
    answers: list[Link]
    later: list[Link]


def one_of_each_kind(batch: list[Reminder]) -> list[Reminder]:
    """The latest of each kind, in the order in which the kinds came due; own dates all of them."""
    latest: dict[object, Reminder] = {}
    for row in batch:
        key = row.pk if row.kind == Reminder.Kind.OWN_DATE else row.kind
        latest[key] = row
    return list(latest.values())


def compose(batch: list[Reminder]) -> EmailMultiAlternatives:
    """One mail with a part per subject, in the language of its reader.

    The Message-ID hangs on the first row alone, so that a repeat after a crash is recognised.
    """
    first, case = batch[0], batch[0].case
    with translation.override(case.owner.language):
        sections = [_section(row) for row in one_of_each_kind(batch)]
        stop_case, stop_all = links(first, STOP)
        context = {
            "case": case,
            "sections": sections,
            "case_url": absolute(case.get_absolute_url()),
            "stop_case": stop_case,
            "stop_all": stop_all,
            "language": translation.get_language(),
            "site_name": settings.SITE_NAME,
        }
        message = EmailMultiAlternatives(
            subject=sections[0].title,
            body=render_to_string("cases/email/reminder.txt", context),
            to=[case.owner.email],
            headers={
                "Message-ID": f"<reminder-{first.pk}@{urlsplit(settings.SITE_URL).hostname}>",
                "List-Unsubscribe": f"<{stop_case.url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(
            render_to_string("cases/email/reminder.html", context), "text/html"
        )
    return message


def title(reminder: Reminder) -> str:
    """The question in one line, with the operator: the subject, or the head of a part."""
    words = render_to_string(f"cases/email/{reminder.kind}_subject.txt", _context(reminder))
    return " ".join(words.split())


def _section(reminder: Reminder) -> Section:
    """One subject of a mail. Its words are written once, as text; the HTML is made from them."""
    return Section(
        title=title(reminder),
        text=render_to_string(f"cases/email/{reminder.kind}.txt", _context(reminder)),
        answers=links(reminder, reminder.answers),
        later=links(reminder, LATER),
    )


def _context(reminder: Reminder) -> dict[str, object]:
    """What the templates of a kind may speak of. Never the whole number: a mail is a postcard."""
    case = reminder.case
    return {
        "reminder": reminder,
        "case": case,
        "operator": case.operator_name,
        "digits": case.last_digits,
    }
