"""A made-up person and a made-up line, for looking at a letter before anybody sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings

from operators import letter_files
from operators.letter_text import LetterTextError, fill, parse
from operators.models import LetterTemplate, LetterText

VALUES: Mapping[str, str | date | Decimal] = {
    "full_name": "Zoë Wang 王",
    "address": "Voorbeeldstraat 12 bus 3, 1000 Brussel",
    "phone_number": "0470 12 34 56",
    "customer_number": "1234567",
    "operator": "Example Mobile",
    "wanted_end": date(2026, 12, 31),
    "today": date(2026, 11, 24),
    "sent_on": date(2026, 11, 9),
    "reference_number": "REF-2026-0042",
    "spoke_to": "An Peeters",
    "called_on": date(2026, 11, 10),
    "confirmed_on": date(2026, 11, 12),
    "ended_on": date(2026, 11, 16),
    "ported_on": date(2026, 11, 17),
    "new_operator": "Other Mobile",
    "amount": Decimal("24.50"),
    "billed_on": date(2026, 11, 20),
    "invoice_number": "F-2026-118",
    "bought_on": date(2026, 11, 13),
    "received_on": date(2026, 11, 16),
    "device": "Example Phone 5",
    "sim_number": "8932 0123 4567 8901 234",
    "iban": "BE68 5390 0754 7034",
    "complained_on": date(2026, 10, 19),
    "subscriber_name": "Jan Janssens",
    "deceased_name": "Jan Janssens",
    "died_on": date(2026, 10, 5),
    "other_services": "internet, TV",
    "answer_email": "zoe@example.org",
}
CHANNEL, RELATION = "registered_letter", "child"
# Beside what is required: in the head or foot of every letter, or asked for with its condition.
ALWAYS_KNOWN = frozenset({"full_name", "address", "operator"})
KNOWN_WITH = {"deceased": "deceased_name", "mandate": "subscriber_name"}


@dataclass(frozen=True, slots=True)
class SampleCase:
    """What the letter is about. conditions: see `letter_text.CONDITION_MEANINGS`."""

    conditions: frozenset[str] = frozenset()
    only_required: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """A sentence of the letter, and the English one beside it."""

    sentence: str
    english: str


def facts(language: str) -> dict[str, str]:
    """By placeholder, every one of them, in words of this language."""
    words = letter_files.words()
    told = {name: _in_words(value, language) for name, value in VALUES.items()}
    return told | {
        "channel": words.channel[CHANNEL][language],
        "relation": words.relation[RELATION][language],
    }


def _in_words(value: str | date | Decimal, language: str) -> str:
    locale = "zh_Hans_CN" if language == "zh-hans" else f"{language}_BE"
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, Decimal):
        return format_currency(value, "EUR", locale=locale)
    return value


def beside(letter: LetterTemplate, part: str, language: str, case: SampleCase) -> list[list[Side]]:
    """The paragraphs of the subject or the body, sentence by sentence beside English.

    Nothing where a text is missing or can't be read: `LetterTemplate.problems()` says so. Where the
    languages do not go together, what is left over stands beside nothing. Prefetch the texts.
    """
    own, english = (
        _filled(letter, part, code, case) for code in (language, settings.LANGUAGE_CODE)
    )
    nothing: list[str] = []
    return [
        [Side(*pair) for pair in zip_longest(*paragraphs, fillvalue="")]
        for paragraphs in zip_longest(own, english, fillvalue=nothing)
    ]


def _filled(letter: LetterTemplate, part: str, language: str, case: SampleCase) -> list[list[str]]:
    told = facts(language)
    if case.only_required:
        told = {name: told[name] for name in _required(letter, case)}
    try:
        text = getattr(letter.text_in(language), part)
        return fill(parse(text), told, case.conditions)
    except (LetterText.DoesNotExist, LetterTextError):
        return []


def _required(letter: LetterTemplate, case: SampleCase) -> frozenset[str]:
    required = letter_files.words().required[letter.kind]
    more = {name for condition, name in KNOWN_WITH.items() if condition in case.conditions}
    return required.missing(frozenset()) | ALWAYS_KNOWN | more
