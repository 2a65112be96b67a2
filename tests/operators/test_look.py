"""What only a browser can see: nothing sticks out on a small phone, nothing is blocked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from operators.models import Channel, ChannelKind, Operator, Plan, Report
from tests.factories import NOW, add_claims, make_operator, make_procedure

PAGES = [
    "/en/",
    "/de/operators/",
    "/en/operators/?q=nothing",
    "/en/operators/acme/",
    "/en/operators/acme/postpaid/wrong/?part=channel&key=line",
    "/en/operators/acme/postpaid/wrong/thanks/",
    "/nl/guide/steps/",
    "/en/guide/questions/",
    "/fr/guide/glossary/",
    "/en/guide/customer-number/",
    "/fr/guide/costs/?wanted_end=&term=open&device=none",
    "/zh-hans/start/",
    "/en/start/port/",
    "/en/letters/?operator=acme",
    "/en/accounts/login/",
    "/fr/accounts/signup/",
]
# Sums up, in the page, every text with too little contrast; wants 3:1 of large type, else 4.5:1.
TOO_PALE = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(numbers(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.textContent.trim()}: ${ratio}`);
  }
  return found;
}"""


@pytest.fixture
def acme(transactional_db: None) -> Operator:
    acme = make_operator("Acme", slug="acme")
    draft = make_procedure(operator=acme, plan=Plan.POSTPAID, published=False)
    texts = {"instructions": "1. Press **2**.", "say": "> I end it.", "expect": "A mail."}
    line = Channel(key="line", kind=ChannelKind.HOTLINE, value="0800 12 345", **texts)
    add_claims(draft.sources.get(), line)
    draft.publish(by=None, at=NOW)
    make_procedure(operator=acme, plan=Plan.PREPAID)
    return acme


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_a_small_phone_and_can_be_read(page: Page, acme: Operator, scheme: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 360, "height": 740})

    for path in PAGES:
        page.goto(path)

        sticks_out = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not sticks_out, path
        assert page.evaluate(TOO_PALE) == [], path
    assert complaints == []


def test_a_procedure_on_paper_has_all_that_is_folded_and_nothing_to_press(
    page: Page, acme: Operator
) -> None:
    page.goto("/en/operators/acme/")
    folded = page.get_by_text("Press 2.")
    assert not folded.is_visible()

    page.emulate_media(media="print")

    assert folded.is_visible()
    assert page.get_by_text("You choose the day.", exact=True).is_visible()
    assert not page.get_by_role("navigation").filter(visible=True).count()
    assert not page.get_by_role("link", name="This was wrong").filter(visible=True).count()
    assert not page.get_by_role("link", name="Open a case for Acme").is_visible()
    assert page.get_by_text("Subscription", exact=True).filter(visible=True).count() == 1
    source = page.locator(".sources a").first
    shown = source.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert "https://operator.example/terms" in shown


def test_the_chapters_of_a_long_page_stay_at_hand_on_a_phone(page: Page, acme: Operator) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(reduced_motion="reduce")  # the page jumps where it would glide
    page.goto("/en/operators/acme/")

    page.get_by_role("navigation", name="On this page").get_by_text("Good to know").click()

    heading = page.get_by_role("heading", name="Good to know")
    bar = page.locator(".jump").bounding_box()
    below = heading.bounding_box()
    assert bar
    assert below
    assert bar["y"] == 0
    assert bar["height"] <= below["y"] < 740


def test_a_report_can_be_sent_without_scripts(
    page: Page, chromium: Browser, live_server: LiveServer, acme: Operator
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    reader = context.new_page()
    reader.goto("/en/operators/acme/")

    reader.locator("#channel-line").get_by_role("link", name="This was wrong").click()
    reader.get_by_label("What was different?").fill("The line is dead.")
    reader.get_by_role("button", name="Send").click()

    assert reader.get_by_role("heading", name="Thank you. We will look at it.").is_visible()
    assert Report.objects.waiting().get().text == "The line is dead."
    context.close()


def test_this_page_is_one_press_away_in_another_language(page: Page, acme: Operator) -> None:
    page.goto("/en/operators/acme/prepaid/")
    assert not page.get_by_role("link", name="Nederlands").is_visible()

    page.locator(".languages summary").click()
    page.get_by_role("link", name="Nederlands").click()

    assert page.url.endswith("/nl/operators/acme/prepaid/")


def test_the_keyboard_comes_to_the_content_first(page: Page, acme: Operator) -> None:
    page.goto("/en/")
    page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("(link) => link === document.activeElement && link.offsetTop >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
