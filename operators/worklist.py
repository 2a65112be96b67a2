"""What waits for the people who keep the procedures true.

Each list takes a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, QuerySet

from operators import languages
from operators.models import Channel, Claim, Procedure, Report
from operators.models.parts import STALE_AFTER


def stale_claims(today: date) -> list[Claim]:
    """What people read and nobody has checked for 180 days, the oldest first. today: in Belgium."""
    found: list[Claim] = []
    for model in languages.CLAIMS:
        claims = model._default_manager.filter(procedure__status=Procedure.Status.PUBLISHED)
        if model is Channel:
            claims = Report.objects.tests_of(claims)  # type: ignore[arg-type]
        found += _stale(claims, today)
    return sorted(found, key=lambda claim: (claim.checked_on or today, claim.procedure_id))


def _stale(claims: QuerySet[Claim], today: date) -> Iterable[Claim]:
    """Only those whose sources are old are fetched; `is_stale` decides."""
    old = claims.annotate(read_on=Max("sources__checked_on")).filter(
        read_on__lt=today - STALE_AFTER
    )
    fetched = old.select_related("procedure__operator").prefetch_related("sources")
    return (claim for claim in fetched if claim.is_stale(today))


def reports(origin: str) -> QuerySet[Report]:
    """Those that wait, of readers or of people who left."""
    waiting = Report.objects.waiting().filter(origin=origin)
    return waiting.select_related("procedure__operator")


def drafts() -> QuerySet[Procedure]:
    """Drafts that wait to be published, those that were begun first on top."""
    return Procedure.objects.drafts().select_related("operator").order_by("pk")


@dataclass(frozen=True, slots=True)
class Translating:
    """One procedure, and how far it is in each language."""

    procedure: Procedure
    languages: list[languages.Progress]


def translating() -> list[Translating]:
    """What people read or will read next, and is not complete in every language."""
    alive = [Procedure.Status.PUBLISHED, Procedure.Status.DRAFT]
    found = Procedure.objects.filter(status__in=alive).select_related("operator")
    ordered = list(found.order_by("operator__position", "operator__name", "plan", "version"))
    progress = languages.progress(ordered)
    return [
        Translating(procedure, progress[procedure.pk])
        for procedure in ordered
        if any(language.to_do for language in progress[procedure.pk])
    ]
