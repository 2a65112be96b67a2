"""Everything about a person as one file: each row, each file, and nobody else's."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cases import export
from cases.models import Case, Evidence, InboundMail
from tests.cases.whole_life import everything, live, paths_to, rows_of, stored
from tests.factories import NOW, import_letters, make_case, make_evidence
from tests.pages import read

pytestmark = pytest.mark.django_db

EXPORT = "/en/account/preferences/everything.zip"
MIB = 1024 * 1024

Rows = list[dict[str, Any]]


def of_cases(name: str) -> Callable[[dict[str, Any]], Rows]:
    return lambda data: [row for case in data["cases"] for row in case[name]]


# Where the rows of each table stand in everything.json.
PLACES: dict[str, Callable[[dict[str, Any]], Rows]] = {
    "cases.Case": lambda data: data["cases"],
    "cases.CaseEvent": of_cases("events"),
    "cases.StepTick": of_cases("ticks"),
    "cases.Check": of_cases("checks"),
    "cases.Reminder": of_cases("reminders"),
    "cases.Letter": of_cases("letters"),
    "cases.Evidence": of_cases("evidence"),
    "cases.Message": lambda data: [
        row["message"] for row in of_cases("evidence")(data) if row["message"]
    ],
    "cases.InboundMail": of_cases("inbound_mails"),
    "cases.ShareLink": of_cases("share_links"),
    "cases.ShareView": lambda data: [
        view for link in of_cases("share_links")(data) for view in link["views"]
    ],
    "account.EmailAddress": lambda data: data["account"]["email_addresses"],
    "mfa.Authenticator": lambda data: data["account"]["sign_in"],
    "admin.LogEntry": lambda data: data["account"]["administration"],
    "accounts.User_groups": lambda data: data["account"]["groups"],
    "accounts.User_user_permissions": lambda data: data["account"]["permissions"],
}
# A key that a person gets by mail and nobody else may see.
LEFT_OUT = {"account.EmailConfirmation"}
# Secrets, bytes, which stand as files, and what the place of a row says already.
COLUMNS_LEFT_OUT = {
    *("id", "password", "calendar_key", "user", "case", "owner", "procedure", "report", "data"),
    *("file", "preview", "paper", "raw", "evidence", "link"),
}


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """everything.json, and the other files by their paths."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    assert len(members) == len(archive.namelist())
    return json.loads(members.pop("everything.json")), members


def exported(person: User) -> tuple[dict[str, Any], dict[str, bytes]]:
    return unpacked(b"".join(export.stream(person, at=NOW)))


def downloaded(browser: Client) -> tuple[dict[str, Any], dict[str, bytes]]:
    response: Any = browser.get(EXPORT)
    assert response.status_code == 200
    return unpacked(b"".join(response.streaming_content))


@pytest.fixture
def case(alice: User) -> Case:
    import_letters()
    return live(alice, word="Sesame")


# --- All of it ------------------------------------------------------------------------------------


def test_every_table_that_belongs_to_a_person_has_a_place() -> None:
    tables = {model._meta.label for model in paths_to(User)}

    assert tables - set(PLACES) == LEFT_OUT


def test_every_row_of_the_person_is_there(case: Case, alice: User) -> None:
    expected = rows_of(alice)

    data, _files = exported(alice)

    found = {label: len(place(data)) for label, place in PLACES.items()}
    unmatched = 1  # a mail that nobody has looked at yet belongs to no case
    assert InboundMail.objects.filter(case=None).count() == unmatched
    assert found == {label: expected[label] for label in PLACES}
    assert all(found.values())


def test_every_column_of_a_row_is_there(case: Case, alice: User) -> None:
    data, _files = exported(alice)

    for model in [User, *paths_to(User)]:
        label = model._meta.label
        columns = {field.name for field in model._meta.concrete_fields} - COLUMNS_LEFT_OUT
        rows = [data["account"]] if model is User else PLACES.get(label, lambda _data: [])(data)
        for row in rows:
            if isinstance(row, dict):  # the groups stand there by name
                assert columns - set(row) == set(), label


def test_every_stored_file_is_there_as_it_was_stored(
    case: Case, alice: User, media_root: Path
) -> None:
    previews = set(Evidence.objects.exclude(preview="").values_list("preview", flat=True))
    on_disk = [
        path for path in stored(media_root) if str(path.relative_to(media_root)) not in previews
    ]

    _data, files = exported(alice)

    sums = {sha256(content).hexdigest() for content in files.values()}
    assert {sha256(path.read_bytes()).hexdigest() for path in on_disk} <= sums
    assert len(on_disk) == 5  # two letters, three files, one of them thrown away
    assert len(files) == 6  # and a mail that waits in its row
    assert any(content == b"From: Sesame\n\n1" for content in files.values())


