"""Mails among the evidence: what their header says, and what the person says that they are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import mail_header, vault
from cases.errors import AlreadyFiled, StaleCase
from cases.mail_header import MAIL, Attachment, Header
from cases.models import Case, Evidence, Message

if TYPE_CHECKING:
    from accounts.models import User

RECIPIENTS_LENGTH: Final = 4000


class What(models.TextChoices):
    """What a mail that came in is, in the words of the case page."""

    RECEIVED = "received", gettext_lazy("They have my request")
    CONFIRMED = "confirmed", gettext_lazy("They confirm the end in writing, with a date")
    FINAL_BILL = "final_bill", gettext_lazy("The last bill")
    STILL_BILLED = "still_billed", gettext_lazy("They still bill me")
    OTHER = "other", gettext_lazy("Something else")


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the case page the person goes on. form: the one to open, empty where there is none.

    day: to be filled in, as the mail is dated."""

    anchor: str
    form: str = ""
    day: str = ""


def header_of(content: IO[bytes], content_type: str) -> Header | None:
    """What a mail says of itself; None for any other kind of file. Reads all of it, so call this
    outside of a transaction."""
    if content_type != MAIL:
        return None
    content.seek(0)
    header = mail_header.read(content.read())
    content.seek(0)
    return header


def record(evidence: Evidence, header: Header | None) -> None:
    """Writes down what a mail among the evidence says of itself. A row holds so much and no more:
    the whole lies in the file."""
    if header is None:
        return
    Message.objects.create(
        evidence=evidence,
        sender=_cut("sender", header.sender),
        recipients=header.recipients[:RECIPIENTS_LENGTH],
        sent_at=header.sent_at,
        subject=_cut("subject", header.subject),
        message_id=_cut("message_id", header.message_id),
        text=header.text,
        attachments=[_as_json(one) for one in header.attachments],
        automatic=header.automatic,
    )


def _cut(column: str, text: str) -> str:
    length: int = getattr(Message._meta.get_field(column), "max_length")  # noqa: B009
    return text[:length]


def _as_json(attachment: Attachment) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
    }
    if attachment.content_type == MAIL:
        facts["sender"] = attachment.sender
        facts["sent_at"] = attachment.sent_at and attachment.sent_at.isoformat()
        facts["subject"] = attachment.subject
    return facts


@transaction.atomic
def settle(message: Message, what: str, *, by: User, at: datetime) -> None:
    """The person says what a mail that came in is: it proves that from now on.

    Raises StaleCase where another tab said it before, or threw the mail away.
    """
    case = message.evidence.case
    case.hold()
    if not Message.objects.filter(pk=message.pk, settled_at=None).update(settled_at=at):
        raise StaleCase(_("You have said already what this mail is."))
    _refile(message.evidence, what, by=by, at=at)
    if what == What.RECEIVED and case.status == Case.Status.REQUESTED:
        case.acknowledge_request(received=True, by=by, at=at)


def _refile(evidence: Evidence, proves: str, *, by: User, at: datetime) -> None:
    """Lays the mail to what it proves. Where the same mail lies there already, it stays."""
    case, day, note = evidence.case, evidence.day, evidence.note
    with suppress(AlreadyFiled):
        vault.refile(case, evidence.pk, proves=proves, day=day, note=note, by=by, at=at)


def place_after(message: Message, what: str) -> Place:
    """What follows from it, where the case stands now. The mail itself moves nothing."""
    case, status = message.evidence.case, Case.Status
    if what in (What.RECEIVED, What.CONFIRMED) and case.status == status.PREPARING:
        return Place("requested", "requested")
    if what == What.CONFIRMED and case.status == status.REQUESTED:
        day = timezone.localdate(message.sent_at).isoformat() if message.sent_at else ""
        return Place("confirmed", "confirmed", day)
    if what == What.FINAL_BILL and case.status == status.ENDED:
        return Place("next")
    if what == What.STILL_BILLED and case.status == status.CLOSED:
        return Place("next")
    if what == What.STILL_BILLED and case.status in (status.CONFIRMED, status.ENDED):
        return Place("complaint", "complaint")
    return Place("proof")
