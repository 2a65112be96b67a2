"""How far a procedure is translated: each text beside its English, and counts per language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import capfirst

from operators.models import (
    OTHER_LANGUAGES,
    Channel,
    Claim,
    Fact,
    Material,
    Procedure,
    Step,
    TranslationState,
)

CLAIMS: tuple[type[Claim], ...] = (Step, Channel, Material, Fact)


@dataclass(frozen=True)
class Text:
    """One text of one row in one language, as a page shows it beside the English."""

    row: Procedure | Claim
    field: str
    language: str
    state: TranslationState

    @property
    def name(self) -> str:
        """In a form."""
        return f"{self.row._meta.model_name}-{self.row.pk}-{self.field}"

    @property
    def label(self) -> str:
        return str(capfirst(self.row._meta.get_field(self.field).verbose_name))  # type: ignore[union-attr]

    @property
    def english(self) -> str:
        return self.row.in_english(self.field)

    @property
    def text(self) -> str:
        return self.row.in_language(self.field, self.language)

    @property
    def longest(self) -> int | None:
        """In characters; None where there is no limit."""
        longest: int | None = getattr(self.row._meta.get_field(self.field), "max_length", None)
        return longest

    @property
    def lines(self) -> int:
        """How high a field must be to show it."""
        texts = (self.english, self.text)
        return min(20, max(len(text) // 45 + text.count("\n") + 1 for text in texts))


def save(procedure: Procedure, changed: Iterable[tuple[Text, str]], *, reason: str) -> None:
    """Writes these texts, as translations of the English as it is now; counts as one save."""
    rows: dict[int, Claim] = {}
    for of, text in changed:
        of.row.translate(of.field, of.language, text)
        if isinstance(of.row, Claim):
            rows[id(of.row)] = of.row
    procedure.revision += 1
    for row in (procedure, *rows.values()):
        row.because(reason)
        row.save()


@dataclass(frozen=True, slots=True)
class Progress:
    """How many texts of one procedure there are in one language, and how many need somebody."""

    language: str
    total: int
    missing: int
    outdated: int

    @property
    def name(self) -> str:
        return str(dict(settings.LANGUAGES)[self.language])

    @property
    def to_do(self) -> int:
        return self.missing + self.outdated


def texts(procedure: Procedure, language: str) -> list[Text]:
    """Every text that has English, in the order of the page."""
    return [
        Text(row, one.field, language, one.state)
        for row in _rows([procedure])[procedure.pk]
        for one in row.translations()
        if one.language == language
    ]


def progress(procedures: Iterable[Procedure]) -> dict[int, list[Progress]]:
    """Per procedure, by its primary key, and language. In four queries, however many there are."""
    return {pk: list(_counted(rows)) for pk, rows in _rows(procedures).items()}


def _counted(rows: list[Procedure | Claim]) -> Iterator[Progress]:
    states = Counter((one.language, one.state) for row in rows for one in row.translations())
    for language in OTHER_LANGUAGES:
        yield Progress(
            language,
            total=sum(states[language, state] for state in TranslationState),
            missing=states[language, TranslationState.MISSING],
            outdated=states[language, TranslationState.OUTDATED],
        )


def _rows(procedures: Iterable[Procedure]) -> dict[int, list[Procedure | Claim]]:
    by_pk = {procedure.pk: procedure for procedure in procedures}
    found: dict[int, list[Procedure | Claim]] = {pk: [one] for pk, one in by_pk.items()}
    for model in CLAIMS:
        for claim in model._default_manager.filter(procedure__in=list(by_pk)):
            claim.procedure = by_pk[claim.procedure_id]
            found[claim.procedure_id].append(claim)
    return found
