"""Hostile files are refused with a sentence or stored harmless, and memory stays flat."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from cases import evidence, file_types
from cases.models import Case, Evidence
from tests.cases.hostile import FILES, SCRIPT, SECRET, Hostile, png_of_zeros
from tests.conftest import ROOT
from tests.factories import NOW, PDF, TODAY, make_case, make_evidence

pytestmark = pytest.mark.django_db

MIB = 2**20
RAW_PIXELS = 200 * MIB  # of the largest image that is decoded at all


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, confirmed_on=TODAY)


def post(browser: Client, case: Case, hostile: Hostile) -> dict[str, object]:
    """What the script of the vault is told of this file."""
    file = SimpleUploadedFile("x", hostile.content, content_type="text/html")
    file._name = hostile.name  # type: ignore[attr-defined]  # Django's own cleaning comes later
    response = browser.post(
        reverse("cases:evidence", args=[case.reference]),
        {"file": file, "proves": "other"},
        headers={"accept": "application/json"},
    )
    answer: dict[str, object] = response.json()["files"][0]
    assert response.status_code == (200 if answer["stored"] else 422)
    return answer


def test_there_are_forty_hostile_files_and_more() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("what", [what for what, one in FILES.items() if one.refusal])
def test_it_is_refused_with_a_sentence_and_nothing_is_kept(
    what: str, case: Case, as_alice: Client, media_root: Path
) -> None:
    answer = post(as_alice, case, FILES[what])

    assert not answer["stored"]
    assert FILES[what].refusal in str(answer["sentence"])
    assert not Evidence.objects.exists()
    assert not [path for path in media_root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("what", [what for what, one in FILES.items() if one.stored_as])
def test_it_is_stored_harmless_and_handed_out_as_a_download(
    what: str, case: Case, as_alice: Client
) -> None:
    hostile = FILES[what]

    answer = post(as_alice, case, hostile)

    assert answer["stored"], answer
    file = case.evidence.get()
    assert file.content_type == hostile.stored_as
    check_the_name(file.name)
    check_the_content(file, hostile)
    names = ["evidence-file", *(["evidence-preview"] if file.preview else [])]
    for name in names:
        check_the_answer(as_alice.get(reverse(f"cases:{name}", args=[case.reference, file.pk])))
    page = as_alice.get(reverse("cases:evidence", args=[case.reference])).content
    assert SCRIPT not in page
    assert b"<img src=x" not in page


def check_the_name(name: str) -> None:
    assert name.isprintable()
    assert len(name) <= 125
    assert not set(name) & set('/\\<>|:*?"')
    assert name.endswith((".pdf", ".jpg", ".png", ".eml", ".txt"))


def check_the_content(file: Evidence, hostile: Hostile) -> None:
    """Of an image nothing is left but the image; all else is there, byte for byte."""
    content = default_storage.open(file.file.name or "").read()
    if not file.preview:
        assert content == hostile.content
        return
    for stored in (content, default_storage.open(file.preview.name or "").read()):
        assert not any(bad in stored for bad in (SECRET, SCRIPT, b"Exif", b"PK\x03\x04"))
        assert not Image.open(BytesIO(stored)).getexif()


def check_the_answer(answer: HttpResponseBase) -> None:
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] in file_types.EXTENSIONS


# --- Memory ---------------------------------------------------------------------------------------

MEASURE = """
import resource, sys
import django
django.setup()
from django.core.files.base import File
from cases import images
from cases.errors import RefusedFile
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as stored:
    try:
        with images.rewritten(File(stored), at_most=15 * 2**20):
            pass
    except RefusedFile:
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def memory_taken(path: Path) -> int:
    """Bytes that a fresh process needs on top to look at this image."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "simexit.settings.test", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return int(done.stdout)


def test_an_image_of_400_million_pixels_takes_no_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_of_zeros(20_000))

    assert memory_taken(bomb) < 4 * MIB


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_largest_image_takes_its_pixels_and_little_more(kind: str, tmp_path: Path) -> None:
    image = tmp_path / "photo"
    Image.new("L" if kind == "PNG" else "RGB", (8000, 6200), 120).save(image, kind)

    assert memory_taken(image) < RAW_PIXELS * 1.3


def test_a_large_file_is_never_in_memory_as_a_whole(case: Case, as_alice: Client) -> None:
    upload = TemporaryUploadedFile("bill.pdf", "application/pdf", 14 * MIB, None)
    for _i in range(14):
        upload.write(PDF + bytes(MIB - len(PDF)))
    upload.flush()
    as_alice.get(make_evidence(case).get_absolute_url())  # loads what is loaded once

    tracemalloc.start()
    file = evidence.store(case, upload, proves="sent", by=case.owner, at=NOW)
    answer = as_alice.get(file.get_absolute_url())
    size = sum(len(part) for part in answer)  # type: ignore[arg-type]  # it streams
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    upload.close()

    assert size == file.size == 14 * MIB
    assert peak < 4 * MIB
