"""The receiver of mail as a process of its own: what it told 250 is stored, once, whatever dies.

Starts real processes, which takes seconds each.
"""

from __future__ import annotations

import hashlib
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from cases import inbound, receiver
from cases.models import Case, InboundMail, Message
from tests import services
from tests.cases.incoming import DOMAIN, FILES, OPERATOR, address, raw
from tests.conftest import ROOT, database_url
from tests.factories import TODAY, make_case
from tests.project.test_settings import manage

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Process:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, "mx.operator.example", timeout=20)

    def send(self, content: bytes, *recipients: str) -> None:
        """Hands over a mail as a mail server does; raises where it is not told 250."""
        with self.connect() as client:
            client.sendmail(OPERATOR, list(recipients), content)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Start(Protocol):
    def __call__(self, *arguments: str, **environment: str) -> Process: ...


def begin(folder: Path, *arguments: str, **environment: str) -> Process:
    """A receiver on the test's database. Every keyword is a variable of its environment."""
    port, log = services.free_port(), folder / "receiver.log"
    variables = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "WORKER_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "REDIS_URL": "",
        "MEDIA_ROOT": str(folder / "media"),
        "INBOUND_DOMAIN": DOMAIN,
        **environment,
    }
    command = [sys.executable, "manage.py", "receive_mail", "--port", str(port), *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT
        )
    assert services.listens(port, process), log.read_text()
    return Process(process, port, log)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts receivers that die with the test."""
    started: list[Process] = []

    def one_more(*arguments: str, **environment: str) -> Process:
        started.append(begin(tmp_path, *arguments, **environment))
        return started[-1]

    yield one_more
    for one in started:
        one.kill()


@pytest.fixture(scope="module")
def running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One for all tests that only talk to it."""
    process = begin(tmp_path_factory.mktemp("receiver"))
    yield process
    process.kill()


@pytest.fixture
def case() -> Case:
    return make_case(requested_on=TODAY)


def eventually(condition: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.05)


def stored(content: bytes) -> int:
    return InboundMail.objects.filter(sha256=hashlib.sha256(content).hexdigest()).count()


def large() -> bytes:
    """Ten megabytes, as a scanned letter is sent."""
    line = b"QUJD" * 19 + b"\r\n"
    head = b"From: shop@operator.example\r\nTo: alice@example.org\r\nSubject: Scan\r\n"
    kind = b"Content-Type: image/jpeg; name=scan.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + kind + line * (10 * 1024 * 1024 // len(line))


# --- Accepted means stored ------------------------------------------------------------------------


def test_twenty_files_and_a_large_one_are_stored_once_whenever_it_is_killed(
    start: Start, case: Case
) -> None:
    """Each mail is sent until it is told 250, and then once more; the receiver dies on the way."""
    mails = [*(file.read_bytes() for file in FILES), large()]
    killed_after_250, killed_before_the_end = {3, 14}, {7, 20}
    running = start()

    for number, content in enumerate(mails):
        if number in killed_before_the_end:
            begin_and_do_not_end(running, content, address(case))
            running.kill()
            assert stored(content) == 0
            running = start()
        running.send(content, address(case))
        if number in killed_after_250:
            running.kill()
            running = start() if stored(content) == 1 else pytest.fail("Told 250 and lost")
        assert stored(content) == 1
        running.send(content, address(case))

    eventually(lambda: inbound.match_waiting(at=timezone.now()) == 0)
    eventually(lambda: not InboundMail.objects.unmatched().exists())
    expected = sorted(hashlib.sha256(content).hexdigest() for content in mails)
    assert sorted(case.evidence.values_list("sha256", flat=True)) == expected
    assert InboundMail.objects.count() == len(mails)
    assert Message.objects.to_settle().count() == len(mails)
    assert case.events.filter(kind="came_in").count() == len(mails)


def begin_and_do_not_end(running: Process, content: bytes, recipient: str) -> smtplib.SMTP:
    """All of the mail but the dot at its end."""
    client = running.connect()
    client.ehlo()
    client.mail(OPERATOR)
    client.rcpt(recipient)
    assert client.docmd("DATA")[0] == 354
    client.send(content)
    return client


def test_a_sender_that_did_not_hear_the_250_sends_again_and_it_is_one(
    start: Start, case: Case
) -> None:
    running = start()
    client = begin_and_do_not_end(running, raw("05"), address(case))
    client.send(b".\r\n")
    eventually(lambda: stored(raw("05")) == 1)
    running.kill()
    client.close()  # whatever it was told, it did not listen

    start().send(raw("05"), address(case))

    eventually(lambda: inbound.match_waiting(at=timezone.now()) == 0)
    eventually(lambda: case.evidence.count() == 1)
    assert (stored(raw("05")), InboundMail.objects.count()) == (1, 1)


