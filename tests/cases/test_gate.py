"""Before it goes out: what the page of a case and the public calculator say, and what they refuse.

Which day the doors read is the machine's; the form is handed its day in the tests of amounts.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import schedule
from cases.costs_form import CostsForm, NotAnAmount, amount
from cases.models import Case
from operators.models import Fact, Plan, Step
from tests.factories import add_claims, make_case, make_operator, make_procedure
from tests.pages import Response, field, read

COSTS = "/en/guide/costs/"
TODAY = date(2026, 3, 3)
DAY = timedelta(days=1)


def today() -> date:
    """By the clock of this machine, which the pages read."""
    return schedule.today(timezone.now())


def gate(case: Case) -> str:
    return reverse("cases:before-sending", args=[case.reference])


def text(response: Response) -> str:
    return " ".join(read(response).text.split())


def fixed(**typed: Any) -> dict[str, Any]:
    """A fixed term that began two months ago, ending today; no phone."""
    began = schedule.months_after(today(), -2)
    contract = {"term": "fixed", "started_on": began, "term_months": 24, "monthly_fee": "20,00"}
    return {"wanted_end": today(), "device": "none"} | contract | typed


OPEN = {"wanted_end": "", "term": "open", "device": "none"}


# --- The case's page ------------------------------------------------------------------------------


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, opened_on=today())


def test_a_case_that_is_being_prepared_leads_to_the_page(as_alice: Client, case: Case) -> None:
    page = read(as_alice.get(case.get_absolute_url()))

    assert gate(case) in [link.href for link in page.links]


def test_a_case_that_was_sent_does_not(as_alice: Client, alice: User) -> None:
    sent = make_case(owner=alice, requested_on=today())

    page = read(as_alice.get(sent.get_absolute_url()))

    assert gate(sent) not in [link.href for link in page.links]


def test_the_page_names_what_is_open_and_warns_of_the_number(as_alice: Client, case: Case) -> None:
    case.tick(step="line-active", done=True, at=timezone.now())

    page = text(as_alice.get(gate(case)))

    assert "You end the line: the number is gone" in page
    assert "Is the number part of a pack?" in page
    assert "Move what hangs on the number before the line is dead" in page
    assert "Is the line active?" not in page
    assert "Choose how to send it" not in page  # nothing is lost when it is open


def test_the_page_says_when_nothing_is_open(as_alice: Client, case: Case) -> None:
    for key in ("line-active", "logins"):
        case.tick(step=key, done=True, at=timezone.now())

    page = text(as_alice.get(gate(case)))

    assert "all that hangs on the number is ticked" in page


def test_who_keeps_the_number_is_told_not_to_cancel(as_alice: Client, alice: User) -> None:
    moving = make_case(owner=alice, opened_on=today(), goal=Case.Goal.PORT)

    response = as_alice.get(gate(moving))

    assert "You keep the number: do not cancel" in text(response)
    assert "the number is gone" not in text(response)
    assert "must move" in field(response, "wanted_end").text


def test_what_the_operator_says_on_costs_stands_beside_it(as_alice: Client, alice: User) -> None:
    draft = make_procedure(operator=make_operator("Acme"), published=False)
    facts = [
        Fact(key="pack", topic=Fact.Topic.COST, text="The rest of the pack gets dearer."),
        Fact(key="seat", topic=Fact.Topic.NETWORK, text="It runs on another network."),
    ]
    add_claims(draft.sources.get(), *facts)
    draft.publish(by=None, at=timezone.now())
    case = make_case(owner=alice, procedure=draft, opened_on=today())

    page = text(as_alice.get(gate(case)))

    assert "The rest of the pack gets dearer." in page
    assert "another network" not in page


def test_a_prepaid_card_is_asked_for_its_credit_and_not_for_a_contract(
    as_alice: Client, alice: User
) -> None:
    card = make_case(owner=alice, opened_on=today(), plan=Plan.PREPAID)

    empty = as_alice.get(gate(card))
    response = as_alice.get(gate(card), {"wanted_end": "", "credit_left": "12,50"})

    assert b'name="term"' not in empty.content
    assert "€12.50 of credit is lost if you do not use it." in text(response)
    assert "pack" not in text(response)


def test_the_credit_of_a_number_that_moves_comes_back_but_for_a_fee(
    as_alice: Client, alice: User
) -> None:
    card = make_case(owner=alice, opened_on=today(), plan=Plan.PREPAID, goal=Case.Goal.PORT)

    page = text(as_alice.get(gate(card), {"wanted_end": "", "credit_left": "12.5"}))

    assert "Between €7.50 and €12.50 of credit can come back." in page
    assert "You may choose the day of the move" in page
    assert "within one month after the move" in page


def test_the_page_takes_as_many_queries_however_many_steps_there_are(
    as_alice: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    draft = make_procedure(operator=make_operator("Large"), published=False)
    add_claims(
        draft.sources.get(),
        *(Step(key=f"s-{n}", title=f"Step {n}", kind=Step.Kind.LOGINS) for n in range(20)),
    )
    add_claims(
        draft.sources.get(),
        *(Fact(key=f"f-{n}", topic=Fact.Topic.COST, text="So.") for n in range(20)),
    )
    draft.publish(by=None, at=timezone.now())
    case = make_case(owner=alice, procedure=draft, opened_on=today())

    # Session, person, case; ticks; steps and facts, and the sources of both.
    with django_assert_max_num_queries(8):
        as_alice.get(gate(case), fixed())


# --- Amounts --------------------------------------------------------------------------------------


def test_each_amount_stands_with_how_it_was_counted_and_its_source(client: Client) -> None:
    phone = {"device": "linear", "device_advantage": "240", "device_months": ""}

    page = read(client.get(COSTS, fixed(**phone)))

    words = " ".join(page.text.split())
    assert (
        "4 monthly fees are left until the end of the sixth month: 4 \u00d7 €20.00 = €80.00"
        in words
    )
    assert "at most €300.00" in words  # and 220 of the phone
    assert "It is not legal advice" in words
    titles = [link.text for link in page.links]
    assert "What a cheaper phone may cost when you leave" in titles
    assert "Plus Magazine: ending a contract the right way" in titles


def test_an_open_contract_costs_nothing_and_needs_nothing_more(client: Client) -> None:
    response = client.get(COSTS, OPEN)

    assert response.status_code == 200
    assert "A contract without a fixed term has no fee for ending it." in text(response)
    assert "€0.00" in text(response)


def test_amounts_are_written_as_in_the_readers_language(client: Client) -> None:
    page = client.get(COSTS.replace("/en/", "/nl/"), fixed()).content.decode()

    assert "€\u00a080,00" in page


def test_the_lower_of_two_amounts_is_explained(client: Client) -> None:
    phone = {"device": "linear", "device_advantage": "2400", "device_months": "24"}

    page = text(client.get(COSTS, fixed(**phone, term_months=12)))

    assert "the lower of two amounts counts: the value of €2,200.00" in page
    assert "10 \u00d7 €20.00 = €200.00" in page


def test_a_term_that_is_over_says_what_is_not_known(client: Client) -> None:
    began = schedule.months_after(today(), -13)
    phone = {"device": "linear", "device_advantage": "240", "device_months": ""}

    page = text(client.get(COSTS, fixed(**phone, term_months=12, started_on=began)))

    assert "up to €110.00 may be asked" in page


def test_a_firm_with_ten_workers_is_sent_to_its_contract(client: Client) -> None:
    page = text(client.get(COSTS, fixed(large_firm="on")))

    assert "For a larger firm its contract decides" in page
    assert page.count("not known") == 2  # the fee, and the sum


def test_a_change_by_the_operator_frees_and_says_until_when(client: Client) -> None:
    page = text(client.get(COSTS, fixed(told_on=today() - DAY)))

    assert "you can leave without a fee" in page
    assert "€80.00" not in page


# --- The day --------------------------------------------------------------------------------------


def test_as_soon_as_possible_prints_a_day_all_the_same(client: Client) -> None:
    page = read(client.get(COSTS, OPEN))

    soonest = schedule.add_working_days(today(), 3)
    assert (2, f"{soonest.day} {soonest:%b %Y}") in page.headings
    assert "As soon as possible" in page.text
    assert "hold you to the notice" in page.text


def test_a_day_that_is_over_is_refused_beside_its_field(client: Client) -> None:
    response = client.get(COSTS, OPEN | {"wanted_end": today() - DAY})

    assert response.status_code == 422
    assert "This day is over." in field(response, "wanted_end").text
    assert field(response, "wanted_end").value == str(today() - DAY)


def test_what_speaks_against_the_day_is_said_and_nothing_is_blocked(
    as_alice: Client, case: Case
) -> None:
    later = today() + 5 * DAY

    response = as_alice.get(
        gate(case), OPEN | {"wanted_end": today(), "paid_until": later, "needed_until": later}
    )

    assert response.status_code == 200
    assert "You have paid until" in text(response)
    assert "You still need the number until" in text(response)
    assert "Accounts still hang on the number." in text(response)


def test_logins_that_moved_or_stay_are_no_reason_to_wait(as_alice: Client, alice: User) -> None:
    done = make_case(owner=alice, opened_on=today())
    done.tick(step="logins", done=True, at=timezone.now())
    moving = make_case(owner=alice, opened_on=today(), goal=Case.Goal.PORT)

    pages = [text(as_alice.get(gate(case), OPEN)) for case in (done, moving)]

    assert all("Accounts still hang" not in page for page in pages)


# --- What was typed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"term": ""}, "term", "“I do not know” is fine."),
        ({"started_on": ""}, "started_on", "We need this to count."),
        ({"started_on": "soon"}, "started_on", "Give the day as year-month-day"),
        ({"started_on": "2099-01-01"}, "started_on", "after the day on which the line must end"),
        ({"term_months": ""}, "term_months", "We need this to count."),
        ({"term_months": "25"}, "term_months", "less than or equal to 24"),
        ({"term_months": "0"}, "term_months", "greater than or equal to 1"),
        ({"monthly_fee": ""}, "monthly_fee", "We need this to count."),
        ({"monthly_fee": "a lot"}, "monthly_fee", "such as 12,50"),
        ({"monthly_fee": "-5"}, "monthly_fee", "such as 12,50"),
        ({"monthly_fee": "12\0"}, "monthly_fee", "Null characters"),
        ({"device": "table"}, "device_table", "We need this to count."),
        ({"device": "linear"}, "device_advantage", "We need this to count."),
        (
            {"device": "linear", "device_advantage": "9", "device_months": "36"},
            "device_months",
            "less than or equal to 24",
        ),
        (
            {"device": "table", "device_table": "11/2026 160\n160 euro"},
            "device_table",
            "Row 2: give a month and an amount",
        ),
        (
            {"device": "table", "device_table": "13/2026 160"},
            "device_table",
            "Row 1: give a month and an amount",
        ),
        (
            {"device": "table", "device_table": "11/2026 160\n12/2026 170"},
            "device_table",
            "The amounts must fall from month to month. Look at 170.00 again.",
        ),
        (
            {"device": "table", "device_table": "11/2026 160\n2026-11 160"},
            "device_table",
            "Two rows are for the same month.",
        ),
    ],
)
def test_what_cannot_be_counted_is_told_beside_its_field_and_stays_typed(
    client: Client, typed: dict[str, str], name: str, sentence: str
) -> None:
    response = client.get(COSTS, fixed(paid_until="2026-11-30", **typed))

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert field(response, name).value.strip() == typed.get(name, "")
    assert field(response, "paid_until").value == "2026-11-30"
    assert 'id="answer"' not in response.content.decode()


def test_all_that_is_wrong_is_said_at_once(client: Client) -> None:
    table = {"device": "table", "device_table": "160"}

    response = client.get(COSTS, fixed(**table, started_on=""))

    assert "We need this to count." in field(response, "started_on").text
    assert "Row 1" in field(response, "device_table").text


def test_what_is_folded_away_stops_nobody(client: Client) -> None:
    nonsense = {"monthly_fee": "a lot", "term_months": "99", "device_table": "?", "told_on": "x"}

    assert client.get(COSTS, OPEN | nonsense).status_code == 200


def test_a_phone_of_an_open_contract_is_asked_for_its_day(client: Client) -> None:
    phone = {"device": "linear", "device_advantage": "240"}

    without = client.get(COSTS, OPEN | phone)
    with_day = client.get(COSTS, OPEN | phone | {"device_since": today() - DAY})

    assert "We need this to count." in field(without, "device_since").text
    assert "at most €240.00" in text(with_day)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12,50", "12.50"),
        ("12.50", "12.50"),
        ("12,5", "12.50"),
        ("12", "12.00"),
        ("0", "0.00"),
        (" € 12,50 ", "12.50"),
        ("12,50 EUR", "12.50"),
        ("12,50 euro", "12.50"),
        ("12,-", "12.00"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1\u00a0234", "1234.00"),
        ("1.234", "1234.00"),
        ("1,234", "1234.00"),
        ("1'234.50", "1234.50"),
        ("99 999,99", "99999.99"),
        ("\uff11\uff12,50", "12.50"),  # from a keyboard that writes wide digits
    ],
)
def test_an_amount_is_read_as_people_in_belgium_write_it(typed: str, meant: str) -> None:
    assert str(amount(typed)) == meant


@pytest.mark.parametrize(
    "typed", ["", "twelve", "-1", "12,505,5", "1.234.56", "1.23.456", "12 50", "100001", "1e3"]
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAmount):
        amount(typed)


@given(st.decimals("0", "99999", places=2, allow_nan=False))
def test_both_marks_mean_the_same(value: Decimal) -> None:
    english = f"{value:,.2f}"
    belgian = english.translate(str.maketrans(",.", ".,"))

    assert amount(english) == amount(belgian) == value


@pytest.mark.parametrize(
    ("table", "ends_on", "value"),
    [
        ("09/2026 170,00\n10/2026 160,00", date(2026, 10, 31), "160.00"),
        ("2026-09: € 170\n\n2026-10: € 160", date(2026, 9, 1), "170.00"),
        ("10/2026 160\n01/09/2026 170", date(2026, 9, 30), "170.00"),  # in any order
        ("1 230\n7 170\n8 160", date(2026, 9, 20), "170.00"),  # seven months, and some days
        ("1 230\n7 170\n8 160", date(2026, 10, 15), "160.00"),
        ("1 230\n2 220", date(2026, 3, 4), "230.00"),
    ],
)
def test_a_table_is_read_as_it_was_copied(table: str, ends_on: date, value: str) -> None:
    typed = OPEN | {"device": "table", "device_table": table, "device_since": "2026-02-15"}
    form = CostsForm(typed | {"wanted_end": ends_on}, today=TODAY)

    assert form.is_valid(), form.errors
    costs = form.answer().costs
    assert costs
    assert costs.lines[1].amount == Decimal(value)


@given(st.dictionaries(st.sampled_from(list(CostsForm.base_fields)), st.text(max_size=60)))
def test_whatever_is_typed_is_answered_or_refused(typed: dict[str, str]) -> None:
    form = CostsForm(OPEN | typed, today=TODAY)

    assert form.answer() if form.is_valid() else form.errors


# --- Who and how ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_calculator_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = client.get(COSTS, fixed())

    assert response["Cache-Control"].startswith("max-age=0")
    assert not response.cookies


def test_nothing_that_is_typed_is_kept(as_alice: Client, case: Case) -> None:
    before = Case.objects.filter(pk=case.pk).values().get(), case.events.count()

    as_alice.get(gate(case), fixed(monthly_fee="77,77"))

    assert (Case.objects.filter(pk=case.pk).values().get(), case.events.count()) == before
    assert b"77,77" not in as_alice.get(gate(case)).content


def test_a_stranger_gets_404_with_numbers_typed_too(as_stranger: Client, case: Case) -> None:
    assert as_stranger.get(gate(case), fixed()).status_code == 404


# --- In a browser ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1280])
def test_only_the_questions_that_matter_are_shown_and_the_answer_is_reached(
    page: Page, width: int
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(COSTS)
    expect(page.get_by_label("Monthly fee, in euro")).to_be_hidden()

    page.get_by_label("Yes, for a number of months").check()
    page.get_by_label("First day of the contract").fill(str(schedule.months_after(today(), -2)))
    page.get_by_label("How many months is the fixed term?").fill("24")
    page.get_by_label("Monthly fee, in euro").fill("12,50")
    page.get_by_label("Day on which the line must end").fill(str(today()))
    expect(page.get_by_label("Copy the table")).to_be_hidden()
    page.get_by_role("button", name="Count").click()

    expect(page.get_by_text("at most €50.00").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
