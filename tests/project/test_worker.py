"""A real worker process, on each broker: it wakes up, reads our rows and sends our mails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Reminder
from cases.schedule import today
from simexit.settings import base
from tests.conftest import MailServer, StartWorker
from tests.factories import make_case

TASK = base.CELERY_BEAT_SCHEDULE["send-due-reminders"]["task"]


@pytest.fixture(params=["redis", "filesystem"])
def redis_url_or_none(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("redis_url")) if request.param == "redis" else ""


def a_reminder_due_now() -> Reminder:
    """The latest question whether the operator confirmed: it replaces those before it."""
    case = make_case(requested_on=today(timezone.now()) - timedelta(days=10))
    reminder = case.reminders.due(timezone.now()).last()
    assert reminder is not None
    return reminder


def test_a_due_reminder_leaves_by_a_real_worker(
    start_worker: StartWorker, smtp_server: MailServer, redis_url_or_none: str
) -> None:
    """Slow: a worker takes seconds to start and to stop."""
    reminder = a_reminder_due_now()

    worker = start_worker(redis_url=redis_url_or_none, EMAIL_URL=smtp_server.url)
    worker.run(TASK)
    worker.wait_until(lambda: smtp_server.mails)

    worker.wait_until(lambda: Reminder.objects.get(pk=reminder.pk).sent_at)
    assert smtp_server.mails[0]["To"] == reminder.case.owner.email


def test_a_broken_file_in_the_queue_does_not_stop_the_worker(start_worker: StartWorker) -> None:
    """kombu stops for good at a message that is no JSON; our broker passes over it."""
    reminder = a_reminder_due_now()

    worker = start_worker()
    (worker.folder / "queue" / "0_broken.celery.msg").touch()
    worker.run(TASK)

    worker.wait_until(lambda: Reminder.objects.get(pk=reminder.pk).sent_at)
    assert len(worker.mails) == 1
