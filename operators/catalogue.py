"""Brings the catalogue into the database: makes versions, never changes what people wrote there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import models, transaction
from django.utils import translation
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
from operators.models import SOURCE_LANGUAGE, Operator, Procedure, Source
from operators.models.translated import column

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


@translation.override(SOURCE_LANGUAGE)
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
    """The operator, made if it is missing, brought up to date if nobody edited it.

    Its row is the lock: two imports go one by one.
    """
    values = {name: getattr(row, name) for name in _columns(row)}
    operator, created = Operator.objects.get_or_create(slug=row.slug, defaults=values)
    operator = Operator.objects.select_for_update().get(pk=operator.pk)
    outdated = any(getattr(operator, name) != value for name, value in values.items())
    if created:
        update_change_reason(operator, REASON)
    elif outdated and not operator.history.exclude(history_change_reason=REASON).exists():
        for name, value in values.items():
            setattr(operator, name, value)
        operator._change_reason = REASON
        operator.save(update_fields=values)
    return operator


def _columns(row: Operator) -> list[str]:
    """What the files say of an operator, with a column for each language of its texts."""
    texts = row.translated_fields()
    plain = [name for name in FIELDS[Operator] if name not in texts]
    return [
        *plain,
        *(column(name, code) for name in texts for code, _name in settings.LANGUAGES),
        "translated_from",
    ]


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
    draft = _save_draft(operator, max(latest + 1, content.version or 1), content, digest)
    if content.version and content.version <= latest:
        return draft.version, f"made as a draft: version {content.version} says something else here"
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
    draft = content.procedure
    draft.operator = operator
    draft.version = version
    draft.change_reason = draft.change_reason or REASON
    draft.catalogue_digest = digest
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
