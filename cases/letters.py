"""Letters: what a person knows, put into the words of a template, on paper or as text.

Nothing here is stored but what `keep` and `send` are given: a letter can be made without an account
and without leaving a trace. What was sent is frozen: its words, its paper and their SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_currency
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import files
from cases.errors import InvalidMove, SentBefore
from cases.letter_pdf import LetterPage, pdf
from cases.models import Case, Letter
from operators import letter_files
from operators.letter_text import fill, parse
from operators.models import LetterKind, LetterTemplate

if TYPE_CHECKING:
    from accounts.models import User

Value = str | date | Decimal | None

# Languages that an operator in Belgium reads, as letters write them.
LANGUAGES: Final = {"nl": "nl_BE", "fr": "fr_BE", "de": "de_BE", "en": "en_BE"}
READERS: Final = LANGUAGES | {"zh-hans": "zh_Hans_CN"}
SPOKEN: Final = frozenset({LetterKind.PHONE_SCRIPT, LetterKind.SHOP_SHEET})
# The cases that these letters end, and what they are for.
CANCELLATIONS: Final = frozenset(
    {LetterKind.CANCELLATION_POSTPAID, LetterKind.CANCELLATION_PREPAID, LetterKind.WITHDRAWAL}
)
COMPLAINTS: Final = frozenset(kind for kind in LetterKind if kind.startswith("complaint_"))
RUNNING: Final = frozenset({Case.Status.REQUESTED, Case.Status.CONFIRMED, Case.Status.ENDED})
POST_CODE: Final = re.compile(r"^(?:B[- ]?)?([1-9]\d{3})\b")
# Where people speak German (the nine municipalities), French and Dutch, by the first digits of the
# post code. Brussels, 1000 to 1299, speaks both: the reader's own language decides.
GERMAN_POST_CODES: Final = frozenset(
    {"4700", "4701", "4710", "4711", "4720", "4721", "4728", "4730", "4731", "4750", "4760"}
    | {"4761", "4770", "4771", "4780", "4782", "4783", "4784", "4790", "4791"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A letter that somebody wants: everything that was typed.

    language: of the letter. values: by placeholder; a day as a date, money as Decimal euros,
    `channel` and `relation` by their keys in words.yaml. conditions: see `letter_text.CONDITIONS`.
    """

    language: str
    values: Mapping[str, Value]
    conditions: Collection[str] = ()
    sender: tuple[str, ...] = ()  # address lines below the name
    recipient: tuple[str, ...] = ()
    place: str = ""
    day: date
    enclosures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.values.get("full_name") or "")


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in one language: the sentences of each paragraph.

    What is spoken is no letter: it has neither salutation nor closing.
    """

    language: str
    subject: str
    salutation: str
    paragraphs: list[list[str]]
    closing: str
    name: str

    @property
    def text(self) -> str:
        """For copying, for an online form and for a mail; lines end in LF."""
        paragraphs = [" ".join(sentences) for sentences in self.paragraphs]
        if not self.closing:
            return "\n\n".join(paragraphs)
        return "\n\n".join([self.salutation, *paragraphs, f"{self.closing}\n{self.name}"])

    @property
    def sentences(self) -> list[list[str]]:
        """All that is read, in the same order in every language."""
        if not self.closing:
            return [[self.subject], *self.paragraphs]
        return [[self.subject], [self.salutation], *self.paragraphs, [self.closing]]


@dataclass(frozen=True, slots=True)
class Side:
    """A sentence of the letter, and what it means in the language of who signs it."""

    sentence: str
    meaning: str

    @property
    def is_cue(self) -> bool:
        """Whether it tells when to say what follows, and is not said itself."""
        return self.sentence.startswith("(")


def post_code(lines: Collection[str]) -> str:
    """The Belgian post code of an address: the one of its last line that begins with one."""
    found = [match[1] for line in lines if (match := POST_CODE.match(line.strip()))]
    return found[-1] if found else ""


def usual_language(post_code: str, reader: str) -> str:
    """The language that a letter from there is best written in; the person may choose another.

    reader: the language of the interface.
    """
    code = post_code.strip()
    if code in GERMAN_POST_CODES:
        return "de"
    if code[:2].isdigit() and len(code) == 4 and not code.startswith(("10", "11", "12")):
        first = int(code[:2])
        return "fr" if first in (13, 14) or 40 <= first <= 79 else "nl"
    return reader if reader in ("nl", "fr") else "fr"


# --- Writing --------------------------------------------------------------------------------------


def write(template: LetterTemplate, wanted: Wanted, *, language: str = "") -> Written:
    """The letter in its own language, or in another one beside it. Prefetch the texts."""
    language = language or wanted.language
    text = template.text_in(language)
    facts = _facts(wanted.values, language)
    frame = letter_files.words().frame
    spoken = template.kind in SPOKEN
    subject = fill(parse(text.subject), facts, wanted.conditions)
    return Written(
        language=language,
        subject=" ".join(sentence for paragraph in subject for sentence in paragraph),
        salutation="" if spoken else frame["salutation"][language],
        paragraphs=fill(parse(text.body), facts, wanted.conditions),
        closing="" if spoken else frame["closing"][language],
        name=wanted.name,
    )


def beside(template: LetterTemplate, wanted: Wanted, *, reader: str) -> list[list[Side]]:
    """Sentence by sentence, in paragraphs; no meanings where the reader reads the letter itself."""
    own = write(template, wanted).sentences
    if reader == wanted.language:
        return [[Side(sentence, "") for sentence in paragraph] for paragraph in own]
    meant = write(template, wanted, language=reader).sentences
    return [
        [Side(*pair) for pair in zip(paragraph, meanings, strict=True)]
        for paragraph, meanings in zip(own, meant, strict=True)
    ]


def _facts(values: Mapping[str, Value], language: str) -> dict[str, str]:
    """What goes into the placeholders, in words of that language; nothing where it is not known."""
    words = letter_files.words()
    told = {name: _in_words(value, language) for name, value in values.items()}
    for name, choices in (("channel", words.channel), ("relation", words.relation)):
        key = str(values.get(name) or "")
        told[name] = choices[key][language] if key in choices else ""
    return told


def _in_words(value: Value, language: str) -> str:
    if isinstance(value, date):
        return day_in_words(value, language)
    if isinstance(value, Decimal):
        return format_currency(value, "EUR", locale=READERS[language])
    return " ".join((value or "").split())


def day_in_words(day: date, language: str) -> str:
    """As a letter writes it: 24 november 2026, 1er décembre 2026, 24. November 2026."""
    text = format_date(day, "long", locale=READERS[language])
    return f"1er{text[1:]}" if language == "fr" and day.day == 1 else text


# --- Forms of it ----------------------------------------------------------------------------------


def paper(written: Written, wanted: Wanted) -> bytes:
    """The letter as a PDF; the same letter gives the same bytes."""
    assert written.language in LANGUAGES
    return pdf(
        LetterPage(
            language=written.language,  # type: ignore[arg-type]  # checked in the line above
            sender=[wanted.name, *wanted.sender],
            recipient=wanted.recipient,
            place=wanted.place,
            day=wanted.day,
            subject=written.subject,
            salutation=written.salutation,
            paragraphs=written.paragraphs,
            closing=written.closing,
            name=wanted.name,
            enclosures=wanted.enclosures,
        )
    )


def mailto(address: str, written: Written | Letter) -> str:
    """A link that opens a mail with this text; its lines end in CR LF, as RFC 6068 wants.

    address: empty where the person fills it in.
    """
    body = written.text.replace("\n", "\r\n")
    return f"mailto:{quote(address)}?subject={quote(written.subject)}&body={quote(body)}"


# --- In a case ------------------------------------------------------------------------------------


def keep(
    case: Case,
    template: LetterTemplate,
    wanted: Wanted,
    *,
    reader: str = "",
    by: User,
    at: datetime,
) -> Letter:
    """Writes the letter for a case, to be sent later. It may be thrown away until it is sent.

    reader: the language in which its meaning is kept beside it; empty for none.
    """
    written = write(template, wanted)
    content = paper(written, wanted)
    stored = files.write(ContentFile(content), folder="letters", at=at)
    letter = Letter(
        case=case,
        template=template,
        kind=template.kind,
        language=wanted.language,
        recipient="\n".join(wanted.recipient),
        subject=written.subject,
        text=written.text,
        reader=reader,
        sides=_pairs(beside(template, wanted, reader=reader or wanted.language)),
        paper=stored,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        wanted_end=_day(wanted.values.get("wanted_end")),
        made_by=by,
        made_at=at,
    )
    with transaction.atomic():
        case.hold()
        files.claim(stored, at=at)
        letter.save()
    return letter


@transaction.atomic
def throw_away(letter: Letter, *, at: datetime) -> None:
    """The letter and its paper are gone; files that lay with it stay in the case.

    Raises InvalidMove if it was sent meanwhile.
    """
    letter.case.hold()
    unsent = letter.case.letters.prepared().filter(pk=letter.pk)
    if not unsent.delete()[0]:
        raise InvalidMove(_("A letter that was sent is never changed."))
    files.release([letter.paper.name or ""], at=at)
    files.sweep_soon(at=at)


def _pairs(sides: list[list[Side]]) -> list[list[list[str]]]:
    return [[[side.sentence, side.meaning] for side in paragraph] for paragraph in sides]


def _day(value: Value) -> date | None:
    return value if isinstance(value, date) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How and when a letter left. sent_on: calendar day in Belgium, the real one."""

    sent_on: date
    channel: str
    registered_number: str = ""
    again: bool = field(default=False)  # the person knows that one of this kind went out before


