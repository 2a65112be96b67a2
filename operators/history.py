"""What changed in an operator or a procedure: before and after, by whom and when, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import chain, groupby, pairwise
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.fields import TranslationField

from operators.differences import Line, lines
from operators.models import (
    SOURCE_LANGUAGE,
    Channel,
    Claim,
    Fact,
    Material,
    Operator,
    PartOfProcedure,
    Procedure,
    Source,
    Step,
    Translated,
)

PARTS: tuple[type[PartOfProcedure], ...] = (Step, Channel, Material, Fact, Source)
# What the reader knows already, or sees elsewhere in the same line.
HIDDEN = {
    "id",
    "procedure",
    "operator",
    "plan",
    "version",
    "catalogue_digest",
    "published_at",
    "published_by",
    "change_reason",
    "revision",
    "translated_from",
}
# A form saves the row first and its list of sources after it; to a person that is one change.
TOGETHER = timedelta(seconds=2)


GLANCE = 120  # characters, before and after together


class Kind(Enum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"

    @property
    def label(self) -> str:
        return str(
            {
                Kind.ADDED: gettext_lazy("added"),
                Kind.CHANGED: gettext_lazy("changed"),
                Kind.REMOVED: gettext_lazy("removed"),
            }[self]
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One field, as a person reads it; empty where there was or is nothing."""

    field: str
    before: str
    after: str

    @property
    def lines(self) -> list[Line]:
        """A long text that was reworded, line by line; empty where both are read at a glance."""
        long = "\n" in self.before + self.after or len(self.before + self.after) > GLANCE
        return lines(self.before, self.after) if long and self.before and self.after else []


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that was added, changed or removed."""

    kind: Kind
    what: str
    name: str
    changes: list[Change]

    @property
    def is_one(self) -> bool:
        """Whether anything is different; not where a row was saved as it was."""
        return self.kind is not Kind.CHANGED or bool(self.changes)


@dataclass(frozen=True, slots=True)
class Entry:
    """A difference, and who made it. `by` is empty where no person was signed in: an import."""

    at: datetime
    by: str
    reason: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Sitting:
    """What one person changed within the same minute, for one reason."""

    at: datetime
    by: str
    reason: str
    entries: list[Entry]

    @property
    def added(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.difference.kind is Kind.ADDED]

    @property
    def others(self) -> list[Entry]:
        """What was changed or removed. A row that was only saved counts where nothing else was."""
        rest = [entry for entry in self.entries if entry.difference.kind is not Kind.ADDED]
        changed = [entry for entry in rest if entry.difference.is_one]
        return changed or ([] if self.added else rest)


def of_operator(operator: Operator) -> list[Entry]:
    return _newest_first(_entries(Operator, _records(Operator, id=operator.pk), {}))


def of_procedure(procedure: Procedure) -> list[Entry]:
    """The changes of this version and of all that hangs on it, also of what was taken away."""
    records = {model: _records(model, procedure_id=procedure.pk) for model in PARTS}
    titles = {record.id: record.title for record in records[Source]}
    return _newest_first(
        chain(
            _entries(Procedure, _records(Procedure, id=procedure.pk), titles),
            *(_entries(model, found, titles) for model, found in records.items()),
        )
    )


def record_sources(procedure: Procedure) -> None:
    """For a version whose rows were made in bulk: puts their sources into their first record.

    In bulk a row is recorded without them, and the first to take one away would leave no trace.
    """
    for model in PARTS:
        if issubclass(model, Claim):
            _record_sources(model, f"{model._meta.model_name}_id", procedure)


def _record_sources(model: Any, name: str, procedure: Procedure) -> None:
    """name: of the column that leads to the claim."""
    records = dict(model.history.filter(procedure_id=procedure.pk).values_list("id", "history_id"))
    links = model.sources.through.objects.filter(source__procedure=procedure)
    recorded = model.history.model.sources.model
    recorded.objects.bulk_create(
        recorded(
            id=link.pk,
            history_id=records[getattr(link, name)],
            source_id=link.source_id,
            **{name: getattr(link, name)},
        )
        for link in links
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A row as it was at one moment, with the primary keys of its sources."""

    row: Any
    sources: list[int]


