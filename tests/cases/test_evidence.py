"""Files that prove something: what is kept, under which name, and how it is handed out."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from cases import evidence, file_types
from cases.errors import RefusedFile
from cases.models import Case, Evidence
from tests.factories import NOW, PDF, TODAY, make_case, make_evidence, make_image, make_upload
from tests.pages import read

pytestmark = pytest.mark.django_db

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
JPEG_OF_A_PHONE = bytes.fromhex("ffd8ffe1001845786966000049492a000800000000000000")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000100000001080600000000")
# The box that begins a picture of an iPhone: size, ftyp, brand heic, version, mif1 and heic.
HEIC = bytes.fromhex("00000024667479706865696300000000") + b"mif1MiHBMiHEMiPrheic" + b"\0" * 40
HEIC_MIF1 = bytes.fromhex("00000018667479706d69663100000000") + b"mif1heic" + b"\0" * 40
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
EML = b"""Received: from mx.operator.example by mail.example.org; Tue, 3 Mar 2026 10:00:00 +0100
From: Operator <service@operator.example>
To: alice@example.org
Subject: =?utf-8?q?Confirmation_de_r=C3=A9siliation?=
Date: Tue, 3 Mar 2026 10:00:00 +0100
Message-ID: <1@operator.example>
Content-Type: text/html; charset=utf-8

