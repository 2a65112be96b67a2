"""Sends what is due: one mail per case and day, claimed by row, recorded as it happens.

Celery only calls `send_due`. A pass that never ran, ran twice or died half way costs minutes: rows
stay due until their mail is out, and a claim that is too old is given back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from cases import schedule
from cases.errors import BadLink, ExpiredLink
from cases.models import Answer, Case, Reminder
from cases.models.answer import LATER, STOP
from cases.models.planning import sync
from simexit.lib.urls import absolute

logger = logging.getLogger(__name__)

CASES_IN_A_BATCH = 100  # locked for some milliseconds; sent in some seconds
CASES_FOR_A_SENDER = 2000  # about what one sender gets out in a minute
SENDERS_AT_ONCE = 10  # at most; and how many batches a claim looks through to find a free one
SAME_SUBJECT_RESTS = timedelta(hours=20)
# A mail server that refuses is given time: after the first, second, third and fourth failure.
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
LINK_LASTS = timedelta(days=90)  # from the mail on; longer than anybody waits to answer one
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


class MailServerAway(Exception):
    """The mail server can't be reached or does not answer: no mail's fault, so no mail's try."""


def send_due(
    *, at: datetime, limit: int | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """Sends every mail that is due at this instant, of at most `limit` cases; returns how many.

    `progress` is told how many are out, after each case.

    Safe to run twice at once, in any number of processes: a row belongs to the sender whose
    UPDATE claimed it. One connection to the mail server serves the whole pass; where that
    server is away, the pass ends and every row stays due. A pass ends long before others would
    take its claims for those of a dead sender; what is left is due for the next one.
    """
    ends = time.monotonic() + settings.REMINDER_CLAIM_LASTS.total_seconds() / 3
    give_back_stuck(at=at)
    sent, left = 0, limit
    mail_server = get_connection()
    try:
        while (left is None or left > 0) and time.monotonic() < ends:
            batch = claim(at=at, cases=min(CASES_IN_A_BATCH, left or CASES_IN_A_BATCH))
            if not batch:
                break
            left = None if left is None else left - len(batch)
            for out in send_batch(batch, mail_server, at=at, ends=ends):
                sent += out
                if progress:
                    progress(sent)
    except MailServerAway as error:
        logger.error("The mail server is away, all that is due stays due: %s", error)
    finally:
        mail_server.close()
    return sent


def senders_wanted(at: datetime) -> int:
    """How many senders side by side what is due at this instant is worth, one at least."""
    most = CASES_FOR_A_SENDER * SENDERS_AT_ONCE
    due = Reminder.objects.due(at).values("pk")[:most].count()
    return max(1, due // CASES_FOR_A_SENDER)


def give_back_stuck(*, at: datetime) -> None:
    """Frees what a crashed sender had claimed; what was settled meanwhile is not asked any more."""
    stuck = set(Reminder.objects.stuck(at).values_list("case_id", flat=True))
    for case in Case.objects.filter(pk__in=stuck).select_related("owner", "procedure"):
        with suppress(Case.DoesNotExist), transaction.atomic():  # deleted in this very moment
            case.reminders.stuck(at).update(status=Reminder.Status.PLANNED, claimed_at=None)
            sync(case, at=at)


def claim(*, at: datetime, cases: int) -> list[list[Reminder]]:
    """Takes the due rows of so many cases, the longest due first; a list of rows per case.

    The rows of these cases are locked while they are marked, and a sender that comes at the same
    moment steps over them. In SQLite there is one writer at a time, which is the same.
    """
    waiting = Reminder.objects.due(at).values_list("case_id", flat=True)
    found = list(dict.fromkeys(waiting[: cases * SENDERS_AT_ONCE]))
    for start in range(0, len(found), cases):
        if taken := _claim(found[start : start + cases], at=at):
            return taken
    return []


@transaction.atomic
def _claim(case_ids: list[int], *, at: datetime) -> list[list[Reminder]]:
    """The due rows of those cases that no other sender has; what must wait is put off."""
    locked = Case.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=case_ids)
    free = set(locked.values_list("pk", flat=True))
    known = Reminder.objects.filter(case__in=free)
    free -= set(known.filter(status=Reminder.Status.SENDING).values_list("case_id", flat=True))
    last_mails = _last_mails(known.sent_since(at - SAME_SUBJECT_RESTS))
    batch: dict[int, list[Reminder]] = {}
    for row in (
        Reminder.objects.due(at)
        .filter(case__in=free)
        .select_related("case__owner")
        .prefetch_related("case__procedure__operator")  # few of them serve many cases
    ):
        rested = _rested(row, last_mails.get(row.case_id, []), at=at)
        if rested > at:
            row.put_off(rested)
        else:
            batch.setdefault(row.case_id, []).append(row)
    taken = [row.pk for rows in batch.values() for row in rows]
    Reminder.objects.filter(pk__in=taken).update(status=Reminder.Status.SENDING, claimed_at=at)
    return list(batch.values())


def _last_mails(sent: QuerySet[Reminder]) -> dict[int, list[Reminder]]:
    """These sent rows by case."""
    mails: dict[int, list[Reminder]] = {}
    for row in sent.only("case_id", "kind", "sent_at"):
        mails.setdefault(row.case_id, []).append(row)
    return mails


def _rested(row: Reminder, last_mails: list[Reminder], *, at: datetime) -> datetime:
    """From when on this mail may leave; this instant at the earliest.

    One mail a day and case, 20 hours between the same two, and no mail on a weekday that the
    person does not want: a late pass or a retry may come on one.
    """
    hour, weekdays = row.case.owner.mail_hour, row.case.owner.weekdays
    moments = [at]
    if schedule.today(at).weekday() not in weekdays:
        moments.append(schedule.next_mail_time(at, hour, weekdays))
    for sent in last_mails:
        assert sent.sent_at
        midnight = schedule.mail_time(schedule.today(sent.sent_at) + timedelta(days=1), 0)
        moments.append(schedule.next_mail_time(midnight, hour, weekdays))
        if sent.kind == row.kind != Reminder.Kind.OWN_DATE:
            rested = sent.sent_at + SAME_SUBJECT_RESTS
            moments.append(schedule.next_mail_time(rested, hour, weekdays))
    return max(moments)


def send_batch(
    batch: list[list[Reminder]], mail_server: BaseEmailBackend, *, at: datetime, ends: float
) -> Iterator[int]:
    """Sends a claimed batch, one mail per case, and writes each result down as it happens.

    ends: on the monotonic clock, in seconds; what is not sent by then is given back.
    Yields 1 for each mail that is out, 0 for one that is not. Raises MailServerAway after giving
    back what is not sent yet.
    """
    for position, rows in enumerate(batch):
        if time.monotonic() >= ends:
            return _give_back(batch[position:])
        try:
            out = deliver(rows, mail_server, at=at)
        except MailServerAway:
            _give_back(batch[position:])
            raise
        yield out


def _give_back(batch: list[list[Reminder]]) -> None:
    rows = [row.pk for rows in batch for row in rows]
    Reminder.objects.filter(pk__in=rows, status=Reminder.Status.SENDING).update(
        status=Reminder.Status.PLANNED, claimed_at=None
    )


def deliver(rows: list[Reminder], mail_server: BaseEmailBackend, *, at: datetime) -> int:
    """Sends one mail for these claimed rows of one case and writes down how it went.

    Returns 1 if the mail is out, 0 if not. Raises MailServerAway; whatever else goes wrong is
    written down, because one broken row must not stop the others.
    """
    try:
        message = compose(rows, at=at)
        _open(mail_server)
        message.connection = mail_server
        message.send()
    except MailServerAway:
        raise
    except SMTPRecipientsRefused as error:
        mail_server.close()
        _record_refusal(rows, error, at=at)
        return 0
    except Exception as error:
        logger.exception("Reminder %s of case %s failed", rows[0].pk, rows[0].case_id)
        mail_server.close()
        _record_failure(rows, error, at=at)
        return 0
    _record_sent(rows, message.extra_headers["Message-ID"], at=at)
    return 1


def _open(mail_server: BaseEmailBackend) -> None:
    try:
        mail_server.open()
    except (OSError, SMTPException) as error:
        raise MailServerAway(str(error)) from error


def _record_sent(rows: list[Reminder], message_id: str, *, at: datetime) -> None:
    """What was asked is sent; what a later question replaced is said to be, under the same mail.

    These rows are what the timeline shows, so a mail costs one statement. Two only where one
    question replaced another, and then the replaced one first: a crash between the two leaves a
    claim, which repeats the mail with the same Message-ID.
    """
    asked = one_of_each_kind(rows)
    out = {"message_id": message_id, "claimed_at": None, "error": ""}
    if overtaken := {row.pk for row in rows} - {row.pk for row in asked}:
        Reminder.objects.filter(pk__in=overtaken).update(status=Reminder.Status.OVERTAKEN, **out)
    Reminder.objects.filter(pk__in=[row.pk for row in asked]).update(
        status=Reminder.Status.SENT, sent_at=at, **out
    )


def _record_refusal(rows: list[Reminder], error: SMTPRecipientsRefused, *, at: datetime) -> None:
    """For good (5xx): the address is marked and its mails wait for another. Else: a try."""
    code, reason = next(iter(error.recipients.values()))
    if code < 500:
        return _record_failure(rows, error, at=at)
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    with transaction.atomic():
        _give_back([rows])
        rows[0].case.owner.mark_undeliverable(f"{code} {text}", at=at)
    return None


def _record_failure(rows: list[Reminder], error: Exception, *, at: datetime) -> None:
    for row in rows:
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
    """What a mail for these rows asks: the latest of each kind that no other kind overtakes.

    In the order in which the kinds came due. Own dates are all different: all of them.
    """
    latest: dict[object, Reminder] = {}
    for row in batch:
        key = row.pk if row.kind == Reminder.Kind.OWN_DATE else row.kind
        if key not in latest or row.due_on >= latest[key].due_on:
            latest[key] = row
    pointless = schedule.overtaken({row.kind for row in batch})
    return [row for row in latest.values() if row.kind not in pointless]


def compose(batch: list[Reminder], *, at: datetime) -> EmailMultiAlternatives:
    """One mail with a part per subject, in the language of its reader.

    The Message-ID hangs on the first question alone, so that a repeat after a crash is
    recognised, also where the rows that it overtook are not needed any more.
    """
    asked = one_of_each_kind(batch)
    first, case = asked[0], asked[0].case
    with translation.override(case.owner.language):
        sections = [_section(row, at=at) for row in asked]
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
                # RFC 3834 asks responders to keep silent on this. It does not recommend
                # "Precedence: bulk", which is no standard and makes filters think of advertising.
                "Auto-Submitted": "auto-generated",
                # What Exchange heeds. All but NDR: we do want to hear that a mail came back.
                "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
            },
        )
        message.attach_alternative(
            render_to_string("cases/email/reminder.html", context), "text/html"
        )
    return message


def title(reminder: Reminder, *, at: datetime) -> str:
    """The question in one line, with the operator: the subject, or the head of a part."""
    context = _context(reminder, at=at)
    words = render_to_string(f"cases/email/{reminder.kind}_subject.txt", context)
    return " ".join(words.split())


def _section(reminder: Reminder, *, at: datetime) -> Section:
    """One subject of a mail. Its words are written once, as text; the HTML is made from them."""
    return Section(
        title=title(reminder, at=at),
        text=render_to_string(f"cases/email/{reminder.kind}.txt", _context(reminder, at=at)),
        answers=links(reminder, reminder.answers),
        later=links(reminder, LATER),
    )


def _context(reminder: Reminder, *, at: datetime) -> dict[str, object]:
    """What the templates of a kind may speak of. Never the whole number: a mail is a postcard."""
    case = reminder.case
    return {
        "reminder": reminder,
        "case": case,
        "operator": case.operator_name,
        "digits": case.last_digits,
        "too_late": reminder.is_too_late(today=schedule.today(at)),
        "dossier_url": absolute(f"{case.get_absolute_url()}dossier.zip"),
    }