def test_a_row_says_where_its_file_lies(case: Case, alice: User) -> None:
    data, files = exported(alice)

    for row in data["cases"][0]["evidence"] + data["cases"][0]["letters"]:
        assert sha256(files[row["file"]]).hexdigest() == row["sha256"]
    paths = [row["file"] for row in data["cases"][0]["inbound_mails"] if row["file"]]
    assert set(paths) <= set(files)
    assert {path.split("/")[1] for path in files} == {case.reference}


def test_what_stands_there_says_who_and_when(case: Case, alice: User) -> None:
    data, _files = exported(alice)

    only = data["cases"][0]
    assert data["schema_version"] == export.SCHEMA_VERSION
    assert data["account"]["email"] == "alice@example.org"
    assert (only["reference"], only["phone_number"]) == (case.reference, "+32470123321")
    assert (only["operator"], only["sent_on"]) == (case.operator_name, "2026-03-03")
    assert only["events"][0]["actor"] == "you"
    assert only["evidence"][0]["uploaded_by"] == "you"


def test_nothing_of_anybody_else_and_no_secret_is_there(
    case: Case, alice: User, stranger: User
) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    live(stranger, word="Rumpelstiltskin")

    content = b"".join(export.stream(alice, at=NOW))

    data, files = unpacked(content)
    said = json.dumps(data) + repr(list(files))
    for word in ("Rumpelstiltskin", "stranger@", alice.calendar_key, alice.password, "hidden"):
        assert word not in said
        assert not any(word.encode() in file for file in files.values())


def test_somebody_without_a_case_gets_the_account(alice: User) -> None:
    data, files = exported(alice)

    assert (data["account"]["email"], data["cases"], files) == ("alice@example.org", [], {})


# --- What may go wrong ----------------------------------------------------------------------------


def test_a_file_that_is_not_there_costs_no_other(case: Case, alice: User, media_root: Path) -> None:
    lost = case.evidence.all()[0]
    (media_root / str(lost.file)).unlink()

    _data, files = exported(alice)

    notes = [name for name in files if name.endswith(".missing.txt")]
    assert len(notes) == 1
    assert b"could not be read" in files[notes[0]]
    assert len(files) == 6


def test_a_name_leads_out_of_no_folder(case: Case, alice: User) -> None:
    case.evidence.update(name="../../etc\\passwd")

    _data, files = exported(alice)

    assert all(path.startswith("files/") for path in files)
    assert not any(part == ".." for path in files for part in path.replace("\\", "/").split("/"))


def test_a_big_file_never_is_whole_in_the_memory(alice: User) -> None:
    proof = make_evidence(make_case(owner=alice))
    big = default_storage.save("evidence/big", ContentFile(b"0123456789abcdef" * (2 * MIB)))
    Evidence.objects.filter(pk=proof.pk).update(file=big)

    tracemalloc.start()
    size = sum(len(piece) for piece in export.stream(alice, at=NOW))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 32 * MIB
    assert peak < 4 * MIB


def test_more_cases_take_no_more_queries(alice: User) -> None:
    make_evidence(make_case(owner=alice))
    with CaptureQueriesContext(connection) as few:
        list(export.stream(alice, at=NOW))
    for _i in range(4):
        make_evidence(make_case(owner=alice))

    with CaptureQueriesContext(connection) as many:
        list(export.stream(alice, at=NOW))

    assert len(many) == len(few)


# --- The door -------------------------------------------------------------------------------------


def test_a_person_downloads_it_from_the_account_page(case: Case, as_alice: Client) -> None:
    page = read(as_alice.get("/en/account/preferences/"))

    assert page.link("Save everything (ZIP)").href == EXPORT
    data, files = downloaded(as_alice)
    assert data["cases"][0]["reference"] == case.reference
    assert len(files) == 6


def test_it_is_a_download_that_nobody_keeps(as_alice: Client) -> None:
    response = as_alice.get(EXPORT)

    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="simexit-20')
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_everybody_gets_their_own(case: Case, as_stranger: Client) -> None:
    data, files = downloaded(as_stranger)

    assert data["account"]["email"] == "stranger@example.org"
    assert (data["cases"], files) == ([], {})


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    response = client.get(EXPORT)

    assert response.status_code == 302
    assert response["Location"].startswith("/en/accounts/login/?next=")


def test_downloading_writes_nothing_and_takes_no_post(case: Case, as_alice: Client) -> None:
    before = everything()

    downloaded(as_alice)

    assert as_alice.head(EXPORT).status_code == 200
    assert as_alice.post(EXPORT).status_code == 405
    assert everything() == before


def test_who_asks_too_often_is_told_to_wait(as_alice: Client) -> None:
    answers: list[HttpResponse] = [as_alice.get(EXPORT) for _i in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Wait a few minutes" in read(answers[-1]).text
