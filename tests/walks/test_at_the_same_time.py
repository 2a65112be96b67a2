"""Two devices of one person, one press each."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import Route, expect

from cases import schedule
from tests.walks.conftest import Meet
from tests.walks.product import Product


def test_of_two_who_press_at_once_one_wins_and_the_other_is_told(
    product: Product, meet: Meet
) -> None:
    phone, laptop = meet(product, "carol"), meet(product, "carol")
    today = schedule.today(datetime.now(UTC))
    phone.open_case(number="0470 12 33 21", operator="proximus", plan="Subscription")
    laptop.sign_in()
    laptop.go(phone.page.url)
    waiting: list[Route] = []

    def let_both_go_together(route: Route) -> None:
        waiting.append(route)
        if len(waiting) == 2:
            for held in waiting:
                held.continue_()

    for device in (phone, laptop):
        device.page.route("**/requested/", let_both_go_together)
        device.unfold("I have sent it")
        device.fill_sending(channel="email", sent_on=today, wanted_end=today)
        # Dispatched and not clicked: a click would wait for an answer that is being held.
        device.page.get_by_role("button", name="Record it").dispatch_event("click")

    answers = [device.page.get_by_role("status") for device in (phone, laptop)]
    for answer in answers:
        expect(answer).to_have_text(re.compile("Noted|changed meanwhile|not possible"))
    won = [answer.locator(".flash-success").count() for answer in answers]
    assert sorted(won) == [0, 1]
    loser = (phone, laptop)[won.index(0)]
    expect(loser.page.get_by_role("status").locator(".flash-error")).to_be_visible()
    loser.picture("30-the-second-is-told")
    for device in (phone, laptop):
        device.look_again()
        assert device.timeline().count("Cancellation sent") == 1
