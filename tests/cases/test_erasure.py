"""Deleting for good: a case, or a person. No row, no file and no name is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from cases import erasure, files, reminders
from cases.models import Case, CaseEvent, InboundMail, Letter, LooseFile, Reminder
from operators.models import Procedure, Report
from tests.cases.whole_life import (
    everything,
    live,
    names_of,
    papers_of,
    paths_to,
    rows_of,
    stored,
)
from tests.factories import NOW, TODAY, import_letters, make_case, make_letter, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db

DELETE = "/en/account/preferences/delete/"
GONE = "/en/account/preferences/deleted/"

Committed = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    """What happens after the transaction happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def case(alice: User) -> Case:
    import_letters()
    return live(alice, word="Sesame")


def of_case(case: Case) -> str:
    return f"/en/cases/{case.reference}/delete/"


# --- A person -------------------------------------------------------------------------------------


def test_everybody_in_these_tests_has_a_row_in_every_table(case: Case, alice: User) -> None:
    """Else the tests below would show less than they say."""
    assert [label for label, count in rows_of(alice).items() if not count] == []


def test_no_row_of_the_person_is_left_and_every_row_of_others_is(
    case: Case, alice: User, stranger: User, committed: Committed
) -> None:
    live(stranger, word="Rumpelstiltskin")
    own, others = rows_of(alice), rows_of(stranger)
    before = {model: model._base_manager.count() for model in paths_to(User)}
    waiting = 1  # the mail to the case that nobody had looked at
    pk = alice.pk

    with committed():
        erasure.erase_account(alice, at=NOW)

    alice.pk = pk
    assert set(rows_of(alice).values()) == {0}
    assert rows_of(stranger) == others
    for model, count in before.items():
        gone = own[model._meta.label] + (waiting if model is InboundMail else 0)
        assert model._base_manager.count() == count - gone, model._meta.label
    assert not User.objects.filter(pk=pk).exists()
    assert not LooseFile.objects.exists()


def test_no_file_of_the_person_is_left_and_every_file_of_others_is(
    case: Case, alice: User, stranger: User, committed: Committed, media_root: Path
) -> None:
    theirs = papers_of(live(stranger, word="Rumpelstiltskin"))
    assert len(stored(media_root)) == 12

    with committed():
        erasure.erase_account(alice, at=NOW)

    assert {str(path.relative_to(media_root)) for path in stored(media_root)} == theirs


def test_the_only_person_leaves_an_empty_store(
    case: Case, alice: User, committed: Committed, media_root: Path
) -> None:
    with committed():
        erasure.erase_account(alice, at=NOW)

    assert stored(media_root) == set()


def test_no_word_of_the_person_is_left_anywhere(
    case: Case, alice: User, committed: Committed
) -> None:
    root = make_user("root@example.org", is_staff=True)
    for about, words in ((alice, "alice@example.org"), (case, str(case))):
        LogEntry.objects.create(
            user=root,
            action_flag=CHANGE,
            content_type=ContentType.objects.get_for_model(about),
            object_id=str(about.pk),
            object_repr=words,
            change_message=f"Changed {words}",
        )
    words = ("Sesame", "alice@example.org", case.reference, case.mail_key, "470123321")

    with committed():
        erasure.erase_account(alice, at=NOW)

    left = {label: repr(rows) for label, rows in everything().items()}
    assert [(label, word) for label, said in left.items() for word in words if word in said] == []


def test_what_somebody_published_stays_without_the_name(
    case: Case, alice: User, committed: Committed
) -> None:
    procedures, reports = Procedure.objects.count(), Report.objects.count()
    versions = Procedure.history.count()
    pk = alice.pk
    assert {"operators.HistoricalProcedure", "operators.Report"} <= dict(names_of(alice)).keys()

    with committed():
        erasure.erase_account(alice, at=NOW)

    alice.pk = pk
    assert list(names_of(alice)) == []
    assert (Procedure.objects.count(), Report.objects.count()) == (procedures, reports)
    assert Procedure.history.count() == versions


def test_a_crash_in_the_middle_leaves_everything(
    case: Case, alice: User, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    before, kept = everything(), stored(media_root)
    monkeypatch.setattr(User, "delete", _stumble)

    with pytest.raises(ZeroDivisionError):
        erasure.erase_account(alice, at=NOW)

    assert everything() == before
    assert stored(media_root) == kept
    assert mail.outbox == []


def _stumble(user: User) -> None:
    raise ZeroDivisionError


def test_a_store_that_is_away_is_asked_again(
    case: Case,
    alice: User,
    committed: Committed,
    monkeypatch: pytest.MonkeyPatch,
    media_root: Path,
) -> None:
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", _no_answer)
        with committed():
            erasure.erase_account(alice, at=NOW)

    assert len(stored(media_root)) == 6
    assert files.sweep(at=NOW) == 6
    assert stored(media_root) == set()


def _no_answer(name: str) -> None:
    raise OSError("no answer")


def test_of_two_presses_the_second_finds_nobody(alice: User) -> None:
    again = User.objects.get(pk=alice.pk)

    erasure.erase_account(alice, at=NOW)
    erasure.erase_account(again, at=NOW)

    assert len(mail.outbox) == 1


# --- The last mail --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject", "farewell"),
    [
        ("en", "Your SimExit account is deleted", "This is our last mail."),
        ("nl", "Uw account bij SimExit is verwijderd", "Dit is onze laatste mail."),
    ],
)
def test_the_last_mail_goes_to_the_address_in_the_language_of_the_person(
    alice: User, language: str, subject: str, farewell: str
) -> None:
    alice.prefer(language=language, mail_hour=9)

    erasure.erase_account(alice, at=NOW)

    (last,) = mail.outbox
    assert last.to == ["alice@example.org"]
    assert last.subject == subject
    assert "http" not in str(last.body)
    assert farewell in str(last.body)


