"""What only a browser can see: nothing sticks out on a small phone, nothing is blocked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from operators.models import Operator, Plan
from tests.factories import make_operator, make_procedure

PAGES = [
    "/en/",
    "/de/operators/",
    "/en/operators/acme/",
    "/nl/guide/steps/",
    "/zh-hans/start/",
    "/en/start/port/",
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
    make_procedure(operator=acme, plan=Plan.POSTPAID)
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
