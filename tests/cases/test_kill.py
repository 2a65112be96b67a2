"""Workers die, Redis dies, the mail server refuses and hangs: no mail is lost.

The short form runs with the suite. The whole one, whose figures stand in the README:

    KILL_MAILS=10000 KILLS=20 python -m tests.services redis postgresql -- \
        python -m pytest tests/cases/test_kill.py
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from cases.models import Reminder
from simexit.settings import base
from tests import services
from tests.bench.load import fill
from tests.conftest import ROOT, broker, database_url, worker_command

MAILS = int(os.environ.get("KILL_MAILS", "300"))
KILLS = int(os.environ.get("KILLS", "4"))
BOUND = 60 + MAILS / 10  # seconds; far more than it takes, and still an end
CLAIM_SECONDS = (
    15  # a dead worker's claim is given back so soon here, and after 15 minutes for real
)
TASK = base.CELERY_BEAT_SCHEDULE["send-due-reminders"]["task"]


@dataclass
class Sink:
    """Takes mails and counts their Message-IDs; hangs when told to, refuses while it is shut."""

    port: int
    taken: Counter[str] = field(default_factory=Counter)
    hanging: bool = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hanging:
            await asyncio.sleep(2)
        assert isinstance(envelope.content, bytes)
        header = BytesHeaderParser().parsebytes(envelope.content)
        self.taken[header["Message-ID"]] += 1
        return "250 OK"

    def open(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def shut(self) -> None:
        self.controller.stop()


@contextmanager
def sink() -> Iterator[Sink]:
    server = Sink(services.free_port())
    server.open()
    yield server
    server.shut()


class RedisServer:
    """A Redis that can be killed and comes back, empty, at the same address."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = services.free_port(), folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        assert services.listens(self.port, self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start_worker(folder: Path, redis_url: str, sink: Sink) -> subprocess.Popen[bytes]:
    """One worker that makes one pass at a time, so that a kill meets at most one mail in flight."""
    folder.mkdir(exist_ok=True)
    variables = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "WORKER_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "SITE_URL": django_settings.SITE_URL,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "CLAIM_SECONDS": str(CLAIM_SECONDS),
    }
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *worker_command(), "--concurrency", "1"],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("transport", ["redis", "filesystem"])
def test_whatever_dies_no_mail_is_lost_and_a_kill_repeats_one_at_most(
    transport: str, tmp_path: Path
) -> None:
    """Slow: real workers are killed and started again."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every word
    redis = RedisServer(tmp_path) if transport == "redis" else None
    queue = broker(redis.url if redis else "", tmp_path / "worker")
    fill(planned=MAILS, due=MAILS, at=timezone.now())
    due = Reminder.objects.filter(try_at__lte=timezone.now())
    assert due.count() == MAILS
    number = random.Random(MAILS)

    with sink() as mail_server:
        workers = [
            start_worker(tmp_path / "worker", redis.url if redis else "", mail_server)
            for _i in range(2)
        ]
        try:
            kills = torment(workers, redis, queue, mail_server, tmp_path, number)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
            if redis:
                redis.kill()

    sent = Reminder.objects.filter(status=Reminder.Status.SENT)
    expected = set(sent.values_list("message_id", flat=True))
    repeats = sum(count - 1 for count in mail_server.taken.values())
    print(
        f"\n{connection.vendor}, {transport}: {MAILS} due, {kills} kills, "
        f"{MAILS - len(mail_server.taken)} lost, {repeats} repeated"
    )
    assert sent.count() == MAILS
    assert set(mail_server.taken) == expected
    assert len(expected) == MAILS
    assert repeats <= kills


def torment(
    workers: list[subprocess.Popen[bytes]],
    redis: RedisServer | None,
    queue: Celery,
    mail_server: Sink,
    folder: Path,
    number: random.Random,
) -> int:
    """Kills and starves until every mail is out; returns how many workers were killed."""
    kills, deadline = 0, time.monotonic() + BOUND
    troubles = spread_over(MAILS, KILLS, number)
    while not all_sent():
        assert time.monotonic() < deadline, (folder / "worker" / "worker.log").read_text()[-4000:]
        wake(queue)
        done = len(mail_server.taken)
        mail_server.hanging = number.random() < 0.05
        if troubles and done >= troubles[0]:
            troubles.pop(0)
            victim = number.randrange(len(workers))
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            kills += 1
            if redis and kills % 6 == 1:
                redis.kill()
                redis.start()
            if kills % 10 == 5:  # in the whole form only: a mail that is cut off waits a minute
                mail_server.shut()
                kills += len(workers)  # each may have a mail in flight that was taken
                time.sleep(number.uniform(0.2, 1))
                mail_server.open()
            workers[victim] = start_worker(
                folder / "worker", redis.url if redis else "", mail_server
            )
        time.sleep(number.uniform(0.05, 0.3))
    return kills


def spread_over(mails: int, kills: int, number: random.Random) -> list[int]:
    """At how many sent mails a worker dies."""
    return sorted(number.randrange(1, int(mails * 0.9)) for _i in range(kills))


def all_sent() -> bool:
    return Reminder.objects.filter(status=Reminder.Status.SENT).count() == MAILS


def wake(queue: Celery) -> None:
    """What beat does every minute; a broker that is away is no reason to stop."""
    with suppress(OperationalError, RedisError, OSError):
        queue.send_task(TASK, expires=30, retry=False)
