"""An operator that never answers: second letter, complaint, Ombudsman; out, and billed again."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from cases import schedule
from cases.models import Case
from tests.factories import import_letters, make_case, make_operator, make_procedure
from tests.walks.person import DESK, PHONE, TOO_WIDE, WIDTHS

DAY = timedelta(days=1)


@pytest.fixture
def case(alice: User) -> Case:
    """Sent in a shop twenty days ago; the end date was yesterday, and nobody said a word."""
    import_letters()
    telenet = make_procedure(operator=make_operator("Telenet", slug="telenet"))
    return make_case(
        owner=alice,
        procedure=telenet,
        customer_number="K-42",
        channel="shop",
        requested_on=today() - 20 * DAY,
        wanted_end=today() - DAY,
    )


def today() -> date:
    return schedule.today(timezone.now())


def look(page: Page, title: str) -> None:
    """Nothing is cut off on a phone or a desk. With `SCREENSHOTS` set, a picture of each."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": DESK["height"]})
        assert page.evaluate(TOO_WIDE) == []
        if folder := os.environ.get("SCREENSHOTS"):
            path = Path(folder) / f"silent-{title}-{width}.png"
            page.screenshot(path=path, full_page=True)
    page.set_viewport_size(PHONE)


def press(page: Page, button: str, *, inside: str = "main") -> None:
    with page.expect_navigation():
        page.locator(inside).get_by_role("button", name=button, exact=True).click()


def unfold(page: Page, text: str) -> None:
    page.locator("summary", has_text=text).click()


def go_to_the_steps(page: Page, case: Case) -> None:
    page.goto(f"/en/cases/{case.reference}/")
    page.get_by_role("link", name="Letters, days, what to pay: step by step").click()


def write_and_send(page: Page, letter: str) -> None:
    """From the page of the steps: written, kept, and recorded as sent today."""
    page.get_by_role("link", name=letter, exact=True).click()
    page.get_by_label("Your first and last name").fill("Alice Peeters")
    page.get_by_label("Your address").fill("Diestsestraat 12\n3000 Leuven")
    page.get_by_label("Place where you write it").fill("Leuven")
    press(page, "Show me the letter")
    press(page, "Keep this letter")
    page.get_by_label("Sent on").fill(str(today()))
    page.locator("#sent select").select_option("letter")
    press(page, "I sent it")
    expect(page.get_by_role("status").first).to_contain_text("nothing changes this letter")


def step(page: Page, key: str) -> str:
    """The tag beside a step."""
    return page.locator(f"#{key} h3 .tag").inner_text().replace("✓", "").strip()


def test_a_silent_operator_is_led_up_to_the_ombudsman_and_billed_again_down_to_it(
    alices_page: Page, case: Case, tmp_path: Path
) -> None:
    page = alices_page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"/en/cases/{case.reference}/")
    expect(page.locator(".gaps")).to_contain_text("No written confirmation for")
    look(page, "1-case")
    go_to_the_steps(page, case)
    assert [step(page, key) for key in ("second_letter", "complaint", "ombudsman")] == [
        "open now",
        "not open yet",
        "not open yet",
    ]
    look(page, "2-steps")
    write_and_send(page, "Second letter: no confirmation came")

    go_to_the_steps(page, case)
    assert step(page, "complaint") == "open now"
    write_and_send(page, "Complaint: no confirmation came")

    go_to_the_steps(page, case)
    assert [step(page, key) for key in ("second_letter", "complaint", "ombudsman")] == [
        "done",
        "done",
        "open now",
    ]
    unfold(page, "Record the sum in dispute")
    page.get_by_label("Sum in dispute, in euro").fill("24,50")
    press(page, "Save", inside="#money")
    expect(page.locator("#money")).to_contain_text("€24.50")
    write_and_send(page, "Complaint to the Ombudsman")

    go_to_the_steps(page, case)
    assert step(page, "ombudsman") == "done"
    expect(page.locator("#money")).to_contain_text("For you: until")
    look(page, "3-ombudsman")

    is_out(page, case)
    is_billed_again(page, case, tmp_path)
    assert complaints == []


def is_out(page: Page, case: Case) -> None:
    """The line is tested and dead, and the case closes with what is missing."""
    page.goto(f"/en/cases/{case.reference}/checks/")
    for question in ("line_call", "line_text", "line_data"):
        page.locator(f"#{question}").get_by_label("Yes").check()
    look(page, "4-questions")
    press(page, "Save the answers")
    page.goto(f"/en/cases/{case.reference}/")
    page.locator("#ended").get_by_label("Over since").fill(str(today() - DAY))
    press(page, "Record the end")
    press(page, "It has come and is right")
    press(page, "Nothing is billed any more: close the case")
    expect(page.locator("#next-title")).to_have_text("You are out")
    unfold(page, "things are missing")
    expect(page.locator(".gaps")).to_contain_text("No written confirmation for")
    expect(page.locator(".gaps")).to_contain_text("eSIM or card")
    look(page, "5-closed")


def is_billed_again(page: Page, case: Case, folder: Path) -> None:
    """One press opens the case; the bill is stored, and the complaint is next."""
    press(page, "They billed me again: open the case")
    expect(page).to_have_url(f"{page.url.split('/en/')[0]}/en/cases/{case.reference}/escalation/")
    bill = folder / "bill.pdf"
    bill.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    page.locator("#billed input[type=file]").set_input_files(bill)
    press(page, "Store the bill")
    go_to_the_steps(page, case)
    expect(page.locator("#billed")).to_contain_text("One is stored in this case.")
    assert step(page, "complaint") == "open now"
    expect(page.locator("#complaint")).to_contain_text("Complaint: still billed")
    look(page, "6-billed-again")
    case.refresh_from_db()
    assert (case.status, case.evidence.get().proves) == ("ended", "still_billed")
