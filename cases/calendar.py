"""The private calendar: every date of a person's open cases as iCalendar (RFC 5545), rows to bytes.

Equal rows give equal bytes, so a calendar program that asks again is told that nothing changed.

A date keeps its UID wherever it moves, and its SEQUENCE rises when it does: it counts what was
recorded in the case, and how often a mail was given another moment. A case that is closed or
dropped is left out, not marked as cancelled: a program that subscribes takes away what it does not
find any more, while several of them show a cancelled entry for ever, struck through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Prefetch, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import CLASS, STATUS, TRANSP, Alarm, Calendar, Event

from cases import schedule
from cases.models import Case, CaseEvent, Reminder
from operators.models import Plan
from simexit.lib.urls import absolute

if TYPE_CHECKING:
    from accounts.models import User
    from cases.models.case import CaseQuerySet

ASK_AGAIN_EVERY = timedelta(hours=1)  # what we propose; most programs ask less often
# What can move a date. Notes, files and mails that left do not.
MOVES_DATES = (
    CaseEvent.Kind.OPENED,
    CaseEvent.Kind.MOVED,
    CaseEvent.Kind.ANSWERED,
    CaseEvent.Kind.UNDONE,
    CaseEvent.Kind.SWITCHED,
    CaseEvent.Kind.SNOOZED,
    CaseEvent.Kind.STOPPED,
    CaseEvent.Kind.RESUMED,
)

# --- Addresses ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person's feed is: to be copied, and to be opened by a calendar program."""

    https: str
    webcal: str


def address(person: User) -> Address:
    url = absolute(reverse("calendar", args=[person.calendar_key]))
    return Address(https=url, webcal=f"webcal:{url.partition(':')[2]}")


# --- Files ----------------------------------------------------------------------------------------


def feed(person: User, *, at: datetime) -> bytes:
    """Every date of every open case, in the person's language. Empty without one, and valid."""
    return _file(Case.objects.visible_to(person), person, at=at)


def of_case(case: Case, *, at: datetime) -> bytes:
    """The dates of one case; empty once it is not open any more."""
    return _file(Case.objects.filter(pk=case.pk), case.owner, at=at)


