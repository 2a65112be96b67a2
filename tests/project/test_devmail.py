"""The mailbox of a development machine: what is sent is read there, by people and by programs."""

from __future__ import annotations

import multiprocessing
from html import unescape
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from django.urls import include, path
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from simexit import urls
from simexit.devmail import maildir

urlpatterns = [path("dev/mail/", include("simexit.devmail.urls")), *urls.urlpatterns]

LINK = (
    "http://127.0.0.1:8000/r/eyJjYXNlIjoxfQ:1vXyZ_-a:Qm9n-dGhlIHNpZ25hdHVyZQ/?answer=yes&from=mail"
)


@pytest.fixture(autouse=True)
def mailbox(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "simexit.devmail.maildir.EmailBackend"
    settings.MAILBOX_DIR = tmp_path / "var" / "mail"


@pytest.fixture
def here(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def write(subject: str = "Did Orange confirm?") -> None:
    message = EmailMultiAlternatives(
        subject, f"Your code is 4K7-Q2Z.\n\nYes: {LINK}\n", to=["Zoë <zoe@example.org>"]
    )
    message.attach_alternative(
        '<p style="color:red">Your code</p><script>x()</script>', "text/html"
    )
    message.send()


@pytest.mark.usefixtures("here")
def test_the_text_is_text_and_its_links_are_links(client: Client) -> None:
    write()

    shown = client.get(f"/dev/mail/{maildir.newest()[0].key}/").content.decode()

    assert "Your code is 4K7-Q2Z." in shown
    assert "Zoë" in shown
    assert f'<a href="{LINK}"' in unescape(shown)


@pytest.mark.usefixtures("here")
def test_the_newest_mail_comes_first(client: Client) -> None:
    for subject in ("first", "second", "third"):
        write(subject)

    shown = client.get("/dev/mail/").content.decode()

    assert shown.index("third") < shown.index("second") < shown.index("first")


@pytest.mark.usefixtures("here")
def test_the_html_part_runs_no_script_and_stays_in_its_frame(client: Client) -> None:
    write()

    shown = client.get(f"/dev/mail/{maildir.newest()[0].key}/html/")

    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fsimexit.sqlite3"])
def test_a_mail_that_is_not_there_is_not_found(client: Client, key: str) -> None:
    assert client.get(f"/dev/mail/{key}/").status_code == 404
    assert client.get(f"/dev/mail/{key}/html/").status_code == 404


@pytest.mark.usefixtures("here")
def test_a_mail_without_html_says_so(client: Client) -> None:
    send_mail("Plain", "Only text", None, ["zoe@example.org"])
    key = maildir.newest()[0].key

    assert "no HTML part" in client.get(f"/dev/mail/{key}/").content.decode()
    assert client.get(f"/dev/mail/{key}/html/").status_code == 404


def test_the_pages_are_not_there_where_debug_is_off(client: Client) -> None:
    assert client.get("/dev/mail/").status_code == 404


def test_processes_that_write_at_once_lose_nothing() -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_ten) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(maildir.newest()) == 40


def write_ten() -> None:
    for number in range(10):
        write(f"mail {number}")


@pytest.mark.usefixtures("here")
@pytest.mark.django_db(transaction=True)
def test_a_phone_shows_both_parts(chromium: Browser, live_server: LiveServer) -> None:
    write()
    phone = chromium.new_context(viewport={"width": 390, "height": 844})
    page = phone.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/dev/mail/")
    page.get_by_role("link", name="Did Orange confirm?").click()

    html = page.frame_locator("iframe").get_by_text("Your code")
    html.wait_for()
    assert html.evaluate("node => getComputedStyle(node).color") == "rgb(255, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [text for text in complaints if "script" not in text] == []
    phone.close()
