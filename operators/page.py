"""What a page about a procedure shows: for everybody, and for an editor who looks at a draft."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from operators.models import Fact, Procedure

ANY_OTHER = "other"  # the entry for a brand that is not in the catalogue


def procedure_page(procedure: Procedure, published: Iterable[Procedure]) -> dict[str, Any]:
    """The context of `operators/procedure.html`.

    procedure: with its claims, see `with_claims()`. published: what people can choose between, one
    per plan.
    """
    sources = {source.key: source for claim in procedure.claims() for source in claim.sources.all()}
    topics = Fact.Topic.values
    operator = procedure.operator
    facts = sorted(procedure.facts.all(), key=lambda fact: topics.index(fact.topic))
    return {
        "operator": operator,
        "name": _("your operator") if operator.slug == ANY_OTHER else operator.name,
        "procedure": procedure,
        "published": published,
        "steps": procedure.steps_for("end"),
        "steps_to_port": [step for step in procedure.steps_for("port") if step.goal == "port"],
        "channels": procedure.channels.all(),
        "materials": procedure.materials.all(),
        "topics": [
            (Fact.Topic(topic), list(group))
            for topic, group in groupby(facts, key=lambda fact: fact.topic)
        ],
        "sources": sorted(sources.values(), key=lambda source: source.title),
        "checked_on": max((source.checked_on for source in sources.values()), default=None),
    }
