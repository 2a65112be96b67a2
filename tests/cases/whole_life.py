"""A person with a row in every table that can hold one, and the way from each table to people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from allauth.account.models import EmailConfirmation
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db import models

from accounts.models import User
from cases import files
from cases.models import (
    Case,
    Check,
    Evidence,
    InboundMail,
    Letter,
    Message,
    ShareLink,
    ShareView,
)
from operators.models import Report
from tests.factories import (
    NOW,
    PDF,
    TODAY,
    make_case,
    make_evidence,
    make_letter,
    some_procedure,
)

GOES_WITH_ITS_OWNER = (models.CASCADE, models.PROTECT)


def owned_by(person: User) -> dict[type[models.Model], models.QuerySet[Any]]:
    """The rows of this person in every table whose rows go with somebody."""
    return {
        model: model._base_manager.filter(
            reduce(or_, (models.Q(**{path: person.pk}) for path in paths))
        ).distinct()
        for model, paths in paths_to(User).items()
    }


def paths_to(target: type[models.Model]) -> dict[type[models.Model], list[str]]:
    """Each table whose rows go with a row of this one, and the lookups that lead to it."""
    found: dict[type[models.Model], list[str]] = {}
    new: list[tuple[type[models.Model], str]] = [(target, "")]
    while new:
        reached, path = new.pop(0)
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                if field.related_model is not reached or model in (target, reached):
                    continue
                if field.remote_field.on_delete in GOES_WITH_ITS_OWNER:
                    longer = "__".join(filter(None, [field.name, path]))
                    found.setdefault(model, []).append(longer)
                    new.append((model, longer))
    return found


def rows_of(person: User) -> dict[str, int]:
    """How many rows belong to this person, by table."""
    return {model._meta.label: rows.count() for model, rows in owned_by(person).items()}


def stored(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def live(person: User, *, word: str) -> Case:
    """Gives the person a row in every table. Wants `import_letters()`.

    word: stands in whatever they typed.
    """
    case = make_case(
        owner=person, requested_on=TODAY, customer_number=word, phone_number="+32470123321"
    )
    case.note(text=f"Note: {word}", by=person, at=NOW)
    case.add_own_date(TODAY + timedelta(days=9), note=word, by=person, at=NOW)
    case.tick(step="logins", done=True, at=NOW)
    Check.objects.create(case=case, question="line_call", result="yes", at=NOW)
    keep_files(case, word)
    receive(case, word)
    link = ShareLink.objects.create(
        case=case, reader=word, made_at=NOW, expires_at=NOW + timedelta(days=7)
    )
    ShareView.objects.create(link=link, at=NOW, name=word, network="203.0.113.0/24")
    sign_in(person)
    work(person)
    return case


def keep_files(case: Case, word: str) -> None:
    make_letter(case, full_name=word)
    sent = make_letter(case, full_name=word)
    sent.freeze(sent_on=TODAY, channel="letter", registered_number=word, by=case.owner, at=NOW)
    image = make_evidence(case, proves="sent", content=PDF + word.encode())
    preview = files.write(ContentFile(b"small"), folder="evidence", at=NOW)
    files.claim(preview, at=NOW)
    Evidence.objects.filter(pk=image.pk).update(preview=preview, letter=sent, name=f"{word}.pdf")
    thrown_away = make_evidence(case, proves="other", content=PDF + b"old" + word.encode())
    Evidence.objects.filter(pk=thrown_away.pk).update(removed_at=NOW)


def receive(case: Case, word: str) -> None:
    """A mail that is filed, one that the case could not take, one that nobody looked at yet."""
    filed = make_evidence(case, proves="received", content=PDF + b"mail" + word.encode())
    message = {"sender": word, "subject": word, "text": word, "came_in": True}
    Message.objects.update_or_create(evidence=filed, defaults=message)
    for number, known in enumerate(
        [{"case": case, "evidence": filed, "raw": b""}, {"case": case, "error": "Full."}, {}]
    ):
        raw = f"From: {word}\n\n{number}".encode()
        InboundMail.objects.create(
            recipient=f"case+{case.mail_key}@in.simexit.test",
            sender=f"{word}@example.org",
            sha256=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            received_at=NOW,
            **{"raw": raw} | known,
        )


def sign_in(person: User) -> None:
    Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": "hidden"}
    )
    EmailConfirmation.create(person.emailaddress_set.get())


def work(person: User) -> None:
    """They keep procedures, too."""
    person.groups.add(Group.objects.get(name="Publishers"))
    person.user_permissions.add(Permission.objects.get(codename="view_user"))
    draft = some_procedure().new_draft()
    draft.publish(by=person, at=NOW)
    Report.objects.create(
        procedure=draft, matched=True, origin="reader", on=TODAY, at=NOW, handled_by=person
    )
    LogEntry.objects.create(
        user=person, action_flag=CHANGE, object_repr="Proximus", change_message="Phone"
    )


def names_of(person: User) -> Iterator[tuple[str, str]]:
    """Every column of every table that may name a person and names this one."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            named = {field.attname: person.pk}
            if field.related_model is User and model._base_manager.filter(**named).exists():
                yield model._meta.label, field.name


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
    }


def papers_of(case: Case) -> set[str]:
    """The names in the store of all that hangs on this case."""
    names = set(Letter.objects.filter(case=case).values_list("paper", flat=True))
    for pair in Evidence.objects.filter(case=case).values_list("file", "preview"):
        names |= set(filter(None, pair))
    return names
