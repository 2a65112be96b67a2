"""Files are shown to a ClamAV daemon where there is one; the one here speaks its language."""

from __future__ import annotations

import re
import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from cases import evidence
from cases.errors import RefusedFile
from cases.models import Case, Evidence, LooseFile
from tests import services
from tests.cases.hostile import EICAR
from tests.factories import NOW, PDF, TODAY, make_case, make_evidence, make_image, make_upload
from tests.pages import field

pytestmark = pytest.mark.django_db


class Clamd(socketserver.ThreadingTCPServer):
    """Answers INSTREAM as clamd does. Keeps what it was shown. answer: instead of looking."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.seen: list[bytes] = []
        self.answer: bytes | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Session(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        assert self.rfile.readline() == b"nINSTREAM\n"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.seen.append(content)
        found = b"stream: Eicar-Signature FOUND" if EICAR in content else b"stream: OK"
        answer = found if self.server.answer is None else self.server.answer
        self.wfile.write(answer + b"\n" if answer else b"")


@pytest.fixture
def clamd(settings: Settings) -> Iterator[Clamd]:
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMAV_HOST = server.address
        yield server
        server.shutdown()


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, confirmed_on=TODAY)


@pytest.mark.parametrize("content", [PDF, make_image()], ids=["a PDF", "an image"])
def test_a_clean_file_is_shown_as_it_came_and_stored(
    content: bytes, clamd: Clamd, case: Case
) -> None:
    file = make_evidence(case, content=content)

    assert clamd.seen == [content]
    assert file.size


def test_a_large_file_is_shown_whole(clamd: Clamd, case: Case) -> None:
    content = PDF + bytes(3_000_000)

    make_evidence(case, content=content)

    assert clamd.seen == [content]


def test_an_infected_file_is_refused_and_named(clamd: Clamd, case: Case) -> None:
    with pytest.raises(RefusedFile, match="Eicar-Signature"):
        make_evidence(case, content=EICAR)

    assert not Evidence.objects.exists()
    assert not LooseFile.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [b"", b"INSTREAM size limit exceeded. ERROR", b"stream: cannot read ERROR", b"\xff\xfe", b"?"],
    ids=["nothing", "too long for it", "an error", "no text", "nonsense"],
)
def test_what_nobody_could_look_at_is_not_kept(answer: bytes, clamd: Clamd, case: Case) -> None:
    clamd.answer = answer

    with pytest.raises(RefusedFile, match="at the moment"):
        make_evidence(case)

    assert not Evidence.objects.exists()
    assert not LooseFile.objects.exists()


def test_without_its_scanner_the_site_stores_nothing_and_says_so(
    case: Case, as_alice: Client, settings: Settings
) -> None:
    settings.CLAMAV_HOST = f"127.0.0.1:{services.free_port()}"
    path = reverse("cases:evidence", args=[case.reference])

    response = as_alice.post(path, {"file": make_upload(), "proves": "sent", "next": "vault"})

    assert response.status_code == 422
    assert re.search(r"cannot be checked .* try again", field(response, "file").text)
    assert not Evidence.objects.exists()


def test_a_letter_is_not_recorded_as_sent_with_an_infected_receipt(
    clamd: Clamd, case: Case
) -> None:
    with pytest.raises(RefusedFile):
        evidence.accept(make_upload("receipt.txt", EICAR), owner=case.owner, at=NOW)

    assert len(clamd.seen) == 1
