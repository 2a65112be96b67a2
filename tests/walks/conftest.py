"""A running product, and the people who walk through it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.walks.person import Person
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

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.people: list[Person] = []

    def __call__(self, product: Product, name: str, *, javascript: bool = True) -> Person:
        person = Person(self.browser, product, name=name, folder=self.folder, javascript=javascript)
        self.people.append(person)
        return person


@pytest.fixture
def meet(chromium: Browser, tmp_path: Path) -> Iterator[Meet]:
    """`SCREENSHOTS` names a folder that keeps the pictures; else they are thrown away."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    meet = Meet(chromium, folder)
    yield meet
    for person in meet.people:
        person.leave()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A walk that failed shows where it stood, and what the product said."""
    report = yield
    meet = getattr(item, "funcargs", {}).get("meet")
    if report.failed and call.when == "call" and meet:
        for person in meet.people:
            title = f"{person.email} at {person.page.url}"
            report.sections.append((title, f"{person.last_picture()}\n{person.product.log}"))
    return report
