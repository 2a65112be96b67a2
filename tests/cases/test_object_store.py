"""Evidence in a bucket, over HTTP, with a server that speaks S3."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from accounts.models import User
from cases import files, letters, vault
from cases.models import Case, LooseFile
from tests.conftest import ROOT
from tests.factories import (
    NOW,
    PDF,
    TODAY,
    import_letters,
    make_case,
    make_evidence,
    make_image,
    make_letter,
    make_upload,
)

pytestmark = pytest.mark.django_db

BUCKET = "evidence-of-people"
KEYS = {"region_name": "eu-west-1", "access_key": "someone", "secret_key": "secret"}
MIB = 2**20


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a store."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Settings) -> Any:
    """An empty bucket, which the site stores in."""
    resource = boto3.resource(
        "s3",
        endpoint_url=server,
        region_name=KEYS["region_name"],
        aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
    )
    where = {"LocationConstraint": KEYS["region_name"]}
    bucket = resource.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    options = KEYS | {"bucket_name": BUCKET, "endpoint_url": server}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "simexit.lib.object_store.ObjectStore", "OPTIONS": options}
    }
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, confirmed_on=TODAY)


def stored(bucket: Any) -> dict[str, bytes]:
    return {one.key: one.get()["Body"].read() for one in bucket.objects.all()}


def test_an_upload_lies_in_the_bucket_and_comes_back(
    bucket: Any, case: Case, as_alice: Client, media_root: Path
) -> None:
    path = reverse("cases:evidence", args=[case.reference])
    as_alice.post(path, {"file": make_upload(), "proves": "sent", "next": "vault"})

    file = case.evidence.get()
    answer = as_alice.get(file.get_absolute_url())
    assert stored(bucket) == {file.file.name: PDF}
    assert answer.getvalue() == PDF
    assert answer["Content-Length"] == str(len(PDF))
    assert answer["Content-Disposition"] == 'attachment; filename="confirmation.pdf"'
    assert not media_root.exists()
    assert not LooseFile.objects.exists()


def test_an_image_and_its_preview_lie_in_the_bucket(
    bucket: Any, case: Case, as_alice: Client
) -> None:
    file = make_evidence(case, content=make_image("PNG"))

    answer = as_alice.get(reverse("cases:evidence-preview", args=[case.reference, file.pk]))

    assert set(stored(bucket)) == {file.file.name, file.preview.name}
    assert answer.getvalue() == stored(bucket)[file.preview.name or ""]


def test_the_dossier_packs_what_lies_in_the_bucket(case: Case, as_alice: Client) -> None:
    files = [make_evidence(case), make_evidence(case, content=PDF * 40_000, proves="sent")]

    answer = as_alice.get(reverse("cases:dossier", args=[case.reference]))

    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        packed = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    digests = {hashlib.sha256(content).hexdigest() for content in packed}
    assert digests == {file.sha256 for file in files}


def test_nobody_gets_an_address_of_the_bucket(case: Case) -> None:
    file = make_evidence(case)

    with pytest.raises(ValueError, match="not accessible via a URL"):
        file.file.url  # noqa: B018


def test_a_bucket_gives_nothing_to_who_has_no_key(
    bucket: Any, server: str, case: Case, settings: Settings
) -> None:
    make_evidence(case)

    acl = bucket.Object(next(iter(stored(bucket)))).Acl().grants

    assert {grant["Grantee"]["Type"] for grant in acl} == {"CanonicalUser"}


def test_what_was_thrown_away_leaves_the_bucket_after_thirty_days(
    bucket: Any, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    kept = make_evidence(case)
    file = make_evidence(case, content=make_image())
    vault.throw_away(case, file.pk, by=case.owner, at=NOW)
    assert len(stored(bucket)) == 3

    with django_capture_on_commit_callbacks(execute=True):
        vault.delete_lapsed(at=NOW + timedelta(days=30))

    assert list(stored(bucket)) == [kept.file.name]


def test_an_upload_that_no_row_took_leaves_the_bucket(bucket: Any, case: Case) -> None:
    files.write(make_upload(), folder="evidence", at=NOW)

    assert files.sweep(at=NOW + timedelta(hours=2)) == 1
    assert stored(bucket) == {}


def test_the_paper_of_a_letter_lies_there_and_goes(
    bucket: Any, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    import_letters()
    letter = make_letter(case)
    assert stored(bucket)[letter.paper.name or ""].startswith(b"%PDF-")

    with django_capture_on_commit_callbacks(execute=True):
        letters.throw_away(letter, at=NOW)

    assert stored(bucket) == {}


READ = """
import hashlib, resource, sys
import django
django.setup()
from django.core.files.storage import default_storage
default_storage.exists("loads what boto3 loads once")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
digest = hashlib.sha256()
with default_storage.open(sys.argv[1]) as content:
    for part in content.chunks():
        digest.update(part)
print(digest.hexdigest(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_the_environment_names_the_bucket_and_a_large_file_is_read_through_the_disk(
    case: Case, server: str
) -> None:
    file = make_evidence(case, content=PDF + bytes(14 * MIB))
    surroundings = {
        "DJANGO_SETTINGS_MODULE": "simexit.settings.test",
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": server,
        "S3_REGION": KEYS["region_name"],
        "S3_ACCESS_KEY_ID": KEYS["access_key"],
        "S3_SECRET_ACCESS_KEY": KEYS["secret_key"],
    }

    done = subprocess.run(
        [sys.executable, "-c", READ, file.file.name or ""],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    sha256, kibibytes = done.stdout.split()
    assert sha256 == file.sha256
    assert int(kibibytes) * 1024 < 14 * MIB
