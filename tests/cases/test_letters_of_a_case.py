"""The letters of a case: filled in, kept, sent, with what proves it; and calls written down."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import evidence, files, letter_kinds, letters, schedule
from cases.models import Case, Evidence, Letter
from operators.models import Channel, ChannelKind, Procedure
from tests.factories import (
    NOW,
    PDF,
    add_claims,
    import_letters,
    make_case,
    make_evidence,
    make_letter,
    make_operator,
    make_procedure,
    make_upload,
)
from tests.pages import Response, field, read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
KIND = "cancellation_postpaid"


def today() -> date:
    """By the clock of this machine, which the pages read."""
    return schedule.today(timezone.now())


@pytest.fixture(autouse=True)
def words() -> None:
    import_letters()


@pytest.fixture
def telenet() -> Procedure:
    operator = make_operator("Telenet", slug="telenet", legal_name="Telenet BV")
    draft = make_procedure(operator=operator, published=False)
    draft.channels.all().delete()
    post = "Telenet BV, Liersesteenweg 4, 2800 Mechelen"
    add_claims(
        draft.sources.get(),
        Channel(key="post", kind=ChannelKind.LETTER, value=post),
        Channel(key="mail", kind=ChannelKind.EMAIL, value="stop@telenet.example"),
    )
    draft.publish(by=None, at=NOW)
    return draft


@pytest.fixture
def case(alice: User, telenet: Procedure) -> Case:
    return make_case(
        owner=alice,
        procedure=telenet,
        phone_number="+32470123321",
        customer_number="K-42",
        opened_on=today() - 9 * DAY,
    )


def new(case: Case, kind: str = KIND) -> str:
    return reverse("cases:new-letter", args=[case.reference, kind])


def page(name: str, letter: Letter) -> str:
    return reverse(f"cases:{name}", args=[letter.case.reference, letter.pk])


def listed(case: Case) -> str:
    return reverse("cases:letters", args=[case.reference])


def kept(case: Case, kind: str = KIND, **changed: Any) -> Letter:
    return make_letter(case, kind, at=timezone.now(), **changed)


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "language": "nl",
        "full_name": "Alice Peeters",
        "phone_number": "0470 12 33 21",
        "customer_number": "K-42",
        "wanted_end": (today() + 30 * DAY).isoformat(),
        "address": "Rue Neuve 1\n1000 Brussel",
        "recipient": "Telenet BV\nLiersesteenweg 4\n2800 Mechelen",
        "place": "Brussel",
    } | changed


def send(browser: Client, letter: Letter, **changed: Any) -> Any:
    data = {"sent_on": today(), "channel": "letter"} | changed
    return browser.post(page("letter-sent", letter), data)


def told(response: Response) -> str:
    return " ".join(read(response).text.split())


# --- Which one ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("road", "plan", "goal", "first"),
    [
        ({}, "postpaid", "end", "cancellation_postpaid"),
        ({}, "prepaid", "end", "cancellation_prepaid"),
        ({}, "postpaid", "withdraw", "withdrawal"),
        ({}, "postpaid", "port", None),
        ({"requested_on": True}, "postpaid", "end", "second_letter"),
        ({"requested_on": True, "channel": "hotline"}, "postpaid", "end", "follow_up_call"),
        ({"requested_on": True}, "postpaid", "port", "complaint_late_port"),
        ({"ended_on": True}, "postpaid", "end", "complaint_still_billed"),
        ({"ended_on": True}, "prepaid", "port", "refund_credit"),
        ({"closed_on": True}, "postpaid", "end", None),
    ],
)
def test_what_fits_the_case_now_comes_first(
    as_alice: Client, alice: User, road: dict[str, Any], plan: str, goal: str, first: str | None
) -> None:
    days = {name: today() if value is True else value for name, value in road.items()}
    case = make_case(owner=alice, plan=plan, goal=goal, **days)

    response = as_alice.get(listed(case))

    fitting = [one.kind for one in response.context["fitting"]]
    assert fitting[:1] == ([first] if first else [])
    links = [link.href for link in read(response).links]
    assert all(new(case, kind) in links for kind in fitting)


def test_after_a_complaint_the_ombudsman_comes_first(alice: User) -> None:
    case = make_case(owner=alice, requested_on=today())
    case.complain(complained_on=today(), by=alice, at=timezone.now())

    assert letter_kinds.fitting(case)[0] == "ombudsman"


def test_the_list_shows_what_was_prepared_and_what_was_sent(as_alice: Client, case: Case) -> None:
    first, second = kept(case), kept(case, "withdrawal")
    send(as_alice, first, registered_number="RR1")

    response = as_alice.get(listed(case))

    assert list(response.context["prepared"]) == [second]
    assert list(response.context["sent"]) == [first]
    assert "RR1" in told(response)


def test_a_case_with_many_letters_costs_no_more_queries(
    as_alice: Client, case: Case, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _count in range(6):
        letter = kept(case)
    make_evidence(case)

    with django_assert_max_num_queries(7):
        as_alice.get(listed(case))
    with django_assert_max_num_queries(8):
        as_alice.get(page("letter", letter))
    with django_assert_max_num_queries(7):
        as_alice.get(new(case))


def test_the_page_of_the_case_counts_its_letters_and_leads_to_them(
    as_alice: Client, case: Case
) -> None:
    for key in ("line-active", "logins", "choose-channel"):
        case.tick(step=key, done=True, at=timezone.now())
    letter = kept(case)

    links = read(as_alice.get(case.get_absolute_url()))

    assert links.link("Write the letter").href == listed(case)
    assert links.link("Ending a subscription").href == page("letter", letter)
    assert "Letters 1" in " ".join(links.text.split())


def test_who_waits_in_vain_is_led_to_the_second_letter(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=today())

    link = read(as_alice.get(case.get_absolute_url())).link("Write the second letter")

    assert link.href == new(case, "second_letter")


# --- Writing --------------------------------------------------------------------------------------


def test_the_form_knows_what_the_case_knows(as_alice: Client, case: Case) -> None:
    response = as_alice.get(new(case))

    assert field(response, "phone_number").value == "0470 12 33 21"
    assert field(response, "customer_number").value == "K-42"
    assert field(response, "answer_email").value == "alice@example.org"
    assert field(response, "language").value == "nl"
    assert field(response, "recipient").value.strip().splitlines() == [
        "Telenet BV",
        "Liersesteenweg 4",
        "2800 Mechelen",
    ]


def test_the_second_letter_knows_how_the_first_one_left(as_alice: Client, case: Case) -> None:
    end = today() + 40 * DAY
    first = kept(case, wanted_end=end)
    send(as_alice, first, sent_on=today() - DAY, registered_number="RR123")

    response = as_alice.get(new(case, "second_letter"))

    assert field(response, "sent_on").value == (today() - DAY).isoformat()
    assert field(response, "wanted_end").value == end.isoformat()
    assert field(response, "channel").value == "registered_letter"


def test_what_was_said_is_prefilled_after_a_call(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=today(), channel="hotline")

    response = as_alice.get(new(case, "follow_up_call"))

    assert field(response, "called_on").value == today().isoformat()
    assert field(response, "channel").value == "hotline"


@pytest.mark.parametrize(("goal", "name"), [("end", "ended_on"), ("port", "ported_on")])
def test_a_complaint_knows_how_it_ended(
    as_alice: Client, alice: User, goal: str, name: str
) -> None:
    case = make_case(owner=alice, goal=goal, ended_on=today() - DAY)

    response = as_alice.get(new(case, "complaint_still_billed"))

    assert field(response, name).value == (today() - DAY).isoformat()


def test_who_keeps_the_number_is_warned_before_writing_a_cancellation(
    as_alice: Client, alice: User
) -> None:
    case = make_case(owner=alice, goal="port")

    response = as_alice.get(new(case))

    assert response.status_code == 200
    assert "You want to keep your number: do not send this." in told(response)


def test_the_letter_is_read_first_and_kept_after_it(as_alice: Client, case: Case) -> None:
    path = new(case).replace("/en/", "/zh-hans/")

    shown = as_alice.post(path, typed())
    assert shown.status_code == 200
    assert not Letter.objects.exists()
    assert "Met vriendelijke groeten," in told(shown)
    answer = as_alice.post(path, typed(do="keep"))

    letter = Letter.objects.get()
    assert answer["Location"] == letter.get_absolute_url()
    assert (letter.case, letter.kind, letter.language) == (case, KIND, "nl")
    assert letter.reader == "zh-hans"
    read_later = as_alice.get(letter.get_absolute_url()).content.decode()
    assert '<p class="meaning" lang="zh-hans">此致敬礼</p>' in read_later


def test_what_the_form_refuses_is_not_kept(as_alice: Client, case: Case) -> None:
    response = as_alice.post(new(case), typed(full_name="", do="keep"))

    assert response.status_code == 422
    assert "This field is required" in field(response, "full_name").text
    assert field(response, "place").value == "Brussel"
    assert not Letter.objects.exists()


def test_what_is_spoken_is_read_and_not_kept(as_alice: Client, case: Case) -> None:
    response = as_alice.post(new(case, "phone_script"), typed(do="keep"))

    assert response.status_code == 200
    assert not Letter.objects.exists()
    link = read(response).link("Write down what was said")
    assert link.href == reverse("cases:talk", args=[case.reference]) + "?where=hotline"


def test_a_letter_of_no_kind_is_not_found(as_alice: Client, case: Case) -> None:
    assert as_alice.get(new(case, "love_letter")).status_code == 404


def test_a_letter_is_not_reached_through_another_case(
    as_stranger: Client, stranger: User, case: Case
) -> None:
    letter, own = kept(case), make_case(owner=stranger)

    for name in ("letter", "letter-paper"):
        path = reverse(f"cases:{name}", args=[own.reference, letter.pk])
        assert as_stranger.get(path).status_code == 404
    for name in ("letter-sent", "letter-file", "throw-letter-away"):
        path = reverse(f"cases:{name}", args=[own.reference, letter.pk])
        assert as_stranger.post(path, {"sent_on": today(), "channel": "letter"}).status_code == 404
    assert not Letter.objects.get().is_sent


# --- The paper ------------------------------------------------------------------------------------


def test_the_owner_gets_the_paper_as_it_was_kept(as_alice: Client, case: Case) -> None:
    letter = kept(case)

    response = as_alice.get(page("letter-paper", letter))

    content = b"".join(response.streaming_content)
    assert hashlib.sha256(content).hexdigest() == letter.sha256
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


# --- Sending --------------------------------------------------------------------------------------


def test_a_cancellation_that_was_sent_moves_the_case_and_is_frozen(
    as_alice: Client, case: Case
) -> None:
    letter = kept(case)

    send(
        as_alice,
        letter,
        sent_on=today() - DAY,
        registered_number="RR123456785BE",
        proof=make_upload("receipt.pdf"),
    )

    case.refresh_from_db()
    assert (case.status, case.sent_on, case.channel) == ("requested", today() - DAY, "letter")
    assert case.wanted_end == letter.wanted_end
    proof = Evidence.objects.get()
    assert (proof.proves, proof.letter, proof.name) == ("sent", letter, "receipt.pdf")
    shown = as_alice.get(page("letter", letter))
    for words in ("RR123456785BE", letter.sha256, "receipt.pdf", "Version 1 of this letter"):
        assert words in told(shown)
    assert "I sent it" not in told(shown)


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        ({"sent_on": ""}, "sent_on", "Which day was it?"),
        ({"sent_on": "2999-01-01"}, "sent_on", "cannot be right"),
        ({"channel": ""}, "channel", "How did you send it?"),
        ({"channel": "hotline"}, "channel", "Select a valid choice"),
        ({"channel": "email", "registered_number": "RR1"}, "registered_number", "Only a letter"),
        ({"proof": make_upload("x.html", b"<html>")}, "proof", "This is a web page"),
        ({"proof": make_upload("x.pdf", b"")}, "proof", "This file is empty."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_sent(
    as_alice: Client, case: Case, changed: dict[str, Any], name: str, sentence: str
) -> None:
    letter = kept(case)

    response = send(as_alice, letter, **changed)

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert not Letter.objects.get().is_sent
    assert not Evidence.objects.exists()


def test_a_day_that_is_still_to_come_is_not_the_day_of_sending(
    as_alice: Client, case: Case
) -> None:
    response = send(as_alice, kept(case), sent_on=today() + DAY)

    assert "still to come" in field(response, "sent_on").text


def test_a_second_one_of_its_kind_asks_first(as_alice: Client, case: Case) -> None:
    send(as_alice, kept(case))
    another = kept(case)

    asked = send(as_alice, another, channel="email")

    assert asked.status_code == 422
    assert "Send it once more?" in told(asked)
    assert field(asked, "channel").value == "email"
    assert not Letter.objects.get(pk=another.pk).is_sent

    send(as_alice, another, channel="email", again="on")

    assert Letter.objects.get(pk=another.pk).channel == "email"


def test_what_was_sent_is_neither_sent_again_nor_thrown_away(as_alice: Client, case: Case) -> None:
    letter = kept(case)
    send(as_alice, letter)

    again = as_alice.post(
        page("letter-sent", letter), {"sent_on": today(), "channel": "email", "again": "on"}
    )
    away = as_alice.post(page("throw-letter-away", letter), follow=True)

    assert again["Location"] == letter.get_absolute_url()
    assert "A letter that was sent is never changed." in told(away)
    assert Letter.objects.get().channel == "letter"


def test_what_was_not_sent_can_be_thrown_away_with_its_paper(
    as_alice: Client, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    letter = kept(case)
    file = evidence.store(
        case,
        make_upload(),
        proves="other",
        letter=letter,
        by=case.owner,
        at=timezone.now(),
    )

    with django_capture_on_commit_callbacks(execute=True):
        answer = as_alice.post(page("throw-letter-away", letter))

    assert answer["Location"] == listed(case)
    assert not Letter.objects.exists()
    assert not letter.paper.storage.exists(letter.paper.name or "")
    file.refresh_from_db()
    assert file.letter is None


def test_the_paper_of_a_letter_that_could_not_be_kept_is_known_and_swept(
    case: Case, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Letter, "save", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        kept(case)

    assert files.sweep(at=timezone.now() + DAY) == 1
    assert not [path for path in media_root.rglob("*") if path.is_file()]


def test_a_complaint_that_was_sent_starts_the_ombudsmans_year_once(
    as_alice: Client, alice: User
) -> None:
    case = make_case(owner=alice, requested_on=today() - 5 * DAY)
    send(as_alice, kept(case, "complaint_fee"), sent_on=today() - 3 * DAY)
    send(as_alice, kept(case, "complaint_still_billed"), sent_on=today())

    case.refresh_from_db()
    assert case.complained_on == today() - 3 * DAY

    send(as_alice, kept(case, "ombudsman"), sent_on=today() - DAY)

    case.refresh_from_db()
    assert (case.ombudsman_on, case.complaint_settled) == (today() - DAY, True)


def test_a_letter_that_starts_no_clock_leaves_the_case_alone(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice)

    send(as_alice, kept(case, "complaint_fee"))

    case.refresh_from_db()
    assert (case.status, case.complained_on) == ("preparing", None)


# --- What lies with it ----------------------------------------------------------------------------


def test_a_file_is_laid_to_a_letter_also_after_it_was_sent(as_alice: Client, case: Case) -> None:
    letter = kept(case)
    send(as_alice, letter)

    as_alice.post(
        page("letter-file", letter), {"file": make_upload("stamp.pdf"), "proves": "received"}
    )

    file = letter.files.get()
    assert (file.name, file.proves) == ("stamp.pdf", "received")
    assert "stamp.pdf" in told(as_alice.get(page("letter", letter)))


def test_a_file_of_the_case_is_laid_to_a_letter(as_alice: Client, case: Case) -> None:
    letter, file = kept(case), make_evidence(case)

    as_alice.post(page("letter-file", letter), {"stored": file.pk})

    assert letter.files.get() == file


def test_a_file_of_another_case_cannot_be_laid_to_it(
    as_alice: Client, case: Case, alice: User
) -> None:
    letter, file = kept(case), make_evidence(make_case(owner=alice))

    response = as_alice.post(page("letter-file", letter), {"stored": file.pk})

    assert response.status_code == 422
    assert not letter.files.exists()
    evidence.attach(file, letter)
    assert not letter.files.exists()


def test_without_a_file_the_page_says_so(as_alice: Client, case: Case) -> None:
    response = as_alice.post(page("letter-file", kept(case)), {})

    assert response.status_code == 422
    assert "Choose a file first." in field(response, "file").text


def test_the_same_file_that_the_case_has_already_is_laid_to_the_letter(
    as_alice: Client, case: Case
) -> None:
    file = make_evidence(case, proves="sent", content=PDF)
    letter = kept(case)

    send(as_alice, letter, proof=make_upload(content=PDF))

    assert Evidence.objects.count() == 1
    file.refresh_from_db()
    assert file.letter == letter


# --- On the phone and in a shop -------------------------------------------------------------------


def write_down(browser: Client, case: Case, **changed: Any) -> Any:
    data = {
        "channel": "hotline",
        "day": today(),
        "at": "14:30",
        "spoke_to": "Jan, 王",
        "reference_number": "REF-7",
        "promised_end": today() + 30 * DAY,
        "said": "He made an offer.\nI said no.",
    }
    return browser.post(reverse("cases:talk", args=[case.reference]), data | changed)


def test_a_call_becomes_a_file_that_proves_it(as_alice: Client, case: Case) -> None:
    answer = write_down(as_alice, case)

    assert answer["Location"] == listed(case)
    file = Evidence.objects.get()
    text = file.file.read().decode()
    assert (file.proves, file.content_type) == ("sent", "text/plain")
    assert file.name == f"hotline-{today()}-1430.txt"
    for words in ("Call with Telenet", "14:30", "Jan, 王", "REF-7", "K-42", "I said no."):
        assert words in text
    assert f"Written down by alice@example.org on {today().day} {today():%B}" in text
    case.refresh_from_db()
    assert case.status == "preparing"


def test_a_cancellation_that_they_registered_starts_the_clock_and_asks_for_a_letter(
    as_alice: Client, case: Case
) -> None:
    write_down(as_alice, case, registered="on", day=today() - DAY)

    case.refresh_from_db()
    assert (case.status, case.sent_on, case.channel) == ("requested", today() - DAY, "hotline")
    assert (case.reference_number, case.spoke_to) == ("REF-7", "Jan, 王")
    assert letter_kinds.fitting(case)[0] == "follow_up_call"


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        ({"at": "half past"}, "at", "Give the time as hour:minute"),
        ({"at": ""}, "at", "This field is required"),
        ({"day": "2999-01-01"}, "day", "cannot be right"),
        ({"said": "<html><script>alert(1)</script>"}, "said", "Please write plain words"),
        ({"said": "\x01"}, "said", "Please write plain words"),
        ({"registered": "on", "promised_end": "2020-01-01"}, "promised_end", "lies before"),
    ],
)
def test_a_call_that_cannot_be_kept_is_told_and_what_was_typed_stays(
    as_alice: Client, case: Case, changed: dict[str, Any], name: str, sentence: str
) -> None:
    response = write_down(as_alice, case, **changed)

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert field(response, "spoke_to").value == "Jan, 王"
    assert not Evidence.objects.exists()
    case.refresh_from_db()
    assert case.status == "preparing"


def test_who_keeps_the_number_is_not_asked_whether_it_was_cancelled(
    as_alice: Client, alice: User
) -> None:
    case = make_case(owner=alice, goal="port")

    response = as_alice.get(reverse("cases:talk", args=[case.reference]) + "?where=shop")

    assert "registered" not in response.context["form"].fields
    assert field(response, "channel").value == "shop"


def test_a_letter_that_was_kept_is_mailed_with_the_same_words(case: Case) -> None:
    letter = kept(case)

    assert letters.mailto("a@example.org", letter).startswith("mailto:a%40example.org?subject=Opz")
