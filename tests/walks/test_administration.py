"""An administrator corrects a procedure, and who had begun with it keeps the version."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.walks.conftest import Meet
from tests.walks.person import DESK
from tests.walks.product import Product

PASSWORD = "in-by-the-front-door"
NOTE = "Checked by a walk: ask for the name of who answers."


def test_a_correction_reaches_the_guide_and_leaves_an_old_case_alone(
    product: Product, meet: Meet
) -> None:
    erin = meet(product, "erin")
    erin.open_case(number="0470 12 33 21", operator="base", plan="Subscription")
    case = erin.page.url
    expect(erin.page.locator(".facts")).to_contain_text("version 1 of")
    admin = meet(product, "admin", screen=DESK)
    product.manage(
        "createsuperuser",
        "--noinput",
        DJANGO_SUPERUSER_EMAIL=admin.email,
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )

    admin.sign_in("/admin/", password=PASSWORD)
    admin.picture("40-administration")
    admin.follow("Procedures", inside="#content", exact=True)
    row = admin.page.get_by_role("row").filter(has_text="BASE").filter(has_text="Subscription")
    with admin.arriving():
        row.get_by_role("link", name="BASE").click()
    admin.picture("41-published-version")
    admin.follow("Make a new draft")
    admin.press("Make a new draft")
    page = admin.page
    page.get_by_role("heading", name="Channels").click()
    hotline = page.locator(".inline-related").filter(has=page.locator("input[value='1999']"))
    hotline.get_by_label("Remark").fill(NOTE)
    page.get_by_label("Why do you change it?").fill("The note of the hotline was too short.")
    admin.picture("42-draft")
    admin.press("Save and go on to publishing")
    expect(page.locator("#content-main")).to_contain_text(NOTE)
    page.get_by_label("What is new in this version").fill("The note of the hotline was too short.")
    admin.picture("43-publishing")
    admin.press("Publish")
    admin.picture("44-published")

    erin.go("/en/operators/base/postpaid/")
    expect(erin.page.locator("#channel-hotline")).to_contain_text(NOTE)
    erin.go(case)
    expect(erin.page.locator(".facts")).to_contain_text("version 1 of")
    expect(erin.page.locator("#ways")).not_to_contain_text(NOTE)
