"""What tests share: the people around a test, and the real programs they may ask for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from accounts.models import User
from simexit import translations
from tests import services
from tests.factories import make_user

ROOT = Path(__file__).resolve().parent.parent
# Which of several pytest-xdist workers this is, from 0 on; None in a run of one process.
WORKER = int(os.environ["PYTEST_XDIST_WORKER"][2:]) if "PYTEST_XDIST_WORKER" in os.environ else None
# Folders of few and long modules. Workers begin with them, so that none waits for another's last.
LONG = ("walks", "project")
QUIET_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    translations.compile_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a browser or for Redis carries the mark without being told to."""
    if WORKER is not None:
        items.sort(key=lambda item: item.path.parent.name not in LONG)  # others stay in order
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "redis_url" in fixtures:
            item.add_marker(pytest.mark.redis)
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="is about PostgreSQL alone"))


def missing(what: str) -> None:
    """Skips the test; with CI=true it fails, because nothing may be skipped there."""
    reason = f"{what} is missing. `make test` lends the tests one"
    if services.IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# --- People --------------------------------------------------------------------------------------


@pytest.fixture
def alice(db: None) -> User:
    """She owns the case."""
    return make_user("alice@example.org")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who has an account and no business with Alice's case."""
    return make_user("stranger@example.org")


@pytest.fixture
def as_alice(alice: User) -> Client:
    """Her browser."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger)
    return client


@pytest.fixture(autouse=True)
def no_tries_counted() -> None:
    """allauth counts tries in the cache, and the tests are quicker than any person."""
    cache.clear()


@pytest.fixture(autouse=True)
def default_language() -> None:
    """The test client leaves the language of its last request behind; each test begins anew."""
    translation.activate(django_settings.LANGUAGE_CODE)


# --- Files ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """People's evidence of this test, and of no other."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


# --- Redis ---------------------------------------------------------------------------------------


@pytest.fixture
def redis_url() -> str:
    """An empty database of a Redis, and no other worker's."""
    server = os.environ.get("TEST_REDIS_URL", "")
    if not server:
        missing("Redis")
    url = urlsplit(server)._replace(path=f"/{WORKER or 0}").geturl()
    Redis.from_url(url).flushdb()
    return url


# --- A browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. For one module: while playwright runs, Django sees an event loop."""
    program = services.chromium()
    if not program:
        missing("Chromium")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET_BROWSER)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A fresh browser window on the running site; `page.goto("/en/")` is enough."""
    settings.SITE_URL = live_server.url
    context = chromium.new_context(base_url=live_server.url, locale="en-GB")
    context.set_default_timeout(10_000)  # milliseconds
    yield context.new_page()
    context.close()


# --- A mail server -------------------------------------------------------------------------------


@dataclass
class MailServer:
    """Keeps what it is given. `url` is for EMAIL_URL."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(  # noqa: N802  # the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(read_mail(envelope.content))
        return "250 OK"


def read_mail(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    server = MailServer(services.free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


# --- A worker ------------------------------------------------------------------------------------


@dataclass
class Worker:
    """A real worker process on the test's database, and the way to hand it a task."""

    process: subprocess.Popen[bytes]
    broker: Celery
    folder: Path

    @property
    def mails(self) -> list[EmailMessage]:
        """What it sent to the file mailbox, in no order."""
        return [read_mail(path.read_bytes()) for path in self.folder.glob("mail/new/*")]

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")

    def run(self, task: str, *arguments: Any) -> None:
        """Queues a task by name, as beat does."""
        self.broker.send_task(task, args=arguments)

    def wait_until(self, condition: Callable[[], object], *, seconds: float = 20) -> None:
        """Waits for something the worker does; fails with its log when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"It did not come about. The worker says:\n{self.log}", pytrace=False)
            time.sleep(0.1)


class StartWorker(Protocol):
    def __call__(self, *, redis_url: str = "", **environment: str) -> Worker: ...


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker as `make run` does: on Redis when an address is given, else on folders.

    Every other keyword is a variable of its environment, such as EMAIL_URL or SITE_URL.
    """
    workers: list[Worker] = []

    def start(*, redis_url: str = "", **environment: str) -> Worker:
        folder = tmp_path / f"worker-{len(workers)}"
        folder.mkdir()
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "WORKER_DIR": str(folder),
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            "SITE_URL": django_settings.SITE_URL,
            "SECRET_KEY": django_settings.SECRET_KEY,
            "MEDIA_ROOT": str(django_settings.MEDIA_ROOT),
            "EMAIL_URL": "",
            **environment,
        }
        with (folder / "worker.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *worker_command()],
                cwd=ROOT,
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        worker = Worker(process, broker(redis_url, folder), folder)
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.process.kill()  # stopping gently takes seconds, and is tested in test_run.py
        worker.process.wait()


def worker_command() -> list[str]:
    """The line of the Procfile, without the shell's `exec python`."""
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    return lines["worker"].removeprefix("exec python ").split()


def broker(redis_url: str, folder: Path) -> Celery:
    """The other end of the worker's queue."""
    app = Celery("tests", set_as_current=False)
    app.conf.task_ignore_result = True
    app.conf.broker_url = redis_url or "filesystem://localhost//"
    if not redis_url:
        app.conf.broker_transport = "simexit.lib.broker.Transport"
        app.conf.broker_transport_options = services.queue_folders(folder)
    return app


def database_url() -> str:
    """The test database as another process may open it."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    secret = f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else ""
    return f"postgresql://{parts['USER']}{secret}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"
