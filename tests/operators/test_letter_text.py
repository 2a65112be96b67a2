"""The words of letters: what is refused, what falls away, and that languages go line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.letter_text import LetterTextError, differences, fill, parse

LETTER = """
I end the line {phone_number}.
My customer number is {customer_number}.
[mandate] I write for {subscriber_name}.

[not deceased] Please confirm to {answer_email}.
"""


def test_what_is_known_is_filled_in_and_what_is_not_falls_away_with_its_sentence() -> None:
    told = fill(parse(LETTER), {"phone_number": "0470 00 00 00", "answer_email": ""})

    assert told == [["I end the line 0470 00 00 00."]]


@pytest.mark.parametrize(
    ("conditions", "last"),
    [
        (set(), "Please confirm to a@b.be."),
        ({"mandate"}, "Please confirm to a@b.be."),
        ({"deceased"}, "I end the line 1."),
    ],
)
def test_a_condition_keeps_a_sentence_for_its_letters(conditions: set[str], last: str) -> None:
    facts = {"phone_number": "1", "answer_email": "a@b.be", "subscriber_name": "Ana"}

    told = [one for paragraph in fill(parse(LETTER), facts, conditions) for one in paragraph]

    assert told[-1] == last
    assert ("I write for Ana." in told) == ("mandate" in conditions)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Dear {nobody},", "line 1: the placeholder {nobody} does not exist"),
        ("Yes.\n\nDear {full_name", "line 3: a curly bracket is not closed or not opened"),
        ("full_name}", "line 1: a curly bracket is not closed or not opened"),
        ("{{full_name}}", "line 1: a curly bracket is not closed or not opened"),
        ("{}", "line 1: the placeholder {} does not exist"),
        ("{full_name.__class__}", "line 1: the placeholder {full_name.__class__} does not exist"),
        ("{% load x %}", "line 1: the placeholder {% load x %} does not exist"),
        ("[rich] Yes.", "line 1: the condition [rich] does not exist"),
        ("\n \n", "is empty"),
    ],
)
def test_what_cannot_be_filled_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(LetterTextError) as caught:
        parse(text)

    assert caught.value.problems == [problem]


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ("Ik zeg {phone_number} op.", "has 1 sentences in its paragraphs, not 1 + 1"),
        ("Ik zeg op.\n\nTot {wanted_end}.", "line 1: has other placeholders or another condition"),
        ("[pack] {phone_number}\n\n{wanted_end}", "line 1: has other placeholders or another"),
    ],
)
def test_two_languages_that_do_not_say_the_same_are_told_apart(other: str, problem: str) -> None:
    first = parse("I end {phone_number}.\n\nBy {wanted_end}.")

    (found,) = differences(first, parse(other))

    assert found.startswith(problem)


@given(value=st.text(max_size=60), name=st.sampled_from(["full_name", "address", "device"]))
def test_what_a_person_types_is_never_read_as_a_text_of_ours(value: str, name: str) -> None:
    (told,) = fill(parse(f"Say {{{name}}} twice: {{{name}}}."), {name: value}) or [[]]

    assert told == ([f"Say {value} twice: {value}."] if value else [])
