"""The administration in a browser: its scripts run under our content security policy."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Page

from operators.models import Procedure
from tests.factories import make_procedure, make_user


@pytest.fixture
def draft(transactional_db: None) -> Procedure:
    return make_procedure().new_draft()


@pytest.fixture
def editors_page(page: Page, draft: Procedure, live_server: object) -> Page:
    """The window of an editor who is signed in."""
    editor = make_user("editor@example.org", is_staff=True)
    editor.groups.add(Group.objects.get(name="Procedure editors"))
    client = Client()
    client.force_login(editor)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    name, url = settings.SESSION_COOKIE_NAME, settings.SITE_URL
    page.context.add_cookies([{"name": name, "value": cookie, "url": url}])
    return page


def test_an_editor_adds_a_step_and_ticks_its_source(editors_page: Page, draft: Procedure) -> None:
    page, complaints = editors_page, []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"/admin/operators/procedure/{draft.pk}/change/")
    page.get_by_role("heading", name="Steps (4)").click()
    page.get_by_role("button", name="Add another Step").click()
    row = page.locator("#steps-4")
    row.get_by_label("Title").fill("Return the box")
    page.get_by_label("Why do you change it?").fill("They want it back.")
    row.get_by_text("No source yet").click()
    row.get_by_label("General terms").check()
    page.get_by_role("button", name="Save and continue editing").click()

    assert "was changed successfully" in page.inner_text(".messagelist")
    step = draft.steps.get(title="Return the box")
    assert (step.key, step.position) == ("return-the-box", 4)
    assert step.sources.get().title == "General terms"

    page.get_by_role("link", name="History").click()
    assert "Step “Return the box” added" in page.inner_text("#content-main")
    assert complaints == []


def test_steps_are_put_in_order_by_keys_by_buttons_and_by_dragging(
    editors_page: Page, draft: Procedure
) -> None:
    page = editors_page
    page.goto(f"/admin/operators/procedure/{draft.pk}/change/")
    page.get_by_role("heading", name="Steps (4)").click()

    page.locator("#steps-0 .grip").focus()
    page.keyboard.press("ArrowDown")  # second
    page.locator("#steps-3").get_by_role("button", name="Move up").click()  # third
    page.locator("#steps-2 .grip").scroll_into_view_if_needed()
    box = page.locator("#steps-2 .grip").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    top = page.locator("#steps-1").bounding_box()
    assert top is not None
    page.mouse.move(box["x"] + 5, top["y"] + 2, steps=5)
    page.mouse.up()
    page.get_by_label("Why do you change it?").fill("Order.")
    page.get_by_role("button", name="Save and continue editing").click()

    assert "was changed successfully" in page.inner_text(".messagelist")
    assert list(draft.steps.values_list("key", flat=True)) == [
        "choose-channel",
        "logins",
        "line-active",
        "order-porting",
    ]
