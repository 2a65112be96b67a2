"""Mail for the address of a case: stored first, as it came; filed in the case second.

Who hands a mail over is told that we have it when its row is committed, and not before. What
happens to it afterwards may fail, and is tried again. A mail never moves a case: it asks.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, transaction
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext as _

from cases import evidence, mail_header
from cases.errors import RefusedFile
from cases.models import Case, CaseEvent, Evidence, InboundMail, Message
from cases.models.inbound import InboundMailQuerySet

logger = logging.getLogger(__name__)

PREFIX: Final = "case+"
# RFC 5321 wants the first to be there; both are read by the administrators.
FOR_ADMINISTRATORS: Final = {"postmaster", "abuse"}
ADDRESS_LENGTH: Final = 320  # bytes and letters: of a name and of a domain, RFC 5321
OF_A_CASE: Final = ("case__owner", "case__procedure__operator")
AT_ONCE: Final = 200  # mails of one pass; the next one comes within a minute


# --- Addresses ------------------------------------------------------------------------------------


def address_of(case: Case) -> str:
    """Where mail for this case goes; empty where this site takes none."""
    return f"{PREFIX}{case.mail_key}@{settings.INBOUND_DOMAIN}" if settings.INBOUND_DOMAIN else ""


def as_written(address: str) -> str:
    """An address of an envelope as rows hold it: in small letters, without what no row can hold."""
    bare = address.strip().removeprefix("<").removesuffix(">")
    return "".join(letter for letter in bare.lower() if letter.isprintable())[:ADDRESS_LENGTH]


def is_ours(address: str) -> bool:
    """Whether we take mail for it. That a case has it is not asked: nobody may find out here."""
    name, _at, domain = as_written(address).rpartition("@")
    ours = bool(domain) and domain == settings.INBOUND_DOMAIN
    return ours and (name.startswith(PREFIX) or name in FOR_ADMINISTRATORS)


def is_within_rate(kind: str, who: str) -> bool:
    """Counts one more mail of this sender, or for this recipient; False where it is too many."""
    amount, seconds = settings.INBOUND_RATES[kind]
    key = f"inbound:{kind}:{hashlib.sha256(who.encode()).hexdigest()}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= amount
    except ValueError:  # it ran out in between: the next one begins anew
        return True


# --- Stored first ---------------------------------------------------------------------------------


@transaction.atomic
def accept(
    raw: bytes, *, sender: str, recipients: Iterable[str], at: datetime
) -> list[InboundMail]:
    """Stores a mail once for each of our addresses; a second copy changes nothing.

    sender, recipients: of the envelope. Once this has returned, and the transaction around it has
    ended, the mail can't be lost.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    ours = {as_written(address) for address in recipients if is_ours(address)}
    InboundMail.objects.bulk_create(
        (
            InboundMail(
                recipient=recipient,
                sender=as_written(sender),
                sha256=sha256,
                size=len(raw),
                raw=raw,
                received_at=at,
            )
            for recipient in sorted(ours)
        ),
        ignore_conflicts=True,
    )
    return list(InboundMail.objects.filter(sha256=sha256, recipient__in=ours).defer("raw"))


# --- Filed second ---------------------------------------------------------------------------------


def match_waiting(*, at: datetime) -> int:
    """Files what nobody has looked at yet; returns how many. Safe to run twice at once."""
    return _each(InboundMail.objects.waiting().order_by("received_at"), at=at)


def retry_refused(*, at: datetime) -> int:
    """Tries again what a case could not take: the person may have made room since."""
    hopeful = InboundMail.objects.refused().filter(size__lte=settings.EVIDENCE_MAX_BYTES)
    return _each(hopeful.order_by("received_at"), at=at)


def delete_unmatched(*, at: datetime) -> int:
    """Deletes what no case took in thirty days; returns how many."""
    return InboundMail.objects.lapsed(at).delete()[0]