def test_an_address_that_refuses_us_gets_no_mail(alice: User) -> None:
    alice.mark_undeliverable("550 No such user", at=NOW)

    erasure.erase_account(alice, at=NOW)

    assert mail.outbox == []


def test_a_mail_server_that_is_away_keeps_nobody(alice: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Away"

    erasure.erase_account(alice, at=NOW)

    assert not User.objects.filter(email="alice@example.org").exists()


class Away(EmailBackend):
    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("away")


# --- A mail that is on its way --------------------------------------------------------------------


class Refusing(EmailBackend):
    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        (address,) = messages[0].to
        raise SMTPRecipientsRefused({address: (550, b"No such user")})


class Stumbling(EmailBackend):
    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise ConnectionResetError("in the middle")


def claimed(at: datetime) -> list[list[Reminder]]:
    """A sender that holds the first mail of every case, as it is just before it sends."""
    return reminders.claim(at=at, cases=10)


@pytest.mark.parametrize(("server", "out"), [(EmailBackend, 1), (Refusing, 0), (Stumbling, 0)])
def test_a_mail_in_flight_neither_stops_the_others_nor_brings_anybody_back(
    server: type[EmailBackend], out: int, alice: User
) -> None:
    make_case(owner=alice, requested_on=TODAY)
    other = make_case(requested_on=TODAY)
    later = NOW + timedelta(days=30)
    batch = claimed(later)
    assert {rows[0].case_id for rows in batch} >= {other.pk}
    assert len(batch) == 2

    erasure.erase_account(alice, at=later)
    sent = list(reminders.send_batch(batch, server(), at=later, ends=float("inf")))

    assert sent == [out, out]
    assert Reminder.objects.exclude(case=other).count() == 0
    assert not User.objects.filter(email="alice@example.org").exists()


def test_a_case_that_goes_while_its_stuck_mails_are_freed_stops_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(owner=alice, requested_on=TODAY)
    other = make_case(requested_on=TODAY)
    later = NOW + timedelta(days=30)
    claimed(later)
    stuck = later + timedelta(hours=1)
    in_line = reminders.sync

    def gone_first(case: Case, *, at: datetime) -> None:
        if case.owner_id == alice.pk:
            erasure.erase_case(case, at=at)
        in_line(case, at=at)

    monkeypatch.setattr(reminders, "sync", gone_first)

    reminders.give_back_stuck(at=stuck)

    assert not other.reminders.stuck(stuck).exists()


def test_the_links_of_an_earlier_mail_lead_to_a_sentence(alice: User, client: Client) -> None:
    case = make_case(owner=alice, requested_on=TODAY)
    reminder = case.reminders.all()[0]
    (link,) = reminders.links(reminder, reminder.answers[:1])
    erasure.erase_account(alice, at=NOW)

    response = client.get(link.url.removeprefix("https://simexit.test"))

    assert response.status_code == 404
    assert "This link does not work" in read(response).text


# --- Letters that were sent -----------------------------------------------------------------------


def test_a_letter_that_was_sent_goes_with_its_case_alone(alice: User) -> None:
    import_letters()
    letter = make_letter(make_case(owner=alice))
    letter.freeze(sent_on=TODAY, channel="letter", registered_number="", by=alice, at=NOW)

    with pytest.raises(ValidationError):
        Letter.objects.filter(pk=letter.pk).delete()
    erasure.erase_case(letter.case, at=NOW)

    assert not Letter.objects.exists()


# --- The door of the account ----------------------------------------------------------------------


def test_the_page_says_what_goes_and_offers_the_export_first(
    case: Case, as_alice: Client, alice: User
) -> None:
    make_case(owner=alice, dropped_on=TODAY)

    page = read(as_alice.get(DELETE))

    assert "2 cases, with their dates" in page.text
    assert "3 files that you stored as proof" in page.text
    assert "2 letters, with their paper" in page.text
    assert "1 of these cases is still open." in page.text
    assert page.link("Save everything (ZIP)").href == "/en/account/preferences/everything.zip"


def test_the_account_page_leads_there(as_alice: Client) -> None:
    page = read(as_alice.get("/en/account/preferences/"))

    assert page.link("Delete the account").href == DELETE


def test_staff_are_told_that_their_work_stays(alice: User, as_alice: Client) -> None:
    before = read(as_alice.get(DELETE)).text
    User.objects.filter(pk=alice.pk).update(is_staff=True)

    after = read(as_alice.get(DELETE)).text

    assert "stays, without your name" in after
    assert "stays, without your name" not in before


@pytest.mark.parametrize("typed", ["alice@example.org", " Alice@Example.ORG "])
def test_who_types_the_address_is_gone_and_signed_out_everywhere(
    case: Case, alice: User, as_alice: Client, typed: str, committed: Committed
) -> None:
    phone = Client()
    phone.force_login(alice)

    with committed():
        response = as_alice.post(DELETE, {"email": typed})

    assert (response.status_code, response["Location"]) == (302, GONE)
    assert "Your account is deleted" in read(as_alice.get(GONE)).text
    assert not User.objects.filter(email="alice@example.org").exists()
    assert not Session.objects.exists()
    for browser in (as_alice, phone):
        assert browser.get("/en/cases/").status_code == 302
    assert len(mail.outbox) == 1


def test_another_person_stays_signed_in(alice: User, as_alice: Client, as_stranger: Client) -> None:
    as_alice.post(DELETE, {"email": alice.email})

    assert as_stranger.get("/en/cases/").status_code == 200


@pytest.mark.parametrize("typed", ["", "stranger@example.org", "alice@example.org\x00", "alice"])
def test_a_wrong_address_deletes_nothing(
    case: Case, as_alice: Client, stranger: User, typed: str
) -> None:
    before = everything()

    response = as_alice.post(DELETE, {"email": typed})

    assert response.status_code == 422
    assert b"invalid-feedback" in response.content
    assert everything() == before
    assert mail.outbox == []


def test_looking_at_the_pages_deletes_nothing(case: Case, as_alice: Client) -> None:
    before = everything()

    for method in ("get", "head"):
        for path in (DELETE, GONE, of_case(case)):
            assert (
                getattr(as_alice, method)(path, {"email": "alice@example.org"}).status_code == 200
            )

    assert as_alice.post(GONE).status_code == 405
    assert everything() == before


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    for answer in (client.get(DELETE), client.post(DELETE, {"email": "alice@example.org"})):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/en/accounts/login/?next=")


def test_a_form_of_another_site_is_refused(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.post(DELETE, {"email": alice.email}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


# --- The door of a case ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "road",
    [
        {"opened_on": TODAY},
        {"requested_on": TODAY},
        {"ended_on": TODAY},
        {"closed_on": TODAY},
        {"dropped_on": TODAY},
    ],
)
def test_a_case_of_any_status_can_be_deleted(
    road: dict[str, Any], alice: User, as_alice: Client
) -> None:
    kept, case = make_case(owner=alice), make_case(owner=alice, **road)

    response = as_alice.post(of_case(case), {"reference": case.reference}, follow=True)

    assert f"Case {case.reference} is deleted" in read(response).text
    assert list(Case.objects.all()) == [kept]


def test_no_row_and_no_file_of_a_deleted_case_is_left(
    case: Case, alice: User, as_alice: Client, committed: Committed, media_root: Path
) -> None:
    kept = make_case(owner=alice)

    with committed():
        as_alice.post(of_case(case), {"reference": case.reference})

    assert stored(media_root) == set()
    assert not InboundMail.objects.exists()
    assert set(CaseEvent.objects.values_list("case", flat=True)) == {kept.pk}
    assert "Sesame" not in repr(
        [everything()[label] for label in everything() if "cases." in label]
    )


@pytest.mark.parametrize("form", ["{}", " {} ", "{}".lower()])
def test_the_reference_may_be_typed_as_people_type_it(
    form: str, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice)
    typed = form.format(case.reference.replace("-", " ").lower())

    as_alice.post(of_case(case), {"reference": typed})

    assert not Case.objects.exists()


@pytest.mark.parametrize("typed", ["", "2222-3333-4444", "---", "\x00"])
def test_a_wrong_reference_deletes_nothing(typed: str, case: Case, as_alice: Client) -> None:
    before = everything()

    response = as_alice.post(of_case(case), {"reference": typed})

    assert response.status_code == 422
    assert b"invalid-feedback" in response.content
    assert everything() == before


def test_a_stranger_deletes_nothing(case: Case, as_stranger: Client) -> None:
    response = as_stranger.post(of_case(case), {"reference": case.reference})

    assert response.status_code == 404
    assert Case.objects.filter(pk=case.pk).exists()


def test_the_page_of_a_case_says_what_goes(case: Case, as_alice: Client) -> None:
    page = read(as_alice.get(of_case(case)))

    assert "3 files that you stored as proof" in page.text
    assert "This case is still open." in page.text
    assert read(as_alice.get(case.get_absolute_url())).link("Delete this case").href == of_case(
        case
    )
