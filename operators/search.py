"""Finding a brand by what people type: its name, its company, older names, other scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from operators.models import Operator

EXACT = 100.0
# Of 100. Lets one wrong letter pass in a name of four ("bsae") and keeps "hey" and "voo" apart.
GOOD_ENOUGH = 75.0


def find(operators: Iterable[Operator], query: str) -> list[Operator]:
    """Those that the words may mean, the best first; equally good ones stay in their order.

    Where something matches as typed, what merely looks like it is left out.
    """
    wanted = _plain(query)
    scores = [(_score(operator, wanted), operator) for operator in operators] if wanted else []
    best = max((score for score, _operator in scores), default=0.0)
    enough = EXACT if best >= EXACT else GOOD_ENOUGH
    found = [pair for pair in scores if pair[0] >= enough]
    return [operator for _score, operator in sorted(found, key=lambda pair: -pair[0])]


def _score(operator: Operator, wanted: str) -> float:
    return max(_likeness(name, wanted) for name in _names(operator))


def _likeness(name: str, wanted: str) -> float:
    if name.startswith(wanted) or (len(wanted) > 1 and wanted in name):
        return EXACT
    if len(name) > 1 and f" {name} " in f" {wanted} ":
        return EXACT  # "orange belgium prepaid"
    return fuzz.ratio(name.replace(" ", ""), wanted.replace(" ", ""))


def _names(operator: Operator) -> Iterator[str]:
    for name in (operator.name, operator.legal_name, *operator.aliases.split(",")):
        if plain := _plain(name):
            yield plain


def _plain(text: str) -> str:
    """Small letters without accents and signs, so that "Hey!" is found as "hey"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(re.findall(r"\w+", letters))