def _file(cases: CaseQuerySet, person: User, *, at: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//{settings.SITE_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.calendar_name = settings.SITE_NAME
    calendar.add("refresh-interval", ASK_AGAIN_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    with translation.override(person.language):
        for case in _with_rows(cases.open(), at=at):
            silent = bool(person.reminders_stopped_at or case.reminders_stopped_at)
            hour = None if silent else person.mail_hour
            for entry in sorted(_entries(case), key=lambda entry: (entry.day, entry.uid)):
                calendar.add_component(_event(entry, case, hour=hour))
    content: bytes = calendar.to_ical()
    return content


def _with_rows(cases: CaseQuerySet, *, at: datetime) -> CaseQuerySet:
    """With what the entries are made of, in two queries for any number of cases.

    Mails that left today stay until the day is over: an entry that vanished at the very hour of its
    alarm would be missed by whoever looks a little later.
    """
    midnight = schedule.mail_time(schedule.today(at), 0)
    left = Q(status__in=(Reminder.Status.SENT, Reminder.Status.FAILED), try_at__gte=midnight)
    waiting = Q(status__in=(Reminder.Status.PLANNED, Reminder.Status.SENDING))
    moved = Q(events__kind__in=MOVES_DATES)
    return (
        cases.select_related("procedure__operator")
        .annotate(
            revision=Count("events", filter=moved), changed_at=Max("events__at", filter=moved)
        )
        .prefetch_related(Prefetch("reminders", Reminder.objects.filter(waiting | left)))
        .order_by("pk")
    )


def _event(entry: Entry, case: Case, *, hour: int | None) -> Event:
    """hour: of the alarm, a full hour of the day in Belgium; None: no alarm."""
    changed_at: datetime = case.changed_at  # type: ignore[attr-defined]  # see _with_rows
    line = f"{case.operator_name} ··{case.last_digits}"
    summary = _one_line(f"{line}: {entry.title}")
    url = absolute(case.get_absolute_url())
    event = Event.new(
        uid=f"{entry.uid}@{urlsplit(settings.SITE_URL).hostname}",
        # A day, not a moment: it is that day wherever the person travels.
        start=entry.day,
        end=entry.day + timedelta(days=1),
        stamp=changed_at,
        last_modified=changed_at,
        sequence=entry.revision,
        summary=summary,
        description=entry.to_do + "\n\n" + _("Your case: %(url)s") % {"url": url},
        url=url,
        categories=[settings.SITE_NAME, entry.category],
        status=STATUS.TENTATIVE if entry.unsure else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # nobody is busy all day
        classification=CLASS.PRIVATE,
    )
    if hour is not None:
        event.add_component(_alarm(entry.day, hour, summary))
    return event


def _alarm(day: date, hour: int, text: str) -> Alarm:
    """As an instant: so many hours after midnight would be another hour when the clocks change."""
    alarm = Alarm.new(description=text)
    alarm.add("action", "DISPLAY")
    moment = schedule.mail_time(day, hour)
    alarm.add("trigger", moment, parameters={"VALUE": "DATE-TIME"})
    return alarm


# --- Dates ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One date of a case. uid: without the host."""

    uid: str
    day: date
    title: str
    to_do: str
    category: str
    revision: int
    unsure: bool = False


def _entries(case: Case) -> Iterator[Entry]:
    yield from _dates(case)
    for row in case.reminders.all():
        yield _reminder(row, case)


def _dates(case: Case) -> Iterator[Entry]:
    revision: int = case.revision  # type: ignore[attr-defined]  # see _with_rows
    if case.end_date:
        title, to_do = _end(case)
        yield Entry(
            uid=f"{case.reference}-ends",
            day=case.end_date,
            title=title,
            to_do=to_do,
            category=_("End of the line"),
            revision=revision,
            unsure=not (case.ended_on or case.ends_on),
        )
    postpaid = case.procedure.plan == Plan.POSTPAID
    if postpaid and case.last_bill_expected and case.final_bill_right is None:
        yield Entry(
            uid=f"{case.reference}-last-bill",
            day=case.last_bill_expected,
            title=_("last bill expected about this day"),
            to_do=_(
                "The last bill should have come by now. Check that it stops on the end date. If"
                " none came, look in your online account."
            ),
            category=_("Bills"),
            revision=revision,
            unsure=True,
        )
    if case.is_port and not postpaid and case.credit_claim_ends and not case.credit_settled:
        yield Entry(
            uid=f"{case.reference}-credit",
            day=case.credit_claim_ends,
            title=_("last day to claim your prepaid credit"),
            to_do=_("Claim what is left of it at %(operator)s, your old operator.")
            % {"operator": case.operator_name},
            category=_("Prepaid credit"),
            revision=revision,
        )
    if case.complaint_year_ends and not case.complaint_settled:
        yield Entry(
            uid=f"{case.reference}-complaint-year",
            day=case.complaint_year_ends,
            title=_("your complaint is a year old"),
            to_do=_(
                "From this day on the Ombudsman may refuse your complaint as too old. If it is not"
                " settled, file it before."
            ),
            category=_("Complaint"),
            revision=revision,
        )


def _end(case: Case) -> tuple[str, str]:
    """What the end date is called, and what the person does about it."""
    if case.is_port:
        return _end_of_a_move(case)
    if not case.line_dies:
        if case.ended_on:
            return _("done as you asked"), _("Your case stays open while bills may come.")
        if case.ends_on:
            return _("day confirmed for what you asked"), _("See whether it was done as you asked.")
        return _("day that you asked for"), _("See whether the operator confirms it in writing.")
    if case.ended_on:
        return _("line ended"), _("Your case stays open until nothing is billed any more.")
    if case.ends_on:
        return (
            _("line ends"),
            _("The operator confirmed this day. Test the day after whether the line is dead."),
        )
    return (
        _("line ends, not confirmed yet"),
        _("You asked for this day. Ask for a confirmation in writing until you have it."),
    )


def _end_of_a_move(case: Case) -> tuple[str, str]:
    if case.ended_on:
        return _("number moved"), _("Your case stays open until nothing is billed any more.")
    never_cancel = _("Do not cancel at %(operator)s: the move ends the contract.") % {
        "operator": case.operator_name
    }
    if case.ends_on:
        return _("number moves"), _("Keep the new SIM card at hand.") + " " + never_cancel
    return _("number moves, not confirmed yet"), never_cancel


TO_DO = {
    schedule.Kind.FINISH_PREPARING: gettext_lazy(
        "Finish the steps and send it. Then record the day in your case."
    ),
    schedule.Kind.CONFIRM_RECEIPT_OF_REQUEST: gettext_lazy(
        "Look for an automatic reply, also in the spam folder. If none came, send it another way."
    ),
    schedule.Kind.CONFIRM_CANCELLATION: gettext_lazy(
        "Look for a message that names the end date. If there is none, ask for it in writing."
    ),
    schedule.Kind.CHECK_LINE: gettext_lazy(
        "Switch Wi-Fi off, then try a call, a text and a page. Record in your case what happens."
    ),
    schedule.Kind.KEEP_RECEIPT: gettext_lazy(
        "Store the written confirmation in your case, or say there that you keep it elsewhere."
    ),
    schedule.Kind.CLAIM_PREPAID_CREDIT: gettext_lazy(
        "Claim what is left of your credit at the old operator, within a month of the move."
    ),
    schedule.Kind.CHECK_FINAL_BILL: gettext_lazy(
        "Open the last bill: it stops on the end date and carries no fee that nobody told you of."
    ),
    schedule.Kind.CHECK_NO_MORE_BILLS: gettext_lazy(
        "Look at your bank account: is nothing taken any more? Then close your case."
    ),
    schedule.Kind.OMBUDSMAN_CLOCK: gettext_lazy(
        "If your complaint is not settled, write to the Ombudsman before it is a year old."
    ),
    schedule.Kind.OWN_DATE: gettext_lazy("You set this date yourself."),
    schedule.Kind.KEEP_UNTIL: gettext_lazy(
        "Save the files of your case, or say that we are to keep them for longer."
    ),
}
# Paused, handed on, and whatever else leaves the line alive.
TO_DO_FOR_LIFE = TO_DO | {
    schedule.Kind.CHECK_LINE: gettext_lazy("See whether it was done as you asked."),
}
TO_DO_FOR_PORT = TO_DO | {
    schedule.Kind.FINISH_PREPARING: gettext_lazy(
        "Order a SIM card from the new operator and sign the porting mandate. Do not cancel."
    ),
    schedule.Kind.CONFIRM_RECEIPT_OF_REQUEST: gettext_lazy(
        "If nothing came from the new operator, ask whether it has your order."
    ),
    schedule.Kind.CONFIRM_CANCELLATION: gettext_lazy(
        "Put the new SIM card in your phone and let somebody call you. Do not cancel meanwhile."
    ),
    schedule.Kind.CHECK_LINE: gettext_lazy(
        "Put the new SIM card in your phone. If it does not work, call the new operator."
    ),
}


def _reminder(row: Reminder, case: Case) -> Entry:
    """On the day on which its mail leaves; the person's own date on the day that was chosen."""
    own = row.kind == Reminder.Kind.OWN_DATE
    kind = schedule.Kind(row.kind)
    words = TO_DO_FOR_PORT if case.is_port else TO_DO if case.line_dies else TO_DO_FOR_LIFE
    to_do = str(words[kind])
    if own and row.note:
        to_do += " " + _("You noted: %(note)s") % {"note": _one_line(row.note)}
    revision: int = case.revision  # type: ignore[attr-defined]  # see _with_rows
    return Entry(
        uid=f"reminder-{row.pk}",
        day=row.due_on if own else schedule.today(row.try_at),
        title=row.note if own and _may_be_shown(row.note, case) else row.question,
        to_do=to_do,
        category=_("Your own date") if own else _("Reminder"),
        revision=revision + row.revision,
    )


def _may_be_shown(note: str, case: Case) -> bool:
    """Whether a title may say it: calendars are shown to others, so never with the number."""
    subscriber = str(case.phone_number).removeprefix("+32")
    return bool(note.strip()) and subscriber not in re.sub(r"\D", "", note)


def _one_line(text: str) -> str:
    """Without line breaks and control characters, which iCalendar does not allow in text."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
