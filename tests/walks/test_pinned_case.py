"""Newer steps are published while somebody leaves: told, stayed, switched, and said to match."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from cases import schedule
from cases.models import Case
from operators.models import Procedure, Report
from tests.factories import make_case, make_newer, make_procedure
from tests.walks.person import DESK, TOO_WIDE, WIDTHS


@pytest.fixture
def case(alice: User) -> Case:
    procedure = make_procedure()
    today = schedule.today(timezone.now())
    return make_case(owner=alice, procedure=procedure, opened_on=today - timedelta(days=9))


@pytest.fixture
def alices_page(page: Page, as_alice: Client, case: Case) -> Page:
    """Her browser, on the page of her case."""
    cookie = as_alice.cookies["sessionid"]
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "domain": "localhost", "path": "/"}]
    )
    page.goto(case.get_absolute_url())
    return page


def look(page: Page, title: str) -> None:
    """Nothing is cut off on a phone or a desk. With `SCREENSHOTS` set, a picture of each."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": DESK["height"]})
        assert page.evaluate(TOO_WIDE) == []
        if folder := os.environ.get("SCREENSHOTS"):
            path = Path(folder) / f"pinned-{title}-{width}.png"
            page.screenshot(path=path, full_page=True)


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def publish(procedure: Procedure, rows: dict[str, dict[str, str]], *, reason: str) -> Procedure:
    return make_newer(procedure, rows, reason=reason, at=timezone.now())


def test_somebody_stays_then_switches_and_says_in_the_end_that_it_matched(
    alices_page: Page, case: Case, alice: User
) -> None:
    page = alices_page
    notice = page.locator("#newer")
    expect(notice).to_have_count(0)
    for title in ("Is the line active?", "Move what hangs on the number"):
        press(page, f"Done: {title}")

    second = publish(
        case.procedure,
        {"mail": {"value": "bye@operator.example", "say": "Name the day on which it ends."}},
        reason="The operator has a new address for this.",
    )
    page.reload()
    expect(notice).to_contain_text("E-mail changed on")
    expect(notice.locator("del")).to_have_text("leave@operator.example")
    expect(notice).to_contain_text("The operator has a new address for this.")
    look(page, "1-told")
    press(page, "Stay with version 1")
    expect(notice).to_have_count(0)
    look(page, "2-stayed")

    publish(
        second,
        {
            "logins": {"body": "Look it up.\n\n1. Open *itsme*.\n2. Give it your new number."},
            "end-date": {"text": "You choose the day, or it ends at once."},
        },
        reason="itsme asks for the new number first.",
    )
    page.reload()
    expect(notice).to_contain_text("Step 2 changed on")
    look(page, "3-told-again")
    press(page, "Switch to version 3")
    expect(notice).to_have_count(0)
    expect(page.locator("#steps")).to_contain_text("2 of 3 done")
    expect(page.locator("#steps .tick[aria-pressed=true]")).to_have_count(2)
    expect(page.locator("#steps .tag.soon")).to_have_text("changed")
    expect(page.locator(".timeline li strong").first).to_have_text(
        "Switched to version 3 of the steps"
    )
    look(page, "4-switched")

    leaves(case, alice)
    page.reload()
    look(page, "5-closing")
    page.get_by_label("Yes, it went as described").check()
    press(page, "Nothing is billed any more: close the case")
    expect(page.locator("#next-title")).to_have_text("You are out")

    report = Report.objects.get()
    assert (report.key, report.value, report.matched) == ("mail", "bye@operator.example", True)
    channel = Report.objects.tests_of(case.procedure.channels.all()).get(key="mail")
    assert (channel.tested_by, channel.tested_on) == (1, schedule.today(timezone.now()))


def leaves(case: Case, alice: User) -> None:
    """All that happens between, without a browser."""
    now = timezone.now()
    today = schedule.today(now)
    case.refresh_from_db()
    case.mark_requested(sent_on=today, channel="email", by=alice, at=now)
    case.mark_ended(ended_on=today, by=alice, at=now)
    case.check_final_bill(right=True, by=alice, at=now)