<html><body><p>Your line ends on 31 March.</p></body></html>
"""
TXT = "Bevestiging: uw nummer stopt op 31 maart. Été, 结束.\r\n".encode()


def zipped(name: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


# --- What is kept ---------------------------------------------------------------------------------


KEPT = {
    "a PDF": (PDF, "application/pdf"),
    "a JPEG": (JPEG, "image/jpeg"),
    "a JPEG of a camera": (JPEG_OF_A_PHONE, "image/jpeg"),
    "a PNG": (PNG, "image/png"),
    "a HEIC of a phone": (HEIC, "image/heic"),
    "a HEIC of another brand": (HEIC_MIF1, "image/heic"),
    "a WebP": (WEBP, "image/webp"),
    "a mail": (EML, "message/rfc822"),
    "a mail with CRLF": (EML.replace(b"\n", b"\r\n"), "message/rfc822"),
    "text": (TXT, "text/plain"),
    "text with a mark of its encoding": (b"\xef\xbb\xbf" + TXT, "text/plain"),
    "text with angle brackets": (b"Confirmed: 2 < 3, and 5 > 4.", "text/plain"),
    "one letter": (b"x", "text/plain"),
}
REFUSED = {
    "a page": b"<!DOCTYPE html><html><body>Confirmed</body></html>",
    "a page after spaces": b"\n\n  <HTML>",
    "a page after a mark": b"\xef\xbb\xbf<html>",
    "text with a script": b"Confirmed <script>alert(1)</script>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a drawing as XML": b'<?xml version="1.0"?><svg/>',
    "a frame": b"Confirmed <iframe src=x>",
    "a shell script": b"#!/bin/sh\nrm -rf ~\n",
    "an archive": zipped("confirmation.pdf"),
    "a Word document": zipped("word/document.xml"),
    "a program of Windows": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
    "a program of Linux": b"\x7fELF\x02\x01\x01\x00",
    "a GIF": b"GIF89a\x01\x00\x01\x00",
    "an AVIF": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avifmiaf",
    "a film of a phone": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ",
    "a page that begins as a PDF": b"%PDF-1.4\n<html><script>alert(1)</script>",
    "a PDF after something else": b"\xef\xbb\xbf" + PDF,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "RAR": b"Rar!\x1a\x07\x00",
    "text in UTF-16": "tweeëntwintig".encode("utf-16"),
    "text with a null": b"text\x00with a null",
    "noise": b"\x00\x01\x02\x03",
}


@pytest.mark.parametrize(("content", "expected"), KEPT.values(), ids=KEPT.keys())
def test_the_type_comes_from_the_bytes(content: bytes, expected: str) -> None:
    assert file_types.sniff(content) == expected


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED.keys())
def test_what_could_run_or_is_unknown_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedFile):
        file_types.sniff(content)


beginnings = st.sampled_from([content for content, _type in KEPT.values()] + [*REFUSED.values()])


@given(beginnings, st.integers(0, 60), st.binary(max_size=60))
def test_whatever_the_bytes_are_they_are_kept_or_refused(
    beginning: bytes, length: int, rest: bytes
) -> None:
    try:
        kind = file_types.sniff(beginning[:length] + rest)
    except RefusedFile:
        return

    assert kind in file_types.EXTENSIONS


@given(st.text(max_size=200))
def test_whatever_a_file_is_called_its_label_is_harmless(name: str) -> None:
    label = file_types.clean_name(name, "application/pdf")

    assert label.endswith(".pdf")
    assert 5 <= len(label) <= 125
    assert label.isprintable()
    assert not set(label) & set('/\\<>|:*?"')


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(RefusedFile, match="empty"):
        evidence.check(make_upload(content=b""))


@pytest.mark.parametrize(("excess", "kept"), [(0, True), (1, False)])
def test_a_file_may_have_fifteen_megabytes_and_no_byte_more(excess: int, kept: bool) -> None:
    upload = make_upload()
    upload.size = 15 * 1024 * 1024 + excess

    if kept:
        assert evidence.check(upload) == "application/pdf"
    else:
        with pytest.raises(RefusedFile, match="15"):
            evidence.check(upload)


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("confirmation.pdf", "application/pdf", "confirmation.pdf"),
        ("Confirmation.PDF", "application/pdf", "Confirmation.pdf"),
        ("photo.jpeg", "image/jpeg", "photo.jpg"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.pdf"),
        ("page.html", "text/plain", "page.txt"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\Ann\\Desktop\\brief.pdf", "application/pdf", "brief.pdf"),
        ("确认.pdf", "application/pdf", "确认.pdf"),
        ("Été à Liège.pdf", "application/pdf", "Été à Liège.pdf"),
        ('a"b<c>d|e:f*g?.pdf', "application/pdf", "abcdefg.pdf"),
        ("line\r\nSet-Cookie: x=1.pdf", "application/pdf", "lineSet-Cookie x=1.pdf"),
        ("gnp.\u202efdp.pdf", "application/pdf", "gnp.fdp.pdf"),  # turns the letters around
        ("null\x00byte.pdf", "application/pdf", "nullbyte.pdf"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * 120 + ".pdf"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("..", "text/plain", "file.txt"),
        ("   ", "text/plain", "file.txt"),
        ("", "text/plain", "file.txt"),
        ("con.pdf", "application/pdf", "_con.pdf"),  # devices of Windows
        ("LPT1.backup.pdf", "application/pdf", "_LPT1.backup.pdf"),
        ("console.pdf", "application/pdf", "console.pdf"),
    ],
)
def test_a_name_becomes_a_harmless_label(name: str, content_type: str, expected: str) -> None:
    assert file_types.clean_name(name, content_type) == expected


# --- How it is kept -------------------------------------------------------------------------------


def test_a_file_is_kept_byte_for_byte_with_its_digest() -> None:
    case = make_case(requested_on=TODAY)
    content = PDF + b"%" + b"x" * 200_000

    file = make_evidence(case, content=content)

    with file.file.open("rb") as stored:
        assert stored.read() == content
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.size, file.content_type) == (len(content), "application/pdf")
    assert (file.uploaded_by, file.uploaded_at) == (case.owner, NOW)


def test_storing_is_an_event_with_the_digest() -> None:
    case = make_case(requested_on=TODAY)

    file = make_evidence(case)

    event = case.events.latest("pk")
    assert (event.kind, event.actor, event.at) == ("filed", case.owner, NOW)
    assert event.note == f"confirmation.pdf · {file.sha256}"


def test_the_bytes_lie_under_a_random_name_where_no_address_leads(media_root: Path) -> None:
    case = make_case(requested_on=TODAY)

    first, second = make_evidence(case), make_evidence(case, proves=Evidence.Proves.SENT)

    static = [Path(django_settings.STATIC_ROOT), *map(Path, settings_folders())]
    assert first.file.name != second.file.name
    assert "confirmation" not in first.file.path
    assert Path(first.file.path).is_relative_to(media_root)
    assert not any(Path(first.file.path).is_relative_to(folder) for folder in static)
    assert Client().get(f"/media/{first.file.name}").status_code == 404
    assert Client().get(f"/static/{first.file.name}").status_code == 404


def settings_folders() -> list[str]:
    """Where static files come from."""
    folders = django_settings.STATICFILES_DIRS
    return [str(folder[1] if isinstance(folder, tuple) else folder) for folder in folders]


def test_the_same_file_for_the_same_purpose_is_kept_once() -> None:
    case = make_case(requested_on=TODAY)
    first = make_evidence(case)

    again = make_evidence(case)
    for_something_else = make_evidence(case, proves=Evidence.Proves.SENT)

    assert again == first
    assert for_something_else != first
    assert case.evidence.count() == 2
    assert case.events.filter(kind="filed").count() == 2


def test_the_same_file_in_two_cases_belongs_to_each() -> None:
    first, second = make_case(requested_on=TODAY), make_case(requested_on=TODAY)

    make_evidence(first)
    make_evidence(second)

    assert (first.evidence.count(), second.evidence.count()) == (1, 1)


# --- The pages ------------------------------------------------------------------------------------


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, confirmed_on=TODAY)


def upload(browser: Client, case: Case, file: SimpleUploadedFile, proves: str = "confirmed") -> int:
    path = reverse("cases:evidence", args=[case.reference])
    return browser.post(path, {"file": file, "proves": proves}).status_code


def test_an_uploaded_file_stands_on_the_page_with_its_digest(case: Case, as_alice: Client) -> None:
    status = upload(as_alice, case, make_upload("Brief van Ann.pdf"))

    file = case.evidence.get()
    page = read(as_alice.get(case.get_absolute_url()))
    assert (status, file.proves) == (302, "confirmed")
    assert page.link("Brief van Ann.pdf").href == file.get_absolute_url()
    assert hashlib.sha256(PDF).hexdigest() in page.text


def test_the_certificate_names_the_file_and_its_digest(case: Case, as_alice: Client) -> None:
    file = make_evidence(case)

    page = read(as_alice.get(reverse("cases:certificate", args=[case.reference])))

    assert file.sha256 in page.text
    assert file.name in page.text


def test_a_picture_of_a_phone_can_be_stored(case: Case, as_alice: Client) -> None:
    photo = make_upload("IMG_0001.HEIC", make_image("HEIF"))

    assert upload(as_alice, case, photo) == 302
    assert case.evidence.get().name == "IMG_0001.jpg"


@pytest.mark.parametrize("content", [PDF, EML, TXT], ids=["pdf", "eml", "txt"])
def test_a_file_comes_back_as_a_download_that_nothing_can_run(
    content: bytes, case: Case, as_alice: Client
) -> None:
    file = make_evidence(case, content=content)

    response = as_alice.get(file.get_absolute_url())

    assert response.getvalue() == content
    assert response["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert response["Content-Type"] == file.content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, no-store"


def test_a_name_in_any_script_survives_the_download(case: Case, as_alice: Client) -> None:
    upload(as_alice, case, make_upload("确认.pdf"))

    response = as_alice.get(case.evidence.get().get_absolute_url())

    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%E7%A1%AE%E8%AE%A4.pdf"


def test_a_file_can_be_stored_after_the_case_is_closed(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, closed_on=TODAY)

    status = upload(as_alice, case, make_upload(), proves="still_billed")

    assert status == 302
    assert case.evidence.count() == 1
    assert {row.kind for row in case.reminders.planned()} == {"keep_until"}
