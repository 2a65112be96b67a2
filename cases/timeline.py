"""What happened to a case, in the person's words: its events and the mails, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, CaseEvent, Check, Evidence, Message, Reminder
from cases.models.check import question as question_of
from cases.models.reminder import question
from operators.models import LetterKind

EVENT_LABELS = {
    "requested": gettext_lazy("Cancellation sent"),
    "confirmed": gettext_lazy("Confirmed by the operator"),
    "ended": gettext_lazy("Line ended"),
    "closed": gettext_lazy("Case closed"),
    "dropped": gettext_lazy("Case dropped"),
}
# Who keeps the number must never read that a cancellation was sent: the move ends the contract.
PORT_LABELS = {
    "requested": gettext_lazy("Move of the number ordered"),
    "confirmed": gettext_lazy("Move confirmed in writing"),
    "ended": gettext_lazy("Number moved"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    title: str
    text: str = ""
    by_clock: bool = False
    undone: bool = False


def timeline(case: Case, *, without: Collection[str] = ()) -> list[Entry]:
    """What happened, the newest first. without: kinds of events that are left out."""
    rows = case.events.exclude(kind__in=without).select_related("undone_by")
    events = list(rows.order_by("-pk"))
    letters = mails_by_hash(case)
    # What came in is filed at the same moment: one line says both.
    came_in = {(one.note, one.at) for one in events if one.kind == CaseEvent.Kind.CAME_IN}
    happened = [
        entry(event, moves=case.is_port, mails=letters)
        for event in events
        if event.kind != CaseEvent.Kind.FILED or (event.note, event.at) not in came_in
    ]
    return sorted([*happened, *mails(case)], key=lambda one: one.at, reverse=True)


def mails_by_hash(case: Case) -> dict[str, Message]:
    """The mails among the evidence, by the SHA-256 that the events name."""
    rows = Message.objects.filter(evidence__case=case).select_related("evidence")
    return {row.evidence.sha256: row for row in rows}


def mails(case: Case) -> list[Entry]:
    """The mails that left, each with what it asked: its rows are all there is to know of it."""
    rows = sorted(case.reminders.filter(status=Reminder.Status.SENT), key=_mail)
    return [
        Entry(
            at=sent_at,
            title=_("Reminder sent"),
            text=", ".join(question(row.kind, moves=case.is_port) for row in questions),
            by_clock=True,
        )
        for (sent_at, _message_id), questions in groupby(rows, key=_mail)
    ]


def _mail(row: Reminder) -> tuple[datetime, str]:
    assert row.sent_at
    return row.sent_at, row.message_id


def entry(event: CaseEvent, *, moves: bool, mails: Mapping[str, Message] | None = None) -> Entry:
    """One event in words; moves: whether the number moves to another operator.

    mails: those among the evidence, by their SHA-256.
    """
    labels = EVENT_LABELS | PORT_LABELS if moves else EVENT_LABELS
    kind = CaseEvent.Kind
    title, text = str(event.get_kind_display()), event.note
    if event.kind == kind.MOVED:
        title = str(labels.get(event.after, title))
        if event.before in ("closed", "dropped"):
            title = _("Case opened again")
    elif event.kind == kind.ANSWERED:
        text = answered(event)
    elif event.kind == kind.CHECKED:
        text = checked(event, moves=moves)
    elif event.kind == kind.KEPT:
        text = _("until %(day)s") % {"day": event.note}
    elif event.kind in (kind.FILED, kind.CAME_IN):
        text, _dot, sha256 = event.note.partition(" · ")  # which stands beside the file
        text = mail(mails[sha256]) if mails and sha256 in mails else text
    elif event.kind in (kind.REMOVED, kind.RESTORED):
        text = event.note.partition(" · ")[0]
    elif event.kind == kind.REFILED:
        title, text = refiled(event)
    elif event.kind == kind.LETTER:
        text = str(LetterKind(event.note.partition(" · ")[0]).label)
    elif event.kind == kind.SNOOZED:
        name, _space, day = event.note.partition(" ")
        text = f"{question(name, moves=moves)} {day}"
    elif event.kind == kind.SWITCHED:
        title, text = _("Switched to version %(version)s of the steps") % {"version": text}, ""
    elif event.kind == kind.STAYED:
        title, text = (
            _("Stayed: version %(version)s of the steps not taken") % {"version": text},
            "",
        )
    return Entry(
        at=event.at,
        title=title,
        text=text,
        by_clock=event.actor_id is None,
        undone=getattr(event, "undone_by", None) is not None,
    )


def mail(message: Message) -> str:
    """One mail in a line, as its header says it."""
    words = {"sender": message.sender or "?", "subject": message.subject or _("no subject")}
    text = _("Mail from %(sender)s: %(subject)s") % words
    if message.sent_at is None:
        return text
    sent = date_format(timezone.localtime(message.sent_at), "SHORT_DATETIME_FORMAT")
    return f"{text}\n{sent}"


def refiled(event: CaseEvent) -> tuple[str, str]:
    """What was said anew about a file: a title, and the name with what changed."""
    name = event.note.partition(" · ")[0]
    if "proves" not in event.facts:
        return _("Day or note of evidence changed"), name
    labels = dict(Evidence.Proves.choices)
    before, after = (labels.get(value, value) for value in event.facts["proves"])
    return str(event.get_kind_display()), f"{name}: {before} → {after}"


def checked(event: CaseEvent, *, moves: bool) -> str:
    """What was looked at, and what was found."""
    return "\n".join(
        f"{question_of(name, moves=moves)}: {Check.Result(after).label}"
        for name, (_before, after) in event.facts.items()
    )


ANSWER_LABELS = {
    ("request_acknowledged", True): gettext_lazy("The operator says that it has the request"),
    ("request_acknowledged", False): gettext_lazy("No automatic reply came"),
    ("receipt_elsewhere", True): gettext_lazy("The confirmation is kept elsewhere"),
    ("credit_settled", True): gettext_lazy("Prepaid credit claimed, or nothing to claim"),
    ("final_bill_right", True): gettext_lazy("The last bill is right"),
    ("final_bill_right", False): gettext_lazy("The last bill is wrong"),
    ("complaint_settled", True): gettext_lazy("The complaint is filed or settled"),
}


def answered(event: CaseEvent) -> str:
    """What the person answered, in words."""
    if "ombudsman_on" in event.facts:
        day = event.facts["ombudsman_on"][1]
        return _("Sent to the Ombudsman on %(day)s") % {"day": day}
    if "disputed" in event.facts:
        amount = event.facts["disputed"][1]
        if amount is None:
            return _("Nothing is in dispute any more")
        return _("In dispute: %(amount)s euro") % {"amount": amount}
    if "complained_on" in event.facts:
        day = event.facts["complained_on"][1]
        return _("Complained to the operator on %(day)s") % {"day": day}
    known = (ANSWER_LABELS.get((name, after)) for name, (_old, after) in event.facts.items())
    return " · ".join(str(label) for label in known if label) or _("Not confirmed yet")
