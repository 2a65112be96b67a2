"""Second letter, complaint, Ombudsman: what opens each step, and from which day on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cases import escalation, letters, schedule
from cases.models import Case, Evidence
from tests.factories import (
    NOW,
    TODAY,
    import_letters,
    make_case,
    make_evidence,
    make_letter,
    make_upload,
    moment,
)
from tests.pages import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CONFIRM_BY = date(2026, 3, 6)  # three working days after TODAY, a Tuesday


def climb(case: Case, *, today: date = TODAY) -> list[escalation.Step]:
    return escalation.steps(case, escalation.Proof.of(case), today=today)


def states(case: Case, *, today: date = TODAY) -> list[str]:
    return [step.state for step in climb(case, today=today)]


def send(case: Case, kind: str, *, on: date = TODAY) -> None:
    sending = letters.Sending(sent_on=on, channel="letter")
    letter = make_letter(case, kind, at=moment(on), iban="BE68 5390 0754 7034", device="A phone")
    letters.send(letter, sending, by=case.owner, at=moment(on))
    case.refresh_from_db()


# --- The second letter ----------------------------------------------------------------------------


def test_a_second_letter_is_open_once_the_operator_had_its_days() -> None:
    case = make_case(requested_on=TODAY, wanted_end=TODAY + 30 * DAY)

    before = climb(case, today=CONFIRM_BY - DAY)[0]
    after = climb(case, today=CONFIRM_BY)[0]

    assert (before.state, before.opens_on) == ("closed", CONFIRM_BY)
    assert before.why == "The operator still has time to answer."
    assert after.state == "open"
    assert after.why == "Sent on 3 Mar 2026. An answer was to be expected by 6 Mar 2026."
    assert list(after.letters) == ["second_letter"]


def test_an_end_date_that_comes_sooner_opens_it_sooner() -> None:
    case = make_case(requested_on=TODAY, wanted_end=TODAY)

    assert climb(case)[0].opens_on == TODAY + DAY
    assert states(case, today=TODAY + DAY) == ["open", "closed", "closed"]


def test_after_a_confirmation_it_opens_on_the_day_after_the_end() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY + 9 * DAY)

    step = climb(case)[0]

    assert (step.state, step.opens_on) == ("closed", TODAY + 10 * DAY)
    assert step.why == "The operator has confirmed. Wait for the end date."


def test_a_confirmed_line_that_lives_on_is_complained_about_at_once() -> None:
    """The second letter says that no confirmation came: here one did."""
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)

    first, complaint, _ombudsman = climb(case, today=TODAY + DAY)

    assert (first.state, first.letters) == ("open", ())
    assert complaint.state == "open"


@pytest.mark.parametrize(
    "bill",
    [
        lambda case: case.check_final_bill(right=False, by=case.owner, at=NOW),
        lambda case: case.still_billed(complained_on=None, by=case.owner, at=NOW),
        lambda case: case.dispute(amount=Decimal(9), by=case.owner, at=NOW),
        lambda case: make_evidence(case, proves=Evidence.Proves.STILL_BILLED),
        lambda case: case.answer_check(question="bill_period", result="no", by=case.owner, at=NOW),
    ],
)
def test_a_bill_that_is_wrong_opens_the_letter_and_the_complaint(bill: Any) -> None:
    case = make_case(ended_on=TODAY)
    assert states(case) == ["closed", "closed", "closed"]

    bill(case)

    assert states(case) == ["open", "open", "closed"]


def test_a_line_that_still_works_opens_the_letter() -> None:
    case = make_case(ended_on=TODAY)

    case.answer_check(question="line_data", result="no", by=case.owner, at=NOW)

    assert states(case) == ["open", "closed", "closed"]


def test_a_direct_debit_that_still_stands_is_no_wrong_bill() -> None:
    case = make_case(ended_on=TODAY)

    case.answer_check(question="bill_direct_debit", result="no", by=case.owner, at=NOW)

    assert states(case) == ["closed", "closed", "closed"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "Nothing was sent yet."),
        ({"closed_on": TODAY}, "The case is over. If they bill you again, open it first."),
        ({"ended_on": TODAY}, "Open as soon as a bill comes that should not have come."),
    ],
)
def test_where_no_day_opens_it_the_case_says_what_does(facts: dict[str, Any], why: str) -> None:
    step = climb(make_case(**facts))[0]

    assert (step.state, step.why, step.opens_on) == ("closed", why, None)


# --- The complaint --------------------------------------------------------------------------------


def test_a_complaint_comes_after_the_second_letter() -> None:
    import_letters()
    case = make_case(requested_on=TODAY)
    before = climb(case)[1]
    assert (before.state, before.opens_on) == ("closed", CONFIRM_BY)
    assert climb(case, today=CONFIRM_BY)[1].why.startswith("First write the second letter")

    send(case, "second_letter", on=CONFIRM_BY)

    first, complaint, _ombudsman = climb(case, today=CONFIRM_BY)
    assert (first.state, first.done_on) == ("done", CONFIRM_BY)
    assert complaint.state == "open"
    assert complaint.why == "Your second letter left on 6 Mar 2026. Without an answer, complain."
    assert list(complaint.letters) == ["complaint_no_confirmation"]


def test_a_silent_operator_that_bills_is_told_of_the_bill() -> None:
    case = make_case(ended_on=TODAY)
    assert list(climb(case)[1].letters) == ["complaint_no_confirmation"]

    case.check_final_bill(right=False, by=case.owner, at=NOW)

    assert list(climb(case)[1].letters) == ["complaint_still_billed", "complaint_fee"]


def test_the_complaint_about_silence_starts_the_year_of_the_ombudsman() -> None:
    import_letters()
    case = make_case(requested_on=TODAY)

    send(case, "complaint_no_confirmation", on=TODAY + 9 * DAY)

    assert case.complained_on == TODAY + 9 * DAY
    assert states(case, today=TODAY + 9 * DAY) == ["skipped", "done", "open"]


def test_a_letter_that_was_only_written_opens_nothing() -> None:
    import_letters()
    case = make_case(requested_on=TODAY)
    make_letter(case, "second_letter")

    assert states(case) == ["closed", "closed", "closed"]


def test_who_complained_needs_no_second_letter_any_more() -> None:
    case = make_case(requested_on=TODAY)
    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    assert states(case) == ["skipped", "done", "closed"]


def test_a_late_move_is_complained_about_at_the_new_operator() -> None:
    case = make_case(goal=Case.Goal.PORT, requested_on=TODAY, wanted_end=TODAY)

    first, complaint, _ombudsman = climb(case, today=TODAY + DAY)

    assert (first.title, first.letters) == ("Ask the new operator", ())
    assert (complaint.state, list(complaint.letters)) == ("open", ["complaint_late_port"])


def test_a_wrong_sum_for_the_phone_has_its_letter_first() -> None:
    case = make_case(ended_on=TODAY)
    case.answer_check(question="bill_device", result="no", by=case.owner, at=NOW)

    assert climb(case)[1].letters[0] == "complaint_residual_value"


# --- The Ombudsman --------------------------------------------------------------------------------


def test_the_ombudsman_wants_a_complaint_and_its_proof() -> None:
    case = make_case(requested_on=TODAY - DAY)
    assert "needs your written complaint to the operator first" in climb(case)[2].why

    case.complain(complained_on=TODAY, by=case.owner, at=NOW)
    unproven = climb(case)[2]
    assert (unproven.state, unproven.letters) == ("closed", ("ombudsman",))
    assert "wants to see your complaint to the operator" in unproven.why

    make_evidence(case, proves=Evidence.Proves.SENT)
    assert climb(case)[2].state == "open"


def test_a_file_from_before_the_complaint_does_not_prove_it() -> None:
    case = make_case(requested_on=TODAY - DAY)
    make_evidence(case, proves=Evidence.Proves.SENT, at=moment(TODAY - DAY))

    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    assert climb(case)[2].state == "closed"


def test_a_complaint_from_before_the_case_was_closed_proves_no_new_one() -> None:
    import_letters()
    case = make_case(ended_on=TODAY)
    send(case, "complaint_still_billed")
    case.close(by=case.owner, at=NOW)
    later = TODAY + 90 * DAY
    case.reopen(by=case.owner, at=moment(later))
    assert states(case, today=later) == ["open", "open", "closed"]

    case.complain(complained_on=later, by=case.owner, at=moment(later))

    assert states(case, today=later) == ["skipped", "done", "closed"]


def test_a_complaint_sent_from_here_is_its_own_proof() -> None:
    import_letters()
    case = make_case(ended_on=TODAY)

    send(case, "complaint_still_billed")

    assert states(case) == ["skipped", "done", "open"]


def test_after_a_year_the_ombudsman_may_refuse_and_is_still_open() -> None:
    import_letters()
    case = make_case(ended_on=TODAY)
    send(case, "complaint_still_billed")

    step = climb(case, today=date(2027, 3, 3))[2]

    assert step.state == "open"
    assert "older than a year, so that the Ombudsman may refuse it" in step.why


def test_what_the_ombudsman_has_is_done() -> None:
    case = make_case(ended_on=TODAY)
    case.complain(complained_on=TODAY, by=case.owner, at=NOW)
    case.file_with_ombudsman(filed_on=TODAY + DAY, by=case.owner, at=NOW)

    step = climb(case)[2]

    assert (step.state, step.done_on) == ("done", TODAY + DAY)


def test_a_complaint_that_was_settled_needs_no_ombudsman() -> None:
    case = make_case(ended_on=TODAY)
    case.complain(complained_on=TODAY, by=case.owner, at=NOW)
    case.settle_complaint(by=case.owner, at=NOW)

    assert climb(case)[2].state == "done"


# --- The clock ------------------------------------------------------------------------------------


def test_the_clock_has_the_year_the_four_months_and_the_ninety_days() -> None:
    case = make_case(ended_on=TODAY)
    assert escalation.clock(case) == []

    case.complain(complained_on=TODAY, by=case.owner, at=NOW)
    case.file_with_ombudsman(filed_on=date(2026, 3, 31), by=case.owner, at=NOW)

    assert [day for day, _text in escalation.clock(case)] == [
        TODAY,
        date(2026, 3, 31),
        date(2026, 6, 29),  # 90 days
        date(2026, 7, 31),  # four months
        date(2026, 9, 27),  # 90 days more
        date(2027, 3, 3),  # a year after the complaint
    ]


# --- The pages ------------------------------------------------------------------------------------


def today() -> date:
    return schedule.today(timezone.now())


def ladder_of(case: Case) -> str:
    return f"{case.get_absolute_url()}escalation/"


def text(browser: Client, path: str) -> str:
    return " ".join(read(browser.get(path)).text.split())


def post(browser: Client, case: Case, verb: str, **data: Any) -> Any:
    return browser.post(f"{case.get_absolute_url()}{verb}/", data)


def test_the_page_has_letters_money_the_file_and_contacts_with_their_sources(
    alice: User, as_alice: Client
) -> None:
    import_letters()
    case = make_case(owner=alice, ended_on=today())
    case.check_final_bill(right=False, by=alice, at=timezone.now())

    response = as_alice.get(ladder_of(case))

    page = read(response)
    told = " ".join(page.text.split())
    hrefs = [link.href for link in page.links]
    for kind in ("second_letter", "complaint_still_billed", "ombudsman"):
        assert f"/en/cases/{case.reference}/letters/new/{kind}/" in hrefs
    assert f"/en/cases/{case.reference}/dossier.zip" in hrefs
    assert "sums that are not in dispute stay due" in told
    assert "may not be collected for up to four months" in told
    assert "Koning Albert II-laan 8 bus 3" in told
    assert "02 223 09 09" in told
    assert "does not handle the case of one person" in told
    emails = told[told.index("klachten@ombudsmantelecom.be") :]
    assert emails.index("not verified") < emails.index("Who else there is")
    assert "https://www.mediateurtelecom.be/en/how-to-submit-a-complaint.html?IDC=106" in hrefs


def test_a_step_that_is_closed_says_from_which_day_on_and_can_be_taken_all_the_same(
    alice: User, as_alice: Client
) -> None:
    import_letters()
    case = make_case(owner=alice, requested_on=today())
    assert case.confirm_by

    page = text(as_alice, ladder_of(case))

    assert f"from {case.confirm_by.day} {case.confirm_by:%b %Y} on" in page
    assert page.count("I want to do it all the same") == 3


def test_a_complaint_is_recorded_on_the_page_and_undone_from_the_case(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, requested_on=today())

    response = post(as_alice, case, "complaint", complained_on=today())

    assert (response.status_code, response["Location"]) == (302, ladder_of(case))
    assert "You complained on" in text(as_alice, ladder_of(case))
    post(as_alice, case, "undo")
    case.refresh_from_db()
    assert case.complained_on is None


@pytest.mark.parametrize(("typed", "kept"), [("24.5", "24.50"), ("24,50", "24.50"), ("", None)])
def test_the_sum_in_dispute_is_typed_as_people_write_it(
    typed: str, kept: str | None, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, ended_on=today())

    response = post(as_alice, case, "dispute", amount=typed)

    case.refresh_from_db()
    assert response.status_code == 302
    assert case.disputed == (Decimal(kept) if kept else None)


def test_the_day_of_the_ombudsman_is_recorded_and_stands_in_the_dates(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, requested_on=today())

    post(as_alice, case, "ombudsman", filed_on=today())

    case.refresh_from_db()
    assert (case.ombudsman_on, case.complaint_settled) == (today(), True)
    assert "filed with the Ombudsman" in text(as_alice, case.get_absolute_url())
    assert "For you: until" in text(as_alice, ladder_of(case))


@pytest.mark.parametrize(
    ("verb", "field", "typed", "sentence"),
    [
        ("complaint", "complained_on", 1, "This day is still to come."),
        ("ombudsman", "filed_on", 1, "This day is still to come."),
        ("ombudsman", "filed_on", -1, "before the day on which you complained"),
        ("dispute", "amount", "a lot", "Give the sum in digits"),
        ("dispute", "amount", "0", "greater than or equal to 0.01"),
        ("dispute", "amount", "99999999", "no more than"),
    ],
)
def test_what_cannot_be_is_told_on_the_page_and_stays_typed(
    verb: str, field: str, typed: Any, sentence: str, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, requested_on=today() - 3 * DAY)
    case.complain(complained_on=today(), by=alice, at=timezone.now())
    before = Case.objects.filter(pk=case.pk).values().get()
    value = str(today() + typed * DAY) if isinstance(typed, int) else typed

    response = post(as_alice, case, verb, **{field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Nothing was saved." in page
    assert sentence in page
    assert f'value="{value}"' in page
    assert Case.objects.filter(pk=case.pk).values().get() == before


@pytest.mark.parametrize(
    ("verb", "data"), [("dispute", {"amount": "9"}), ("ombudsman", {"filed_on": "today"})]
)
def test_the_wrong_moment_is_told(
    verb: str, data: dict[str, str], alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice)
    data = {name: str(today()) if value == "today" else value for name, value in data.items()}

    response = post(as_alice, case, verb, **data)

    assert "This question is not open for this case any more." in text(
        as_alice, response["Location"]
    )


def test_billed_again_one_press_opens_the_case_and_leads_to_the_steps(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, confirmed_on=TODAY, closed_on=TODAY)
    assert "They billed me again: open the case" in text(as_alice, case.get_absolute_url())

    response = post(as_alice, case, "reopen")

    assert response["Location"] == ladder_of(case)
    page = text(as_alice, response["Location"])
    assert "Store the bill, then take the next step." in page
    assert "They bill on, or a bill is wrong: complain now." in page
    case.refresh_from_db()
    assert case.status == "ended"


def test_the_bill_is_stored_from_the_page(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, ended_on=today())

    response = post(as_alice, case, "evidence", proves="still_billed", file=make_upload())

    assert response.status_code == 302
    assert case.evidence.get().proves == "still_billed"
    assert "One is stored in this case." in text(as_alice, ladder_of(case))


def test_a_dropped_case_goes_on_at_its_own_page(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, dropped_on=TODAY)

    assert post(as_alice, case, "reopen")["Location"] == case.get_absolute_url()


def test_the_case_page_shows_the_three_steps_in_short(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, requested_on=today() - 20 * DAY)

    page = read(as_alice.get(case.get_absolute_url()))

    told = " ".join(page.text.split())
    assert "Second letter open now" in told
    assert "Ombudsman not open yet" in told
    assert page.link("Letters, days, what to pay: step by step").href == ladder_of(case)