def before(procedure: Procedure, moment: datetime) -> dict[type[models.Model], dict[int, Known]]:
    """This version and all that hung on it as they were then, by model and primary key."""
    found: dict[type[models.Model], list[Any]] = {}
    found[Procedure] = _records(Procedure, id=procedure.pk, history_date__lt=moment)
    for model in PARTS:
        found[model] = _records(model, procedure_id=procedure.pk, history_date__lt=moment)
    return {
        model: {
            record.id: Known(_saved(record), sorted(getattr(record, "source_ids", ())))
            for record in _last_ones(records)
        }
        for model, records in found.items()
    }


def _saved(record: Any) -> Any:
    """The row of this record, in every language; not as one that is about to be added.

    `record.instance` leaves the translations out: simple-history noted the columns before
    django-modeltranslation added them.
    """
    model: Any = record.instance_type
    plain = model.translated_fields() if issubclass(model, Translated) else []
    names = [field.attname for field in model._meta.concrete_fields if field.name not in plain]
    row = model(**{name: getattr(record, name) for name in names})
    row._state.adding = False
    return row


def _last_ones(records: list[Any]) -> Iterator[Any]:
    """The last record of each row that was there."""
    for _pk, own in groupby(records, lambda record: record.id):
        if (last := list(own)[-1]).history_type != "-":
            yield last


def since_revision(procedure: Procedure, revision: int) -> datetime | None:
    """When the first change was saved that a page opened at this revision does not show."""
    later = Procedure.history.filter(id=procedure.pk, revision__gt=revision)
    moment: datetime | None = later.aggregate(first=models.Min("history_date"))["first"]
    return moment


def of_procedure_since(procedure: Procedure, moment: datetime) -> list[Entry]:
    return [entry for entry in of_procedure(procedure) if entry.at >= moment]


def sittings(entries: Iterable[Entry]) -> list[Sitting]:
    """The entries, newest first, put together by minute, person and reason."""
    groups = groupby(
        entries, lambda one: (one.at.replace(second=0, microsecond=0), one.by, one.reason)
    )
    return [Sitting(*of, list(group)) for of, group in groups]


def between(old: Procedure, new: Procedure) -> list[Difference]:
    """What is different in the new version. Rows are the same when their key is."""
    found = [_difference(Procedure, _State.of(old, but={"status"}), _State.of(new, but={"status"}))]
    for model in PARTS:
        before, after = _by_key(model, old), _by_key(model, new)
        found += [
            _difference(model, before.get(key), after.get(key)) for key in {**after, **before}
        ]
    return [one for one in found if one is not None]


# --- One row at one moment ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    name: str
    values: dict[str, str]

    @classmethod
    def of(cls, row: Any, sources: Iterable[str] | None = None, but: Iterable[str] = ()) -> _State:
        """row: of a model, or of its history, which has the same columns."""
        instance = _saved(row) if hasattr(row, "history_id") else row
        # Under its plain name a text is the reader's; each language has its column.
        plain = instance.translated_fields() if isinstance(instance, Translated) else []
        hidden = HIDDEN.union(but, plain)
        fields = [field for field in instance._meta.concrete_fields if field.name not in hidden]
        values = {_label(field): _text(field, instance) for field in fields}
        if sources is not None:
            values[str(capfirst(_("sources")))] = "\n".join(sorted(sources))
        if isinstance(instance, Procedure):
            return cls(_("version %(version)s") % {"version": instance.version}, values)
        return cls(str(instance), values)


def _label(field: Any) -> str:
    """As a person calls it; of a translation with the name of its language."""
    if not isinstance(field, TranslationField):
        return str(capfirst(field.verbose_name))
    name = str(capfirst(field.translated_field.verbose_name))
    if field.language == SOURCE_LANGUAGE:
        return name
    return f"{name} ({dict(settings.LANGUAGES)[field.language]})"


