"""The vault in a real browser: several files at once, dropped ones, and without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from cases import schedule
from cases.models import Case
from tests.factories import PDF, make_case, make_image

pytestmark = pytest.mark.django_db(transaction=True)


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, opened_on=schedule.today(timezone.now()))


@pytest.fixture
def address(case: Case) -> str:
    return reverse("cases:evidence", args=[case.reference])


def sign_in(window: Any, as_alice: Client, url: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    value = as_alice.cookies[name].value
    window.add_cookies([{"name": name, "value": value, "url": url}])


@pytest.fixture
def alices(page: Page, as_alice: Client, live_server: LiveServer, address: str) -> Iterator[Page]:
    """The vault in her browser; nothing there breaks the security policy."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page.context, as_alice, live_server.url)
    page.goto(address)
    yield page
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def test_one_file_that_is_refused_takes_no_other_with_it(alices: Page, case: Case) -> None:
    alices.locator("#id_file").set_input_files(
        [
            payload("letter.pdf", PDF),
            payload("page.html", b"<html>"),
            payload("photo.png", make_image("PNG")),
        ]
    )
    alices.get_by_label("What does it prove?").select_option("sent")
    alices.get_by_role("button", name="Store").click()

    rows = alices.locator(".upload")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Stored.")
    expect(rows.nth(1)).to_contain_text("This is a web page")
    expect(rows.nth(2)).to_contain_text("Stored.")
    expect(rows.nth(2).locator("progress")).to_have_js_property("value", 1)
    # The list is new, and the page was not loaded again: the refused file is still told.
    expect(alices.get_by_role("link", name="letter.pdf", exact=True)).to_be_visible()
    shown = alices.locator(".file img")
    expect(shown).to_have_js_property("naturalWidth", 64)
    assert {(file.name, file.proves) for file in case.evidence.all()} == {
        ("letter.pdf", "sent"),
        ("photo.png", "sent"),
    }


def test_progress_is_shown_while_a_file_is_on_its_way(alices: Page, address: str) -> None:
    """The server is held until the bar was looked at."""
    held: list[Route] = []
    alices.route(f"**{address}", lambda route: held.append(route), times=1)
    alices.locator("#id_file").set_input_files([payload("letter.pdf", PDF)])

    alices.get_by_role("button", name="Store").click()

    expect(alices.get_by_role("progressbar", name="letter.pdf")).to_be_visible()
    expect(alices.get_by_role("button", name="Store")).to_be_disabled()
    held[0].continue_()
    expect(alices.locator(".upload")).to_contain_text("Stored.")
    expect(alices.get_by_role("button", name="Store")).to_be_enabled()


def test_a_connection_that_broke_off_is_told_and_tried_again(
    alices: Page, address: str, case: Case
) -> None:
    alices.route(f"**{address}", lambda route: route.abort(), times=1)
    alices.locator("#id_file").set_input_files(
        [payload("first.pdf", PDF), payload("second.txt", b"note")]
    )
    alices.get_by_role("button", name="Store").click()
    first, second = alices.locator(".upload").nth(0), alices.locator(".upload").nth(1)
    expect(second).to_contain_text("Stored.")
    expect(first).to_contain_text("It could not be sent.")

    first.get_by_role("button", name="Try again").click()

    expect(first).to_contain_text("Stored.")
    assert {file.name for file in case.evidence.all()} == {"first.pdf", "second.txt"}


def test_a_file_that_is_too_large_is_told_before_it_is_sent(alices: Page, case: Case) -> None:
    alices.locator("#id_file").set_input_files([payload("film.pdf", PDF + bytes(16 * 2**20))])

    alices.get_by_role("button", name="Store").click()

    expect(alices.locator(".upload")).to_contain_text("This file is larger than 15.0")
    assert not case.evidence.exists()


def test_files_can_be_dropped(alices: Page, case: Case) -> None:
    files = {"a.txt": "first note", "b.txt": "second note"}
    dropped = alices.evaluate_handle(
        """files => {
            const all = new DataTransfer();
            for (const [name, text] of Object.entries(JSON.parse(files)))
              all.items.add(new File([text], name));
            return all;
        }""",
        json.dumps(files),
    )

    alices.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    alices.get_by_role("button", name="Store").click()

    expect(alices.locator(".upload.done")).to_have_count(2)
    assert {file.name for file in case.evidence.all()} == set(files)


def test_everything_works_without_scripts(
    chromium: Browser, live_server: LiveServer, as_alice: Client, address: str, case: Case
) -> None:
    window = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(window, as_alice, live_server.url)
    page = window.new_page()
    page.goto(address)
    page.locator("#id_file").set_input_files(
        [payload("letter.pdf", PDF), payload("page.html", b"<html>")]
    )
    page.get_by_role("button", name="Store").click()

    expect(page.get_by_text("Stored: letter.pdf.")).to_be_visible()
    expect(page.get_by_text("Not stored: page.html.")).to_be_visible()
    page.get_by_role("link", name="Change or throw away").click()
    page.get_by_label("Note").fill("Registered")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Registered")).to_be_visible()
    page.get_by_role("link", name="Change or throw away").click()
    page.get_by_text("Throw it away", exact=True).click()
    page.get_by_role("button", name="Yes, throw it away").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("link", name="letter.pdf", exact=True)).to_be_visible()
    window.close()

    assert case.evidence.get().note == "Registered"
