"""Two editors had the same draft open: what the second typed, put on top of what the first saved.

A field that the second did not touch takes what is stored now; one that they touched keeps what
they typed. Nothing is saved here: the page shows the result, and who changed what meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from operators import history
from operators.models import Procedure

# What each form carries and nobody types.
MACHINERY = {"id", "procedure", "DELETE"}


@dataclass(frozen=True)
class Section:
    """All rows of one kind on the page: what their fields are called, and how one is made."""

    prefix: str
    formset: Any  # a class; `PartFormSet` with the fields of one kind


def rebase(
    data: QueryDict,
    procedure: Procedure,
    since: datetime,
    form: Any,
    sections: list[Section],
) -> QueryDict:
    """data: what was sent. form: the class for the procedure itself.

    since: when the first change was saved that the sender did not see.
    """
    before = history.before(procedure, since)
    result = data.copy()
    if opened := before.get(Procedure, {}).get(procedure.pk):
        _take_over(result, form(data, instance=opened.row), form(instance=procedure))
    for section in sections:
        model = section.formset.model
        _Rows(section, data, procedure, before.get(model, {})).write(result)
    return result


def _take_over(result: QueryDict, typed: Any, stored: Any) -> None:
    """Puts what is stored where nothing was typed."""
    for name in typed.initial.keys() & typed.fields.keys() - {"opened_at"}:
        if name not in typed.changed_data and name not in MACHINERY:
            _put(result, typed.add_prefix(name), stored[name].value())


def _put(result: QueryDict, name: str, value: Any) -> None:
    if isinstance(value, list | tuple):
        result.setlist(name, [str(one) for one in value])
    else:
        result[name] = "" if value is None else str(value)


class _Rows:
    """The rows of one section: those stored now, then those that the second editor adds."""

    def __init__(
        self,
        section: Section,
        data: QueryDict,
        procedure: Procedure,
        before: Mapping[int, history.Known],
    ) -> None:
        self.prefix, self.data, self.before = section.prefix, data, before
        # Its form and its sources, as the page itself makes them.
        self.formset = section.formset(instance=procedure, prefix=section.prefix)
        self.stored = {form.instance.pk: form for form in self.formset.initial_forms}
        self.sent = {self._id(number): number for number in self._numbers() if self._id(number)}

    def write(self, result: QueryDict) -> None:
        for name in [name for name in result if name.startswith(f"{self.prefix}-")]:
            del result[name]
        for number, (pk, stored) in enumerate(self.stored.items()):
            self._write_stored(result, number, pk, stored)
        number = len(self.stored)
        for row in self._added():
            for name, values in row.items():
                result.setlist(f"{self.prefix}-{number}-{name}", values)
            number += 1
        result[f"{self.prefix}-INITIAL_FORMS"] = str(len(self.stored))
        result[f"{self.prefix}-TOTAL_FORMS"] = str(number)

    def _write_stored(self, result: QueryDict, number: int, pk: int, stored: Any) -> None:
        place = f"{self.prefix}-{number}"
        for field in stored:
            if not field.field.disabled:
                _put(result, f"{place}-{field.name}", field.value())
        if pk not in self.sent:
            return
        touched = self._touched(pk)
        for name, values in self._values(self.sent[pk]).items():
            if name in touched or name == "DELETE":
                result.setlist(f"{place}-{name}", values)

    def _added(self) -> Iterator[dict[str, list[str]]]:
        for number in self._numbers():
            pk, values = self._id(number), self._values(number)
            if pk is None:
                yield values
            elif pk not in self.stored and pk in self.before and self._touched(pk):
                # The other editor removed what this one was writing in: it comes back as new.
                yield values | {"id": [""], "key": [self.before[pk].row.key]}

    def _touched(self, pk: int) -> set[str]:
        if pk not in self.before:
            return set(self._values(self.sent[pk]))  # not known what they saw: they typed it all
        known = self.before[pk]
        form = self.formset.form(
            self.data,
            instance=known.row,
            initial={"sources": known.sources},
            prefix=f"{self.prefix}-{self.sent[pk]}",
            sources=self.formset.sources,
        )
        return set(form.changed_data) - MACHINERY

    def _numbers(self) -> range:
        total = self.data.get(f"{self.prefix}-TOTAL_FORMS", "")
        most = self.formset.absolute_max
        return range(min(int(total), most) if total.isdecimal() else 0)

    def _id(self, number: int) -> int | None:
        value = self.data.get(f"{self.prefix}-{number}-id", "")
        return int(value) if value.isdecimal() else None

    def _values(self, number: int) -> dict[str, list[str]]:
        start = f"{self.prefix}-{number}-"
        return {
            name.removeprefix(start): self.data.getlist(name)
            for name in self.data
            if name.startswith(start)
        }
