"""What a page about a procedure shows: for everybody, and for an editor who looks at a draft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from operators.markdown import plain_text
from operators.models import Fact, Procedure

ANY_OTHER = "other"  # the entry for a brand that is not in the catalogue


def procedure_page(
    procedure: Procedure, published: Iterable[Procedure], *, today: date
) -> dict[str, Any]:
    """The context of `operators/procedure.html`.

    procedure: with its claims, see `load_claims()`. published: what people can choose between, one
    per plan. today: in Belgium; says what is stale.
    """
    sources = {source.key: source for claim in procedure.claims() for source in claim.sources.all()}
    topics = Fact.Topic.values
    operator = procedure.operator
    facts = sorted(procedure.facts.all(), key=lambda fact: topics.index(fact.topic))
    return {
        "operator": operator,
        "name": _name(procedure),
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
        "today": today,
        "report": reverse("operators:wrong", args=[operator.slug, procedure.plan]),
        "network_facts": [fact for fact in facts if fact.topic == Fact.Topic.NETWORK],
    }


def how_to(procedure: Procedure, address: str) -> dict[str, Any]:
    """The steps as schema.org's HowTo, for search engines. address: of the page, in full."""
    return {
        "@context": "https://schema.org",
        "@type": "HowTo",
        "inLanguage": get_language(),
        "name": _("Leaving %(name)s: %(plan)s")
        % {"name": _name(procedure), "plan": procedure.get_plan_display()},
        "description": plain_text(procedure.summary),
        "supply": [
            {"@type": "HowToSupply", "name": material.name}
            for material in procedure.materials.all()
        ],
        "step": [
            {
                "@type": "HowToStep",
                "name": step.title,
                "text": plain_text(f"{step.body}\n\n{step.special}") or step.title,
                "url": f"{address}#step-{step.key}",
            }
            for step in procedure.steps_for("end")
        ],
    }


def _name(procedure: Procedure) -> str:
    operator = procedure.operator
    return _("your operator") if operator.slug == ANY_OTHER else operator.name
