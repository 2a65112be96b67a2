"""Mail for the address of a case: stored once, filed once, and settled by the person alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from cases import evidence, inbound, tasks
from cases.models import Case, Evidence, InboundMail, Message
from tests.cases.incoming import DOMAIN, FILES, OPERATOR, address, make_mail, raw, receive
from tests.factories import NOW, TODAY, make_case, make_evidence, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def domain(settings: Settings) -> None:
    settings.INBOUND_DOMAIN = DOMAIN


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, requested_on=TODAY)


# --- Stored first ---------------------------------------------------------------------------------


def test_a_mail_is_stored_as_it_came_before_anybody_looks_at_it(case: Case) -> None:
    (mail,) = receive(raw("05"), address(case))

    assert bytes(mail.raw) == raw("05")
    assert (mail.sha256, mail.size) == (hashlib.sha256(raw("05")).hexdigest(), len(raw("05")))
    assert (mail.sender, mail.received_at) == (OPERATOR, NOW)
    assert (mail.case, mail.evidence, case.evidence.count()) == (None, None, 0)


def test_a_second_copy_changes_nothing(case: Case) -> None:
    receive(raw("05"), address(case))
    inbound.match_waiting(at=NOW)
    before = InboundMail.objects.values().get()

    receive(raw("05"), address(case).upper(), f"<{address(case)}>", at=LATER)
    inbound.match_waiting(at=LATER)

    assert InboundMail.objects.values().get() == before
    assert (case.evidence.count(), case.events.filter(kind="came_in").count()) == (1, 1)


def test_a_mail_for_two_cases_is_a_row_for_each(case: Case) -> None:
    other = make_case(requested_on=TODAY)

    receive(raw("05"), address(case), address(other), "somebody@elsewhere.example")
    inbound.match_waiting(at=NOW)

    assert InboundMail.objects.count() == 2
    assert (case.evidence.count(), other.evidence.count()) == (1, 1)


@pytest.mark.parametrize(
    ("recipient", "ours"),
    [
        (f"case+abc@{DOMAIN}", True),
        (f"CASE+ABC@{DOMAIN.upper()}", True),
        (f"postmaster@{DOMAIN}", True),
        (f"case@{DOMAIN}", False),
        (f"alice@{DOMAIN}", False),
        ("case+abc@elsewhere.example", False),
        (f"case+abc@sub.{DOMAIN}", False),
        ("case+abc", False),
        ("", False),
    ],
)
def test_mail_is_taken_for_our_addresses_whether_a_case_has_them_or_not(
    recipient: str, ours: bool
) -> None:
    assert inbound.is_ours(recipient) == ours


def test_where_no_domain_is_set_nothing_is_ours(settings: Settings, case: Case) -> None:
    settings.INBOUND_DOMAIN = ""

    assert receive(raw("05"), f"case+{case.mail_key}@", address(case)) == []
    assert inbound.address_of(case) == ""


# --- Filed second ---------------------------------------------------------------------------------


def test_every_file_is_filed_as_it_came_with_its_header(case: Case) -> None:
    for file in FILES:
        receive(file.read_bytes(), address(case))

    filed = inbound.match_waiting(at=NOW)

    kept = {one.sha256: one for one in case.evidence.all()}
    assert filed == len(FILES)
    for file in FILES:
        one = kept[hashlib.sha256(file.read_bytes()).hexdigest()]
        with one.file.open("rb") as stored:
            assert stored.read() == file.read_bytes()
        assert (one.content_type, one.proves) == ("message/rfc822", "other")
        assert (one.uploaded_by, one.message.came_in) == (case.owner, True)
    assert not InboundMail.objects.exclude(raw=b"").exists()
    assert not InboundMail.objects.unmatched().exists()


def test_what_a_header_says_is_cut_to_what_a_row_holds(case: Case) -> None:
    endless = b"From: %b\r\nTo: %b\r\nSubject: %b\r\nMessage-ID: <%b>\r\n\r\nText" % (
        *(b"a" * 5000, b"b" * 7000, b"c" * 5000, b"d" * 5000),
    )

    message = make_mail(case, endless).message

    lengths = [len(getattr(message, name)) for name in ("sender", "subject", "message_id")]
    assert lengths == [500, 1000, 998]
    assert len(message.recipients) == 4000


def test_a_mail_that_came_in_is_told_once_in_the_timeline(case: Case, as_alice: Client) -> None:
    make_mail(case)

    page = read(as_alice.get(case.get_absolute_url()))

    line = "Mail from Noordnet <klantendienst@noordnet.example>: Bevestiging van je opzegging"
    assert page.text.count(line) == 1
    assert "Evidence stored" not in page.text
    assert "5 Mar 2026, 16:40" in page.text


def test_an_uploaded_mail_stands_in_the_timeline_with_its_date(
    case: Case, as_alice: Client
) -> None:
    make_evidence(case, content=raw("07"))

    page = read(as_alice.get(case.get_absolute_url()))

    assert 'Mail from "Ostfunk, Kundendienst" <service@ostfunk.example>: Bestätigung' in page.text
    assert "9 Mar 2026, 08:15" in page.text
    assert not Message.objects.to_settle().exists()


def test_a_mail_that_the_person_stored_before_is_not_asked_about(case: Case) -> None:
    uploaded = make_evidence(case, content=raw("05"))

    receive(raw("05"), address(case))
    inbound.match_waiting(at=LATER)

    assert case.evidence.get() == uploaded
    assert InboundMail.objects.get().evidence == uploaded
    assert not Message.objects.to_settle().exists()


def test_a_mail_for_a_closed_case_comes_in_and_leaves_it_closed(alice: User) -> None:
    case = make_case(owner=alice, closed_on=TODAY)

    make_mail(case)

    case.refresh_from_db()
    assert case.status == "closed"
    assert Message.objects.to_settle().count() == 1


def test_no_mail_moves_a_case_or_its_reminders(case: Case) -> None:
    columns = Case.objects.values().get()
    reminders = list(case.reminders.values())

    for file in FILES:
        make_mail(case, file.read_bytes())

    assert Case.objects.values().get() == columns
    assert list(case.reminders.values()) == reminders


def test_what_a_crash_left_is_filed_by_the_next_pass(case: Case) -> None:
    receive(raw("05"), address(case))
    evidence.store(  # it died here: filed, and the mail still waits
        case, upload(raw("05")), proves="other", is_mail=True, by=case.owner, at=NOW
    )

    tasks.match_inbound_mail()

    assert case.evidence.count() == 1
    assert InboundMail.objects.get().evidence == case.evidence.get()
    assert Message.objects.to_settle().count() == 1


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("mail.eml", content)


def test_one_mail_that_cannot_be_filed_does_not_stop_the_next(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(raw("01"), address(case))
    receive(raw("02"), address(case), at=LATER)
    store, first = evidence.store, [True]

    def failing(*args: Any, **rest: Any) -> Evidence:
        if first.pop() if first else False:
            raise DatabaseError("the disk is full")
        return store(*args, **rest)

    monkeypatch.setattr(evidence, "store", failing)
    inbound.match_waiting(at=LATER)
    broken = InboundMail.objects.unmatched().get()
    inbound.retry_refused(at=LATER)

    assert (bytes(broken.raw), broken.case) == (raw("01"), case)
    assert "could not be stored yet" in broken.error
    assert case.evidence.count() == 2


# --- Refused, and unknown -------------------------------------------------------------------------


def test_a_mail_that_is_too_large_is_kept_and_the_person_told(
    case: Case, as_alice: Client, settings: Settings
) -> None:
    settings.EVIDENCE_MAX_BYTES = 1000

    receive(raw("05"), address(case))
    inbound.match_waiting(at=NOW)

    mail = InboundMail.objects.get()
    page = read(as_alice.get(case.get_absolute_url()))
    assert (mail.case, mail.evidence, bytes(mail.raw)) == (case, None, raw("05"))
    assert "At most" in mail.error
    assert mail.error in page.text
    assert inbound.match_waiting(at=LATER) == 0


def test_what_was_refused_is_filed_once_there_is_room(case: Case, settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 1000
    receive(raw("05"), address(case))
    inbound.match_waiting(at=NOW)
    settings.EVIDENCE_MAX_BYTES = 10_000

    tasks.tidy_inbound_mail()

    assert case.evidence.count() == 1
    assert InboundMail.objects.get().error == ""


def test_a_mail_for_no_case_stays_for_thirty_days(case: Case) -> None:
    (mail,) = receive(raw("05"), f"case+{'a' * 16}@{DOMAIN}")
    receive(raw("01"), address(case))
    inbound.match_waiting(at=NOW)

    early = inbound.delete_unmatched(at=NOW + timedelta(days=30) - timedelta(seconds=1))
    late = inbound.delete_unmatched(at=NOW + timedelta(days=30))

    assert (early, late) == (0, 1)
    assert not InboundMail.objects.filter(pk=mail.pk).exists()
    assert InboundMail.objects.count() == 1


def test_the_administration_shows_the_header_of_unknown_mails_alone(
    case: Case, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    root = Client()
    root.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    page = raw("06").replace(b"<html>", b"<html><b>bold</b>")
    (unknown,) = receive(page, f"case+{'a' * 16}@{DOMAIN}")
    receive(raw("01"), address(case))
    inbound.match_waiting(at=NOW)

    waiting = receive(raw("02"), address(case))

    with django_assert_max_num_queries(12):
        listed = read(root.get("/admin/cases/inboundmail/"))
    shown = root.get(f"/admin/cases/inboundmail/{unknown.pk}/change/")
    of_a_person = root.get(f"/admin/cases/inboundmail/{waiting[0].pk}/change/")

    assert "case+" + "a" * 16 in listed.text
    assert case.mail_key not in listed.text
    assert "Confirmation_de_r" in shown.content.decode()
    assert "abonnement" not in shown.content.decode()
    assert of_a_person.status_code == 302
    deleted = root.post(f"/admin/cases/inboundmail/{unknown.pk}/delete/", {"post": "yes"})
    assert deleted.status_code == 302
    assert not InboundMail.objects.filter(pk=unknown.pk).exists()


def test_staff_without_the_right_see_no_mails() -> None:
    staff = Client()
    staff.force_login(make_user("staff@example.org", is_staff=True))

    assert staff.get("/admin/cases/inboundmail/").status_code == 403


# --- The address ----------------------------------------------------------------------------------


def test_the_page_shows_the_address_and_without_a_domain_none(
    case: Case, as_alice: Client, settings: Settings
) -> None:
    shown = as_alice.get(case.get_absolute_url()).content.decode()
    settings.INBOUND_DOMAIN = ""
    hidden = as_alice.get(case.get_absolute_url()).content.decode()

    assert f">{address(case)}</textarea>" in shown
    assert case.mail_key not in hidden
    assert "mail-address" not in hidden


def test_a_new_address_takes_mail_and_the_old_one_is_unknown(case: Case, as_alice: Client) -> None:
    old = address(case)

    response = as_alice.post(reverse("cases:mail-address", args=[case.reference]))

    case.refresh_from_db()
    receive(raw("01"), old)
    receive(raw("02"), address(case))
    inbound.match_waiting(at=NOW)
    assert response.status_code == 302
    assert address(case) != old
    assert case.evidence.get().message.subject == "Accusé de réception de votre demande"
    assert InboundMail.objects.unknown().get().recipient == old


def test_the_same_mail_to_a_new_address_is_still_one(case: Case) -> None:
    make_mail(case, raw("01"))
    case.renew_mail_key()

    receive(raw("01"), address(case))
    inbound.match_waiting(at=LATER)

    assert case.evidence.count() == 1
    assert InboundMail.objects.get().evidence == case.evidence.get()


# --- The person says what it is -------------------------------------------------------------------


def say(browser: Client, mail: Evidence, what: str) -> Any:
    path = reverse("cases:message", args=[mail.case.reference, mail.pk])
    return browser.post(path, {"what": what})


def test_the_page_asks_what_it_is_and_shows_no_html(case: Case, as_alice: Client) -> None:
    make_mail(case, raw("06"))
    make_mail(case, raw("10"))

    response = as_alice.get(case.get_absolute_url())

    page = read(response)
    assert "Votre abonnement prend fin le 6 avril 2026." in page.text
    assert "A mail from Télésud <contact@telesud.example>: Confirmation" in page.text
    assert "tracker.example" not in response.content.decode()
    assert (page.text.count("What is it?"), page.scripts.count("inline")) == (2, 0)


@pytest.mark.parametrize(
    ("road", "what", "leads_to"),
    [
        ({}, "received", "?open=requested#requested"),
        ({}, "confirmed", "?open=requested#requested"),
        ({"requested_on": TODAY}, "received", "#proof"),
        ({"requested_on": TODAY}, "confirmed", "?open=confirmed&day=2026-03-05#confirmed"),
        ({"requested_on": TODAY}, "other", "#proof"),
        ({"confirmed_on": TODAY}, "still_billed", "?open=complaint#complaint"),
        ({"ended_on": TODAY}, "final_bill", "#next"),
        ({"ended_on": TODAY}, "still_billed", "?open=complaint#complaint"),
        ({"closed_on": TODAY}, "still_billed", "#next"),
        ({"closed_on": TODAY}, "final_bill", "#proof"),
    ],
)
def test_the_answer_files_the_mail_and_leads_on(
    road: dict[str, Any], what: str, leads_to: str, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, **road)
    mail = make_mail(case)
    status = case.status

    response = say(as_alice, mail, what)

    case.refresh_from_db()
    mail.refresh_from_db()
    assert response["Location"] == case.get_absolute_url() + leads_to
    assert (mail.proves, case.status) == (what, status)
    assert mail.message.settled_at is not None
    assert "What is it?" not in read(as_alice.get(case.get_absolute_url())).text


def test_a_confirmation_opens_the_form_with_its_date(case: Case, as_alice: Client) -> None:
    response = say(as_alice, make_mail(case), "confirmed")

    page = as_alice.get(response["Location"]).content.decode()

    assert '<details class="more" id="confirmed" open' in page
    assert 'name="confirmed_on" value="2026-03-05"' in page


def test_a_confirmation_that_came_in_is_the_stored_receipt(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, confirmed_on=TODAY, ends_on=TODAY + timedelta(days=30))
    mail = make_mail(case)
    owed = case.reminders.planned().filter(kind="keep_receipt").exists()

    say(as_alice, mail, "confirmed")

    assert owed
    assert not case.reminders.planned().filter(kind="keep_receipt").exists()


def test_an_automatic_reply_answers_whether_they_have_the_request(
    case: Case, as_alice: Client
) -> None:
    say(as_alice, make_mail(case, raw("01")), "received")

    case.refresh_from_db()
    assert (case.status, case.request_acknowledged) == ("requested", True)


def test_the_second_of_two_answers_is_told_and_changes_nothing(
    case: Case, as_alice: Client
) -> None:
    mail = make_mail(case)
    say(as_alice, mail, "confirmed")

    response = as_alice.post(
        reverse("cases:message", args=[case.reference, mail.pk]), {"what": "other"}, follow=True
    )

    mail.refresh_from_db()
    assert mail.proves == "confirmed"
    assert "You have said already" in read(response).text


@pytest.mark.parametrize("what", ["", "sent", "nonsense", "\x00"])
def test_an_answer_that_is_none_is_told_and_changes_nothing(
    what: str, case: Case, as_alice: Client
) -> None:
    mail = make_mail(case)

    response = as_alice.post(
        reverse("cases:message", args=[case.reference, mail.pk]), {"what": what}, follow=True
    )

    assert "Say what the mail is" in read(response).text
    assert Message.objects.to_settle().count() == 1


def test_a_stranger_neither_sees_nor_settles_a_mail(case: Case, as_stranger: Client) -> None:
    mail = make_mail(case)
    own = make_case(owner=User.objects.get(email="stranger@example.org"))

    shown = as_stranger.get(case.get_absolute_url())
    settled = say(as_stranger, mail, "confirmed")
    through_own = as_stranger.post(
        reverse("cases:message", args=[own.reference, mail.pk]), {"what": "confirmed"}
    )

    assert [one.status_code for one in (shown, settled, through_own)] == [404, 404, 404]
    assert Message.objects.to_settle().count() == 1


def test_an_uploaded_mail_is_not_settled_like_one_that_came_in(
    case: Case, as_alice: Client
) -> None:
    assert say(as_alice, make_evidence(case, content=raw("05")), "other").status_code == 404


# --- Pages do not slow down -----------------------------------------------------------------------


def test_the_list_counts_mails_without_a_query_for_each_case(
    alice: User, as_alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cases = [make_case(owner=alice, requested_on=TODAY) for _i in range(4)]
    with CaptureQueriesContext(connection) as before:
        as_alice.get(reverse("cases:list"))

    for case in cases[1:]:
        make_mail(case)
    make_mail(cases[1], raw("01"))
    with django_assert_num_queries(len(before)):
        page = read(as_alice.get(reverse("cases:list")))

    assert page.text.count("1 mail came in") == 2
    assert page.text.count("2 mails came in") == 1


def test_the_page_of_a_case_needs_no_query_for_each_mail(
    case: Case, as_alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_mail(case, raw("01"))
    with CaptureQueriesContext(connection) as before:
        as_alice.get(case.get_absolute_url())

    for file in FILES[1:]:
        make_mail(case, file.read_bytes())
    with django_assert_num_queries(len(before)):
        as_alice.get(case.get_absolute_url())


# --- Rates ----------------------------------------------------------------------------------------


def test_so_many_mails_of_a_kind_and_no_more(settings: Settings) -> None:
    settings.INBOUND_RATES = {"sender": (3, 3600), "recipient": (2, 3600)}

    of_one = [inbound.is_within_rate("sender", "a@operator.example") for _i in range(4)]
    of_another = inbound.is_within_rate("sender", "b@operator.example")
    for_one = [inbound.is_within_rate("recipient", "a@operator.example") for _i in range(3)]

    assert of_one == [True, True, True, False]
    assert of_another
    assert for_one == [True, True, False]
