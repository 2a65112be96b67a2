"""What stands in the dossier of a case: everything that it can prove, numbered, from its rows.

The same state of the case and the same language give the same dossier, whenever it is made: it
takes no time from a clock. `dossier_pdf.py` puts it on paper, `dossier_zip.py` packs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Final

from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases import talk
from cases.letter_beginning import recipient_lines
from cases.letters import LANGUAGES, post_code, usual_language
from cases.models import Case, CaseEvent, Check, Evidence, Letter, Message
from cases.timeline import Entry, mails, timeline
from operators import catalogue
from operators.markdown import plain_text
from operators.models import Channel, ChannelKind, Fact, Plan, Source, Tier, load_claims

NAME_LENGTH: Final = 60  # letters of a name within the ZIP; some programs give up on long paths
TALK_BYTES: Final = 20_000  # of a talk that are printed; the file itself is whole

# A rule is printed where one of these says so, and not an operator or a newspaper alone.
AUTHORITIES: Final = frozenset(
    {Source.Kind.LAW, Source.Kind.REGULATOR, Source.Kind.OMBUDSMAN, Source.Kind.GOVERNMENT}
)
TOPICS: Final = (
    Fact.Topic.LEGAL,
    Fact.Topic.END_DATE,
    Fact.Topic.CONFIRMATION,
    Fact.Topic.COST,
    Fact.Topic.CREDIT,
    Fact.Topic.FINAL_BILL,
)
# Who else may read a case is no business of who reads it, and no part of what happened.
HOUSEKEEPING: Final = (CaseEvent.Kind.SHARED, CaseEvent.Kind.UNSHARED)
CONTACTS: Final = (
    ChannelKind.LETTER,
    ChannelKind.EMAIL,
    ChannelKind.WEB_FORM,
    ChannelKind.HOTLINE,
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the case. path: where it lies in the ZIP. said: what a talk's file says."""

    number: int
    evidence: Evidence
    path: str
    said: tuple[str, ...] = ()

    @property
    def message(self) -> Message | None:
        """What its header says, where it is a mail."""
        return getattr(self.evidence, "message", None)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent. files: numbers of those that lie with it."""

    number: int
    letter: Letter
    path: str
    files: tuple[int, ...]
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """One of the four. on: the day, or None. files: numbers of those that prove it."""

    title: str
    on: date | None
    files: tuple[int, ...]
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """Where something was read, and on which day."""

    number: int
    title: str
    url: str
    published: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class Rule:
    """What an authority says, in words of SimExit. sources: numbers of references."""

    topic: str
    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """How the operator is reached. sources: numbers of references; empty where none was read."""

    channel: Channel
    sources: tuple[int, ...]

    @property
    def is_verified(self) -> bool:
        """Whether a source says it. (Not the tier: reports of people change that one later.)"""
        return any(source.tier != Tier.UNVERIFIED for source in self.channel.sources.all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """state_of: when something last happened in the case."""

    case: Case
    language: str
    state_of: datetime
    files: list[Filed]
    letters: list[Sent]
    proofs: list[Proof]
    checks: list[Check]
    timeline: list[Entry]
    reminders: list[Entry]
    contacts: list[Contact]
    rules: list[Rule]
    references: list[Reference]

    @property
    def messages(self) -> list[tuple[Filed, Message]]:
        return [(file, file.message) for file in self.files if file.message]

    @property
    def talks(self) -> list[Filed]:
        return [file for file in self.files if file.said]

    @property
    def last_bill(self) -> Filed | None:
        return last_bill(self.files)


def language_for(case: Case, *, wanted: str, reader: str) -> str:
    """One that an operator and the Ombudsman read: the wanted one, the reader's own, or the usual
    one where the operator sits. wanted: may be anything."""
    if wanted in LANGUAGES:
        return wanted
    if reader in LANGUAGES:
        return reader
    lines = recipient_lines(case.procedure, list(case.procedure.channels.all()))
    return usual_language(post_code(lines), reader)


def collect(case: Case, *, language: str) -> Dossier:
    """Everything of this case, with its words in this language."""
    with translation.override(language):
        files = _files(case)
        shelf = _Shelf()
        load_claims([case.procedure])
        letters = _letters(case, files, shelf)
        happened = timeline(case, without=HOUSEKEEPING)
        happened.reverse()
        return Dossier(
            case=case,
            language=language,
            state_of=happened[-1].at,
            files=files,
            letters=letters,
            proofs=proofs(case, files),
            checks=list(case.checks.all()),
            timeline=happened,
            reminders=mails(case),
            contacts=[
                Contact(channel, shelf.numbers(channel.sources.all()))
                for channel in case.procedure.channels.all()
                if channel.kind in CONTACTS and channel.value
            ],
            rules=_rules(case, shelf),
            references=shelf.references,
        )


# --- Files and letters ----------------------------------------------------------------------------


def _files(case: Case) -> list[Filed]:
    """In the order of their coming, so that a file keeps its number when others come later."""
    kept = case.evidence.kept().select_related("message").order_by("uploaded_at", "name", "pk")
    rows = list(kept)
    digits = _digits(len(rows))
    return [
        Filed(number, row, f"files/{number:0{digits}}-{_safe(row.name)}", _said(row))
        for number, row in enumerate(rows, start=1)
    ]


def _letters(case: Case, files: list[Filed], shelf: _Shelf) -> list[Sent]:
    rows = list(case.letters.sent().select_related("template").order_by("sent_on", "made_at", "pk"))
    digits = _digits(len(rows))
    return [
        Sent(
            number,
            row,
            f"letters/{number:0{digits}}-{row.kind.replace('_', '-')}-{row.sent_on}.pdf",
            tuple(file.number for file in files if file.evidence.letter_id == row.pk),
            shelf.numbers_of_keys(row.template.sources),
        )
        for number, row in enumerate(rows, start=1)
    ]


def _digits(count: int) -> int:
    return max(2, len(str(count)))


def _safe(name: str) -> str:
    """The name in signs that every program which unpacks a ZIP writes alike."""
    path = PurePath(name)
    stem = slugify(path.stem)[:NAME_LENGTH].strip("-_")
    return (stem or "file") + path.suffix.lower()


def _said(row: Evidence) -> tuple[str, ...]:
    if not talk.is_talk(row):
        return ()
    with row.file.open("rb") as file:
        text = file.read(TALK_BYTES).decode(errors="replace")
    return tuple(line for line in text.splitlines() if line.strip())


# --- The four proofs ------------------------------------------------------------------------------


def proofs(case: Case, files: Iterable[Filed]) -> list[Proof]:
    """Sent, confirmed in writing, line dead, bills stopped: the day of each, and what proves it."""
    kinds = Evidence.Proves
    files = list(files)

    def proved_by(*proves: str) -> tuple[int, ...]:
        return tuple(file.number for file in files if file.evidence.proves in proves)

    moves = case.is_port
    return [
        Proof(
            _("Move of the number ordered") if moves else _("Sent"),
            case.sent_on,
            proved_by(kinds.SENT, kinds.RECEIVED),
        ),
        Proof(
            _("Confirmed in writing"),
            case.confirmed_on,
            proved_by(kinds.CONFIRMED),
            needed=not moves,  # the move itself is the confirmation
        ),
        Proof(
            _("Number moved") if moves else _("Line dead"),
            case.ended_on,
            proved_by(kinds.LINE_DEAD),
        ),
        Proof(_("Bills stopped"), case.closed_on, proved_by(kinds.FINAL_BILL)),
    ]


def last_bill(files: Iterable[Filed]) -> Filed | None:
    """The latest file that is said to be the last bill."""
    bills = [file for file in files if file.evidence.proves == Evidence.Proves.FINAL_BILL]
    return max(bills, key=lambda file: (file.evidence.day or date.min, file.number), default=None)


def expects_a_bill(case: Case) -> bool:
    return case.procedure.plan == Plan.POSTPAID


# --- What was relied on ---------------------------------------------------------------------------


class _Shelf:
    """Numbers each source once, in the order in which sources are first named."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self._number: dict[str, int] = {}  # by address

    def numbers(self, sources: Iterable[Source | catalogue.CatalogueSource]) -> tuple[int, ...]:
        return tuple(sorted({self._number_of(source) for source in sources}))

    def numbers_of_keys(self, keys: Iterable[str]) -> tuple[int, ...]:
        """Of sources as letters name them; one that the catalogue dropped is passed over."""
        known = catalogue.sources()
        return self.numbers(known[key] for key in keys if key in known)

    def _number_of(self, source: Source | catalogue.CatalogueSource) -> int:
        if source.url not in self._number:
            number = self._number[source.url] = len(self.references) + 1
            self.references.append(
                Reference(number, source.title, source.url, source.published, source.checked_on)
            )
        return self._number[source.url]


def _rules(case: Case, shelf: _Shelf) -> list[Rule]:
    """What authorities say, as the version of the procedure has it that the case follows."""
    name = case.operator_name
    facts = sorted(
        (fact for fact in case.procedure.facts.all() if _is_rule(fact, operator=name)),
        key=lambda fact: TOPICS.index(Fact.Topic(fact.topic)),
    )
    return [
        Rule(
            str(Fact.Topic(fact.topic).label),
            plain_text(fact.text),
            shelf.numbers(fact.sources.all()),
        )
        for fact in facts
    ]


def _is_rule(fact: Fact, *, operator: str) -> bool:
    """Whether an authority says it of everybody. What names the operator tells of its habits."""
    return (
        fact.topic in TOPICS
        and fact.tier != Tier.UNVERIFIED
        and operator not in fact.in_english("text")
        and any(source.kind in AUTHORITIES for source in fact.sources.all())
    )
