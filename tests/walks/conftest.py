"""A running product, and the people who walk through it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize

from tests.walks.person import PHONE, Person
from tests.walks.product import Product, clone


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One that runs while the walks are made. Everybody who walks has a name of their own."""
    product = Product(clone(tmp_path_factory.mktemp("walks") / "simexit"))
    try:
        product.start()
        yield product
    finally:
        product.kill()


class Meet:
    """Brings somebody new to a product."""

    def __init__(self, browser: Browser, folder: Path, album: Path | None) -> None:
        self.browser, self.folder, self.album = browser, folder, album
        self.people: list[Person] = []

    def __call__(
        self,
        product: Product,
        name: str,
        *,
        javascript: bool = True,
        screen: ViewportSize = PHONE,
    ) -> Person:
        person = Person(
            self.browser,
            product,
            name=name,
            folder=self.folder,
            album=self.album,
            javascript=javascript,
            screen=screen,
        )
        self.people.append(person)
        return person


@pytest.fixture
def meet(chromium: Browser, tmp_path: Path) -> Iterator[Meet]:
    """With `SCREENSHOTS` set to a folder they take pictures of the key pages."""
    album = Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None
    meet = Meet(chromium, tmp_path, album)
    yield meet
    for person in meet.people:
        person.leave()


@pytest.fixture
def alices_page(page: Page, as_alice: Client) -> Page:
    """Her browser on a small phone."""
    cookie = as_alice.cookies["sessionid"]
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "domain": "localhost", "path": "/"}]
    )
    page.set_viewport_size(PHONE)
    return page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A walk that failed shows where it stood, and what the product said."""
    report = yield
    meet = getattr(item, "funcargs", {}).get("meet")
    if report.failed and call.when == "call" and meet:
        for person in meet.people:
            sight = f"{person.last_sight()}\n{person.product.log}"
            report.sections.append((f"{person.email} and the product", sight))
    return report
