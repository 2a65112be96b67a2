"""Going for good: one case, or a person with all that hangs on the account.

Rows go in one transaction, their files right after it. What only names the person, in the work of
an editor or in the log of the administration, stays without the name.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from cases import files
from cases.models import Case, Evidence, InboundMail, Letter

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Extent:
    """What would go. bytes: of all files together."""

    cases: int
    still_open: int
    files: int
    letters: int
    bytes: int


def extent(cases: models.QuerySet[Case]) -> Extent:
    """What goes with these cases: files that were thrown away and can be taken back, too."""
    held = cases.order_by().values("pk")
    size, count = models.Sum("size", default=0), models.Count("pk")
    proof = Evidence.objects.filter(case__in=held).aggregate(count=count, size=size)
    papers = Letter.objects.filter(case__in=held).aggregate(count=count, size=size)
    is_over = models.Q(status__in=[Case.Status.CLOSED, Case.Status.DROPPED])
    counted = cases.aggregate(count=count, still_open=models.Count("pk", filter=~is_over))
    return Extent(
        cases=counted["count"],
        still_open=counted["still_open"],
        files=proof["count"],
        letters=papers["count"],
        bytes=proof["size"] + papers["size"],
    )


# --- One case -------------------------------------------------------------------------------------


@transaction.atomic
def erase_case(case: Case, *, at: datetime) -> None:
    """The case is gone, whatever its status, with its files. A second press changes nothing."""
    _erase(Case.objects.filter(pk=case.pk), at=at)


def _erase(cases: models.QuerySet[Case], *, at: datetime) -> None:
    # Who writes to one of these cases finishes first, or finds it gone.
    held = {case.pk: case for case in cases.select_for_update()}
    proof = Evidence.objects.filter(case__in=held)
    papers = Letter.objects.filter(case__in=held)
    names = [name for pair in proof.values_list("file", "preview") for name in pair]
    files.release([*names, *papers.values_list("paper", flat=True)], at=at)
    for case in held.values():
        # What came for it and is not filed yet, too. 80 random bits are in no other address.
        InboundMail.objects.filter(recipient__contains=case.mail_key).delete()
        _forget_in_the_log(case.reference)
    proof.delete()
    papers.erase()
    Case.objects.filter(pk__in=held).delete()
    files.sweep_soon(at=at)


# --- A person -------------------------------------------------------------------------------------


def erase_account(user: User, *, at: datetime) -> None:
    """The person is gone, with every case and every file, and gets a last mail that says so."""
    email, language, reached = user.email, user.language, not user.is_undeliverable
    if _erase_person(user.pk, at=at) and reached:
        _say_goodbye(email, language)


@transaction.atomic
def _erase_person(pk: int, *, at: datetime) -> bool:
    """Whether there was somebody to erase: of two presses, one finds nobody."""
    user = User.objects.select_for_update().filter(pk=pk).first()
    if user is None:
        return False
    _erase(Case.objects.filter(owner=user), at=at)
    _take_the_name_off(user)
    _forget_in_the_log(user.email)
    _end_sessions(user)
    user.delete()
    return True


def _take_the_name_off(user: User) -> None:
    """Histories keep what was done, and no database rule takes away who it was.

    Everywhere else Django does, or the row goes with the person.
    """
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.DO_NOTHING:
            name = relation.field.name
            rows: models.QuerySet[Any] = relation.related_model._base_manager.filter(**{name: user})
            rows.update(**{name: None})


def _forget_in_the_log(word: str) -> None:
    """The administration writes down how rows are called: by an address or a reference."""
    about = models.Q(object_repr__icontains=word) | models.Q(change_message__icontains=word)
    LogEntry.objects.filter(about).update(object_repr="", change_message="")


def _end_sessions(user: User) -> None:
    """On every device. A session does not say whose it is until it is read: some microseconds
    each, and this happens once."""
    own = [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=own).delete()


def _say_goodbye(email: str, language: str) -> None:
    """After the fact: a mail server that is away brings nobody back."""
    context = {"site_name": settings.SITE_NAME}
    with translation.override(language):
        subject = render_to_string("cases/email/account_deleted_subject.txt", context)
        text = render_to_string("cases/email/account_deleted.txt", context)
    try:
        EmailMessage(" ".join(subject.split()), text.strip() + "\n", to=[email]).send()
    except (OSError, SMTPException):
        logger.exception("The last mail to somebody who left could not be sent")
