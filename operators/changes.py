"""What is different for a reader between the version that they follow and a newer one.

The administration compares every column (`history.between`). A reader is told what changes for
them: steps, contacts, rules, what to have at hand, and the days of our mails. A source, an order or
a better translation of the same English is none of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise

from django.db.models import Field
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from operators.history import Kind
from operators.models import (
    SOURCE_LANGUAGE,
    Channel,
    Fact,
    Material,
    Procedure,
    Step,
    Translated,
    TranslationState,
)

# What a reader sees of each row, in the order of the page.
SEEN: dict[type[Translated], tuple[str, ...]] = {
    Step: ("title", "body", "special"),
    Channel: ("kind", "value", "hours", "note", "instructions", "say", "bring", "expect"),
    Material: ("name", "note"),
    Fact: ("topic", "text"),
    Procedure: ("summary", "confirm_after", "final_bill_after", "no_more_bills_after"),
}
NUMBER = re.compile(r"^\s*\d+[.)]\s+")  # at the head of a line of a list


@dataclass(frozen=True, slots=True)
class Change:
    """What one text does not say any more, and what it says now. Line by line; either may be empty.

    language: of both, for a translation may be missing yet.
    """

    label: str
    gone: str
    new: str
    language: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One step, contact, rule or thing at hand that was added, changed or taken away.

    on: the day in Belgium on which the version came out that did it.
    """

    kind: Kind
    what: str
    name: str
    on: date
    changes: list[Change]


def versions_between(old: Procedure, new: Procedure) -> list[Procedure]:
    """Both and what was published between them, in order, with what readers see of them."""
    return list(
        Procedure.objects.filter(
            operator=old.operator_id, plan=old.plan, version__range=(old.version, new.version)
        )
        .exclude(status=Procedure.Status.DRAFT)
        .order_by("version")
        .prefetch_related("steps", "channels", "materials", "facts")
    )


def for_reader(versions: Sequence[Procedure], *, goal: str) -> list[Difference]:
    """What the last of these versions changes for somebody who follows the first.

    goal: `end` or `port`; steps for others are left out.
    """
    pages = [_page(version, goal) for version in versions]
    first, last = pages[0], pages[-1]
    found = []
    for key in {**last, **first}:
        before, after = first.get(key), last.get(key)
        named = after or before
        assert named
        if before and after and not _differ(before, after):
            continue
        found.append(
            Difference(
                kind=Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED,
                what=named.what,
                name=named.name,
                on=_changed_on([page.get(key) for page in pages], versions),
                changes=list(_changes(before, after)) if after else [],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    row: Translated
    what: str
    name: str = ""

    @property
    def seen(self) -> tuple[str, ...]:
        return SEEN[type(self.row)]

    def text(self, name: str, language: str) -> str:
        if name in self.row.translated_fields():
            return self.row.in_language(name, language).strip()
        if label := getattr(self.row, f"get_{name}_display", None):
            return str(label())
        return str(getattr(self.row, name)).strip()

    def is_translated(self, name: str, language: str) -> bool:
        """Whether this text is in that language what the English says."""
        if name not in self.row.translated_fields():
            return True
        state = self.row.translation_state(name, language)
        return language == SOURCE_LANGUAGE or state == TranslationState.CURRENT


def _page(procedure: Procedure, goal: str) -> dict[tuple[type, str], _Row]:
    """What stands on the page of a version, by what it is and its key."""
    rows = [
        *(
            _Row(step, _("Step %(number)s") % {"number": number}, step.title)
            for number, step in enumerate(procedure.steps_for(goal), start=1)
        ),
        *(_Row(one, one.get_kind_display(), one.value) for one in procedure.channels.all()),
        *(_Row(one, _("To have at hand"), one.name) for one in procedure.materials.all()),
        *(_Row(one, one.get_topic_display()) for one in procedure.facts.all()),
        _Row(procedure, _("In general")),
    ]
    return {(type(one.row), getattr(one.row, "key", "")): one for one in rows}


def _differ(before: _Row | None, after: _Row | None) -> bool:
    if before is None or after is None:
        return before is not after
    return any(
        before.text(name, SOURCE_LANGUAGE) != after.text(name, SOURCE_LANGUAGE)
        for name in after.seen
    )


def _changed_on(row: Sequence[_Row | None], versions: Sequence[Procedure]) -> date:
    """The day of the last version in which this row is not as it was in the one before."""
    moments = [
        version.published_at
        for (before, after), version in zip(pairwise(row), versions[1:], strict=True)
        if _differ(before, after) and version.published_at
    ]
    return timezone.localdate(moments[-1])


def _changes(before: _Row | None, after: _Row) -> Iterator[Change]:
    """Text by text, in the reader's language where both texts are translated into it."""
    for name in after.seen:
        field = after.row._meta.get_field(name)
        assert isinstance(field, Field)
        if before is None:
            said_above = field.choices or after.text(name, SOURCE_LANGUAGE) == after.name
            differs = not said_above
        else:
            differs = before.text(name, SOURCE_LANGUAGE) != after.text(name, SOURCE_LANGUAGE)
        for language in _languages(name, before, after) if differs else ():
            old = before.text(name, language) if before else ""
            gone, new = _lines(old, after.text(name, language))
            if gone or new:
                yield Change(str(capfirst(field.verbose_name)), gone, new, language)
                break


def _languages(name: str, *rows: _Row | None) -> list[str]:
    """In which to look for the difference: English where the reader's language does not show it."""
    reader = get_language() or SOURCE_LANGUAGE
    translated = all(one.is_translated(name, reader) for one in rows if one)
    return [reader, SOURCE_LANGUAGE] if translated else [SOURCE_LANGUAGE]


def _lines(before: str, after: str) -> tuple[str, str]:
    """The lines that are gone, and those that are new.

    Numbers at their head do not count: a line more at the top of a list changes all of them.
    """
    old, new = before.splitlines(), after.splitlines()
    bare_old, bare_new = ([NUMBER.sub("", line).strip() for line in one] for one in (old, new))
    gone, come = [], []
    matcher = SequenceMatcher(None, bare_old, bare_new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            gone += old[i1:i2]
            come += new[j1:j2]
    return "\n".join(filter(str.strip, gone)), "\n".join(filter(str.strip, come))
