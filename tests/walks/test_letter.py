"""A letter in a language that its writer does not read: written, read, printed, sent, recorded."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from accounts.models import User
from cases import schedule
from cases.models import Case, Evidence, Letter
from operators.models import Channel, ChannelKind
from tests.factories import (
    NOW,
    add_claims,
    import_letters,
    make_case,
    make_operator,
    make_procedure,
)
from tests.walks.person import DESK, PHONE, TOO_WIDE, WIDTHS


@pytest.fixture
def case(alice: User) -> Case:
    """Alice leaves Telenet, and every step before the letter is done."""
    import_letters()
    telenet = make_operator("Telenet", slug="telenet", legal_name="Telenet BV")
    draft = make_procedure(operator=telenet, published=False)
    draft.channels.filter(kind=ChannelKind.LETTER).delete()
    post = "Telenet BV, Liersesteenweg 4, 2800 Mechelen"
    add_claims(draft.sources.get(), Channel(key="post", kind=ChannelKind.LETTER, value=post))
    draft.publish(by=None, at=NOW)
    today = schedule.today(timezone.now())
    case = make_case(
        owner=alice, procedure=draft, customer_number="K-42", opened_on=today - timedelta(days=9)
    )
    for key in ("line-active", "logins", "choose-channel"):
        case.tick(step=key, done=True, at=timezone.now())
    return case


def look(page: Page, title: str) -> None:
    """Nothing is cut off on a phone or a desk. With `SCREENSHOTS` set, a picture of each."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": DESK["height"]})
        assert page.evaluate(TOO_WIDE) == []
        if folder := os.environ.get("SCREENSHOTS"):
            path = Path(folder) / f"letter-{title}-{width}.png"
            page.screenshot(path=path, full_page=True)
    page.set_viewport_size(PHONE)


def zh(english: str, **values: str) -> str:
    """The words of a Chinese page."""
    with translation.override("zh-hans"):
        chinese = gettext(english)
    assert chinese != english, f"not translated: {english}"
    return chinese % values if values else chinese


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_somebody_who_reads_chinese_sends_a_dutch_letter_and_the_case_moves_on(
    alices_page: Page, case: Case, tmp_path: Path
) -> None:
    page, today = alices_page, schedule.today(timezone.now())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"/zh-hans/cases/{case.reference}/")
    page.get_by_role("link", name=zh("Write the letter"), exact=True).click()
    look(page, "1-which")
    page.get_by_role("link", name=zh("Ending a subscription")).click()
    expect(page.get_by_label(zh("Language of the letter"))).to_have_value("nl")
    page.get_by_label(zh("Day on which it must end")).fill(str(today + timedelta(days=30)))
    page.get_by_label(zh("Your first and last name")).fill("王小明 Wang")
    page.get_by_label(zh("Your address")).fill("Diestsestraat 12\n3000 Leuven")
    page.get_by_label(zh("Place where you write it")).fill("Leuven")
    look(page, "2-form")
    press(page, zh("Show me the letter"))

    dutch = page.locator('#letter p[lang="nl"]')
    chinese = page.locator('#letter p[lang="zh-hans"]')
    assert dutch.count() == chinese.count() > 8
    expect(dutch.last).to_have_text("Met vriendelijke groeten,")
    expect(chinese.last).to_have_text("此致敬礼")
    below = chinese.first.bounding_box(), dutch.first.bounding_box()
    assert below[0] and below[1] and below[0]["y"] > below[1]["y"]  # noqa: PT018
    page.set_viewport_size(DESK)
    beside = chinese.first.bounding_box(), dutch.first.bounding_box()
    assert beside[0] and beside[1] and beside[0]["y"] == beside[1]["y"]  # noqa: PT018
    look(page, "3-read")
    press(page, zh("Keep this letter"))

    look(page, "4-kept")
    with page.expect_download() as download:
        page.get_by_role("link", name=zh("Save it as PDF")).click()
    download.value.save_as(tmp_path / "letter.pdf")
    content = (tmp_path / "letter.pdf").read_bytes()
    assert content == Letter.objects.get().paper.read()
    (tmp_path / "receipt.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    page.get_by_label(zh("Sent on")).fill(str(today))
    page.locator("#sent select").select_option("letter")
    page.get_by_label(zh("Number of the registered letter")).fill("RR123456785BE")
    page.get_by_label(zh("What proves it")).set_input_files(tmp_path / "receipt.pdf")
    press(page, zh("I sent it"))

    expect(page.get_by_role("status").first).to_contain_text(
        zh("Noted. From now on nothing changes this letter.")
    )
    expect(page.locator("main")).to_contain_text("RR123456785BE")
    expect(page.get_by_role("link", name="receipt.pdf")).to_be_visible()
    look(page, "5-sent")
    case.refresh_from_db()
    assert (case.status, case.sent_on) == ("requested", today)
    assert Evidence.objects.get().letter == Letter.objects.get()
    page.goto(f"/zh-hans/cases/{case.reference}/")
    expect(page.locator("#next-title")).to_have_text(
        zh("Has %(operator)s confirmed in writing?", operator="Telenet")
    )
    look(page, "6-waiting")
    assert complaints == []


def test_the_words_are_copied_with_one_press(alices_page: Page, case: Case) -> None:
    page = alices_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/en/letters/cancellation_prepaid/?operator=telenet")
    page.get_by_label("Mobile number that it is about").fill("0470 12 33 21")
    end = schedule.today(timezone.now()) + timedelta(days=3)
    page.get_by_label("Day on which it must end").fill(str(end))
    page.get_by_label("Your first and last name").fill("Wang")
    page.get_by_label("Your address").fill("Diestsestraat 12\n3000 Leuven")
    page.get_by_label("Place where you write it").fill("Leuven")
    press(page, "Show me the letter")

    page.get_by_role("button", name="Copy the text").click()

    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#letter-text").input_value()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it as PDF").click()
    assert download.value.suggested_filename == "cancellation-prepaid.pdf"
    look(page, "7-for-all")


def test_what_is_said_is_printed_without_all_else(alices_page: Page, case: Case) -> None:
    page = alices_page
    page.goto(f"/zh-hans/cases/{case.reference}/letters/new/shop_sheet/")
    end = schedule.today(timezone.now()) + timedelta(days=3)
    page.get_by_label(zh("Day on which it must end")).fill(str(end))
    page.get_by_label(zh("Your first and last name")).fill("Wang")
    press(page, zh("Show me what to say"))
    look(page, "8-sheet")

    page.emulate_media(media="print")

    expect(page.locator("#letter")).to_be_visible()
    expect(page.get_by_role("button").filter(visible=True)).to_have_count(0)
    expect(page.get_by_text(zh("Afterwards"))).not_to_be_visible()
    begins = page.locator("#letter p").first.evaluate("(one) => one.getBoundingClientRect().top")
    assert begins < 300  # pixels: below the title, and not on a page of its own
    page.emulate_media(media="screen")
    page.get_by_role("link", name=zh("Write down what was said")).click()
    expect(page.get_by_label(zh("Shop"))).to_be_checked()
    look(page, "9-talk")
