"""The morning report: every mail that failed for good, told once."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries, Settings

from cases import failures, tasks
from cases.models import Case, Reminder
from tests.factories import NOW, TODAY, make_case, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NUMBER = "+32470987654"


@pytest.fixture(autouse=True)
def admins(settings: Settings) -> None:
    settings.ADMINS = [("", "root@simexit.test"), ("", "second@simexit.test")]


def failed(case: Case | None = None, **fields: Any) -> Reminder:
    """A mail of which nothing more is tried."""
    case = case or make_case(requested_on=TODAY)
    reminder = case.reminders.planned().earliest("due_on")
    values = {"error": "SMTPDataError: (554, b'no')", "attempts": Reminder.TRIES} | fields
    Reminder.objects.filter(pk=reminder.pk).update(status=Reminder.Status.FAILED, **values)
    reminder.refresh_from_db()
    return reminder


def test_every_failed_mail_is_told_once_in_one_mail_to_all() -> None:
    rows = [failed(), failed()]
    make_case(requested_on=TODAY)  # nothing failed here

    passes = [failures.report_failed(at=NOW), failures.report_failed(at=NOW + DAY)]

    assert passes == [2, 0]
    (message,) = mail.outbox
    assert message.to == ["root@simexit.test", "second@simexit.test"]
    assert message.subject == "[SimExit] 2 reminders could not be sent"
    for row in rows:
        assert f"{row.case.reference}  {row.kind}\nfor {row.due_on}, 5 tries\n" in message.body
        row.refresh_from_db()
        assert row.reported_at == NOW
    assert "SMTPDataError: (554, b'no')" in message.body
    assert "https://simexit.test/admin/cases/reminder/?status__exact=failed" in message.body


def test_nothing_failed_no_mail() -> None:
    make_case(requested_on=TODAY)

    assert failures.report_failed(at=NOW) == 0
    assert mail.outbox == []


def test_a_failure_of_long_ago_is_told_as_well() -> None:
    failed(try_at=NOW - 400 * DAY)

    assert failures.report_failed(at=NOW) == 1


def test_the_report_does_not_say_whose_mail_it_was() -> None:
    case = make_case(
        owner=make_user("anna.janssens@example.be"), phone_number=NUMBER, requested_on=TODAY
    )
    failed(case, error=f"Refused:\n {{'anna.janssens@example.be': '{NUMBER}'}} " + "x" * 5000)

    failures.report_failed(at=NOW)

    text = str(mail.outbox[0].message())
    assert "Refused: {'a•••@example.be': '•••'}" in mail.outbox[0].body
    assert "anna.janssens" not in text
    assert "470987654" not in text
    assert len(mail.outbox[0].body) < 1000


def test_a_mail_that_cannot_leave_is_reported_another_time(settings: Settings) -> None:
    row = failed()
    settings.EMAIL_BACKEND = "tests.cases.test_failures.Broken"

    with pytest.raises(ConnectionRefusedError):
        failures.report_failed(at=NOW)

    row.refresh_from_db()
    assert row.reported_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert failures.report_failed(at=NOW + DAY) == 1


class Broken:
    def __init__(self, **options: Any) -> None: ...

    def send_messages(self, messages: object) -> int:
        raise ConnectionRefusedError


def test_a_crash_after_the_mail_tells_it_again_and_keeps_what_was_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failures, "ROWS_IN_A_MAIL", 2)
    rows = [failed() for _i in range(3)]
    send = failures.mail_admins

    def power_cut(subject: str, message: str) -> None:
        send(subject, message)
        if len(mail.outbox) == 2:
            raise SystemExit

    monkeypatch.setattr(failures, "mail_admins", power_cut)
    with pytest.raises(SystemExit):
        failures.report_failed(at=NOW)
    again = failures.report_failed(at=NOW + DAY)

    told = "".join(message.body for message in mail.outbox)
    assert again == 1
    assert [told.count(row.case.reference) for row in rows] == [1, 1, 2]


def test_without_admins_nothing_counts_as_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    row = failed()
    settings.ADMINS = []

    assert failures.report_failed(at=NOW) == 0

    row.refresh_from_db()
    assert row.reported_at is None
    assert "ADMINS" in caplog.text


def test_what_was_tried_again_and_failed_again_is_told_again() -> None:
    row = failed()
    failures.report_failed(at=NOW)

    row.retry(at=NOW)
    failed(row.case)

    assert failures.report_failed(at=NOW + DAY) == 1


def test_a_thousand_failures_take_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    case = make_case(requested_on=TODAY)
    Reminder.objects.bulk_create(
        Reminder(
            case=case,
            kind="own_date",
            due_on=TODAY,
            try_at=NOW,
            status=Reminder.Status.FAILED,
            error="x" * 1000,
        )
        for _i in range(1000)
    )

    with django_assert_num_queries(2 * 2 + 1):
        reported = failures.report_failed(at=NOW)

    assert reported == 1000
    assert len(mail.outbox) == 2


def test_beat_reports_every_morning_at_eight_in_belgium() -> None:
    entries = django_settings.CELERY_BEAT_SCHEDULE.values()

    (entry,) = [e for e in entries if e["task"] == tasks.report_failed_reminders.name]

    assert entry["schedule"] == crontab(hour=8, minute=0)
    assert django_settings.CELERY_TIMEZONE == "Europe/Brussels"


def test_the_task_and_the_command_do_the_same() -> None:
    output = StringIO()
    failed()
    tasks.report_failed_reminders()
    failed()

    call_command("report_failed_reminders", stdout=output)

    assert output.getvalue() == "1 reported\n"
    assert len(mail.outbox) == 2
