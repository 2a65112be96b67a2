"""Two tabs, two senders, at the same moment: real threads, each with its own connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases import reminders, schedule
from cases.errors import CaseError
from cases.models import Case, Evidence, Reminder
from operators.models import Report
from tests.factories import NOW, TODAY, make_case, make_evidence, make_newer, make_user

# Slower than the others: what threads wrote can't be rolled back, so every table is emptied.
pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the refusal that it met."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        start.wait(timeout=10)
        try:
            return call()
        except CaseError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def tabs(case: Case, count: int = 2) -> list[Case]:
    """The same case, loaded once per tab."""
    return [
        Case.objects.select_related("procedure", "owner").get(pk=case.pk) for _i in range(count)
    ]


@pytest.mark.parametrize(
    ("days", "verb", "arguments", "after"),
    [
        ({}, "mark_requested", {"sent_on": TODAY, "channel": "email"}, "requested"),
        (
            {"requested_on": TODAY},
            "mark_confirmed",
            {"confirmed_on": TODAY, "ends_on": TODAY},
            "confirmed",
        ),
        ({"confirmed_on": TODAY}, "mark_ended", {"ended_on": TODAY}, "ended"),
        ({"ended_on": TODAY}, "close", {}, "closed"),
        ({"requested_on": TODAY}, "drop", {"reason": "kept"}, "dropped"),
        ({"closed_on": TODAY}, "reopen", {}, "ended"),
    ],
)
def test_of_two_tabs_one_wins_and_the_other_is_told(
    days: dict[str, Any], verb: str, arguments: dict[str, Any], after: str
) -> None:
    case = make_case(**days)
    first, second = tabs(case)
    events = case.events.count()

    results = at_once(
        lambda: getattr(first, verb)(**arguments, by=case.owner, at=NOW),
        lambda: getattr(second, verb)(**arguments, by=case.owner, at=NOW),
    )

    refusals = [result for result in results if result is not None]
    assert len(refusals) == 1
    assert isinstance(refusals[0], CaseError)
    assert case.events.count() == events + 1
    assert Case.objects.get(pk=case.pk).status == after


def test_two_tabs_that_want_different_things_get_one_of_them() -> None:
    case = make_case(requested_on=TODAY)
    first, second = tabs(case)

    results = at_once(
        lambda: first.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=NOW),
        lambda: second.drop(reason="kept", by=case.owner, at=NOW),
    )

    case = Case.objects.get(pk=case.pk)
    planned = {row.kind for row in case.reminders.planned()}
    assert Counter(type(result) for result in results)[type(None)] == 1
    assert (case.status, planned) in [
        ("confirmed", {"check_line", "keep_receipt"}),
        ("dropped", set()),
    ]


def test_of_a_switch_and_a_stay_at_once_the_mails_fit_the_version_that_is_followed() -> None:
    case = make_case(requested_on=TODAY)
    newer = make_newer(case.procedure, confirm_after=8)
    first, second = tabs(case)

    results = at_once(
        lambda: first.switch_procedure(version=newer.version, by=case.owner, at=NOW),
        lambda: second.stay(version=newer.version, by=case.owner, at=NOW),
    )

    case = Case.objects.get(pk=case.pk)
    planned = set(case.reminders.planned().values_list("kind", "due_on"))
    assert case.procedure == newer
    assert all(isinstance(refusal, CaseError) for refusal in results if refusal is not None)
    assert planned == {(row.kind, row.due_on) for row in schedule.owed(case.facts())}


def test_a_switch_in_one_tab_and_a_confirmation_in_another_keep_both() -> None:
    case = make_case(requested_on=TODAY)
    newer = make_newer(case.procedure, no_more_bills_after=90)
    first, second = tabs(case)

    at_once(
        lambda: first.switch_procedure(version=newer.version, by=case.owner, at=NOW),
        lambda: second.mark_ended(ended_on=TODAY, by=case.owner, at=NOW),
    )

    case = Case.objects.get(pk=case.pk)
    planned = case.reminders.planned().filter(kind="check_no_more_bills")
    assert (case.procedure, case.status) in [(newer, "ended"), (newer, "requested")]
    if case.status == "ended":
        assert [row.due_on for row in planned] == [TODAY + 90 * DAY]


def test_two_tabs_that_close_with_an_answer_leave_one_report() -> None:
    case = make_case(ended_on=TODAY)
    first, second = tabs(case)

    results = at_once(
        lambda: first.close(matched=True, by=case.owner, at=NOW),
        lambda: second.close(matched=False, match_note="No", by=case.owner, at=NOW),
    )

    report = Report.objects.get()
    assert Counter(result is None for result in results) == {True: 1, False: 1}
    assert Case.objects.get(pk=case.pk).report == report


def test_an_undo_pressed_in_two_tabs_takes_back_one_press() -> None:
    case = make_case(requested_on=TODAY)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=NOW)
    press = case.events.latest("pk").pk
    first, second = tabs(case)

    results = at_once(
        lambda: first.undo(press=press, by=case.owner, at=NOW),
        lambda: second.undo(press=press, by=case.owner, at=NOW),
    )

    assert Counter(result is None for result in results) == {True: 1, False: 1}
    assert Case.objects.get(pk=case.pk).status == "requested"
    assert case.events.filter(kind="undone").count() == 1


def test_a_confirmation_and_a_file_at_once_leave_the_mails_of_the_confirmed_case() -> None:
    case = make_case(requested_on=TODAY)
    first, second = tabs(case)

    at_once(
        lambda: first.mark_confirmed(
            confirmed_on=TODAY, ends_on=TODAY + DAY, by=case.owner, at=NOW
        ),
        lambda: make_evidence(second, proves=Evidence.Proves.SENT),
    )

    assert {row.kind for row in case.reminders.planned()} == {"check_line", "keep_receipt"}


def test_the_same_file_from_two_tabs_is_kept_once() -> None:
    case = make_case(requested_on=TODAY)
    first, second = tabs(case)

    results = at_once(lambda: make_evidence(first), lambda: make_evidence(second))

    assert results[0] == results[1]
    assert case.evidence.count() == 1
    assert case.events.filter(kind="filed").count() == 1


def test_two_browsers_that_post_at_once_are_answered_one_each(alice: User) -> None:
    today = schedule.today(timezone.now())
    case = make_case(owner=alice, opened_on=today)
    address = reverse("cases:mark-requested", args=[case.reference])
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(alice)

    def post(browser: Client) -> list[str]:
        response = browser.post(address, {"sent_on": today.isoformat(), "channel": "letter"})
        assert response.status_code == 302
        return [message.level_tag for message in get_messages(response.wsgi_request)]

    answers = at_once(*[lambda browser=browser: post(browser) for browser in browsers])

    assert sorted(answers) == [["error"], ["success"]]
    assert case.events.filter(after="requested").count() == 1


def test_two_senders_at_once_send_each_mail_once() -> None:
    cases = [make_case(owner=make_user(), opened_on=TODAY) for _i in range(12)]
    nine = schedule.mail_time(TODAY + 2 * DAY, 9)

    sent = at_once(*[lambda: reminders.send_due(at=nine)] * 3)

    readers = Counter(message.to[0] for message in mail.outbox)
    assert sum(sent) == len(cases)
    assert readers == Counter(case.owner.email for case in cases)
    assert Reminder.objects.filter(status="sent").count() == len(cases)


def test_a_case_that_is_closed_while_the_sender_runs_gets_one_mail_or_none() -> None:
    case = make_case(ended_on=TODAY)
    nine = schedule.mail_time(TODAY + 65 * DAY, 9)
    (tab,) = tabs(case, 1)

    sent, _closed = at_once(
        lambda: reminders.send_due(at=nine), lambda: tab.close(by=case.owner, at=nine)
    )

    assert len(mail.outbox) == sent
    assert Case.objects.get(pk=case.pk).status == "closed"
    assert not case.reminders.planned().exists()
    assert not case.reminders.filter(status="sending").exists()
