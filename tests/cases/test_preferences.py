"""How we write to a person, and the pages on which they sign up and in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases import schedule
from tests.factories import NOW, make_case, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db

PREFERENCES = "/en/account/preferences/"
STOP = "/en/account/preferences/reminders/stop/"
RESUME = "/en/account/preferences/reminders/resume/"
NEXT = "/en/cases/new/"
WEEK = ["0", "1", "2", "3", "4", "5", "6"]


def code_in_the_mail() -> str:
    """The code that stands on a line of its own in the last mail."""
    body = str(mail.outbox[-1].body)
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body, re.MULTILINE)
    assert found, body
    return found[1]


# --- Language and hour ---------------------------------------------------------------------------


def test_a_person_chooses_language_hour_and_days(as_alice: Client, alice: User) -> None:
    chosen = {"language": "zh-hans", "mail_hour": "18", "weekdays": ["0", "4"]}
    response = as_alice.post(PREFERENCES, chosen, follow=True)

    alice.refresh_from_db()
    assert (alice.language, alice.mail_hour) == ("zh-hans", 18)
    assert (alice.weekdays, alice.mail_weekdays) == ({0, 4}, 0b10001)
    assert "Saved." in read(response).text


def test_the_page_shows_what_holds_now(as_alice: Client, alice: User) -> None:
    alice.prefer(language="nl", mail_hour=7, weekdays=[0, 1, 2])

    content = as_alice.get(PREFERENCES).content.decode()

    assert '<option value="nl" selected>' in content
    assert '<option value="7" selected>07:00</option>' in content
    assert content.count(":00</option>") == 24
    days = re.findall(r"<input[^>]+name=\"weekdays\"[^>]*>", content)
    assert ["checked" in day for day in days] == [True] * 3 + [False] * 4


def test_every_day_is_allowed_until_somebody_chooses(as_alice: Client, alice: User) -> None:
    content = as_alice.get(PREFERENCES).content.decode()

    assert alice.weekdays == set(range(7))
    assert len(re.findall(r"<input[^>]+name=\"weekdays\"[^>]*checked", content)) == 7


@pytest.mark.parametrize(
    "typed",
    [
        {"language": "en", "mail_hour": "24", "weekdays": WEEK},
        {"language": "en", "mail_hour": "-1", "weekdays": WEEK},
        {"language": "tlh", "mail_hour": "9", "weekdays": WEEK},
        {"language": "en", "mail_hour": "9"},  # on no day at all
        {"language": "en", "mail_hour": "9", "weekdays": ["7"]},
        {"language": "en", "mail_hour": "9", "weekdays": ["-1"]},
        {},
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    as_alice: Client, alice: User, typed: dict[str, Any]
) -> None:
    response = as_alice.post(PREFERENCES, typed)

    assert response.status_code == 422
    assert b"invalid-feedback" in response.content
    alice.refresh_from_db()
    assert (alice.language, alice.mail_hour, len(alice.weekdays)) == ("en", 9, 7)


@pytest.mark.parametrize("none_or_too_many", [0, 128, -1])
def test_the_database_keeps_at_least_one_day(alice: User, none_or_too_many: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(mail_weekdays=none_or_too_many)


# --- All reminders -------------------------------------------------------------------------------


def test_a_person_stops_all_reminders_and_asks_for_them_again(
    as_alice: Client, alice: User
) -> None:
    stopped = as_alice.post(STOP, follow=True)

    alice.refresh_from_db()
    assert alice.reminders_stopped_at is not None
    assert "Remind me again" in read(stopped).text

    resumed = as_alice.post(RESUME, follow=True)

    alice.refresh_from_db()
    assert alice.reminders_stopped_at is None
    assert "Stop all reminder mails" in read(resumed).text


@pytest.mark.parametrize("address", [STOP, RESUME])
def test_looking_at_an_address_writes_nothing(as_alice: Client, alice: User, address: str) -> None:
    alice.stop_reminders(at=NOW)

    assert as_alice.get(address).status_code == 405
    alice.refresh_from_db()
    assert alice.reminders_stopped_at == NOW


@pytest.mark.parametrize("address", [PREFERENCES, STOP, RESUME])
def test_somebody_who_is_not_signed_in_is_asked_to(client: Client, address: str) -> None:
    response = client.post(address) if address != PREFERENCES else client.get(address)

    assert response.status_code == 302
    assert response.url.startswith("/en/accounts/login/?next=")


def test_the_page_leads_to_address_password_and_passkeys(as_alice: Client) -> None:
    page = read(as_alice.get(PREFERENCES))

    assert page.link("E-mail address").href == reverse("account_email")
    assert page.link("Set a password").href == reverse("account_set_password")
    assert page.link("Passkeys and second step").href == reverse("mfa_index")
    assert (page.scripts, page.inline_styles) == ([], [])


def test_who_has_a_password_can_change_it(as_alice: Client, alice: User) -> None:
    alice.set_password("three small boats")
    alice.save(update_fields=["password"])
    as_alice.force_login(alice)

    page = read(as_alice.get(PREFERENCES))

    assert page.link("Change the password").href == reverse("account_change_password")


# --- Signing up and in ---------------------------------------------------------------------------


def test_signing_up_takes_an_address_and_a_code_and_leads_on(client: Client) -> None:
    page = client.get(f"/en/accounts/signup/?next={NEXT}")
    assert "We send you a code. No password needed." in read(page).text
    assert page.content.count(b'type="email"') == 1
    assert b'type="password"' not in page.content

    client.post("/en/accounts/signup/", {"email": "new@example.org", "next": NEXT})
    done = client.post(reverse("account_email_verification_sent"), {"code": code_in_the_mail()})

    assert done.status_code == 302
    assert done.url == NEXT
    assert User.objects.get().email == "new@example.org"
    assert "_auth_user_id" in client.session


def test_a_new_person_gets_mails_in_the_language_of_the_page(client: Client) -> None:
    client.post("/fr/accounts/signup/", {"email": "nouveau@example.org"})

    assert User.objects.get().language == "fr"


def test_what_was_kept_in_the_session_is_still_there_after_signing_up(client: Client) -> None:
    session = client.session
    session["opening"] = {"operator": "acme"}
    session.save()

    client.post("/en/accounts/signup/", {"email": "new@example.org", "next": NEXT})
    client.post(reverse("account_email_verification_sent"), {"code": code_in_the_mail()})

    assert client.session["opening"] == {"operator": "acme"}


def test_signing_in_takes_an_address_and_a_code_and_leads_on(client: Client, alice: User) -> None:
    page = read(client.get(f"/en/accounts/login/?next={NEXT}"))
    assert "We send you a code. No password needed." in page.text
    assert page.link("Sign up").href.endswith("?next=%2Fen%2Fcases%2Fnew%2F")

    sent = client.post("/en/accounts/login/", {"login": alice.email, "next": NEXT})
    done = client.post(sent.url, {"code": code_in_the_mail(), "next": NEXT})

    assert done.status_code == 302
    assert done.url == NEXT


def test_who_has_set_a_password_signs_in_with_it_and_gets_no_mail(
    client: Client, alice: User
) -> None:
    alice.set_password("three small boats")
    alice.save(update_fields=["password"])

    done = client.post(
        "/en/accounts/login/", {"login": alice.email, "password": "three small boats"}
    )

    assert done.status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert mail.outbox == []


def test_a_wrong_password_is_told_and_sends_no_code(client: Client, alice: User) -> None:
    response = client.post("/en/accounts/login/", {"login": alice.email, "password": "guessed"})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    assert mail.outbox == []


def test_a_wrong_code_signs_nobody_in(client: Client, alice: User) -> None:
    sent = client.post("/en/accounts/login/", {"login": alice.email})

    client.post(sent.url, {"code": "000000"})

    assert "_auth_user_id" not in client.session


def test_too_many_tries_are_told_in_our_words(client: Client) -> None:
    client.post("/en/accounts/signup/", {"email": "new@example.org"})

    again = Client().post("/en/accounts/signup/", {"email": "new@example.org"})

    assert again.status_code == 429
    assert "Wait a minute" in read(again).text


def test_leading_on_never_leaves_the_site(client: Client) -> None:
    elsewhere = "https://elsewhere.example/"
    client.post("/en/accounts/signup/", {"email": "new@example.org", "next": elsewhere})

    done = client.post(reverse("account_email_verification_sent"), {"code": code_in_the_mail()})

    assert elsewhere not in done.url


# --- Mails ---------------------------------------------------------------------------------------


def test_the_mail_with_the_code_is_short_and_says_what_we_never_ask(client: Client) -> None:
    client.post("/en/accounts/signup/", {"email": "new@example.org"})

    (message,) = mail.outbox
    assert message.subject == "Your code for SimExit"
    assert len(str(message.body)) < 500
    assert "https://simexit.test" in message.body
    assert "SimExit never asks for money or for a copy of your identity card." in message.body


def test_signing_up_twice_says_in_the_mail_alone_that_there_is_an_account(
    client: Client, alice: User
) -> None:
    here = client.post("/en/accounts/signup/", {"email": alice.email, "next": NEXT})
    new = Client().post("/en/accounts/signup/", {"email": "new@example.org", "next": NEXT})

    assert here.url == new.url
    told = mail.outbox[0]
    assert told.subject == "You have an account at SimExit already"
    assert "https://simexit.test/en/accounts/login/?next=%2Fen%2Fcases%2Fnew%2F\n" in told.body


def test_signing_in_without_an_account_leads_to_the_sign_up(client: Client) -> None:
    client.post("/en/accounts/login/", {"login": "nobody@example.org", "next": NEXT})

    (message,) = mail.outbox
    assert message.subject == "There is no account with this address"
    assert "https://simexit.test/en/accounts/signup/?next=%2Fen%2Fcases%2Fnew%2F\n" in message.body


def test_a_mail_is_plain_text_and_not_html(client: Client) -> None:
    make_user("o'hara@example.org")

    client.post("/en/accounts/signup/", {"email": "o'hara@example.org"})

    (message,) = mail.outbox
    assert "o'hara@example.org" in message.body
    assert "&#" not in message.body


def test_a_change_of_the_account_is_told_with_what_to_do(as_alice: Client, alice: User) -> None:
    as_alice.post(
        reverse("account_set_password"),
        {"password1": "three small boats", "password2": "three small boats"},
    )

    (message,) = mail.outbox
    assert message.subject == "You have a password now"
    assert "https://simexit.test/en/accounts/login/" in message.body
    assert "127.0.0.1" in message.body


# --- All of allauth's pages look ours ------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_request_login_code",
        "account_reset_password",
    ],
)
def test_a_page_before_signing_in_has_our_frame(client: Client, name: str) -> None:
    page = read(client.get(reverse(name)))

    assert page.levels[:1] == [1]
    assert "SimExit never asks for money" in page.text
    assert "inline" not in page.scripts
    assert page.inline_styles == []


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_set_password",
        "account_logout",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    ],
)
def test_a_page_of_the_account_has_our_frame_and_leads_back(as_alice: Client, name: str) -> None:
    response = as_alice.get(reverse(name))

    page = read(response)
    assert page.link("Account").href == PREFERENCES
    assert "SimExit never asks for money" in page.text
    assert "inline" not in page.scripts
    assert page.inline_styles == []
    assert b"form-control" in response.content or name in ("account_logout", "mfa_index")


# --- What is planned already ---------------------------------------------------------------------


def test_planned_mails_keep_their_day_and_move_to_the_new_hour(
    as_alice: Client, alice: User
) -> None:
    tomorrow = schedule.today(timezone.now()) + timedelta(days=1)
    case = make_case(owner=alice)
    case.add_own_date(tomorrow, note="Call them", by=alice, at=timezone.now())

    as_alice.post(PREFERENCES, {"language": "en", "mail_hour": "18", "weekdays": WEEK})

    [own] = case.reminders.filter(kind="own_date")
    assert own.try_at == schedule.mail_time(tomorrow, 18)


def test_mails_of_others_keep_their_hour(as_alice: Client, stranger: User) -> None:
    tomorrow = schedule.today(timezone.now()) + timedelta(days=1)
    other = make_case(owner=stranger)
    other.add_own_date(tomorrow, note="", by=stranger, at=timezone.now())

    as_alice.post(PREFERENCES, {"language": "en", "mail_hour": "18", "weekdays": WEEK})

    [untouched] = other.reminders.filter(kind="own_date")
    assert untouched.try_at == schedule.mail_time(tomorrow, stranger.mail_hour)


def test_resuming_plans_again_what_the_open_cases_are_owed(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice)
    alice.stop_reminders(at=NOW)
    case.reminders.all().delete()

    as_alice.post(RESUME)

    assert case.reminders.planned().exists()
