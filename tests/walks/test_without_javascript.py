"""Everything that matters, in a browser that runs no scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cases import schedule
from tests.walks.conftest import Meet
from tests.walks.person import nine
from tests.walks.product import Product


def test_a_case_can_be_opened_sent_and_answered_without_scripts(
    product: Product, meet: Meet
) -> None:
    dora = meet(product, "dora", javascript=False)
    today = schedule.today(datetime.now(UTC))
    end = today + timedelta(days=14)

    dora.open_case(number="0470 12 33 21", operator="base", plan="Subscription")
    dora.tick_every_step()
    dora.record_sending(channel="letter", sent_on=today, wanted_end=end)
    dora.wait_until(nine(schedule.add_working_days(today, 3)))
    dora.answer("Yes, confirmed in writing")
    dora.look_again()
    receipt = dora.print_receipt("confirmation-without-scripts.pdf", "Your contract ends.")
    dora.store(receipt)

    dora.told("Stored")
    assert dora.presses()[:2] == ["Evidence stored", "Confirmed by the operator"]
