"""The words of a letter: sentences with placeholders and conditions. Pure Python.

One sentence is one line, an empty line begins a paragraph. `{name}` is filled in; a sentence with a
placeholder that has nothing to say falls away as a whole. `[condition]` before a sentence keeps it
for letters of that sort. Both come from closed lists: what an administrator writes is never a
program. Line for line every language says the same, so that a reader sees beside each sentence
what it means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from simexit.lib.marks import gettext_noop

PLACEHOLDER_MEANINGS: Mapping[str, str] = {
    "full_name": gettext_noop("name of the person who writes"),
    "address": gettext_noop("address of the person who writes, on one line"),
    "phone_number": gettext_noop("mobile number that the letter is about"),
    "customer_number": gettext_noop("customer number at the operator"),
    "operator": gettext_noop("name of the operator"),
    "wanted_end": gettext_noop("day on which the line has to end"),
    "today": gettext_noop("day of the letter"),
    "sent_on": gettext_noop("day on which the cancellation was sent"),
    "channel": gettext_noop("how it was sent or asked, such as “by letter”"),
    "reference_number": gettext_noop("number that the operator gave to it"),
    "spoke_to": gettext_noop("name of the person at the operator who was spoken to"),
    "called_on": gettext_noop("day of the call or of the visit to the shop"),
    "confirmed_on": gettext_noop("day on which the operator confirmed"),
    "ended_on": gettext_noop("day on which the line ended"),
    "ported_on": gettext_noop("day on which the number moved to another operator"),
    "new_operator": gettext_noop("name of the operator that the number moved to"),
    "amount": gettext_noop("amount that is asked or billed, with its currency"),
    "billed_on": gettext_noop("date of the bill"),
    "invoice_number": gettext_noop("number of the bill"),
    "bought_on": gettext_noop("day on which the contract was made"),
    "received_on": gettext_noop("day on which the order arrived"),
    "device": gettext_noop("device that came with the contract"),
    "sim_number": gettext_noop("number printed on the SIM card"),
    "iban": gettext_noop("bank account for what is paid back"),
    "complained_on": gettext_noop("day of the complaint to the operator"),
    "subscriber_name": gettext_noop("name of the holder, where somebody writes for another person"),
    "deceased_name": gettext_noop("name of the holder who died"),
    "died_on": gettext_noop("day on which the holder died"),
    "relation": gettext_noop("what the writer was to the holder, such as “son or daughter”"),
    "other_services": gettext_noop("what stays of the pack"),
    "answer_email": gettext_noop("e-mail address for the answer"),
}
# `not deceased` is the only one that is said by its contrary.
CONDITION_MEANINGS: Mapping[str, str] = {
    "deceased": gettext_noop("the holder of the line died"),
    "not deceased": gettext_noop("every other letter"),
    "mandate": gettext_noop("somebody writes for the holder, with a mandate"),
    "pack": gettext_noop("only the mobile line of a pack ends"),
    "asap": gettext_noop("the line may end sooner than on the day that is named"),
    "registered": gettext_noop("the letter leaves by registered mail"),
}
PLACEHOLDERS = frozenset(PLACEHOLDER_MEANINGS)
CONDITIONS = frozenset(CONDITION_MEANINGS)

_CONDITION = re.compile(r"\[([^\]]*)\]\s+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class LetterTextError(ValueError):
    """A text can't be used; `problems` say where and why, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a text, as it was written."""

    number: int  # of the line, from 1
    condition: str
    text: str

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.text))

    def stands(self, facts: Mapping[str, str], conditions: Collection[str]) -> bool:
        """Whether this letter says it."""
        if self.condition == "not deceased":
            wanted = "deceased" not in conditions
        else:
            wanted = not self.condition or self.condition in conditions
        return wanted and all(facts.get(name) for name in self.placeholders)

    def filled(self, facts: Mapping[str, str]) -> str:
        return _PLACEHOLDER.sub(lambda found: facts[found[1]], self.text)


Paragraphs = list[list[Sentence]]


def parse(text: str) -> Paragraphs:
    """The paragraphs of a text. Raises LetterTextError with each place that is wrong."""
    paragraphs: Paragraphs = [[]]
    problems: list[str] = []
    for number, line in enumerate(text.strip().splitlines(), start=1):
        if line.strip():
            sentence = _sentence(number, line.strip())
            problems += _wrong(sentence)
            paragraphs[-1].append(sentence)
        elif paragraphs[-1]:
            paragraphs.append([])
    if not paragraphs[0]:
        problems.append("is empty")
    if problems:
        raise LetterTextError(problems)
    return paragraphs


def _sentence(number: int, line: str) -> Sentence:
    found = _CONDITION.match(line)
    return Sentence(number, found[1], line[found.end() :]) if found else Sentence(number, "", line)


def _wrong(sentence: Sentence) -> list[str]:
    where = f"line {sentence.number}"
    found = [
        f"{where}: the placeholder {{{name}}} does not exist"
        for name in sorted(sentence.placeholders - PLACEHOLDERS)
    ]
    if sentence.condition and sentence.condition not in CONDITIONS:
        found.append(f"{where}: the condition [{sentence.condition}] does not exist")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", sentence.text)):
        found.append(f"{where}: a curly bracket is not closed or not opened")
    return found


def differences(one: Paragraphs, other: Paragraphs) -> list[str]:
    """Where two languages do not say the same sentences, one line each."""
    if [len(paragraph) for paragraph in one] != [len(paragraph) for paragraph in other]:
        return [f"has {_shape(other)} sentences in its paragraphs, not {_shape(one)}"]
    pairs = [
        (left, right)
        for paragraph, translated in zip(one, other, strict=True)
        for left, right in zip(paragraph, translated, strict=True)
    ]
    return [
        f"line {right.number}: has other placeholders or another condition"
        for left, right in pairs
        if (left.placeholders, left.condition) != (right.placeholders, right.condition)
    ]


def _shape(paragraphs: Paragraphs) -> str:
    return " + ".join(str(len(paragraph)) for paragraph in paragraphs)


def fill(
    paragraphs: Paragraphs, facts: Mapping[str, str], conditions: Collection[str] = ()
) -> list[list[str]]:
    """The sentences that this letter says, in paragraphs; empty paragraphs fall away.

    facts: by placeholder; an empty one is one that is not known. With facts that are empty in the
    same places, every language gives as many sentences.
    """
    filled = [
        [one.filled(facts) for one in paragraph if one.stands(facts, conditions)]
        for paragraph in paragraphs
    ]
    return [paragraph for paragraph in filled if paragraph]