def test_what_it_stored_it_files_without_being_asked(start: Start, case: Case) -> None:
    start().send(raw("10"), address(case))

    eventually(lambda: case.evidence.count() == 1)
    eventually(lambda: Message.objects.to_settle().exists())


def test_while_the_database_is_away_the_sender_is_asked_to_come_back(start: Start) -> None:
    nowhere = f"postgresql://simexit@127.0.0.1:{services.free_port()}/simexit"
    running = start(DATABASE_URL=nowhere)

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        running.send(raw("05"), f"case+{'a' * 16}@{DOMAIN}")

    assert refusal.value.smtp_code == 451


# --- What is taken --------------------------------------------------------------------------------


def test_only_our_addresses_are_taken_and_nobody_learns_which_exist(
    running: Process, case: Case
) -> None:
    unknown = f"case+{'a' * 16}@{DOMAIN}"

    with running.connect() as client:
        client.ehlo()
        client.mail("")  # as bounces and automatic replies come
        answers = {
            recipient: client.rcpt(recipient)
            for recipient in (address(case), unknown, f"alice@{DOMAIN}", "case+a@gmail.example")
        }
        ended = client.data(raw("18"))
    eventually(lambda: not InboundMail.objects.waiting().exists())  # before the rows are cleared

    codes = [code for code, _text in answers.values()]
    assert codes == [250, 250, 550, 550]
    assert answers[address(case)] == answers[unknown]
    assert ended[0] == 250
    assert set(InboundMail.objects.values_list("recipient", "sender")) == {
        (address(case), ""),
        (unknown, ""),
    }


def test_a_mail_that_is_too_large_is_refused_with_and_without_being_told(
    running: Process, case: Case
) -> None:
    limit = django_settings.INBOUND_MAX_BYTES

    with running.connect() as client:
        client.ehlo()
        announced = client.mail(OPERATOR, [f"SIZE={limit + 1}"])
    with running.connect() as client:
        client.ehlo()
        client.mail(OPERATOR)
        client.rcpt(address(case))
        unannounced = client.data(b"Subject: x\r\n\r\n" + (b"x" * 998 + b"\r\n") * (limit // 998))

    assert (announced[0], unannounced[0]) == (552, 552)
    assert InboundMail.objects.count() == 0


def test_too_many_mails_for_one_address_are_told_to_come_later(
    running: Process, case: Case
) -> None:
    amount, _seconds = django_settings.INBOUND_RATES["recipient"]

    with running.connect() as client:
        client.ehlo()
        codes = []
        for _i in range(amount + 1):
            client.rset()
            client.mail("")
            codes.append(client.rcpt(address(case))[0])
        client.rset()
        client.mail("")
        another = client.rcpt(f"case+{'b' * 16}@{DOMAIN}")

    assert codes == [250] * amount + [451]
    assert another[0] == 250


def test_one_connection_too_many_is_turned_away_and_the_others_go_on(running: Process) -> None:
    lines = [running.connect() for _i in range(receiver.CONNECTIONS)]

    with pytest.raises(smtplib.SMTPConnectError) as refusal:
        running.connect()

    assert refusal.value.smtp_code == 421
    assert [line.noop()[0] for line in lines] == [250] * len(lines)
    for line in lines:
        line.close()
    eventually(lambda: is_let_in(running))


def is_let_in(running: Process) -> bool:
    with suppress(smtplib.SMTPConnectError):
        running.connect().close()
        return True
    return False


def test_lmtp_answers_for_each_recipient(start: Start, case: Case) -> None:
    other = make_case(requested_on=TODAY)
    running = start("--lmtp")

    with smtplib.LMTP("127.0.0.1", running.port, "mx.example") as client:
        client.ehlo()
        client.mail(OPERATOR)
        client.rcpt(address(case))
        client.rcpt(address(other))
        first = client.data(raw("05"))
        second = client.getreply()

    assert (first[0], second[0]) == (250, 250)
    assert InboundMail.objects.count() == 2


# --- Starting and stopping ------------------------------------------------------------------------


def test_it_stops_when_told_to_and_its_log_says_nothing_of_anybody(
    start: Start, case: Case
) -> None:
    running = start()
    client = running.connect()
    client.ehlo()
    running.send(raw("05"), address(case))

    running.process.send_signal(signal.SIGTERM)
    code = running.process.wait(20)

    log = running.log.read_text()
    assert (code, client.getreply()[0]) == (0, 421)
    assert f"Receiving mail for {DOMAIN}: SMTP on 127.0.0.1, port {running.port}" in log
    assert "Traceback" not in log
    assert case.mail_key not in log
    assert OPERATOR not in log


def test_without_a_domain_it_says_what_is_missing() -> None:
    stopped = manage("receive_mail", INBOUND_DOMAIN="")

    assert stopped.returncode == 1
    assert "INBOUND_DOMAIN is not set" in stopped.stderr