@transaction.atomic
def send(letter: Letter, sending: Sending, *, by: User, at: datetime) -> None:
    """From here on the letter can't be changed, and its clock runs from the day of sending: the
    operator's after a cancellation, the Ombudsman's year after the first complaint.

    Raises InvalidMove if it was sent before, SentBefore if another of its kind was and `again` is
    not set.
    """
    case = letter.case
    case.hold()
    if not sending.again and (before := sent_before(letter)):
        raise SentBefore(
            _("You sent a letter of this kind on %(day)s. Send it once more?")
            % {"day": date_format(before)}
        )
    letter.freeze(
        sent_on=sending.sent_on,
        channel=sending.channel,
        registered_number=sending.registered_number,
        by=by,
        at=at,
    )
    _tell_the_case(letter, sending, by=by, at=at)


def _tell_the_case(letter: Letter, sending: Sending, *, by: User, at: datetime) -> None:
    """What a letter that left means for its case; a case that has it already stays as it is."""
    case = letter.case
    if letter.kind in CANCELLATIONS and case.status == Case.Status.PREPARING:
        case.mark_requested(
            sent_on=sending.sent_on,
            channel=sending.channel,
            wanted_end=letter.wanted_end,
            by=by,
            at=at,
        )
    elif case.status not in RUNNING:
        return
    elif letter.kind in COMPLAINTS and not case.complained_on:
        case.complain(complained_on=sending.sent_on, by=by, at=at)
    elif letter.kind == LetterKind.OMBUDSMAN and not case.ombudsman_on:
        case.file_with_ombudsman(filed_on=sending.sent_on, by=by, at=at)


def sent_before(letter: Letter) -> date | None:
    """The last day on which another letter of this kind left in this case."""
    others = letter.case.letters.sent().filter(kind=letter.kind).exclude(pk=letter.pk)
    return others.order_by("-sent_on").values_list("sent_on", flat=True).first()
