"""The dossier of a case: what stands in it, how it is checked, that it is always the same."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import certificate_pdf, dossier, dossier_pdf, dossier_zip
from cases.models import Case, Check, Evidence
from operators.models import Plan
from tests import services
from tests.cases.silent_telenet import DAY, import_telenet, store, walk
from tests.conftest import ROOT, missing
from tests.factories import NOW, PDF, TODAY, make_case, make_evidence, make_letter, moment
from tests.pages import read as read_page
from tests.papers import read, run, shows_every_letter

pytestmark = pytest.mark.django_db

LANGUAGES = ["nl", "fr", "de", "en"]


@pytest.fixture(autouse=True, scope="module")
def poppler() -> None:
    if not services.PARTS["poppler"].program():
        missing("Poppler")


@pytest.fixture
def case(alice: User, tmp_path: Path) -> Case:
    return walk(alice, tmp_path)


def page(name: str, case: Case, language: str = "") -> str:
    query = f"?language={language}" if language else ""
    return reverse(f"cases:{name}", args=[case.reference]) + query


def paper(case: Case, language: str = "en") -> str:
    """The words of the PDF, in the order in which they are read."""
    return read(dossier_pdf.pdf(dossier.collect(fresh(case), language=language)), "-raw")


def package(case: Case, language: str = "en") -> bytes:
    return b"".join(dossier_zip.stream(dossier.collect(fresh(case), language=language)))


def manifest(content: bytes) -> dict[str, object]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        data: dict[str, object] = json.loads(archive.read("manifest.json"))
        return data


def fresh(case: Case) -> Case:
    return Case.objects.select_related("owner", "procedure__operator").get(pk=case.pk)


# --- On paper -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_stands_in_the_index_with_all_that_is_known_of_it(
    case: Case, language: str
) -> None:
    text = paper(case, language)

    files = list(case.evidence.kept().order_by("uploaded_at", "name"))
    assert len(files) == 8
    with translation.override(language):
        for number, file in enumerate(files, start=1):
            assert f"{number} {file.name}" in text
            assert str(file.get_proves_display()) in text
            assert file.sha256 in text
            assert not file.note or file.note in text


def test_the_index_names_the_sum_of_the_upload_where_what_is_stored_is_another(case: Case) -> None:
    photo = case.evidence.get(name="stamped sheet (1).jpg")
    Evidence.objects.filter(pk=photo.pk).update(original_sha256="a" * 64)

    text = paper(case)

    assert f"SHA-256 of the upload: {'a' * 64}" in text
    assert text.count("SHA-256 of the upload") == 1


def test_the_first_page_names_the_parties_the_four_dates_and_what_is_missing(case: Case) -> None:
    first = read(dossier_pdf.pdf(dossier.collect(fresh(case), language="en")), "-raw", "-l", "1")

    for line in (
        case.reference,
        "State of 17 April 2026, 10:00",
        "E-mail address alice@example.org",
        "Mobile number +32 470 12 33 21",
        "Customer number K-42/7",
        "Company Telenet BV",
        "Letter Telenet BV, Liersesteenweg 4, 2800 Mechelen [",
        "Asked on 4 March 2026 by: Shop",
        "spoke to: Jan, Telenet Mechelen",
        "Confirmed on missing",
        "Ends on missing",
        "Last bill missing; expected about",
        "Line dead missing",
        "Complained to the operator on 13 April 2026",
        "A year after the complaint 13 April 2027",
        "With the Ombudsman since nothing recorded",
        "SimExit is not an operator, has checked none of it and gives no legal advice.",
    ):
        assert line in first


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [
        ("nl", "€ 1.024,90", "17 april 2026"),
        ("fr", "1 024,90 €", "17 avril 2026"),
        ("de", "1.024,90 €", "17. April 2026"),
        ("en", "1.024,90 €", "17 April 2026"),
    ],
)
def test_sums_and_days_are_written_as_the_language_writes_them(
    case: Case, language: str, amount: str, day: str
) -> None:
    text = paper(case, language).replace("\u202f", " ")

    assert amount in text
    assert day in text


def test_every_letter_stands_there_with_how_it_was_sent(case: Case) -> None:
    text = paper(case)

    letters = list(case.letters.sent().order_by("sent_on"))
    assert len(letters) == 3
    for number, letter in enumerate(letters, start=1):
        assert f"L{number} {letter.get_kind_display()} {letter.subject}" in text
        assert f"Number of the registered mail: {letter.registered_number}" in text
        assert letter.sha256 in text
    assert "Sent on 13 April 2026 by: Letter" in text
    assert "Files that lie with it: 8" in text
    assert "Sent 4 March 2026 files 1-5, 8" in text


def test_a_letter_that_was_not_sent_proves_nothing_and_is_left_out(case: Case) -> None:
    make_letter(case, "complaint_fee", at=moment(TODAY + 44 * DAY))

    assert "Complaint: charged for leaving" not in paper(case)
    assert len(manifest(package(case))["letters"]) == 3  # type: ignore[arg-type]


def test_mails_stand_there_with_their_header_and_reminders_with_their_day(case: Case) -> None:
    text = paper(case)

    assert "From: Telenet klantendienst <noreply@telenet.example>" in text
    assert "To: alice@example.org, dossiers@telenet.example" in text
    assert "Date: 6 March 2026, 08:15" in text
    assert "Subject: We hebben je bericht goed ontvangen" in text
    assert "9 March 2026, 10:00 Confirmed in writing?" in text


def test_talks_and_notes_are_told_in_full(case: Case) -> None:
    text = paper(case)

    assert "Spoke to: Jan, Telenet Mechelen" in text
    assert "He stamped the sheet. It would be confirmed by mail." in text
    assert "Telenet rief zurück Ils promettent un avoir. 王小明" in text


def test_what_was_looked_at_stands_there_with_its_answer(case: Case) -> None:
    Check.objects.create(
        case=case, question=Check.Question.LINE_CALL, result=Check.Result.NO, at=NOW
    )

    assert "Calls do not go out and do not come in No 3 March 2026, 10:00" in paper(case)


def test_an_undone_press_is_marked_as_such(case: Case) -> None:
    at = moment(TODAY + 46 * DAY)
    case.mark_ended(ended_on=TODAY + 46 * DAY, by=case.owner, at=at)
    case.undo(by=case.owner, at=at + timedelta(hours=1))

    assert "Line ended (undone)" in paper(case)


def test_rules_are_those_of_authorities_each_with_its_source_and_the_day_it_was_read(
    case: Case,
) -> None:
    text = paper(case)

    rules = text[text.index("The law relied on") :]
    assert "You may end your contract in writing, by any written means." in rules
    assert "We looked for a Telenet page" not in rules
    source = case.procedure.sources.get(key="bipt_op_en")
    assert f"{source.title} {source.url} read on 23 November 2026" in rules


def test_every_number_of_a_source_leads_to_one(case: Case) -> None:
    collected = dossier.collect(fresh(case), language="en")

    known = {one.number for one in collected.references}
    named = [
        *(one.sources for one in collected.rules),
        *(one.sources for one in collected.contacts),
        *(one.sources for one in collected.letters),
    ]
    assert {number for numbers in named for number in numbers} == known
    assert sorted(known) == list(range(1, len(known) + 1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_is_tagged_and_its_language_known(case: Case, language: str) -> None:
    made = dossier_pdf.pdf(dossier.collect(fresh(case), language=language))

    assert shows_every_letter(made)
    assert f"<rdf:li>{language}-BE</rdf:li>".encode() in made
    assert "H1" in run("pdfinfo", made, "-struct")


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_no_heading_is_left_in_english(case: Case, language: str) -> None:
    text, english = paper(case, language), paper(case)

    for words in ("Index of files", "What happened", "The law relied on", "The four dates"):
        assert words in english
        assert words not in text
    for words in ("missing", "Evidence stored", "gives no legal advice", "that they still bill"):
        assert words in english
        assert words not in text


def test_a_case_without_anything_has_a_dossier_too(alice: User) -> None:
    empty = make_case(owner=alice)

    text = paper(empty)

    assert "No file is stored in this case." in text
    assert "Asked on missing" in text
    assert "Case opened" in text


def test_a_move_needs_no_confirmation_and_a_card_no_bill(alice: User) -> None:
    moved = make_case(owner=alice, goal=Case.Goal.PORT, plan=Plan.PREPAID, ended_on=TODAY)

    text = paper(moved)

    assert "Confirmed in writing not needed for a move" in text
    assert "Number moved on 3 March 2026" in text
    assert "Last bill none: a prepaid card" in text


def test_what_happens_now_is_told_to_the_minute(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice)
    case.note(text="Now", by=alice, at=NOW + timedelta(minutes=7, microseconds=1))

    assert "3 March 2026, 10:07 Note Now" in paper(case)


def test_whatever_a_person_typed_the_paper_is_made(alice: User) -> None:
    case = make_case(owner=alice, customer_number="#let x = 1 $ \\ * _ `")
    case.note(text="\u202egnirts \u0300" * 40 + "x" * 3000 + " 👩‍👩‍👧 #eval", by=alice, at=NOW)
    store(case, "a" * 110 + ".pdf", PDF, proves="other", day=None, at=NOW)

    text = paper(case)

    assert "#let x = 1 $ \\ * _ `" in text


# --- In the ZIP -----------------------------------------------------------------------------------


def test_what_is_unpacked_agrees_with_its_sums(case: Case, tmp_path: Path) -> None:
    (tmp_path / "dossier.zip").write_bytes(package(case))
    folder = tmp_path / "unpacked"

    subprocess.run(["unzip", "-q", "../dossier.zip", "-d", folder], cwd=folder.parent, check=False)
    with zipfile.ZipFile(tmp_path / "dossier.zip") as archive:
        archive.extractall(folder)
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count(": OK") == 2 + 8 + 3
    unpacked = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert len(unpacked) == 2 + 8 + 3 + 1


def test_the_list_for_programs_tells_every_file_as_it_is_stored(case: Case) -> None:
    content = package(case)

    data = manifest(content)
    assert data["schema_version"] == 1
    assert data["state_of"] == "2026-04-17T10:00:00+02:00"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for file in [*data["files"], *data["letters"]]:  # type: ignore[misc]
            stored = archive.read(file["path"])
            assert len(stored) == file["size"]
            assert hashlib.sha256(stored).hexdigest() == file["sha256"]
    mail = next(file["mail"] for file in data["files"] if file["mail"])  # type: ignore[attr-defined]
    assert mail["subject"] == "We hebben je bericht goed ontvangen"
    assert mail["date"] == "2026-03-06T08:15:00+01:00"


def test_names_are_plain_and_never_the_same(case: Case) -> None:
    day = TODAY + 45 * DAY
    for number, name in enumerate(["账单.pdf", "../../etc/passwd.pdf", "CON.pdf", "Ünïçödé.pdf"]):
        store(case, name, PDF + bytes([65 + number]), proves="other", day=day, at=moment(day))

    with zipfile.ZipFile(BytesIO(package(case))) as archive:
        names = archive.namelist()

    assert all(name.isascii() and ".." not in name for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert "files/09-con.pdf" in names


def test_what_was_thrown_away_is_not_in_it(case: Case) -> None:
    bill = case.evidence.get(name="Facture d'avril.pdf")
    Evidence.objects.filter(pk=bill.pk).update(removed_at=NOW)

    content = package(case)

    assert bill.sha256 not in paper(case)
    assert bill.sha256.encode() not in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_state_gives_the_same_bytes(case: Case, as_alice: Client, language: str) -> None:
    first = download(as_alice, page("dossier", case, language))
    second = download(as_alice, page("dossier", case, language))

    assert first == second


def test_a_later_day_and_a_link_for_others_change_no_byte(
    case: Case, as_alice: Client, alice: User
) -> None:
    first = package(case)
    as_alice.post(page("share", case), {"reader": "The Ombudsman", "days": "30"})

    assert package(case) == first


def test_what_happens_changes_it(case: Case) -> None:
    first = package(case)

    case.note(text="One more thing", by=case.owner, at=moment(TODAY + 50 * DAY))

    assert package(case) != first


def download(client: Client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


# --- Memory ---------------------------------------------------------------------------------------


def test_a_case_of_200_megabytes_is_sent_in_little_memory() -> None:
    """In a process of its own, so that nothing else is measured."""
    measured = subprocess.run(
        [sys.executable, "-m", "tests.cases.big_dossier"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    megabytes, extra = map(float, measured.stdout.split())
    assert megabytes > 200
    assert extra < 60


# --- The doors ------------------------------------------------------------------------------------

DOWNLOADS = ["dossier", "dossier-paper", "certificate-paper"]


@pytest.mark.parametrize(
    ("name", "content_type", "begins"),
    [
        ("dossier", "application/zip", b"PK"),
        ("dossier-paper", "application/pdf", b"%PDF"),
        ("certificate-paper", "application/pdf", b"%PDF"),
    ],
)
def test_the_owner_downloads_it_and_no_browser_shows_it(
    case: Case, as_alice: Client, name: str, content_type: str, begins: bytes
) -> None:
    response = as_alice.get(page(name, case, "fr"))

    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith("attachment; ")
    assert f"{case.reference}-fr." in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response.getvalue().startswith(begins)


def test_the_contract_names_its_address(case: Case, as_alice: Client) -> None:
    for path in ("dossier.zip", "dossier.pdf", "certificate.pdf"):
        assert as_alice.get(f"/en/cases/{case.reference}/{path}").status_code == 200


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_stranger_finds_nothing_and_somebody_signed_out_signs_in(
    case: Case, as_stranger: Client, client: Client, name: str
) -> None:
    assert as_stranger.get(page(name, case)).status_code == 404
    assert "/accounts/login/" in client.get(page(name, case))["Location"]
    assert as_stranger.post(page(name, case)).status_code == 405


@pytest.mark.parametrize("name", DOWNLOADS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_writes_nothing(case: Case, as_alice: Client, name: str, method: str) -> None:
    before = state(case)

    response = getattr(as_alice, method)(page(name, case))

    assert response.status_code == 200
    assert (method == "get") == bool(response.getvalue())
    assert state(case) == before


def state(case: Case) -> list[object]:
    return [
        Case.objects.filter(pk=case.pk).values().get(),
        list(case.events.values()),
        list(case.reminders.values()),
        list(case.evidence.values()),
    ]


@pytest.mark.parametrize(
    ("reader", "wanted", "expected"),
    [
        ("en", "de", "de"),
        ("fr", "", "fr"),
        ("fr", "zh-hans", "fr"),
        ("fr", "xx\x00", "fr"),
        ("nl", "../../nl", "nl"),
        ("zh-hans", "", "nl"),  # Telenet sits in Mechelen
        ("zh-hans", "en", "en"),
    ],
)
def test_it_comes_in_the_language_that_is_wanted_or_in_the_usual_one(
    case: Case, as_alice: Client, reader: str, wanted: str, expected: str
) -> None:
    with translation.override(reader):
        address = page("dossier-paper", case)

    response = as_alice.get(address, {"language": wanted})

    assert response.status_code == 200
    assert response["Content-Language"] == expected


@pytest.mark.parametrize("name", DOWNLOADS)
def test_who_asks_too_often_waits(case: Case, as_alice: Client, name: str) -> None:
    for _again in range(10):
        assert as_alice.head(page(name, case)).status_code == 200

    response = as_alice.get(page(name, case))

    assert response.status_code == 429
    assert "Wait a few minutes" in response.content.decode()


def test_the_case_page_offers_it(case: Case, as_alice: Client) -> None:
    shown = as_alice.get(case.get_absolute_url()).content.decode()

    assert f'action="{page("dossier", case)}"' in shown
    assert f'formaction="{page("dossier-paper", case)}"' in shown


def test_many_files_cost_no_more_questions_to_the_database(
    alice: User, as_alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = make_case(owner=alice)
    make_evidence(one)
    many = make_case(owner=alice)
    for number in range(30):
        make_evidence(many, content=PDF + bytes([number + 40]), proves="other")

    with django_assert_num_queries(20, exact=False) as asked:
        download(as_alice, page("dossier", one))
    with django_assert_num_queries(len(asked)):
        download(as_alice, page("dossier", many))


# --- The certificate ------------------------------------------------------------------------------


def certified(case: Case, language: str = "en") -> bytes:
    return certificate_pdf.pdf(dossier.collect(fresh(case), language=language))


def pages_of(made: bytes) -> int:
    line = next(line for line in run("pdfinfo", made).splitlines() if line.startswith("Pages:"))
    return int(line.split()[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_certificate_is_one_page(case: Case, language: str) -> None:
    made = certified(case, language)

    assert pages_of(made) == 1
    assert shows_every_letter(made)
    for file in case.evidence.kept():
        assert file.sha256 in read(made)


def test_the_certificate_says_what_is_missing(case: Case) -> None:
    text = read(certified(case), "-raw")

    assert "Where this case stands" in text
    assert "Not reached: Confirmed in writing, Line dead, Bills stopped." in text


def test_the_certificate_of_a_closed_case_says_so(alice: User) -> None:
    closed = make_case(
        owner=alice, requested_on=TODAY, confirmed_on=TODAY, ended_on=TODAY, closed_on=TODAY
    )
    for proves in ("sent", "confirmed", "line_dead", "final_bill"):
        make_evidence(closed, proves=proves)
    for question in closed.questions():
        closed.answer_check(question=question, result="yes", by=alice, at=NOW)

    text = read(certified(closed), "-raw")

    assert "Closing certificate" in text
    assert "Nothing: each proof has its day and its file." in text
    assert "Bills stopped 3 March 2026 file " in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_certificate_stays_one_page_however_much_there_is(
    alice: User, tmp_path: Path, language: str
) -> None:
    case = make_case(
        owner=alice, procedure=import_telenet(tmp_path), customer_number="9" * 40, opened_on=TODAY
    )
    case.mark_requested(
        sent_on=TODAY,
        channel="online_account",
        wanted_end=TODAY + DAY,
        reference_number="W" * 60,
        spoke_to="M" * 100,
        by=alice,
        at=NOW,
    )
    for number in range(40):
        name = f"{number} " + "WIDE " * 20 + ".pdf"
        content = PDF + bytes([number + 40])
        proves = "received" if number % 3 else "final_bill"
        store(case, name, content, proves=proves, day=TODAY, at=NOW)

    made = certified(case, language)

    assert pages_of(made) == 1
    assert language != "en" or "28 earlier files stand in the dossier." in read(made)


def test_the_page_of_the_certificate_leads_to_its_pdf(case: Case, as_alice: Client) -> None:
    response = as_alice.get(page("certificate", case))

    assert f'action="{page("certificate-paper", case)}"' in response.content.decode()
    assert read_page(response).inline_styles == []
