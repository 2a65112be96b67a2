"""An editor changes how to reach Telenet; a publisher lets it out, and brings the old one back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.walks.conftest import Meet
from tests.walks.person import DESK, Person
from tests.walks.product import Product

PASSWORD = "in-by-the-front-door"
OLD, NEW = "015 66 66 66", "02 745 95 00"
HIRE = """
from django.contrib.auth.models import Group
from accounts.models import User
user = User.objects.create_user({email!r}, {password!r}, is_staff=True)
user.emailaddress_set.create(email=user.email, verified=True, primary=True)
user.groups.add(Group.objects.get(name={group!r}))
"""


def hire(product: Product, person: Person, group: str) -> None:
    """Makes them one of the staff, with a password to sign in by."""
    product.manage("shell", "-c", HIRE.format(email=person.email, password=PASSWORD, group=group))
    person.sign_in("/admin/", password=PASSWORD)


def open_telenet(person: Person, status: str) -> None:
    person.go(f"/admin/operators/procedure/?status__exact={status}&q=telenet")
    row = person.page.get_by_role("row").filter(has_text="Subscription")
    with person.arriving():
        row.get_by_role("link", name="Telenet").click()


def test_a_channel_is_changed_previewed_compared_published_and_restored(
    product: Product, meet: Meet
) -> None:
    editor = meet(product, "editor")  # on a phone
    hire(product, editor, "Procedure editors")
    publisher = meet(product, "publisher", screen=DESK)
    hire(product, publisher, "Publishers")
    page = editor.page

    # The editor: a draft, the change, the preview, the differences.
    open_telenet(editor, "published")
    editor.follow("Make a new draft")
    editor.press("Make a new draft")
    draft = page.url
    page.get_by_role("heading", name="Channels").click()
    page.locator(f"input[value='{OLD}']").fill("12 12")
    page.get_by_label("Why do you change it?").fill("They have another number.")
    editor.press("Save")
    expect(page.locator("#content")).to_contain_text("no phone number that exists in Belgium")
    editor.picture("45-a-mistake-beside-the-field")
    page.locator("input[value='12 12']").fill(NEW)
    editor.press("Save and continue editing")
    editor.picture("46-draft-of-telenet")
    editor.follow("Preview", inside=".object-tools")
    expect(page.locator("#channels + p, .channel-list")).to_contain_text([NEW])
    editor.picture("47-preview")
    editor.follow("Dutch", inside=".preview-banner")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    editor.follow("Back to the administration")
    editor.follow("Differences", inside=".object-tools")
    expect(page.locator(".changes .before")).to_have_text(OLD)
    expect(page.locator(".changes .after")).to_have_text(NEW)
    editor.picture("48-differences")

    # A translation, beside its English.
    editor.go(draft.split("change/")[0] + "translations/nl/")
    editor.picture("49-translations")
    page.locator("textarea").first.fill("Nog niet bevestigd.")
    editor.press("Save")
    expect(page.locator(".messagelist")).to_contain_text("1 text saved")

    # The editor may not publish, and sees why.
    page.goto(draft.replace("change", "publish"))
    expect(page.locator("#content-main")).to_contain_text("you may not publish it")
    expect(page.locator("#content-main")).to_contain_text(publisher.email)
    editor.picture("50-refused")

    # The publisher does.
    publisher.go("/admin/operators/worklist/?show=drafts")
    publisher.picture("51-worklist")
    row = publisher.page.get_by_role("listitem").filter(has_text="Telenet · Subscription")
    with publisher.arriving():
        row.get_by_role("link", name="publish").click()
    expect(publisher.page.locator("#content-main")).to_contain_text(NEW)
    publisher.page.get_by_label("What is new in this version").fill("Another hotline.")
    publisher.press("Publish")
    editor.go("/en/operators/telenet/postpaid/")
    expect(page.locator(".channel-list")).to_contain_text(NEW)

    # And brings the version before it back.
    open_telenet(publisher, "retired")
    publisher.follow("Restore this version as a new draft")
    publisher.press("Restore as a new draft")
    publisher.follow("History", inside=".object-tools")
    expect(publisher.page.locator("#content-main")).to_contain_text("Copied from version 1.")
    publisher.picture("52-history")
    publisher.go(publisher.page.url.replace("history", "publish"))
    publisher.page.get_by_label("What is new in this version").fill("It was the right one.")
    publisher.press("Publish")
    editor.go("/en/operators/telenet/postpaid/")
    expect(page.locator(".channel-list")).to_contain_text(OLD)
