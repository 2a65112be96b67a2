"""The list, the opening and the case page: what they do with good input, bad input and none."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import schedule
from cases.models import Case, Evidence
from operators.models import Operator, Procedure, Source
from tests.factories import make_case, make_operator, make_procedure, make_upload
from tests.pages import Response, field, read

pytestmark = pytest.mark.django_db

NEW = "/en/cases/new/"
DAY = timedelta(days=1)


def today() -> date:
    """By the clock of this machine, which the pages read."""
    return schedule.today(timezone.now())


def post(browser: Client, case: Case, verb: str, **data: Any) -> Any:
    return browser.post(reverse(f"cases:{verb}", args=[case.reference]), data)


def told(response: Response) -> str:
    """What the page says after the answer, on one line."""
    return " ".join(read(response).text.split())


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# --- The list -------------------------------------------------------------------------------------


def test_the_list_leads_somebody_without_a_case_to_the_fork(as_alice: Client) -> None:
    page = read(as_alice.get("/en/cases/"))

    assert "You have no case yet" in page.text
    assert page.link("Start").href == "/en/start/"


def test_the_list_shows_the_own_cases_the_urgent_first_the_done_last(
    alice: User, as_alice: Client
) -> None:
    later = make_case(owner=alice, ended_on=today())
    sooner = make_case(owner=alice, opened_on=today())
    done = make_case(owner=alice, closed_on=today())
    others = make_case(opened_on=today())

    content = as_alice.get("/en/cases/").content.decode()

    places = [content.index(case.get_absolute_url()) for case in (sooner, later, done)]
    assert places == sorted(places)
    assert others.get_absolute_url() not in content


def test_a_long_list_costs_no_more_queries_than_a_short_one(
    alice: User, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_case(owner=alice, requested_on=today())
    with django_assert_max_num_queries(8) as short:
        as_alice.get("/en/cases/")
    for number in range(99):
        days: dict[str, Any] = {"ended_on": today()} if number % 9 == 0 else {}
        make_case(owner=alice, **days)

    with django_assert_max_num_queries(8) as long:
        page = as_alice.get("/en/cases/")

    assert len(long) == len(short)
    assert page.content.count(b"/en/cases/") >= 100


# --- Opening --------------------------------------------------------------------------------------


@pytest.fixture
def operator(db: None) -> Operator:
    """One that has both plans."""
    operator = make_operator("Télé", slug="tele")
    make_procedure(operator=operator, plan="postpaid")
    make_procedure(operator=operator, plan="prepaid")
    return operator


@pytest.fixture
def typed(operator: Operator) -> dict[str, str]:
    return {
        "operator": operator.slug,
        "plan": "prepaid",
        "goal": "port",
        "phone_number": "0470 12 33 21",
        "customer_number": "C-77",
    }


def test_a_case_is_opened_with_what_was_typed(
    alice: User, as_alice: Client, operator: Operator, typed: dict[str, str]
) -> None:
    response = as_alice.post(NEW, typed)

    case = Case.objects.get()
    assert (response.status_code, response["Location"]) == (302, case.get_absolute_url())
    assert (case.owner, case.procedure.operator, case.procedure.plan) == (
        alice,
        operator,
        "prepaid",
    )
    assert (case.goal, case.customer_number, case.opened_on) == ("port", "C-77", today())
    assert str(case.phone_number) == "+32470123321"
    assert case.reference in told(as_alice.get(case.get_absolute_url()))


@pytest.mark.parametrize(
    "number",
    [
        "0470123321",
        "0470/12.33.21",
        " 0470 12 33 21 ",
        "+32 470 12 33 21",
        "0032470123321",
        "+32 (0)470 12 33 21",
        "\uff10\uff14\uff17\uff10 123321",  # from a keyboard that writes wide digits
    ],
)
def test_a_number_may_be_typed_in_many_ways(
    number: str, as_alice: Client, typed: dict[str, str]
) -> None:
    as_alice.post(NEW, typed | {"phone_number": number})

    assert str(Case.objects.get().phone_number) == "+32470123321"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("+33 6 12 34 56 78", "This number belongs to another country (+33)."),
        ("02 555 12 12", "This is a landline or service number."),
        ("0800 33 800", "This is a landline or service number."),
        ("abcdefghijklmno", "A number has no letters."),
        ("0470 12 33", "This number does not exist."),
        ("0470 12 33 21 99 88", "This number does not exist."),
        ("+", "This is no phone number."),
        ("-", "This is no phone number."),
        ("", "Which number is it about?"),
        ("   ", "Which number is it about?"),
        ("<script>alert(1)</script>", "A number has no letters."),
        ("4" * 41, "at most 40"),
    ],
)
def test_a_number_that_cannot_be_is_told_beside_its_field_and_stays_typed(
    number: str, sentence: str, as_alice: Client, typed: dict[str, str]
) -> None:
    response = as_alice.post(NEW, typed | {"phone_number": number})

    part = field(response, "phone_number")
    assert response.status_code == 422
    assert sentence in part.text
    assert part.value == number.strip() or part.value == number
    assert field(response, "customer_number").value == "C-77"
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("operator", "", "Choose your operator"),
        ("operator", "no-such-operator", "Choose an operator from the list."),
        ("plan", "", "This field is required."),
        ("plan", "barter", "Select a valid choice."),
        ("goal", "", "This field is required."),
        ("goal", "revenge", "Select a valid choice."),
        ("customer_number", "9" * 41, "at most 40"),
    ],
)
def test_what_cannot_be_chosen_is_told_beside_its_field(
    name: str, value: str, sentence: str, as_alice: Client, typed: dict[str, str]
) -> None:
    response = as_alice.post(NEW, typed | {name: value})

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert field(response, "phone_number").value == typed["phone_number"]
    assert not Case.objects.exists()


def test_a_plan_that_the_operator_does_not_have_is_told(
    as_alice: Client, typed: dict[str, str], operator: Operator
) -> None:
    Procedure.objects.filter(plan="prepaid").update(status=Procedure.Status.RETIRED)

    response = as_alice.post(NEW, typed)

    assert response.status_code == 422
    assert "We know no prepaid card of Télé." in field(response, "plan").text


def test_an_operator_without_a_published_procedure_is_not_offered(as_alice: Client) -> None:
    make_procedure(operator=make_operator("Only a draft"), published=False)

    assert "Only a draft" not in read(as_alice.get(NEW)).text


def test_the_guide_fills_the_form_in(client: Client, operator: Operator) -> None:
    response = client.get(NEW, {"operator": "tele", "plan": "prepaid", "goal": "port"})

    assert field(response, "operator").value == "tele"
    assert field(response, "plan").value == "prepaid"
    assert field(response, "goal").value == "port"


def test_the_only_plan_of_an_operator_is_chosen_already(client: Client) -> None:
    make_procedure(operator=make_operator(slug="one-plan"), plan="prepaid")

    response = client.get(NEW, {"operator": "one-plan"})

    assert field(response, "plan").value == "prepaid"


@pytest.mark.parametrize("slug", ["nobody", "\0", "", "télé"])
def test_nonsense_in_the_address_does_no_harm(
    slug: str, client: Client, operator: Operator
) -> None:
    response = client.get(NEW, {"operator": slug, "plan": "barter", "goal": "<i>end"})

    assert response.status_code == 200
    assert b"<i>end" not in response.content


# --- Opening without an account -------------------------------------------------------------------


def code_in_the_mail() -> str:
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[-1].body), re.M)
    assert found
    return found[1]


def test_what_is_typed_before_signing_up_is_there_afterwards(
    client: Client, typed: dict[str, str]
) -> None:
    to_sign_up = client.post(NEW, typed)
    assert to_sign_up["Location"] == f"/en/accounts/signup/?next={NEW}"
    assert not Case.objects.exists()

    client.post("/en/accounts/signup/", {"email": "new@example.org", "next": NEW})
    done = client.post(reverse("account_email_verification_sent"), {"code": code_in_the_mail()})
    assert done["Location"] == NEW

    form = client.get(NEW)
    kept = {name: field(form, name).value for name in typed}
    assert kept == typed
    assert "Nothing is lost." in read(form).text

    opened = client.post(NEW, kept)
    case = Case.objects.get()
    assert opened["Location"] == case.get_absolute_url()
    assert case.owner.email == "new@example.org"
    assert field(client.get(NEW), "phone_number").value == ""


def test_bad_input_is_told_before_anybody_has_to_sign_up(
    client: Client, typed: dict[str, str]
) -> None:
    response = client.post(NEW, typed | {"phone_number": "02 555 12 12"})

    assert response.status_code == 422
    assert "landline" in field(response, "phone_number").text


def test_a_second_case_for_a_number_is_found_after_signing_in(
    client: Client, alice: User, typed: dict[str, str]
) -> None:
    other = make_case(owner=alice, phone_number="+32470123321", opened_on=today())
    client.post(NEW, typed)
    client.force_login(alice)

    response = client.get(NEW)

    assert other.reference in field(response, "phone_number").text


# --- A second case for the same number ------------------------------------------------------------


def test_a_second_case_for_a_number_is_pointed_out_and_can_be_opened_all_the_same(
    alice: User, as_alice: Client, typed: dict[str, str]
) -> None:
    first = make_case(owner=alice, phone_number="+32470123321", opened_on=today())

    pointed_out = as_alice.post(NEW, typed)

    part = field(pointed_out, "phone_number")
    assert pointed_out.status_code == 422
    assert "You have an open case for this number already" in part.text
    assert read(pointed_out).link(first.reference).href == first.get_absolute_url()
    assert "Open a second case for this number all the same" in read(pointed_out).text
    assert Case.objects.count() == 1

    confirmed = as_alice.post(NEW, typed | {"confirm_second": "on"})

    assert confirmed.status_code == 302
    assert Case.objects.count() == 2


def test_an_old_contact_is_marked_in_the_case_with_the_safe_road_beside_it(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    Source.objects.filter(procedure=case.procedure).update(checked_on=today() - timedelta(days=181))

    ways = read(as_alice.get(case.get_absolute_url())).text

    assert "Nobody has looked since" in ways
    assert "a written notice that names the end date" in ways


@pytest.mark.parametrize("end", ["closed_on", "dropped_on"])
def test_a_case_that_is_over_does_not_stand_in_the_way(
    end: str, alice: User, as_alice: Client, typed: dict[str, str]
) -> None:
    days: dict[str, Any] = {end: today()}
    make_case(owner=alice, phone_number="+32470123321", **days)

    assert as_alice.post(NEW, typed).status_code == 302


def test_the_case_of_another_person_is_not_given_away(
    stranger: User, as_alice: Client, typed: dict[str, str]
) -> None:
    make_case(owner=stranger, phone_number="+32470123321")

    assert as_alice.post(NEW, typed).status_code == 302


# --- The verbs ------------------------------------------------------------------------------------


def test_the_whole_road_by_its_forms(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())
    presses: list[tuple[str, dict[str, Any]]] = [
        ("mark-requested", {"sent_on": today(), "channel": "letter", "wanted_end": today()}),
        ("mark-confirmed", {"confirmed_on": today(), "ends_on": today()}),
        ("mark-ended", {"ended_on": today()}),
        ("close", {}),
        ("reopen", {}),
    ]

    seen = []
    for verb, data in presses:
        assert post(as_alice, case, verb, **data).status_code == 302
        seen.append(fresh(case).status)

    assert seen == ["requested", "confirmed", "ended", "closed", "ended"]


def test_a_day_may_be_typed_as_belgians_write_it(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())

    post(as_alice, case, "mark-requested", sent_on=f"{today():%d/%m/%Y}", channel="letter")

    assert fresh(case).sent_on == today()


@pytest.mark.parametrize(
    ("days", "verb", "data"),
    [
        ({"requested_on": 0}, "mark-requested", {"sent_on": 0, "channel": "letter"}),
        ({}, "mark-confirmed", {"confirmed_on": 0, "ends_on": 0}),
        ({}, "mark-ended", {"ended_on": 0}),
        ({}, "close", {}),
        ({}, "reopen", {}),
        ({"requested_on": 0}, "reopen", {}),
        ({"confirmed_on": 0}, "drop", {}),
        ({}, "undo", {}),
        ({}, "receipt-elsewhere", {}),
        ({}, "settle-credit", {}),
        ({}, "final-bill", {"right": "1"}),
        ({}, "complaint", {"complained_on": 0}),
        ({"closed_on": 0}, "own-date", {"day": 1}),
    ],
)
def test_a_press_at_the_wrong_moment_is_told_in_a_sentence(
    days: dict[str, int], verb: str, data: dict[str, Any], alice: User, as_alice: Client
) -> None:
    dates: dict[str, Any] = {name: today() for name in days} or {"opened_on": today()}
    case = make_case(owner=alice, **dates)
    body = {
        name: today() + value * DAY if isinstance(value, int) else value
        for name, value in data.items()
    }
    before = Case.objects.filter(pk=case.pk).values().get()

    response = post(as_alice, case, verb, **body)

    page = told(as_alice.get(response["Location"]))
    assert response.status_code == 302
    assert re.search(r"not possible|not open|nothing to undo|is closed", page)
    assert Case.objects.filter(pk=case.pk).values().get() == before


@pytest.mark.parametrize(
    ("days", "verb", "data", "name", "sentence"),
    [
        (
            {},
            "mark-requested",
            {"sent_on": 1, "channel": "letter"},
            "sent_on",
            "This day is still to come.",
        ),
        (
            {},
            "mark-requested",
            {"sent_on": 0, "channel": "letter", "wanted_end": -1},
            "wanted_end",
            "The end date lies before the day of sending.",
        ),
        ({}, "mark-requested", {"sent_on": 0}, "channel", "How did you send it? Choose one."),
        (
            {},
            "mark-requested",
            {"sent_on": "soon", "channel": "letter"},
            "sent_on",
            "Give the day as year-month-day",
        ),
        (
            {},
            "mark-requested",
            {"sent_on": "2026-02-30", "channel": "letter"},
            "sent_on",
            "Give the day as year-month-day",
        ),
        ({}, "mark-requested", {"channel": "letter"}, "sent_on", "Which day was it?"),
        (
            {},
            "mark-requested",
            {"sent_on": "0026-03-03", "channel": "letter"},
            "sent_on",
            "The year 26 cannot be right.",
        ),
        (
            {},
            "mark-requested",
            {"sent_on": 0, "channel": "letter", "wanted_end": "9999-12-31"},
            "wanted_end",
            "The year 9999 cannot be right.",
        ),
        (
            {"requested_on": 0},
            "mark-confirmed",
            {"confirmed_on": 1, "ends_on": 5},
            "confirmed_on",
            "This day is still to come.",
        ),
        (
            {"requested_on": 0},
            "mark-confirmed",
            {"confirmed_on": -1, "ends_on": 5},
            "confirmed_on",
            "This is before the day on which you sent it.",
        ),
        (
            {"requested_on": 0},
            "mark-confirmed",
            {"confirmed_on": 0, "ends_on": -1},
            "ends_on",
            "The end date lies before the day of sending.",
        ),
        (
            {"confirmed_on": 0},
            "mark-ended",
            {"ended_on": 9},
            "ended_on",
            "This day is still to come.",
        ),
        ({"ended_on": 0}, "complaint", {"complained_on": 1}, "complained_on", "still to come."),
        ({}, "own-date", {"day": 0}, "day", "Choose a day from tomorrow on."),
        ({}, "note", {"text": " "}, "text", "There is nothing to note yet."),
    ],
)
def test_bad_input_is_told_beside_its_field_and_stays_typed(
    days: dict[str, int],
    verb: str,
    data: dict[str, Any],
    name: str,
    sentence: str,
    alice: User,
    as_alice: Client,
) -> None:
    dates: dict[str, Any] = {key: today() for key in days} or {"opened_on": today()}
    case = make_case(owner=alice, **dates)
    body = {
        key: str(today() + value * DAY) if isinstance(value, int) else value
        for key, value in data.items()
    }
    events = case.events.count()

    response = post(as_alice, case, verb, **body)

    part = field(response, name)
    assert response.status_code == 422
    assert sentence in part.text
    assert "Nothing was saved." in read(response).text
    for key, value in body.items():
        assert field(response, key).value.strip() == value.strip()
    assert fresh(case).status == case.status
    assert case.events.count() == events


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("statement.pdf", b"%PDF-1.4" + b"x" * 16 * 1024 * 1024, "At most 15.0"),
        ("bill.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff", "whatever its name"),
        ("bill.pdf", b"<html><script>alert(1)</script>", "Print it as a PDF"),
        ("empty.pdf", b"", "This file is empty."),
        (None, b"", "Choose a file first."),
    ],
    ids=["16 MB", "a program named .pdf", "a page named .pdf", "an empty file", "no file"],
)
def test_a_file_that_is_not_kept_is_told_beside_its_field(
    name: str | None, content: bytes, sentence: str, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, confirmed_on=today())
    file = {"file": make_upload(name, content)} if name else {}

    response = post(as_alice, case, "evidence", proves="final_bill", **file)

    assert response.status_code == 422
    assert sentence.replace(" ", "") in re.sub(r"\s", "", field(response, "file").text)
    assert field(response, "proves").value == "final_bill"
    assert not Evidence.objects.exists()


def test_two_forms_of_the_page_do_not_mix_what_was_typed(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())

    response = post(as_alice, case, "own-date", day=today(), note="Ask my brother")

    assert field(response, "note").value == "Ask my brother"
    assert field(response, "sent_on").value == str(today())


# --- Small presses --------------------------------------------------------------------------------


def test_a_step_is_ticked_and_unticked(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())
    path = reverse("cases:tick", args=[case.reference, "logins"])

    as_alice.post(path, {"done": "1"})
    assert case.ticks.count() == 1

    as_alice.post(path, {"done": "0"})
    assert case.ticks.count() == 0


def test_a_step_that_does_not_exist_is_told(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())

    response = as_alice.post(reverse("cases:tick", args=[case.reference, "dance"]), {"done": "1"})

    page = told(as_alice.get(response["Location"]))
    assert "This step does not belong to your case." in page


def test_the_page_shows_the_steps_of_the_goal_and_no_others(alice: User, as_alice: Client) -> None:
    ends = make_case(owner=alice, goal="end")
    moves = make_case(owner=alice, goal="port")

    page_of_end = as_alice.get(ends.get_absolute_url()).content.decode()
    page_of_move = as_alice.get(moves.get_absolute_url()).content.decode()

    assert "Choose how to send it" in page_of_end
    assert "Order the move of the number" not in page_of_end
    assert "Order the move of the number" in page_of_move
    assert "Choose how to send it" not in page_of_move


def test_the_last_press_is_undone_from_the_page_and_only_that_one(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    case.mark_requested(sent_on=today(), channel="letter", by=alice, at=timezone.now())
    case.mark_confirmed(confirmed_on=today(), ends_on=today(), by=alice, at=timezone.now())
    content = as_alice.get(case.get_absolute_url()).content.decode()
    form = content[content.index(reverse("cases:undo", args=[case.reference])) :]
    shown = re.search(r'name="press" value="(\d+)"', form)
    assert shown

    first = post(as_alice, case, "undo", press=shown[1])
    again = post(as_alice, case, "undo", press=shown[1])

    assert fresh(case).status == "requested"
    assert (first.status_code, again.status_code) == (302, 302)
    assert "changed meanwhile" in told(as_alice.get(case.get_absolute_url()))


def test_a_note_is_shown_as_it_was_typed_and_runs_nothing(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())

    post(as_alice, case, "note", text="Ms <b>Peeters</b> & co\nwill call")

    content = as_alice.get(case.get_absolute_url()).content.decode()
    assert "Ms &lt;b&gt;Peeters&lt;/b&gt; &amp; co" in content


def test_mails_are_switched_stopped_and_resumed_on_the_page(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())
    reminder = case.reminders.planned()[0]
    path = reverse("cases:reminder-switch", args=[case.reference, reminder.pk])

    as_alice.post(path, {"on": "0"})
    reminder.refresh_from_db()
    assert reminder.status == "off"

    as_alice.post(path, {"on": "1"})
    reminder.refresh_from_db()
    assert reminder.status == "planned"

    post(as_alice, case, "stop-reminders")
    assert fresh(case).reminders_stopped_at
    assert "No mails about this case." in read(as_alice.get(case.get_absolute_url())).text

    post(as_alice, case, "resume-reminders")
    assert fresh(case).reminders_stopped_at is None


def test_an_own_date_stands_among_the_planned_mails(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())

    response = post(as_alice, case, "own-date", day=today() + 5 * DAY, note="Ask my brother")

    assert response.status_code == 302
    assert "Ask my brother" in read(as_alice.get(case.get_absolute_url())).text


@pytest.mark.parametrize(("pressed", "right"), [("1", True), ("0", False)])
def test_the_last_bill_is_right_or_wrong(
    pressed: str, right: bool, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, ended_on=today())

    post(as_alice, case, "final-bill", right=pressed)

    assert fresh(case).final_bill_right is right


# --- What the page shows --------------------------------------------------------------------------


def test_the_days_after_the_end_are_those_of_the_procedure(alice: User, as_alice: Client) -> None:
    slow = make_procedure(final_bill_after=50, no_more_bills_after=90)
    case = make_case(owner=alice, procedure=slow, ended_on=today())

    page = told(as_alice.get(case.get_absolute_url()))

    bill = today() + 50 * DAY
    assert f"Wait for the last bill, until about {bill.day} {bill:%b %Y}" in page
    assert "50 days after the end: the last bill should be there" in page.lower()
    assert "90 days after the end: no bill may come any more" in page.lower()
    planned = {row.kind: row.due_on for row in case.reminders.planned()}
    assert planned == {
        "check_final_bill": bill,
        "check_no_more_bills": today() + 90 * DAY,
    }


def test_only_the_certificate_shows_the_whole_number(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, phone_number="+32470123321", closed_on=today())

    pages = [case.get_absolute_url(), "/en/cases/", f"{case.get_absolute_url()}certificate/"]
    texts = [re.sub(r"\W", "", read(as_alice.get(page)).text) for page in pages]

    assert ["321" in text for text in texts] == [True, True, True]
    assert ["123321" in text for text in texts] == [False, False, True]


def test_the_certificate_says_what_is_proven_and_what_is_missing(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, closed_on=today())

    page = told(as_alice.get(reverse("cases:certificate", args=[case.reference])))

    assert case.reference in page
    assert "Confirmed in writing" in page
    assert "missing" in page.lower()


def test_a_long_case_costs_no_more_queries_than_a_short_one(
    alice: User, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = make_case(owner=alice, requested_on=today())
    path = case.get_absolute_url()
    post(as_alice, case, "evidence", proves="sent", file=make_upload())
    as_alice.get(path)
    with django_assert_max_num_queries(25) as short:
        as_alice.get(path)
    for number in range(20):
        case.note(text=f"Note {number}", by=alice, at=timezone.now())
        case.add_own_date(today() + 9 * DAY, note="", by=alice, at=timezone.now())
        post(as_alice, case, "evidence", proves="other", file=make_upload(content=b"%d" % number))
    case.tick(step="logins", done=True, at=timezone.now())
    as_alice.get(path)

    with django_assert_max_num_queries(25) as long:
        as_alice.get(path)

    assert len(long) == len(short)
