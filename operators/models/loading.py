"""What versions of procedures say, and where each claim was read: five queries, whatever they hold.

Django's own prefetching asks once for the rows of each kind and once for the sources of each kind.
The sources of all kinds come together here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import F, Prefetch, QuerySet, Value, prefetch_related_objects

if TYPE_CHECKING:
    from operators.models.parts import Claim, Source
    from operators.models.procedure import Procedure

KINDS = ("Step", "Channel", "Material", "Fact")


def load_claims(procedures: Sequence[Procedure]) -> None:
    """Steps, channels (with how often they were tested), materials, facts, each with its sources.

    They stand where prefetching puts them: `procedure.steps.all()`, `step.sources.all()`.
    """
    tested = apps.get_model("operators", "Report").objects.tests_of(
        apps.get_model("operators", "Channel").objects.all()
    )
    prefetch_related_objects(
        procedures, "steps", Prefetch("channels", tested), "materials", "facts"
    )
    sources = _sources(procedures)
    for procedure in procedures:
        for claim in procedure.claims():
            _keep(claim, sources.get((type(claim).__name__, claim.pk), []))


def _sources(procedures: Iterable[Procedure]) -> Mapping[tuple[str, int], list[Source]]:
    """By kind and primary key of the claim, in the order of their keys. One query."""
    model: Any = apps.get_model("operators", "Source")
    columns = [field.attname for field in model._meta.concrete_fields]
    links = [_links(kind, procedures, columns) for kind in KINDS]
    rows: dict[int, Source] = {}  # a source that carries many claims is one object
    found: dict[tuple[str, int], list[Source]] = defaultdict(list)
    for kind, claim, *values in reduce(lambda some, more: some.union(more, all=True), links):
        source = rows.setdefault(values[0], model.from_db(None, columns, values))
        found[kind, claim].append(source)
    for sources in found.values():
        sources.sort(key=lambda source: source.key)
    return found


def _links(kind: str, procedures: Iterable[Procedure], columns: list[str]) -> QuerySet[Any, Any]:
    through: Any = apps.get_model("operators", kind)._meta.get_field("sources").remote_field.through
    linked = through.objects.filter(source__procedure__in=[one.pk for one in procedures])
    named = linked.annotate(kind=Value(kind), claim=F(f"{kind.lower()}_id"))
    links: QuerySet[Any, Any] = named.values_list(
        "kind", "claim", *(f"source__{column}" for column in columns)
    )
    return links


def _keep(claim: Claim, sources: list[Source]) -> None:
    """As Django keeps what it prefetched: `claim.sources.all()` then asks the database nothing."""
    kept: Any = claim.sources.all()
    kept._result_cache, kept._prefetch_done = sources, True
    if not hasattr(claim, "_prefetched_objects_cache"):
        claim._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    claim._prefetched_objects_cache["sources"] = kept  # type: ignore[attr-defined]
