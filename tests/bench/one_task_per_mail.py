"""The usual way, to compare with: one Celery task per mail, on Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import django
from celery import Celery

URL = os.environ.get("TEST_REDIS_URL", "")
DONE = "one-task-per-mail:done"
PROCESSES = 1  # as many as the engine it is compared with

app = Celery("one-task-per-mail", broker=URL)
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)


@app.task
def send(pk: int) -> None:
    """Loads a row, renders and sends its mail, writes it down."""
    from django.utils import timezone
    from redis import Redis

    from cases import reminders
    from cases.models import Reminder
    from tests.bench.reminders import AT

    row = Reminder.objects.select_related("case__owner", "case__procedure__operator").get(pk=pk)
    reminders.compose([row], at=AT).send()
    Reminder.objects.filter(pk=pk).update(sent_at=timezone.now())
    Redis.from_url(URL).incr(DONE)


def mails_per_second(pks: list[int]) -> float:
    """From the first task queued to the last mail out; the worker's start is not counted."""
    from redis import Redis

    redis = Redis.from_url(URL)
    command = ["-m", "celery", "--quiet", "-A", "tests.bench.one_task_per_mail", "worker"]
    worker = subprocess.Popen(
        [sys.executable, *command, "--concurrency", str(PROCESSES), "--loglevel", "ERROR"]
    )
    try:
        send.delay(pks[0])
        wait_for(redis, 1)
        started = time.perf_counter()
        for pk in pks[1:]:
            send.delay(pk)
        wait_for(redis, len(pks))
        return (len(pks) - 1) / (time.perf_counter() - started)
    finally:
        redis.delete(DONE)
        worker.kill()
        worker.wait()


def wait_for(redis: object, number: int) -> None:
    while int(redis.get(DONE) or 0) < number:  # type: ignore[attr-defined]
        time.sleep(0.02)


if "celery" in sys.argv[0]:
    django.setup()
