"""What changed in a letter: who changed which language, and how two versions differ.

In the words of `history.py`, so that the same pages show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Min
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from operators.history import Change, Difference, Entry, Kind
from operators.models import LetterTemplate, LetterText


@dataclass(frozen=True, slots=True)
class _State:
    """One row at one moment, as a person reads it."""

    what: str
    name: str
    values: dict[str, str]


def of_letter(letter: LetterTemplate) -> list[Entry]:
    """The changes of this version in every language, the newest first."""
    texts = LetterText.history.filter(template_id=letter.pk)
    found = [
        *_entries(LetterTemplate.history.filter(id=letter.pk), _whole),
        *_entries(texts, _text),
    ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def since_revision(letter: LetterTemplate, revision: int) -> list[Entry]:
    """The changes that a page which was opened at this revision does not show."""
    later = LetterTemplate.history.filter(id=letter.pk, revision__gt=revision)
    moment = later.aggregate(first=Min("history_date"))["first"]
    return [entry for entry in of_letter(letter) if moment and entry.at >= moment]


def between(old: LetterTemplate, new: LetterTemplate) -> list[Difference]:
    """What is different in the new version, by language."""
    before, after = _texts(old), _texts(new)
    found = [_difference(_whole(old, but="status"), _whole(new, but="status"))]
    found += [
        _difference(before.get(language), after.get(language)) for language in {**after, **before}
    ]
    return [one for one in found if one is not None]


def _texts(letter: LetterTemplate) -> dict[str, _State]:
    return {text.language: _text(text) for text in letter.texts.all()}


# --- One row at one moment: of a model, or of its history, which has the same columns -------------


def _whole(row: Any, *, but: str = "") -> _State:
    fields = {"status": row.get_status_display(), "sources": "\n".join(sorted(row.sources))}
    values = {_label(LetterTemplate, name): text for name, text in fields.items() if name != but}
    name = _("version %(version)s") % {"version": row.version}
    return _State(_noun(LetterTemplate), name, values)


def _text(row: Any) -> _State:
    values = {_label(LetterText, name): getattr(row, name).strip() for name in ("subject", "body")}
    return _State(_noun(LetterText), row.get_language_display(), values)


def _noun(model: Any) -> str:
    return str(capfirst(model._meta.verbose_name))


def _label(model: Any, name: str) -> str:
    return str(capfirst(model._meta.get_field(name).verbose_name))


def _difference(before: _State | None, after: _State | None) -> Difference | None:
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
    return Difference(kind, named.what, named.name, changes)


def _entries(records: Any, state: Callable[[Any], _State]) -> Iterator[Entry]:
    ordered: Iterable[Any] = records.select_related("history_user").order_by("id", "history_id")
    for _pk, own in groupby(ordered, lambda record: record.id):
        before: _State | None = None
        for record in own:
            now = state(record)
            gone = record.history_type == "-"
            difference = _difference(before or now, None) if gone else _difference(before, now)
            if difference is not None:
                yield Entry(
                    at=record.history_date,
                    by=str(record.history_user or ""),
                    reason=record.history_change_reason or "",
                    difference=difference,
                )
            before = now