def _text(field: Any, instance: models.Model) -> str:
    value = getattr(instance, field.attname)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, date):
        return date_format(value)
    return "" if value is None else str(value).strip()


def _difference(
    model: type[models.Model], before: _State | None, after: _State | None
) -> Difference | None:
    """None where nothing is different that a person would see."""
    named = after or before
    assert named is not None
    old, new = (state.values if state else {} for state in (before, after))
    changes = [
        Change(field, old.get(field, ""), new.get(field, ""))
        for field in named.values
        if old.get(field, "") != new.get(field, "")
    ]
    if before and after and not changes:
        return None
    kind = Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED
    return Difference(kind, _noun(model), named.name, changes)


def _noun(model: type[models.Model]) -> str:
    return str(capfirst(model._meta.verbose_name))


def _by_key(model: Any, procedure: Procedure) -> dict[str, _State]:
    rows = model.objects.filter(procedure=procedure)
    if not issubclass(model, Claim):
        return {row.key: _State.of(row) for row in rows}
    return {
        row.key: _State.of(row, [source.title for source in row.sources.all()])
        for row in rows.prefetch_related("sources")
    }


# --- Rows of the history --------------------------------------------------------------------------


def _records(model: Any, **of: Any) -> list[Any]:
    """The records of these rows, each row's own ones together and in order.

    A claim's record gets `source_ids`. A row is recorded as added before its sources are, so that
    record takes them from the one after it.
    """
    records = list(
        model.history.filter(**of).select_related("history_user").order_by("id", "history_id")
    )
    if issubclass(model, Claim):
        links = model.history.model.sources.model.objects.filter(
            **{f"history__{column}": value for column, value in of.items()}
        )
        pairs = sorted(links.values_list("history_id", "source_id"))
        by_record = {key: {pair[1] for pair in group} for key, group in groupby(pairs, _first)}
        for record in records:
            record.source_ids = by_record.get(record.history_id, set())
        for record, following in pairwise(records):
            if record.history_type == "+" and record.id == following.id:
                record.source_ids = record.source_ids or following.source_ids
    return records


def _first(pair: tuple[int, int]) -> int:
    return pair[0]


def _entries(model: Any, records: list[Any], titles: dict[int, str]) -> Iterator[Entry]:
    """titles: of the sources, by primary key, also of those that are gone."""

    def state(record: Any) -> _State:
        if not issubclass(model, Claim):
            return _State.of(record)
        return _State.of(record, [titles.get(pk, "") for pk in record.source_ids])

    for _pk, own in groupby(records, lambda record: record.id):
        before: _State | None = None
        for batch in _batches(own):
            last = batch[-1]
            if last.history_type == "-":
                difference = _difference(model, before or state(last), None)
            else:
                after = state(last)
                known = before is not None or batch[0].history_type == "+"
                difference = _difference(model, before, after) if known else None
                before = after
            reasons = dict.fromkeys(one.history_change_reason for one in batch)
            if difference is not None or any(reasons):
                yield Entry(
                    at=last.history_date,
                    by=str(last.history_user or ""),
                    reason=" ".join(reason for reason in reasons if reason),
                    difference=difference or _unchanged(model, last),
                )


def _unchanged(model: type[models.Model], record: Any) -> Difference:
    return Difference(Kind.CHANGED, _noun(model), _State.of(record).name, changes=[])


def _batches(records: Iterable[Any]) -> Iterator[list[Any]]:
    """The records of one row, those together that came from one press."""
    batch: list[Any] = []
    for record in records:
        if batch and not _belong_together(batch[-1], record):
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch


def _belong_together(first: Any, second: Any) -> bool:
    return bool(
        first.history_user_id == second.history_user_id
        and second.history_type == "~"
        and first.history_change_reason == second.history_change_reason
        and abs(second.history_date - first.history_date) <= TOGETHER
    )


def _newest_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.at, reverse=True)
