"""Redis is away, and with it the queue and the cache: who works on a case does not notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app as celery
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import Settings
from redis.connection import AbstractConnection
from redis.exceptions import RedisError

from accounts.models import User
from cases import reminders, tasks
from cases.models import Answer, Case, Reminder
from cases.schedule import today
from tests.factories import make_case, make_upload, some_procedure
from tests.services import free_port

pytestmark = pytest.mark.django_db

AWAY = {"socket_connect_timeout": 2, "socket_timeout": 5}  # seconds, as in simexit/settings/base.py


@pytest.fixture
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Redis at a port where nobody listens; in it lands everyone who turned to it all the same."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "OPTIONS": AWAY,
        }
    }
    broker = {"broker_url": url, "broker_transport": None, "broker_transport_options": AWAY}
    before = {name: celery.conf[name] for name in broker}
    celery.conf.update(broker)
    connections: list[object] = []
    connect = AbstractConnection.connect

    def connect_and_tell(connection: AbstractConnection) -> None:
        connections.append(connection)
        connect(connection)

    monkeypatch.setattr(AbstractConnection, "connect", connect_and_tell)
    yield connections
    celery.conf.update(before)


def post(client: Client, url: str, **fields: Any) -> None:
    """Sends a form that is accepted."""
    assert client.post(url, fields).status_code == 302, url


def test_a_case_is_opened_and_moved_to_its_end(as_alice: Client, asked: list[object]) -> None:
    procedure, day = some_procedure(), today(timezone.now()).isoformat()

    post(
        as_alice,
        "/en/cases/new/",
        operator=procedure.operator.slug,
        plan=procedure.plan,
        goal="end",
        phone_number="0470 12 34 56",
    )
    case = Case.objects.get()
    url = f"/en/cases/{case.reference}/"
    post(as_alice, f"{url}steps/logins/", done="1")
    post(as_alice, f"{url}notes/", text="They were friendly")
    post(as_alice, f"{url}requested/", sent_on=day, channel="letter")
    post(as_alice, f"{url}undo/")
    post(as_alice, f"{url}requested/", sent_on=day, channel="letter")
    post(as_alice, f"{url}confirmed/", confirmed_on=day, ends_on=day)
    post(as_alice, f"{url}ended/", ended_on=day)
    post(as_alice, f"{url}close/")

    case.refresh_from_db()
    assert case.status == Case.Status.CLOSED
    assert as_alice.get(url).status_code == as_alice.get("/en/cases/").status_code == 200
    assert asked == []


def test_evidence_is_stored_though_nobody_counts_the_files(
    as_alice: Client, alice: User, asked: list[object]
) -> None:
    case = make_case(owner=alice)

    post(as_alice, f"/en/cases/{case.reference}/evidence/", file=make_upload(), proves="sent")

    assert case.evidence.count() == 1
    assert len(asked) <= 2  # it soon gives up


def test_a_mail_is_answered_and_preferences_are_kept(
    as_alice: Client, alice: User, asked: list[object]
) -> None:
    case = Case.objects.start(
        owner=alice,
        procedure=some_procedure(),
        goal="end",
        phone_number="+32470123456",
        at=timezone.now(),
    )
    reminder = case.reminders.earliest("pk")

    link = f"/r/{reminders.make_token(reminder, Answer.SNOOZE_3)}/"
    assert Client().get(link).status_code == 200
    assert Client().post(link).status_code in (200, 302)
    post(as_alice, "/en/account/preferences/reminders/stop/")
    post(as_alice, "/en/account/preferences/reminders/resume/")

    assert case.reminders.filter(origin=Reminder.Origin.SNOOZE).count() == 1
    assert asked == []


def test_who_does_turn_to_it_is_told_soon(asked: list[object]) -> None:
    """What makes the tests above mean something; and beat, which queues, must not hang."""
    started = time.monotonic()

    with celery.connection_for_write() as broker, pytest.raises(OperationalError):
        tasks.send_due_reminders.apply_async(connection=broker)
    assert asked
    with pytest.raises(RedisError):
        caches["default"].get("anything")

    assert time.monotonic() - started < 10
