"""Brings the catalogue into the database: makes versions, never changes what people wrote there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import models, transaction
from simple_history.utils import bulk_create_with_history, update_change_reason

from operators.catalogue_files import (
    FIELDS,
    FOLDER,
    PARTS,
    CatalogueError,
    CatalogueOperator,
    CatalogueSource,
    Content,
    Entry,
    load,
    sources,
)
from operators.history import record_sources
from operators.models import Operator, Procedure, Source

__all__ = ["CatalogueError", "CatalogueSource", "import_catalogue", "load", "sources"]

# Stands in the history, and as the reason for a version where the file gives none.
REASON = "catalogue"


@dataclass(frozen=True)
class Outcome:
    """What became of one procedure."""

    operator: str
    plan: str
    version: int
    what: str

    def __str__(self) -> str:
        return f"{self.operator} {self.plan}: version {self.version} {self.what}"


def import_catalogue(
    at: datetime, *, publish: bool = False, folder: Path = FOLDER
) -> list[Outcome]:
    """Makes a draft of each procedure that is new or changed in the files, and may publish it.

    Safe to run at any time: an existing operator, a draft and a version that an administrator
    wrote stay as they are. Raises CatalogueError if the files are wrong; nothing is written then.
    """
    operators = load(folder)
    with transaction.atomic():
        return [
            outcome for entry in operators for outcome in _bring_in(entry, at=at, publish=publish)
        ]


def _bring_in(entry: CatalogueOperator, *, at: datetime, publish: bool) -> Iterator[Outcome]:
    operator = _operator(entry.row)
    for content in entry.procedures:
        version, what = _bring_in_procedure(operator, content, at=at, publish=publish)
        yield Outcome(operator.slug, content.procedure.plan, version, what)


def _operator(row: Operator) -> Operator:
    """The operator, made if it is missing. Its row is the lock: two imports go one by one."""
    values = {name: getattr(row, name) for name in FIELDS[Operator]}
    operator, created = Operator.objects.get_or_create(slug=row.slug, defaults=values)
    if created:
        update_change_reason(operator, REASON)
    return Operator.objects.select_for_update().get(pk=operator.pk)


def _bring_in_procedure(
    operator: Operator, content: Content, *, at: datetime, publish: bool
) -> tuple[int, str]:
    """The version that it is about, and what became of it."""
    peers = Procedure.objects.filter(operator=operator, plan=content.procedure.plan)
    digest = content.digest
    if same := peers.filter(catalogue_digest=digest).first():
        return same.version, "waits as a draft" if same.is_draft else "is there already"
    if draft := peers.drafts().first():
        return draft.version, "is a draft, skipped"
    latest = peers.aggregate(version=models.Max("version"))["version"] or 0
    draft = _save_draft(operator, latest + 1, content, digest)
    if not publish:
        return draft.version, "made as a draft"
    published = peers.published().with_claims().first()
    if published and not _is_from_the_catalogue(published):
        return draft.version, f"made as a draft: version {published.version} was made by hand"
    draft.publish(by=None, at=at, reason=draft.change_reason)
    return draft.version, "published"


def _is_from_the_catalogue(procedure: Procedure) -> bool:
    """Whether it still says what the files said: a draft of ours may have been edited."""
    return procedure.catalogue_digest == Content.stored(procedure).digest


def _save_draft(operator: Operator, version: int, content: Content, digest: str) -> Procedure:
    row = content.procedure
    draft = Procedure(
        operator=operator,
        plan=row.plan,
        version=version,
        summary=row.summary,
        confirm_after=row.confirm_after,
        change_reason=row.change_reason or REASON,
        catalogue_digest=digest,
    )
    bulk_create_with_history([draft], Procedure, default_change_reason=REASON)
    rows = [_copy(source, draft) for source in content.sources]
    saved = bulk_create_with_history(rows, Source, default_change_reason=REASON)
    _save_entries(draft, content.entries, {source.key: source.pk for source in saved})
    record_sources(draft)
    return draft


def _copy(source: Source, draft: Procedure) -> Source:
    """One source of the files serves many procedures; each version has rows of its own."""
    values = {name: getattr(source, name) for name in FIELDS[Source]}
    return Source(procedure=draft, key=source.key, **values)


def _save_entries(draft: Procedure, entries: list[Entry], sources: dict[str, int]) -> None:
    """sources: primary keys by key."""
    for model in PARTS.values():
        chosen = [entry for entry in entries if isinstance(entry.row, model)]
        for position, entry in enumerate(chosen, start=1):
            entry.row.procedure = draft
            entry.row.position = position
        bulk_create_with_history(
            [entry.row for entry in chosen], model, default_change_reason=REASON
        )
        link = model.sources.through
        link._default_manager.bulk_create(
            link(**{f"{model._meta.model_name}_id": entry.row.pk, "source_id": sources[key]})
            for entry in chosen
            for key in entry.sources
        )
