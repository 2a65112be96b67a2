"""What the case page says about each mail: why it is planned, when it left, or what kept it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases import schedule
from cases.models import Reminder
from cases.schedule import Kind

Status = Reminder.Status

SHOWN_AT_ONCE = 3  # the mails to come that fit on a phone; the others are a press away
# The kinds of errors that we write down, in words that mean something to the person.
REASONS = {
    "SMTPRecipientsRefused": gettext_lazy("the mail server of your address did not take it"),
    "SMTPDataError": gettext_lazy("the mail server of your address did not take it"),
    "SMTPServerDisconnected": gettext_lazy("the mail server did not answer"),
    "ConnectionRefusedError": gettext_lazy("the mail server did not answer"),
    "ConnectionResetError": gettext_lazy("the mail server did not answer"),
    "TimeoutError": gettext_lazy("the mail server did not answer"),
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail on the case page. `trouble` says what keeps it from leaving, if anything does."""

    row: Reminder
    reason: str = ""
    trouble: str = ""


def planned(rows: Iterable[Reminder], *, at: datetime) -> list[Mail]:
    """The mails to come, with those that are switched off, in the order in which they leave."""
    coming = [row for row in rows if row.status in (Status.PLANNED, Status.OFF, Status.SENDING)]
    coming.sort(key=lambda row: (row.try_at, row.pk))
    return [Mail(row, why_planned(row), what_keeps(row, at=at)) for row in coming]


def past(rows: Iterable[Reminder]) -> list[Mail]:
    """What left, was replaced, or could not leave; the latest day first."""
    gone = [row for row in rows if row.status in (Status.SENT, Status.OVERTAKEN, Status.FAILED)]
    gone.sort(key=lambda row: (row.due_on, row.pk), reverse=True)
    return [Mail(row, trouble=what_keeps(row, at=row.try_at)) for row in gone]


def what_keeps(row: Reminder, *, at: datetime) -> str:
    """Why a mail that should have left has not; empty when all is well."""
    if row.status == Status.FAILED:
        text = ngettext(
            "not sent after %(count)s try: %(reason)s",
            "not sent after %(count)s tries: %(reason)s",
            row.attempts,
        )
        return text % {"count": row.attempts, "reason": in_plain_words(row.error)}
    if row.status != Status.PLANNED:
        return ""
    if row.case.owner.is_undeliverable and row.try_at <= at:
        return _("not sent, because your address was refused")
    if row.attempts:
        text = _("try %(count)s did not work: %(reason)s. We try again then.")
        return text % {"count": row.attempts, "reason": in_plain_words(row.error)}
    return ""


def in_plain_words(error: str) -> str:
    """error: as the sender writes it down, the name of the exception first."""
    name, _colon, _words = error.partition(":")
    return str(REASONS.get(name, _("something went wrong on our side")))


def why_planned(row: Reminder) -> str:
    """One short sentence. Empty where the case has moved on, and a mail is only still switched off.

    Days are counted from the dates of the case, so that what is said is always so.
    """
    if row.origin == Reminder.Origin.OWN:
        return _("you asked for it")
    if row.origin == Reminder.Origin.SNOOZE:
        return str(row.get_origin_display())
    reason = _why(row)
    if reason and row.due_on.weekday() not in row.case.owner.weekdays:
        return _("%(reason)s; on your next day for mails") % {"reason": reason}
    return reason


def _why(row: Reminder) -> str:
    case = row.case
    match row.kind:
        case Kind.FINISH_PREPARING:
            return _days_after(row, case.opened_on, _("you opened the case"))
        case Kind.CONFIRM_RECEIPT_OF_REQUEST | Kind.CONFIRM_CANCELLATION:
            return _working_days_after(row, case.sent_on)
        case Kind.CHECK_LINE:
            end = _("the day of the move") if case.is_port else _("the end date")
            return _days_after(row, case.end_date, end)
        case Kind.KEEP_RECEIPT:
            return _days_after(row, case.confirmed_on, _("the confirmation, which is not stored"))
        case Kind.CLAIM_PREPAID_CREDIT:
            return _days_after(row, case.ended_on, _("the move: credit is paid out for a month"))
        case Kind.CHECK_FINAL_BILL:
            return _days_after(row, case.ended_on, _("the end: the last bill should be there"))
        case Kind.CHECK_NO_MORE_BILLS:
            return _days_after(row, case.ended_on, _("the end: no bill may come any more"))
        case Kind.OMBUDSMAN_CLOCK if case.complaint_year_ends:
            days = (case.complaint_year_ends - row.due_on).days
            return _("%(days)s days before your complaint is a year old") % {"days": days}
        case Kind.KEEP_UNTIL if case.keep_until:
            days = (case.keep_until - row.due_on).days
            return _("%(days)s days before the last day on which we keep your files") % {
                "days": days
            }
    return ""


def _days_after(row: Reminder, day: date | None, what: str) -> str:
    if day is None or day >= row.due_on:
        return ""
    days = (row.due_on - day).days
    if days == 1:
        return _("the day after %(what)s") % {"what": what}
    return _("%(days)s days after %(what)s") % {"days": days, "what": what}


def _working_days_after(row: Reminder, sent_on: date | None) -> str:
    days = schedule.working_days_between(sent_on, row.due_on) if sent_on else 0
    if not days:
        return ""
    if row.case.is_port:
        text = ngettext(
            "%(days)s working day after the order", "%(days)s working days after the order", days
        )
    else:
        text = ngettext(
            "%(days)s working day after sending", "%(days)s working days after sending", days
        )
    return text % {"days": days}
