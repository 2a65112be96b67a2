"""Fills the answers from rows that are loaded already; asks the database nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from operators import models
from operators.api import answers
from operators.models import SOURCE_LANGUAGE, Claim, Plan, Procedure, Translated, TranslationState
from simexit.lib.urls import absolute

Row = TypeVar("Row")

LICENCE_NAME = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


@dataclass
class Writer:
    """Writes one answer in one language, and notes which of its texts are not in that language.

    today: in Belgium; what was checked long before it is stale. `at` is the JSON Pointer of the
    object that is being written.
    """

    language: str
    today: date
    untranslated: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    def operator_list(
        self, rows: Iterable[models.Operator], plans: Mapping[int, list[answers.PlanBase]]
    ) -> answers.OperatorList:
        """plans: by the primary key of their operator."""
        operators = [
            answers.OperatorInList(**self.operator_base(row, at), plans=plans.get(row.pk, []))
            for at, row in numbered(rows, "/operators")
        ]
        return answers.OperatorList(operators=operators, **self.about())

    def operator(self, row: models.Operator, published: Iterable[Procedure]) -> answers.Operator:
        """published: with their claims."""
        base = self.operator_base(row, "")
        plans = [
            self.plan(procedure, at)
            for at, procedure in numbered(sorted(published, key=place), "/plans")
        ]
        return answers.Operator(plans=plans, **base, **self.about())

    def about(self) -> dict[str, Any]:
        """What every answer says of itself; asked last, when all texts are written."""
        return {
            "licence": answers.Licence(
                name=LICENCE_NAME,
                url=LICENCE_URL,
                attribution=f"{settings.SITE_NAME}, {settings.SITE_URL}",
            ),
            "language": self.language,
            "untranslated": self.untranslated,
            "outdated": self.outdated,
        }

    def text(self, row: Translated, name: str, at: str) -> str:
        """A text in the language of the answer, or else in English."""
        english = row.in_english(name)
        if self.language == SOURCE_LANGUAGE or not english:
            return english
        state = row.translation_state(name, self.language)
        if state == TranslationState.MISSING:
            self.untranslated.append(f"{at}/{name}")
            return english
        if state == TranslationState.OUTDATED:
            self.outdated.append(f"{at}/{name}")
        return row.in_language(name, self.language)

    def texts(self, row: Translated, at: str) -> dict[str, Any]:
        return {name: self.text(row, name, at) for name in row.translated_fields()}

    def operator_base(self, row: models.Operator, at: str) -> dict[str, Any]:
        source = answers.StateSource(url=row.state_source_url, checked_on=row.state_checked_on)
        return {
            "slug": row.slug,
            "name": row.name,
            "legal_name": row.legal_name,
            "state": row.state,
            "state_source": source if source.url else None,
            "network": row.network or None,
            "links": answers.Links(
                api=absolute(reverse("api:operator", args=[row.slug])), pages=pages(row)
            ),
            **self.texts(row, at),
        }

    def plan(self, procedure: Procedure, at: str) -> answers.Plan:
        assert procedure.published_at  # a constraint of the table
        sources = sources_of(procedure)
        return answers.Plan(
            plan=procedure.plan,
            version=procedure.version,
            published_at=procedure.published_at,
            checked_on=max((source.checked_on for source in sources), default=None),
            change_reason=procedure.change_reason,
            reminders=answers.ReminderDays(
                confirm_after=procedure.confirm_after,
                final_bill_after=procedure.final_bill_after,
                no_more_bills_after=procedure.no_more_bills_after,
            ),
            sources=[source_answer(source) for source in sources],
            **self.texts(procedure, at),
            **self.parts(procedure, at),
        )

    def parts(self, procedure: Procedure, at: str) -> dict[str, Any]:
        return {
            "steps": [
                answers.Step(kind=step.kind, goal=step.goal, **self.claim(step, here))
                for here, step in numbered(procedure.steps.all(), f"{at}/steps")
            ],
            "channels": [
                self.channel(channel, here)
                for here, channel in numbered(procedure.channels.all(), f"{at}/channels")
            ],
            "materials": [
                answers.Material(**self.claim(material, here))
                for here, material in numbered(procedure.materials.all(), f"{at}/materials")
            ],
            "facts": [
                answers.Fact(topic=fact.topic, **self.claim(fact, here))
                for here, fact in numbered(procedure.facts.all(), f"{at}/facts")
            ],
        }

    def channel(self, channel: models.Channel, at: str) -> answers.Channel:
        return answers.Channel(
            kind=channel.kind,
            value=channel.value or None,
            href=channel.href or None,
            tested_by=channel.tested_by,
            tested_on=channel.tested_on,
            **self.claim(channel, at),
        )

    def claim(self, row: Claim, at: str) -> dict[str, Any]:
        return {
            "key": row.key,
            "tier": row.tier,
            "checked_on": row.checked_on,
            "stale": row.is_stale(self.today),
            "sources": sorted(source.key for source in row.sources.all()),
            **self.texts(row, at),
        }


def numbered(rows: Iterable[Row], at: str) -> Iterator[tuple[str, Row]]:
    """Each row behind its JSON Pointer."""
    return ((f"{at}/{index}", row) for index, row in enumerate(rows))


def place(procedure: Procedure) -> int:
    """Subscriptions first, as on the pages."""
    return Plan.values.index(procedure.plan)


def sources_of(procedure: Procedure) -> list[models.Source]:
    """What its claims rest on, by key."""
    found = {source.key: source for claim in procedure.claims() for source in claim.sources.all()}
    return [found[key] for key in sorted(found)]


def source_answer(source: models.Source) -> answers.Source:
    return answers.Source(
        key=source.key,
        url=source.url,
        title=source.title,
        kind=source.kind,
        published=source.published,
        checked_on=source.checked_on,
        tier=source.tier,
    )


def pages(row: models.Operator) -> dict[str, str]:
    """The address of the operator's page, by language."""
    addresses = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            addresses[code] = absolute(row.get_absolute_url())
    return addresses
