"""Notes beside words in a real browser: by keyboard, by hand, without scripts, and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_note_opens_and_closes_by_keyboard_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/en/start/death/")
    word = page.get_by_role("button", name="direct debit")
    note = page.locator("#term-direct-debit")
    assert not note.is_visible()

    word.focus()
    page.keyboard.press("Enter")
    assert note.is_visible()
    assert "domiciliëring" in note.inner_text()
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('#term-direct-debit') !== null"
    assert page.evaluate(inside)

    page.keyboard.press("Escape")
    assert not note.is_visible()
    assert word.evaluate("(button) => button === document.activeElement")


def test_a_note_needs_no_script(chromium: Browser, live_server: LiveServer) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    reader = context.new_page()
    reader.goto("/en/start/death/")
    note = reader.locator("#term-direct-debit")

    reader.get_by_role("button", name="direct debit").click()
    assert note.is_visible()
    reader.get_by_role("button", name="Close").click()
    assert not note.is_visible()

    reader.get_by_role("button", name="direct debit").click()
    note.get_by_role("link", name="All words explained").click()
    assert reader.url.endswith("/en/guide/glossary/#direct-debit")
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_note_stays_on_the_screen_and_its_buttons_can_be_hit(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto("/en/start/end/")

    page.get_by_role("button", name="table", exact=True).click()

    note = page.locator("#term-repayment-table").bounding_box()
    assert note
    assert note["x"] >= 0
    assert note["x"] + note["width"] <= width
    assert note["y"] >= 0
    assert note["y"] + note["height"] <= 740
    close = page.get_by_role("button", name="Close").bounding_box()
    assert close
    assert min(close["height"], close["width"]) >= 24
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_word_on_paper_looks_like_the_words_around_it(page: Page) -> None:
    page.goto("/en/start/death/")

    page.emulate_media(media="print")

    word = page.get_by_role("button", name="direct debit")
    assert word.evaluate("(button) => getComputedStyle(button).textDecorationLine") == "none"
    assert not page.locator("#term-direct-debit").is_visible()


def test_a_question_is_one_press_away_and_stands_below_the_edge(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # the page jumps where it would glide
    page.goto("/en/guide/questions/")

    page.get_by_role("link", name="They still bill me. What now?").click()

    heading = page.get_by_role("heading", name="They still bill me. What now?")
    box = heading.bounding_box()
    assert box
    assert 0 <= box["y"] < 720
