"""The vault: filing anew, throwing away, taking back, what goes for good, and its pages."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from cases import evidence, files, schedule, tasks, vault
from cases.errors import AlreadyFiled, RefusedFile, StaleCase
from cases.models import Case, Evidence, LooseFile
from tests.cases.incoming import make_mail
from tests.factories import (
    NOW,
    PDF,
    TODAY,
    make_case,
    make_evidence,
    make_image,
    make_upload,
)
from tests.pages import field, read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)


def today() -> date:
    return schedule.today(timezone.now())


@pytest.fixture
def case(alice: User) -> Case:
    """Confirmed, so that the receipt is asked for."""
    return make_case(owner=alice, confirmed_on=TODAY, ends_on=TODAY + 30 * DAY)


def owes_receipt(case: Case) -> bool:
    return case.reminders.planned().filter(kind="keep_receipt").exists()


def refile(case: Case, file: Evidence, at: Any = LATER, **changed: Any) -> None:
    said = {"proves": file.proves, "day": file.day, "note": file.note} | changed
    vault.refile(case, file.pk, **said, by=case.owner, at=at)


def throw_away(case: Case, file: Evidence, at: Any = LATER) -> None:
    vault.throw_away(case, file.pk, by=case.owner, at=at)


def take_back(case: Case, file: Evidence, at: Any = LATER) -> None:
    vault.take_back(case, file.pk, by=case.owner, at=at)


# --- Filing anew ----------------------------------------------------------------------------------


def test_a_file_is_filed_anew_and_the_timeline_keeps_what_was_there(case: Case) -> None:
    file = make_evidence(case, proves="sent", note="scan")

    refile(case, file, proves="final_bill", day=TODAY, note="page 1")

    file.refresh_from_db()
    event = case.events.latest("pk")
    assert (file.proves, file.day, file.note) == ("final_bill", TODAY, "page 1")
    assert (event.kind, event.actor, event.at) == ("refiled", case.owner, LATER)
    assert event.facts == {
        "proves": ["sent", "final_bill"],
        "day": [None, "2026-03-03"],
        "note": ["scan", "page 1"],
    }
    assert event.note == f"confirmation.pdf · {file.sha256}"


def test_saying_the_same_again_is_no_event(case: Case) -> None:
    file = make_evidence(case, day=TODAY)
    before = case.events.count()

    refile(case, file)

    assert case.events.count() == before


def test_a_receipt_that_turns_out_to_be_none_is_asked_for_again(case: Case) -> None:
    file = make_evidence(case, proves="confirmed")
    assert not owes_receipt(case)

    refile(case, file, proves="sent")
    assert owes_receipt(case)

    refile(case, file, proves="confirmed")
    assert not owes_receipt(case)


def test_the_same_file_cannot_prove_the_same_thing_twice(case: Case) -> None:
    make_evidence(case, proves="sent")
    other = make_evidence(case, proves="confirmed")

    with pytest.raises(AlreadyFiled, match="that it was sent"):
        refile(case, other, proves="sent")

    other.refresh_from_db()
    assert other.proves == "confirmed"


def test_a_mail_that_is_filed_by_hand_is_not_asked_about_any_more(case: Case) -> None:
    mail = make_mail(case)
    assert mail.message.settled_at is None

    refile(case, mail, proves="confirmed")

    mail.message.refresh_from_db()
    assert mail.message.settled_at == LATER


# --- Thrown away, taken back ----------------------------------------------------------------------


def test_what_is_thrown_away_proves_nothing_until_it_is_taken_back(case: Case) -> None:
    file = make_evidence(case)

    throw_away(case, file)

    assert not case.has_receipt()
    assert owes_receipt(case)
    assert case.events.latest("pk").kind == "removed"

    take_back(case, file, at=LATER + DAY)

    assert case.has_receipt()
    assert not owes_receipt(case)
    assert case.events.latest("pk").kind == "restored"


@pytest.mark.parametrize("verb", [throw_away, refile])
def test_what_another_tab_threw_away_is_not_changed(verb: Any, case: Case) -> None:
    file = make_evidence(case)
    throw_away(case, file)
    before = case.events.count()

    with pytest.raises(StaleCase):
        verb(case, file)

    assert case.events.count() == before


def test_what_is_there_cannot_be_taken_back(case: Case) -> None:
    with pytest.raises(StaleCase):
        take_back(case, make_evidence(case))


def test_a_file_stored_once_more_meanwhile_stands_in_the_way_of_the_old_one(case: Case) -> None:
    old = make_evidence(case)
    throw_away(case, old)
    make_evidence(case, at=LATER)

    with pytest.raises(AlreadyFiled):
        take_back(case, old, at=LATER + DAY)

    old.refresh_from_db()
    assert old.removed_at == LATER


def test_a_file_of_another_case_is_out_of_reach(case: Case) -> None:
    other = make_case(owner=case.owner, confirmed_on=TODAY)
    file = make_evidence(other)

    for verb in (throw_away, refile):
        with pytest.raises(StaleCase):
            verb(case, file)

    assert other.has_receipt()


# --- Gone for good --------------------------------------------------------------------------------


def test_after_thirty_days_the_row_and_its_files_are_gone(
    case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    kept = make_evidence(case, proves="sent")
    file = make_evidence(case, content=make_image())
    throw_away(case, file, at=NOW)

    assert vault.delete_lapsed(at=NOW + 30 * DAY - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert vault.delete_lapsed(at=NOW + 30 * DAY) == 1

    assert list(case.evidence.all()) == [kept]
    assert not LooseFile.objects.exists()
    assert not default_storage.exists(file.file.name or "")
    assert not default_storage.exists(file.preview.name or "")
    assert default_storage.exists(kept.file.name or "")


def test_a_store_that_is_away_costs_a_later_round_and_no_file(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_evidence(case)
    throw_away(case, file, at=NOW)

    vault.delete_lapsed(at=NOW + 30 * DAY)  # what follows the commit does not run here

    assert default_storage.exists(file.file.name or "")
    assert files.sweep(at=NOW + 30 * DAY) == 1
    assert not default_storage.exists(file.file.name or "")


def test_beat_deletes_what_is_due(case: Case) -> None:
    file = make_evidence(case)
    throw_away(case, file, at=timezone.now() - 31 * DAY)

    tasks.delete_lapsed_evidence()

    assert not Evidence.objects.exists()


# --- Room -----------------------------------------------------------------------------------------


def test_a_person_has_so_much_room_and_no_more(case: Case, settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES_PER_PERSON = 2 * len(PDF) + 10
    other = make_case(owner=case.owner)
    throw_away(case, make_evidence(case))
    make_evidence(other)

    with pytest.raises(RefusedFile, match="free after 30 days"):
        make_evidence(case, proves="sent")

    assert not LooseFile.objects.exists()
    assert Evidence.objects.count() == 2


def test_the_room_of_one_person_is_not_that_of_another(case: Case, settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES_PER_PERSON = len(PDF)
    make_evidence(case)

    assert make_evidence(make_case())


def test_a_file_that_is_there_already_takes_no_room_in_the_store(
    case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    make_evidence(case, content=make_image())

    with django_capture_on_commit_callbacks(execute=True):
        make_evidence(case, content=make_image())

    assert not LooseFile.objects.exists()
    assert evidence.space_used(case.owner) == case.evidence.get().size


def test_no_file_stays_behind_when_the_case_is_gone_in_between(case: Case) -> None:
    accepted = evidence.accept(make_upload(), owner=case.owner, at=NOW)

    assert files.sweep(at=NOW + 2 * timedelta(hours=1)) == 1
    with pytest.raises(RefusedFile, match="once more"):
        evidence.file(case, accepted, proves="sent", by=case.owner, at=NOW)


# --- The page -------------------------------------------------------------------------------------


def address(case: Case, name: str = "evidence", file: Evidence | None = None) -> str:
    return reverse(f"cases:{name}", args=[case.reference, *([file.pk] if file else [])])


def post(browser: Client, case: Case, *uploads: Any, script: bool = False, **typed: Any) -> Any:
    data = {"file": list(uploads), "proves": "sent", "next": "vault"} | typed
    headers = {"accept": "application/json"} if script else {}
    return browser.post(address(case), data, headers=headers)


def told(browser: Client, case: Case) -> str:
    return " ".join(read(browser.get(address(case))).text.split())


def test_the_page_shows_files_by_what_they_prove(case: Case, as_alice: Client) -> None:
    make_evidence(case, name="bill.pdf", proves="final_bill", day=TODAY, note="March")
    photo = make_evidence(case, name="letter.jpg", content=make_image(), proves="sent")

    page = read(as_alice.get(address(case)))

    titles = [title for level, title in page.headings if level == 2]
    assert titles[:2] == ["That it was sent", "The last bill"]
    assert page.link("bill.pdf").href.startswith(address(case))
    assert page.levels.count(1) == 1
    for word in ("March", "of 3 Mar 2026", "stored on 3 Mar 2026", photo.sha256):
        assert word in page.text
    assert photo.original_sha256 in page.text
    html = as_alice.get(address(case)).content.decode()
    assert f'src="{address(case, "evidence-preview", photo)}"' in html


def test_the_form_says_both_limits_and_what_is_used(
    case: Case, as_alice: Client, settings: Settings
) -> None:
    settings.EVIDENCE_MAX_BYTES = 3 * 1024 * 1024
    make_evidence(case)

    shown = told(as_alice, case).replace("\xa0", " ")

    assert "at most 3.0 MB each" in shown
    assert f"You have used {len(PDF)} bytes of 200.0 MB," in shown


def test_the_form_begins_with_what_is_asked_for(case: Case, as_alice: Client) -> None:
    response = as_alice.get(address(case), {"proves": "line_dead"})

    assert field(response, "proves").value == "line_dead"


@pytest.mark.parametrize("nonsense", ["x", "\0", "<script>"])
def test_nonsense_in_the_address_changes_nothing(
    nonsense: str, case: Case, as_alice: Client
) -> None:
    response = as_alice.get(address(case), {"proves": nonsense})

    assert field(response, "proves").value == "confirmed"


def test_several_files_are_stored_each_with_day_and_note(case: Case, as_alice: Client) -> None:
    letter, photo = make_upload("a.pdf"), make_upload("b.png", make_image("PNG"))

    response = post(as_alice, case, letter, photo, day=str(today()), note="At the shop")

    assert response["Location"] == address(case)
    assert "Stored: a.pdf, b.png." in told(as_alice, case)
    assert {(file.name, file.day, file.note) for file in case.evidence.all()} == {
        ("a.pdf", today(), "At the shop"),
        ("b.png", today(), "At the shop"),
    }


def test_one_file_that_is_refused_takes_no_other_with_it(case: Case, as_alice: Client) -> None:
    response = post(
        as_alice,
        case,
        make_upload("page.html", b"<html>"),
        make_upload("a.pdf"),
        make_upload("empty.pdf", b""),
    )

    assert response.status_code == 302
    shown = told(as_alice, case)
    assert "Stored: a.pdf." in shown
    assert "Not stored: page.html. This is a web page" in shown
    assert "Not stored: empty.pdf. This file is empty." in shown
    assert [file.name for file in case.evidence.all()] == ["a.pdf"]


def test_what_was_typed_stays_where_no_file_could_be_stored(case: Case, as_alice: Client) -> None:
    wrong = [make_upload("page.html", b"<html>"), make_upload("b.exe", b"MZ\0\1")]

    response = post(as_alice, case, *wrong, proves="paid", day="2026-03-03", note="Bank")

    assert response.status_code == 422
    assert [field(response, name).value for name in ("proves", "day", "note")] == [
        "paid",
        "2026-03-03",
        "Bank",
    ]
    assert "page.html: This is a web page" in field(response, "file").text
    assert "b.exe: This is not a PDF" in field(response, "file").text


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"day": "2999-01-01"}, "day", "cannot be right"),
        ({"day": str(today() + 2 * DAY)}, "day", "still to come"),
        ({"note": "x" * 301}, "note", "at most 300"),
        ({"note": "x\0"}, "note", "Null characters"),
        ({"proves": "everything"}, "proves", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    typed: dict[str, str], name: str, sentence: str, case: Case, as_alice: Client
) -> None:
    response = post(as_alice, case, make_upload(), **typed)

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert not Evidence.objects.exists()


def test_a_form_without_a_file_asks_for_one(case: Case, as_alice: Client) -> None:
    response = post(as_alice, case)

    assert response.status_code == 422
    assert "Choose a file first." in field(response, "file").text


def test_a_file_that_is_there_already_is_told(case: Case, as_alice: Client) -> None:
    post(as_alice, case, make_upload("a.pdf"))

    post(as_alice, case, make_upload("a.pdf"))

    assert "It was there already: a.pdf." in told(as_alice, case)
    assert case.evidence.count() == 1


def test_a_script_is_answered_file_by_file(case: Case, as_alice: Client) -> None:
    good, bad = make_upload("a.pdf"), make_upload("page.html", b"<html>")

    response = post(as_alice, case, good, bad, script=True)

    stored, refused = response.json()["files"]
    assert response.status_code == 200
    assert stored == {
        "name": "a.pdf",
        "stored": True,
        "sentence": "Stored.",
        "url": case.evidence.get().get_absolute_url(),
    }
    assert (refused["name"], refused["stored"]) == ("page.html", False)
    assert "web page" in refused["sentence"]


def test_a_script_is_told_what_is_wrong_with_the_form(case: Case, as_alice: Client) -> None:
    response = post(as_alice, case, make_upload(), script=True, day="2999-01-01")

    assert response.status_code == 422
    assert response.json() == {
        "files": [],
        "errors": {"day": ["The year 2999 cannot be right."]},
    }


def test_many_files_in_a_short_time_have_to_wait(
    case: Case, as_alice: Client, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"evidence": "2/m/user"}
    uploads = [make_upload(f"{n}.txt", b"note %d" % n) for n in range(3)]

    answer = post(as_alice, case, *uploads, script=True).json()["files"]

    assert [one["stored"] for one in answer] == [True, True, False]
    assert "wait a few minutes" in answer[2]["sentence"]
    assert case.evidence.count() == 2


def test_the_page_of_thirty_files_costs_no_more_queries_than_that_of_one(
    case: Case, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    throw_away(case, make_evidence(case, content=b"0"))
    make_evidence(case, content=b"1")
    as_alice.get(address(case))
    with django_assert_max_num_queries(8) as few:
        as_alice.get(address(case))
    for number, proves in enumerate(Evidence.Proves.values * 4):
        make_evidence(case, content=make_image(size=(10 + number, 10)), proves=proves)
        throw_away(case, make_evidence(case, content=b"%d" % (number + 9)))

    with django_assert_max_num_queries(8) as many:
        as_alice.get(address(case))

    assert len(many) == len(few)


# --- One file -------------------------------------------------------------------------------------


def test_a_file_is_moved_by_its_form(case: Case, as_alice: Client) -> None:
    file = make_evidence(case, note="scan")
    path = address(case, "evidence-move", file)
    assert field(as_alice.get(path), "note").value == "scan"

    response = as_alice.post(path, {"proves": "paid", "day": "2026-03-01", "note": ""})

    file.refresh_from_db()
    assert response["Location"] == address(case)
    assert (file.proves, file.day, file.note) == ("paid", date(2026, 3, 1), "")
    timeline = read(as_alice.get(case.get_absolute_url())).text
    assert "that the operator confirmed in writing → that you paid" in timeline


def test_a_conflict_is_told_beside_the_field(case: Case, as_alice: Client) -> None:
    make_evidence(case, proves="sent")
    file = make_evidence(case, proves="confirmed")

    response = as_alice.post(address(case, "evidence-move", file), {"proves": "sent"})

    assert response.status_code == 422
    assert "The same file is stored there already" in field(response, "proves").text


def test_throwing_away_and_taking_back_from_the_page(case: Case, as_alice: Client) -> None:
    file = make_evidence(case, at=timezone.now())
    gone_on = today() + 30 * DAY

    as_alice.post(address(case, "evidence-remove", file))

    shown = told(as_alice, case)
    assert "Thrown away. For 30 days you can take it back." in shown
    assert f"gone for good on {gone_on.day} {gone_on:%b %Y}" in shown
    assert as_alice.get(file.get_absolute_url()).status_code == 404
    assert "Evidence thrown away" in read(as_alice.get(case.get_absolute_url())).text

    as_alice.post(address(case, "evidence-restore", file))

    assert "Taken back." in told(as_alice, case)
    assert as_alice.get(file.get_absolute_url()).status_code == 200


def test_a_second_press_is_told_and_changes_nothing(case: Case, as_alice: Client) -> None:
    file = make_evidence(case)
    as_alice.post(address(case, "evidence-remove", file))
    events = case.events.count()

    response = as_alice.post(address(case, "evidence-remove", file), follow=True)

    assert "changed meanwhile" in read(response).text
    assert case.events.count() == events


def test_what_was_thrown_away_lies_with_no_letter_and_in_no_certificate(
    case: Case, as_alice: Client
) -> None:
    file = make_evidence(case)
    throw_away(case, file)

    page = read(as_alice.get(reverse("cases:certificate", args=[case.reference])))

    assert file.sha256 not in page.text


def test_the_preview_is_a_small_jpeg(case: Case, as_alice: Client) -> None:
    file = make_evidence(case, content=make_image("PNG", size=(3000, 1500)))

    response = as_alice.get(address(case, "evidence-preview", file))

    assert response["Content-Type"] == "image/jpeg"
    assert response.getvalue()[:3] == b"\xff\xd8\xff"
    file.preview.open()
    assert file.preview.size < 10_000


def test_what_is_no_image_has_no_preview(case: Case, as_alice: Client) -> None:
    path = address(case, "evidence-preview", make_evidence(case))

    assert as_alice.get(path).status_code == 404


@pytest.mark.parametrize(
    "name", ["evidence-file", "evidence-preview", "evidence-move", "evidence-remove"]
)
def test_a_guessed_address_is_answered_as_one_that_there_is_not(
    name: str, case: Case, as_stranger: Client
) -> None:
    """The same bytes, the same headers, and no more work: nothing tells that there is a file."""
    file = make_evidence(case, content=make_image())
    keys = [(case.reference, file.pk), ("2222-3333-4444", uuid.uuid4())]
    ask = as_stranger.post if name == "evidence-remove" else as_stranger.get

    found, missing = (ask(reverse(f"cases:{name}", args=key)) for key in keys)

    bodies = [
        answer.content.replace(f"{reference}/evidence/{pk}".encode(), b"")
        for answer, (reference, pk) in zip((found, missing), keys, strict=True)
    ]
    assert (found.status_code, missing.status_code) == (404, 404)
    assert bodies[0] == bodies[1]
    assert found.headers == missing.headers
