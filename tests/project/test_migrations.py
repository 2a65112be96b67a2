from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from cases import reminders, schedule
from cases.timeline import timeline
from tests.factories import TODAY, make_case


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_mail_of_before_stands_in_the_timeline_once_and_comes_back_as_an_event() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    reminders.send_due(at=schedule.mail_time(TODAY + timedelta(days=3), 9))
    shown = timeline(case)

    call_command("migrate", "cases", "0005", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, note FROM cases_caseevent WHERE kind = 'mailed'")
        events = cursor.fetchall()
    call_command("migrate", "cases", verbosity=0)

    assert [note for _at, note in events] == ["confirm_cancellation"]
    assert timeline(case) == shown
