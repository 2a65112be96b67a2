"""Other operators, plans and ways out; each from signing up to the closed case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from cases import schedule
from tests.walks.conftest import Meet
from tests.walks.person import Person, nine
from tests.walks.product import Product

ENDS_AFTER = 14  # calendar days

Moment = Callable[[date], date]  # the day of a mail, from the day of sending


def working(days: int) -> Moment:
    return lambda sent_on: schedule.add_working_days(sent_on, days)


def calendar(days: int) -> Moment:
    return lambda sent_on: sent_on + timedelta(days=days)


def after_end(days: int) -> Moment:
    return calendar(ENDS_AFTER + days)


@dataclass(frozen=True)
class Road:
    """What somebody leaves, how, and what is answered to each mail on the way."""

    operator: str
    name: str
    plan: str
    channel: str
    mails: tuple[tuple[Moment, tuple[str, ...]], ...]


CLOSES = (after_end(65), ("Nothing is billed any more: close my case",))
ROADS = {
    "telenet-in-a-shop": Road(
        "telenet",
        "Telenet",
        "Subscription",
        "shop",
        (
            (working(3), ("No, not yet",)),
            (working(6), ("Yes, confirmed in writing",)),
            # The mail of that day is about two things.
            (after_end(1), ("I keep it elsewhere", "Yes, it is over")),
            (after_end(35), ("Yes, the last bill is right",)),
            CLOSES,
        ),
    ),
    "base-by-phone": Road(
        "base",
        "BASE",
        "Subscription",
        "hotline",
        (
            (working(3), ("Yes, confirmed in writing",)),
            (after_end(1), ("Yes, it is over",)),
            (after_end(35), ("Yes, the last bill is right",)),
            CLOSES,
        ),
    ),
    "base-prepaid": Road(
        "base",
        "BASE",
        "Prepaid card",
        "email",
        (
            (working(1), ("No, nothing came",)),
            (after_end(1), ("Yes, it is over",)),
            CLOSES,
        ),
    ),
}


@pytest.mark.parametrize("name", ROADS)
def test_every_road_leads_out(name: str, product: Product, meet: Meet) -> None:
    road, person = ROADS[name], meet(product, name)
    today = schedule.today(datetime.now(UTC))

    person.open_case(number="0470 12 33 21", operator=road.operator, plan=road.plan)
    expect(person.page.get_by_role("heading", level=1)).to_have_text(f"Leaving {road.name}")
    person.unfold("I have sent it")
    person.record_sending(channel=road.channel, sent_on=today, wanted_end=after_end(0)(today))
    for day, answers in road.mails:
        person.wait_until(nine(day(today)))
        for answer in answers:
            person.answer(answer)

    is_out(person)


def test_somebody_takes_the_number_along_and_gets_the_credit_back(
    product: Product, meet: Meet
) -> None:
    bob = meet(product, "bob")
    today = schedule.today(datetime.now(UTC))

    bob.go("/en/start/")
    bob.picture("20-what-do-you-want")
    bob.follow("Keep the number with another operator")
    bob.picture("21-keep-the-number")
    bob.follow("Open a case")
    bob.fill_opening(number="0486 11 22 33", operator="base", plan="Prepaid card")
    expect(bob.page.get_by_label("What do you want?")).to_have_value("port")
    bob.press("Open the case")
    bob.sign_up()
    bob.press("Open the case")
    bob.picture("22-port-preparing")
    bob.unfold("I have signed the porting mandate")
    bob.record_sending(channel="shop", sent_on=today, wanted_end=today)
    assert {about for about, _when in bob.planned()} == {
        "Has your number moved?",
        "Does your number work with the new SIM card?",
    }
    bob.picture("23-port-ordered")
    bob.page.locator("#ended").get_by_label("Over since").fill(today.isoformat())
    bob.press("Record the move")

    claims = [today + timedelta(days=days) for days in (7, 21, 28)]
    assert bob.planned() == [
        *(("Prepaid credit claimed?", bob.at_nine(day)) for day in claims),
        ("Is nothing billed any more?", bob.at_nine(today + timedelta(days=65))),
    ]
    # Whoever keeps the number must never read that a cancellation was sent.
    assert bob.presses() == ["Number moved", "Move of the number ordered", "Case opened"]
    bob.picture("24-port-ended")
    for day in claims:
        bob.wait_until(nine(day))
    bob.answer("Claimed, or nothing to claim", picture="25-credit")
    bob.wait_until(nine(today + timedelta(days=65)))
    bob.answer("Nothing is billed any more: close my case")

    is_out(bob)


def is_out(person: Person) -> None:
    person.look_again()
    assert person.presses()[0] == "Case closed"
    assert person.planned() == []
    person.follow("Closing certificate")
    person.go("/en/cases/")
    expect(person.page.locator("main .tag.done")).to_contain_text("closed")
