"""From a fresh copy to a closed case, past every mail, and on after a restart."""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cases import schedule
from tests.walks.conftest import Meet
from tests.walks.person import Person, in_words, nine
from tests.walks.product import Product, clone


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Product]:
    """A copy that nobody has started yet."""
    product = Product(clone(tmp_path / "simexit"))
    yield product
    product.kill()


def test_somebody_leaves_proximus_and_the_proof_survives_a_restart(
    fresh: Product, meet: Meet, tmp_path: Path
) -> None:
    fresh.start()
    alice = meet(fresh, "alice")
    today = schedule.today(datetime.now(UTC))
    end = today + timedelta(days=14)

    opens_a_case(alice)
    prepares_and_sends(alice, today=today, end=end)
    sha256 = answers_every_mail(alice, today=today, end=end)
    case = keeps_the_proof(alice, sha256=sha256, today=today, end=end)

    assert fresh.interrupt() in (0, -signal.SIGINT)  # make passes on the signal that it got
    assert fresh.processes() == []
    assert "Traceback" not in "\n".join(fresh.lines), fresh.log

    fresh.start()
    again = meet(fresh, "alice")
    again.sign_in()
    again.follow("Leaving Proximus")
    assert again.page.url.endswith(case)
    expect(again.page.locator(".rungs .done")).to_have_count(4)


def opens_a_case(alice: Person) -> None:
    """Home, operator, guide; the form before the sign-up, and nothing typed is lost by it."""
    alice.go("/")
    alice.picture("01-home")
    alice.follow("Proximus", inside="main")
    alice.picture("02-guide")
    alice.follow("Open a case for Proximus")
    alice.fill_opening(number="0470 12 33 21")
    alice.page.get_by_label("Customer number").fill("611 222 333")
    alice.picture("03-open-a-case")

    alice.press("Open the case")
    alice.sign_up(picture="04-sign-up")

    page = alice.page
    expect(page.get_by_label("Which operator")).to_have_value("proximus")
    expect(page.get_by_label("Subscription", exact=True)).to_be_checked()
    expect(page.get_by_label("What do you want?")).to_have_value("end")
    expect(page.get_by_label("Mobile number")).to_have_value("0470 12 33 21")
    expect(page.get_by_label("Customer number")).to_have_value("611 222 333")
    alice.picture("05-nothing-is-lost")

    alice.press("Open the case")
    alice.told("Your case is open")
    expect(page.get_by_role("heading", level=1)).to_have_text("Leaving Proximus")
    alice.picture("06-preparing")


def prepares_and_sends(alice: Person, *, today: date, end: date) -> None:
    assert alice.planned() == [
        ("Ready to send?", alice.at_nine(today + timedelta(days=2))),
        ("Ready to send?", alice.at_nine(today + timedelta(days=7))),
    ]
    alice.tick_every_step()
    alice.picture("07-ready-to-send")

    alice.record_sending(channel="online_account", sent_on=today, wanted_end=end)

    alice.told("Noted")
    assert alice.timeline() == ["Cancellation sent", "Case opened"]
    asked_again = [schedule.add_working_days(today, days) for days in (3, 6, 9, 12)]
    assert set(alice.planned()) == {
        ("Did they say that they have it?", alice.at_nine(schedule.add_working_days(today, 1))),
        *(("Confirmed in writing?", alice.at_nine(day)) for day in asked_again),
        ("Is the line dead?", alice.at_nine(end + timedelta(days=1))),
    }
    alice.picture("08-sent")


def answers_every_mail(alice: Person, *, today: date, end: date) -> str:
    """Each at its moment. Returns the SHA-256 of the receipt that was stored on the way."""
    alice.wait_until(nine(schedule.add_working_days(today, 1)))
    question = alice.follow_from_mail("Yes, they say they have it")
    question.close()
    alice.look_again()
    assert alice.timeline()[0] == "Reminder sent", "A link that is only opened changes nothing"
    alice.answer("Yes, they say they have it", picture="09-received")

    asked = schedule.add_working_days(today, 3)
    alice.wait_until(nine(asked))
    alice.answer("Yes, confirmed in writing", picture="10-confirmed")
    alice.look_again()
    assert ("Is the receipt safe?", alice.at_nine(today + timedelta(days=7))) in alice.planned()
    alice.picture("11-confirmed-case")

    receipt = alice.print_receipt("confirmation.pdf", f"Your contract ends on {end}.")
    alice.wait_until(nine(asked + timedelta(days=1)))
    alice.answer("Store the receipt now", picture="12-receipt", receipt=receipt)
    alice.look_again()
    assert alice.planned() == [("Is the line dead?", alice.at_nine(end + timedelta(days=1)))]

    alice.wait_until(nine(end + timedelta(days=1)))
    alice.answer("Yes, it is over", picture="13-line-dead")
    alice.look_again()
    assert alice.planned() == [
        ("Is the last bill right?", alice.at_nine(end + timedelta(days=35))),
        ("Is nothing billed any more?", alice.at_nine(end + timedelta(days=65))),
    ]
    expect(alice.page.locator("#next-title")).to_contain_text("Wait for the last bill")
    alice.picture("14-ended-case")

    alice.wait_until(nine(end + timedelta(days=35)))
    alice.answer("Yes, the last bill is right", picture="15-last-bill")

    alice.wait_until(nine(end + timedelta(days=65)))
    alice.answer("Nothing is billed any more: close my case", picture="16-no-more-bills")
    return hashlib.sha256(receipt.read_bytes()).hexdigest()


def keeps_the_proof(alice: Person, *, sha256: str, today: date, end: date) -> str:
    """The certificate and the list. Returns the path of the case."""
    alice.look_again()
    case = alice.page.url.removeprefix(alice.product.url)
    # The files are kept for two years, and nobody loses them unwarned.
    assert [about for about, _when in alice.planned()] == ["Keep your file for longer?"] * 2
    assert alice.presses()[0] == "Case closed"
    alice.picture("17-closed")

    alice.follow("Closing certificate")
    certificate = alice.page.get_by_role("article")
    expect(certificate.get_by_role("heading", level=1)).to_have_text("Closing certificate")
    rungs = certificate.locator(".rungs li.done")
    assert [on_the_rung(text) for text in rungs.all_inner_texts()] == [
        in_words(today),
        in_words(today),
        in_words(end),
        in_words(today),
    ]
    expect(certificate).to_contain_text(sha256)
    alice.picture("18-certificate")

    alice.go("/en/cases/")
    expect(alice.page.locator("main li", has_text="Leaving Proximus")).to_contain_text("closed")
    alice.picture("19-my-cases")
    return case


def on_the_rung(text: str) -> str:
    found = re.search(r"\d+ \w{3} \d{4}", text)
    assert found, text
    return found[0]