def _each(mails: InboundMailQuerySet, *, at: datetime) -> int:
    names = list(mails.values_list("pk", flat=True)[:AT_ONCE])
    return sum(match_one(pk, at=at) for pk in names)


def match_one(pk: UUID, *, at: datetime) -> bool:
    """Files one mail, and lets no failure reach the next one."""
    mail = InboundMail.objects.unmatched().select_related(*OF_A_CASE).filter(pk=pk).first()
    if mail is None:
        return False  # another one was faster
    try:
        match(mail, at=at)
    except OperationalError:
        logger.exception("The database went away; the mail %s stays and is tried again.", pk)
        return False
    except Exception:
        # Whatever it is: it is tried again, and must not keep the next mail from being filed.
        logger.exception("The mail %s could not be filed.", pk)
        _refuse(mail, _("This mail could not be stored yet. We try it again."))
        return False
    return True


def match(mail: InboundMail, *, at: datetime) -> None:
    """Files a mail with the case whose address it came to, and lets the case page ask what it is.

    Without such a case it stays where it is, for the administrators. Why a case cannot take it is
    written down in the language of its owner.
    """
    case = _case_of(mail)
    if case is None:
        _refuse(mail, _("No case has this address."))
        return
    mail.case = case
    with translation.override(case.owner.language):
        try:
            stored = _stored(mail, case, at=at)
        except RefusedFile as refusal:
            _refuse(mail, str(refusal))
            return
    _link(mail, case, stored, at=at)


def _case_of(mail: InboundMail) -> Case | None:
    key = mail.recipient.rpartition("@")[0].removeprefix(PREFIX)
    cases = Case.objects.select_related("owner", "procedure__operator")
    # Once found, it stays with its case, should the address be renewed meanwhile.
    return mail.case or cases.filter(mail_key=key).first()


def _refuse(mail: InboundMail, why: str) -> None:
    rows = InboundMail.objects.unmatched().filter(pk=mail.pk)
    rows.update(case=mail.case_id, error=why[:300])


def _stored(mail: InboundMail, case: Case, *, at: datetime) -> Evidence:
    """The mail among the evidence of the case; the one that is there already, if there is one.

    Raises RefusedFile as `evidence.store` does.
    """
    there = case.evidence.kept().filter(original_sha256=mail.sha256).first()
    if there:
        return there
    if mail.size > settings.EVIDENCE_MAX_BYTES:
        sizes = (mail.size, settings.EVIDENCE_MAX_BYTES)
        has, limit = map(filesizeformat, sizes)
        raise RefusedFile(
            _("This mail has %(size)s with what is attached. At most %(limit)s fit.")
            % {"size": has, "limit": limit}
        )
    raw = bytes(mail.raw)
    subject = mail_header.read(raw[: mail_header.HEADER_BYTES]).subject
    upload = SimpleUploadedFile(f"{subject or 'mail'}.eml".replace("/", "-"), raw)
    proves = Evidence.Proves.OTHER
    return evidence.store(case, upload, proves=proves, is_mail=True, by=case.owner, at=at)


@transaction.atomic
def _link(mail: InboundMail, case: Case, stored: Evidence, *, at: datetime) -> None:
    case.hold()
    waiting = InboundMail.objects.unmatched().filter(pk=mail.pk)
    if InboundMail.objects.filter(evidence=stored).exclude(pk=mail.pk).exists():
        waiting.delete()  # the same mail came to an earlier address of this case
        return
    if not waiting.update(case=case, evidence=stored, raw=b"", error=""):
        return  # another one was faster
    if stored.proves == Evidence.Proves.OTHER:  # else the person has said what it is
        Message.objects.filter(evidence=stored).update(came_in=True, settled_at=None)
    CaseEvent.objects.create(
        case=case,
        kind=CaseEvent.Kind.CAME_IN,
        at=at,
        before=case.status,
        after=case.status,
        note=f"{stored.name} · {stored.sha256}",
    )
