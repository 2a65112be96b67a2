"""Letters of a case: written, read beside one's own language, kept, sent, and frozen."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from cases import letters
from cases.errors import InvalidMove, SentBefore
from cases.letter_form import LetterForm
from cases.models import Case, Letter
from cases.timeline import timeline
from operators import letter_files
from operators.models import LetterTemplate
from tests.factories import NOW, TODAY, import_letters, make_case

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
END = TODAY + 30 * DAY


@pytest.fixture(autouse=True)
def texts() -> None:
    import_letters()


def template(kind: str = "cancellation_postpaid") -> LetterTemplate:
    return LetterTemplate.objects.published().prefetch_related("texts").get(kind=kind)


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "language": "nl",
        "full_name": "王小明 Wang",
        "phone_number": "0470 12 33 21",
        "customer_number": "K-1",
        "wanted_end": END.isoformat(),
        "address": "Rue Neuve 1\n1000 Brussel",
        "recipient": "Telenet BV\nLiersesteenweg 4\n2800 Mechelen",
        "place": "Brussel",
    } | changed


def form(kind: str = "cancellation_postpaid", **changed: Any) -> LetterForm:
    return LetterForm(typed(**changed), template=template(kind), today=TODAY)


def wanted(kind: str = "cancellation_postpaid", **changed: Any) -> letters.Wanted:
    filled = form(kind, **changed)
    assert filled.is_valid(), filled.errors
    return filled.wanted()


def kept(case: Case, **changed: Any) -> Letter:
    return letters.keep(case, template(), wanted(**changed), by=case.owner, at=NOW)


def sending(**changed: Any) -> letters.Sending:
    return letters.Sending(**{"sent_on": TODAY, "channel": "letter"} | changed)


# --- Writing --------------------------------------------------------------------------------------


def test_a_letter_says_what_was_typed_in_its_own_language() -> None:
    written = letters.write(template(), wanted())

    assert written.subject == "Opzegging van het mobiele abonnement voor 0470 12 33 21"
    assert "2 april 2026" in written.text
    assert written.text.startswith("Geachte mevrouw, geachte heer,\n\n")
    assert written.text.endswith("Met vriendelijke groeten,\n王小明 Wang")


@pytest.mark.parametrize("reader", ["en", "zh-hans", "fr", "de"])
@pytest.mark.parametrize("conditions", [{}, {"pack": "on", "other_services": "TV"}, {"asap": "on"}])
def test_each_sentence_stands_beside_what_it_means(reader: str, conditions: dict[str, str]) -> None:
    sides = letters.beside(template(), wanted(**conditions), reader=reader)

    pairs = [side for paragraph in sides for side in paragraph]
    assert len(pairs) > 8
    assert all(side.sentence and side.meaning for side in pairs)
    assert sum("0470 12 33 21" in side.meaning for side in pairs) == sum(
        "0470 12 33 21" in side.sentence for side in pairs
    )


def test_who_reads_the_language_of_the_letter_reads_it_once() -> None:
    sides = letters.beside(template(), wanted(), reader="nl")

    assert not any(side.meaning for paragraph in sides for side in paragraph)


def test_money_days_and_ways_are_said_as_the_language_says_them() -> None:
    data = wanted("complaint_fee", language="fr", amount="12.50")

    text = letters.write(template("complaint_fee"), data).text

    assert "12,50\xa0€" in text.replace("\u202f", "\xa0")
    assert "1er mars 2026" in letters.day_in_words(TODAY.replace(day=1), "fr")
    assert data.values["amount"] == Decimal("12.50")


@pytest.mark.parametrize(
    ("post_code", "reader", "language"),
    [
        ("2800", "en", "nl"),
        ("9000", "fr", "nl"),
        ("5000", "en", "fr"),
        ("1300", "nl", "fr"),
        ("1500", "fr", "nl"),
        ("4000", "en", "fr"),
        ("4700", "en", "de"),
        ("1000", "nl", "nl"),
        ("1000", "zh-hans", "fr"),
        ("", "nl", "nl"),
        ("x", "en", "fr"),
    ],
)
def test_the_address_suggests_the_language(post_code: str, reader: str, language: str) -> None:
    assert letters.usual_language(post_code, reader) == language


def test_a_mail_program_is_handed_the_same_words() -> None:
    written = letters.write(template(), wanted())

    link = letters.mailto("service@example.org", written)

    assert link.startswith("mailto:service%40example.org?subject=Opzegging%20van")
    assert "%0D%0A%0D%0A" in link
    assert "&body=" in link


# --- The form -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"wanted_end": ""}, "wanted_end", "Which day was it?"),
        ({"wanted_end": (TODAY - DAY).isoformat()}, "wanted_end", "This day is over."),
        ({"phone_number": "02 555 12 12"}, "phone_number", ""),
        ({"customer_number": ""}, "customer_number", "This field is required."),
        ({"address": "\n".join("1234567")}, "address", "At most 6 lines"),
        ({"recipient": "x" * 81}, "recipient", "A line has at most 80 characters."),
        ({"full_name": "x" * 81}, "full_name", "at most 80 characters"),
        ({"language": "zh-hans"}, "language", "Select a valid choice"),
        ({"mandate": "on"}, "subscriber_name", "The letter needs this."),
        ({"pack": "on"}, "other_services", "The letter needs this."),
        ({"mandate": "on", "deceased": "on"}, "mandate", "A mandate ends with a death"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    changed: dict[str, str], field: str, sentence: str
) -> None:
    filled = form(**changed)

    assert not filled.is_valid()
    assert sentence in " ".join(filled.errors[field])


@pytest.mark.parametrize("kind", list(letter_files.words().required))
def test_every_kind_has_a_form_that_asks_for_what_it_needs(kind: str) -> None:
    empty = LetterForm({}, template=template(kind), today=TODAY)

    assert not empty.is_valid()
    rule = letter_files.words().required[kind]
    assert rule.all - {"today", "address"} <= set(empty.errors)
    spoken = kind in ("phone_script", "shop_sheet")
    assert ("address" in empty.fields) is not spoken


def test_a_complaint_needs_one_of_two_stories() -> None:
    asked = form("complaint_still_billed", wanted_end="")
    moved = form("complaint_still_billed", wanted_end="", ported_on=TODAY.isoformat())

    assert "sent_on" in asked.errors
    assert moved.is_valid(), moved.errors


# --- In a case ------------------------------------------------------------------------------------


def test_a_letter_is_kept_with_its_paper_and_its_digest(alice: User) -> None:
    letter = kept(make_case(owner=alice))

    content = letter.paper.read()
    assert content.startswith(b"%PDF")
    assert (letter.size, letter.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert letter.template.version == 1
    assert not letter.is_sent


def test_sending_a_cancellation_starts_the_clock_on_the_day_it_was_really_sent() -> None:
    case = make_case()
    letter = kept(case)

    letters.send(
        letter,
        sending(sent_on=TODAY - DAY, registered_number="RR123"),
        by=case.owner,
        at=NOW,
    )

    case.refresh_from_db()
    assert (case.status, case.sent_on, case.channel) == ("requested", TODAY - DAY, "letter")
    assert case.wanted_end == END
    assert letter.registered_number == "RR123"
    assert [entry.title for entry in timeline(case)][:2] == ["Cancellation sent", "Letter sent"]


def test_a_second_letter_of_a_kind_asks_first() -> None:
    case = make_case()
    letters.send(kept(case), sending(), by=case.owner, at=NOW)
    another = kept(case)

    with pytest.raises(SentBefore, match="Send it once more"):
        letters.send(another, sending(), by=case.owner, at=NOW)
    letters.send(another, sending(again=True), by=case.owner, at=NOW)

    assert case.letters.sent().count() == 2


def test_the_same_letter_is_not_sent_twice() -> None:
    case = make_case()
    letter = kept(case)
    letters.send(letter, sending(), by=case.owner, at=NOW)

    with pytest.raises(InvalidMove):
        letters.send(Letter.objects.get(), sending(again=True), by=case.owner, at=NOW)


def test_nothing_changes_a_letter_that_was_sent() -> None:
    case = make_case()
    letter = kept(case)
    letters.send(letter, sending(), by=case.owner, at=NOW)
    row = Letter.objects.filter(pk=letter.pk)

    for change in (
        letter.save,
        letter.delete,
        row.delete,
        lambda: row.update(text="Never mind"),
        lambda: Letter.objects.bulk_update([letter], ["text"]),
    ):
        with pytest.raises(ValidationError):
            change()

    assert Letter.objects.get().text == letter.text


def test_the_next_version_of_the_words_leaves_a_sent_letter_alone() -> None:
    case = make_case()
    letter = kept(case)
    letters.send(letter, sending(), by=case.owner, at=NOW)
    draft = template().new_draft()
    for text in draft.texts.all():
        text.subject = "Other words: {phone_number}"
        text.save()

    draft.publish(by=None, at=NOW, reason="Other words")

    frozen = Letter.objects.get()
    assert frozen.text == letter.text
    assert frozen.subject.startswith("Opzegging")
    assert frozen.template.version == 1


def test_a_letter_that_was_not_sent_may_be_thrown_away() -> None:
    letter = kept(make_case())

    letter.delete()

    assert not Letter.objects.exists()


def test_the_database_wants_a_channel_for_what_was_sent() -> None:
    letter = kept(make_case())

    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(sent_on=TODAY)
