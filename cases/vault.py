"""The files of a case, afterwards: filed under something else, thrown away, taken back, gone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import files
from cases.errors import AlreadyFiled, StaleCase
from cases.models import Case, CaseEvent, Evidence, Message
from cases.models.evidence import EvidenceQuerySet
from cases.models.planning import sync


@transaction.atomic
def refile(
    case: Case, pk: UUID, *, proves: str, day: date | None, note: str, by: User, at: datetime
) -> None:
    """Says anew what a file proves, of which day it is, and what is to be known about it.

    day: in Belgium. Raises AlreadyFiled where the same file proves that already, StaleCase where
    it was thrown away meanwhile.
    """
    case.hold()
    evidence = _one(case.evidence.kept(), pk)
    said = {"proves": proves, "day": day, "note": note}
    facts = {
        name: [_as_json(getattr(evidence, name)), _as_json(new)]
        for name, new in said.items()
        if getattr(evidence, name) != new
    }
    if not facts:
        return
    if "proves" in facts:
        _refuse_twice(case, evidence, proves=proves)
    Evidence.objects.filter(pk=pk).update(**said)
    if "proves" in facts:  # then the page need not ask any more what a mail is
        Message.objects.filter(evidence=pk, settled_at=None).update(settled_at=at)
    _write_down(case, evidence, CaseEvent.Kind.REFILED, by=by, at=at, facts=facts)


@transaction.atomic
def throw_away(case: Case, pk: UUID, *, by: User, at: datetime) -> None:
    """The file proves nothing any more. It can be taken back for Evidence.REMOVAL_LASTS.

    Raises StaleCase where it is thrown away already.
    """
    case.hold()
    evidence = _one(case.evidence.kept(), pk)
    Evidence.objects.filter(pk=pk).update(removed_at=at)
    _write_down(case, evidence, CaseEvent.Kind.REMOVED, by=by, at=at)


@transaction.atomic
def take_back(case: Case, pk: UUID, *, by: User, at: datetime) -> None:
    """A file that was thrown away proves again what it did.

    Raises AlreadyFiled where the same file was stored once more, StaleCase where there is nothing
    to be taken back any more.
    """
    case.hold()
    evidence = _one(case.evidence.removed(), pk)
    _refuse_twice(case, evidence, proves=evidence.proves)
    Evidence.objects.filter(pk=pk).update(removed_at=None)
    _write_down(case, evidence, CaseEvent.Kind.RESTORED, by=by, at=at)


def delete_lapsed(*, at: datetime) -> int:
    """Deletes what was thrown away so long ago that nobody takes it back; returns how many.

    Safe to run twice at once, and to die in the middle.
    """
    lapsed = Evidence.objects.lapsed(at).select_related("case").order_by("pk")
    return sum(_delete(evidence, at=at) for evidence in lapsed.iterator())


@transaction.atomic
def _delete(evidence: Evidence, *, at: datetime) -> int:
    """Returns 0 where it was taken back, or deleted, a moment ago."""
    evidence.case.hold()
    lapsed = Evidence.objects.lapsed(at).filter(pk=evidence.pk)
    if not lapsed.delete()[0]:
        return 0
    files.release([evidence.file.name or "", evidence.preview.name or ""], at=at)
    files.sweep_soon(at=at)
    return 1


def _one(files_there: EvidenceQuerySet, pk: UUID) -> Evidence:
    evidence = files_there.filter(pk=pk).first()
    if evidence is None:
        raise StaleCase(_("This file was changed meanwhile. Please look again."))
    return evidence


def _refuse_twice(case: Case, evidence: Evidence, *, proves: str) -> None:
    same = case.evidence.kept().filter(original_sha256=evidence.original_sha256, proves=proves)
    if same.exclude(pk=evidence.pk).exists():
        raise AlreadyFiled(
            _("The same file is stored there already: %(proves)s.")
            % {"proves": Evidence.Proves(proves).label}
        )


def _write_down(
    case: Case,
    evidence: Evidence,
    kind: CaseEvent.Kind,
    *,
    by: User,
    at: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    """The event; and the mails that are owed now, since a receipt may be gone or back."""
    CaseEvent.objects.create(
        case=case,
        kind=kind,
        actor=by,
        at=at,
        before=case.status,
        after=case.status,
        facts=facts or {},
        note=f"{evidence.name} · {evidence.sha256}",
    )
    sync(case, at=at)


def _as_json(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
