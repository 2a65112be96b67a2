"""What the case page says about its mails: why they come, when they left, what keeps them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cases import reminders
from cases.models import Case, Reminder, planning
from cases.schedule import Kind
from cases.views import mails
from tests.cases.mails import case_owed
from tests.factories import NOW, TODAY, make_case, make_user, moment
from tests.pages import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PREFERENCES = "/en/account/preferences/"
TRY_AGAIN = "/en/account/preferences/address/try-again/"
Status = Reminder.Status


def reasons(case: Case, kind: str = "") -> list[str]:
    rows = [row for row in case.reminders.all() if not kind or row.kind == kind]
    return [mail.reason for mail in mails.planned(rows, at=NOW)]


def shown(client: Client, case: Case) -> str:
    """The words of the case page, in one line."""
    return " ".join(read(client.get(f"/en/cases/{case.reference}/")).text.split())


# --- Why it comes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        (
            Kind.FINISH_PREPARING,
            {},
            ["2 days after you opened the case", "7 days after you opened the case"],
        ),
        (Kind.CONFIRM_RECEIPT_OF_REQUEST, {}, ["1 working day after sending"]),
        (
            Kind.CONFIRM_CANCELLATION,
            {},
            [f"{days} working days after sending" for days in (3, 6, 9, 12)],
        ),
        (
            Kind.CONFIRM_CANCELLATION,
            {"goal": Case.Goal.PORT},
            [f"{days} working days after the order" for days in (3, 6, 9, 12)],
        ),
        (Kind.CHECK_LINE, {}, ["the day after the end date"]),
        (Kind.CHECK_LINE, {"goal": Case.Goal.PORT}, ["the day after the day of the move"]),
        (
            Kind.KEEP_RECEIPT,
            {},
            [
                "the day after the confirmation, which is not stored",
                "7 days after the confirmation, which is not stored",
                "30 days after the confirmation, which is not stored",
            ],
        ),
        (
            Kind.CLAIM_PREPAID_CREDIT,
            {},
            [f"{days} days after the move: credit is paid out for a month" for days in (7, 21, 28)],
        ),
        (Kind.CHECK_FINAL_BILL, {}, ["35 days after the end: the last bill should be there"]),
        (Kind.CHECK_NO_MORE_BILLS, {}, ["65 days after the end: no bill may come any more"]),
        (Kind.OMBUDSMAN_CLOCK, {}, ["30 days before your complaint is a year old"]),
        (Kind.OWN_DATE, {}, ["you asked for it"]),
    ],
)
def test_each_mail_says_in_one_sentence_why_it_comes(
    alice: User, kind: Kind, facts: dict[str, Any], expected: list[str]
) -> None:
    assert reasons(case_owed(kind, owner=alice, **facts), kind) == expected


def test_every_kind_has_a_reason(alice: User) -> None:
    for kind in Kind:
        assert all(reasons(case_owed(kind, owner=alice), kind))


def test_a_question_that_was_put_off_says_who_wanted_it() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    case.snooze("confirm_cancellation", days=3, by=case.owner, at=NOW)

    assert reasons(case)[0] == "you asked to be reminded later"


def test_a_mail_that_waits_for_a_weekday_says_so() -> None:
    case = make_case(owner=make_user(mail_weekdays=0b1), requested_on=TODAY, channel="letter")

    assert reasons(case)[:2] == [
        "3 working days after sending; on your next day for mails",
        "6 working days after sending; on your next day for mails",
    ]


def test_what_is_only_still_switched_off_claims_no_reason() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    planning.switch(case.reminders.planned()[0], on=False, at=NOW)
    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)
    Case.objects.filter(pk=case.pk).update(sent_on=TODAY + 30 * DAY)

    assert reasons(Case.objects.get(pk=case.pk), Kind.CONFIRM_CANCELLATION) == [""]


# --- How it went ----------------------------------------------------------------------------------


def test_the_page_shows_what_left_and_what_was_replaced(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    reminders.send_due(at=moment(date(2026, 3, 11), hour=9))  # the second question is due as well

    text = shown(as_alice, case)

    assert "2 earlier" in text
    assert "Sent 11 Mar 2026, 09:00" in text
    assert "Replaced by a later one" in text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            "SMTPRecipientsRefused: {'alice@example.org': (450, b'Go away')}",
            "the mail server of your address did not take it",
        ),
        ("TimeoutError: timed out", "the mail server did not answer"),
        ("ZeroDivisionError", "something went wrong on our side"),
    ],
)
def test_a_mail_that_failed_says_why_in_plain_words(
    as_alice: Client, alice: User, error: str, words: str
) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    row = case.reminders.planned()[0]
    Reminder.objects.filter(pk=row.pk).update(status=Status.FAILED, attempts=5, error=error)

    text = shown(as_alice, case)

    assert f"Not sent after 5 tries: {words}" in text
    assert "1 not sent" in text
    assert error not in text


def test_a_mail_that_waits_for_another_try_says_when(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    row = case.reminders.planned()[0]
    Reminder.objects.filter(pk=row.pk).update(
        attempts=2, error="TimeoutError: x", try_at=moment(TODAY, hour=11)
    )

    text = shown(as_alice, case)

    assert (
        "3 Mar 2026, 11:00 Try 2 did not work: the mail server did not answer. We try again then."
    ) in text


def test_a_mail_under_way_is_shown_and_has_no_switch(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    case.reminders.planned().update(status=Status.SENDING, claimed_at=NOW)

    response = as_alice.get(f"/en/cases/{case.reference}/")

    assert "being sent now" in read(response).text
    assert "Switch off" not in read(response).text


def test_the_mails_that_come_later_are_folded_away(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="email")  # five questions

    response = as_alice.get(f"/en/cases/{case.reference}/")
    html = response.content.decode()

    assert html.count('name="on"') == 5
    assert html.index("2 more later") > html.index("6 working days after sending")
    assert html.index("2 more later") < html.index("9 working days after sending")
    assert (read(response).scripts.count("inline"), read(response).inline_styles) == (0, [])


# --- An address that mails do not reach -----------------------------------------------------------


def refuse(user: User) -> None:
    user.mark_undeliverable("550 5.1.1 <alice@example.org>: unknown", at=NOW)


@pytest.mark.parametrize("page", ["case", "preferences"])
def test_who_is_not_reached_is_told_where_and_why(as_alice: Client, alice: User, page: str) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    address = PREFERENCES if page == "preferences" else f"/en/cases/{case.reference}/"
    before = read(as_alice.get(address)).text
    refuse(alice)

    found = read(as_alice.get(address))

    text = " ".join(found.text.split())
    assert "Our mails do not reach you" not in before
    assert "Our mails to a•••@example.org come back." in text
    assert "On 3 March 2026 the mail server said: 550 5.1.1 <a•••@example.org>: unknown" in text
    assert found.link("Change your address").href == "/en/accounts/email/"
    assert f'action="{TRY_AGAIN}"' in as_alice.get(address).content.decode()


def test_what_is_due_meanwhile_says_what_keeps_it(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    refuse(alice)
    case.reminders.planned().filter(due_on__gt=TODAY + 3 * DAY).update(try_at=timezone.now() + DAY)

    text = shown(as_alice, case)

    assert text.count("Not sent, because your address was refused") == 1


def test_the_address_works_after_all(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, channel="letter")
    refuse(alice)
    friday = moment(TODAY + 3 * DAY)
    waiting = reminders.send_due(at=friday)

    told = as_alice.post(TRY_AGAIN, follow=True)

    alice.refresh_from_db()
    assert not alice.is_undeliverable
    assert "We try this address again" in read(told).text
    assert "Our mails do not reach you" not in shown(as_alice, case)
    assert (waiting, reminders.send_due(at=friday)) == (0, 1)


def test_looking_at_the_address_of_the_verb_writes_nothing(as_alice: Client, alice: User) -> None:
    refuse(alice)

    assert as_alice.get(TRY_AGAIN).status_code == 405
    assert Client().post(TRY_AGAIN).status_code == 302
    alice.refresh_from_db()
    assert alice.is_undeliverable
