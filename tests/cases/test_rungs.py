"""The four proofs: how far each is, what is missing and since when, and the questions of each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cases import rungs, schedule
from cases.errors import InvalidMove
from cases.models import Case, Check
from operators.models import Plan
from tests.factories import NOW, TODAY, import_letters, make_case, make_evidence, moment
from tests.pages import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LINE = ["line_call", "line_text", "line_data", "line_esim"]
BILL = ["bill_period", "bill_pro_rata", "bill_device", "bill_third_party", "bill_direct_debit"]
QUESTIONS = LINE + BILL


def answer(case: Case, question: str, result: str) -> None:
    case.answer_check(question=question, result=result, by=case.owner, at=NOW)


def answers(case: Case) -> dict[str, str]:
    return {row.question: row.result for row in case.checks.all()}


def climb(case: Case, *, today: date = TODAY) -> dict[str, rungs.Rung]:
    ladder = rungs.ladder(case, case.evidence.kept(), case.checks.all(), today=today)
    return {rung.key: rung for rung in ladder}


def states(case: Case, *, today: date = TODAY) -> list[str]:
    return [rung.state for rung in climb(case, today=today).values()]


def missing(case: Case, key: str, *, today: date = TODAY) -> list[str]:
    return [gap.text for gap in climb(case, today=today)[key].missing]


# --- How far --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["now", "later", "later", "later"]),
        ({"requested_on": TODAY}, ["done", "now", "later", "later"]),
        ({"confirmed_on": TODAY}, ["done", "done", "now", "later"]),
        ({"confirmed_on": TODAY, "ended_on": TODAY}, ["done", "done", "done", "now"]),
        ({"closed_on": TODAY, "confirmed_on": TODAY}, ["done", "done", "done", "done"]),
        # without the one before: that one is what is missing
        ({"ended_on": TODAY}, ["done", "late", "done", "now"]),
        ({"closed_on": TODAY}, ["done", "late", "done", "done"]),
        ({"ended_on": TODAY, "goal": Case.Goal.PORT}, ["done", "later", "done", "now"]),
        # the time is over
        ({"requested_on": TODAY - 9 * DAY}, ["done", "late", "later", "later"]),
        (
            {"requested_on": TODAY - 9 * DAY, "wanted_end": TODAY - DAY},
            ["done", "late", "late", "later"],
        ),
        ({"confirmed_on": TODAY - 9 * DAY, "ends_on": TODAY}, ["done", "done", "now", "later"]),
        ({"dropped_on": TODAY}, ["later", "later", "later", "later"]),
    ],
)
def test_each_proof_says_how_far_it_is(facts: dict[str, Any], expected: list[str]) -> None:
    assert states(make_case(**facts)) == expected


def test_an_operator_is_late_once_its_days_are_over() -> None:
    """Sent on Tuesday 3 March; the procedure gives three working days."""
    case = make_case(requested_on=TODAY)

    assert case.confirm_by == date(2026, 3, 6)
    assert states(case, today=date(2026, 3, 5))[1] == "now"
    assert states(case, today=date(2026, 3, 6))[1] == "late"


def test_a_bill_that_is_wrong_makes_the_last_proof_late() -> None:
    case = make_case(ended_on=TODAY)
    case.check_final_bill(right=False, by=case.owner, at=NOW)

    rung = climb(case)["bills_stopped"]

    assert (rung.state, rung.remark) == ("late", "they bill on")


def test_files_are_counted_for_what_they_prove() -> None:
    case = make_case(ended_on=TODAY)
    for number, proves in enumerate(["sent", "received", "line_dead", "other"]):
        make_evidence(case, proves=proves, content=b"file %d" % number)
    thrown_away = make_evidence(case, proves="confirmed")
    case.evidence.filter(pk=thrown_away.pk).update(removed_at=NOW)

    assert [rung.proof for rung in climb(case).values()] == [2, 0, 1, 0]


# --- What is missing, and since when --------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 3, 3), []),
        (date(2026, 3, 4), ["No written confirmation for 1 working day."]),
        (date(2026, 3, 19), ["No written confirmation for 12 working days."]),
    ],
)
def test_a_silent_operator_is_counted_in_working_days(today: date, expected: list[str]) -> None:
    case = make_case(requested_on=TODAY)

    assert missing(case, "confirmed", today=today) == expected


def test_who_went_on_without_a_confirmation_is_told_so_also_after_closing() -> None:
    case = make_case(requested_on=TODAY, ended_on=date(2026, 3, 10), closed_on=date(2026, 3, 19))

    for today in (date(2026, 3, 19), date(2027, 3, 19)):
        assert missing(case, "confirmed", today=today) == [
            "No written confirmation for 12 working days."
        ]
    assert climb(case)["confirmed"].remark == "missing"


def test_a_move_needs_no_confirmation() -> None:
    case = make_case(goal=Case.Goal.PORT, ended_on=TODAY)

    assert missing(case, "confirmed") == []
    assert climb(case)["confirmed"].remark == "not needed for a move"


def test_what_no_file_proves_is_missing_until_one_does() -> None:
    case = make_case(confirmed_on=TODAY)
    assert missing(case, "sent") == ["No file proves that it was sent on 3 Mar 2026."]
    assert missing(case, "confirmed") == ["The confirmation of 3 Mar 2026 is not stored."]

    make_evidence(case, proves="received", content=b"receipt")
    make_evidence(case, proves="confirmed", content=b"confirmation")

    assert missing(case, "sent") + missing(case, "confirmed") == []


def test_a_confirmation_that_is_kept_elsewhere_is_not_missing() -> None:
    case = make_case(confirmed_on=TODAY)
    case.keep_receipt_elsewhere(by=case.owner, at=NOW)

    assert missing(case, "confirmed") == []


def test_an_end_that_nobody_recorded_is_missing_from_the_day_after() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)

    assert missing(case, "line_dead") == []
    assert missing(case, "line_dead", today=TODAY + DAY) == [
        "The end date was 3 Mar 2026. Not recorded since: is it over?"
    ]


def test_a_line_that_was_not_tested_is_said_to_be_so_also_after_closing() -> None:
    case = make_case(ended_on=TODAY)
    answer(case, "line_call", "yes")
    answer(case, "line_esim", "not_mine")

    case.close(by=case.owner, at=NOW)

    assert missing(case, "line_dead") == ["Not tested since 3 Mar 2026: texts, internet."]


def test_a_line_that_still_works_is_said_to() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)
    answer(case, "line_call", "no")

    assert missing(case, "line_dead") == ["Not dead yet: calls."]


def test_a_line_that_is_only_paused_is_not_tested() -> None:
    case = make_case(goal=Case.Goal.PAUSE, plan=Plan.PREPAID, closed_on=TODAY)

    assert missing(case, "line_dead") + missing(case, "bills_stopped") == []


def test_the_last_bill_is_asked_about_once_it_should_be_there() -> None:
    """35 days after the end, the procedure says."""
    case = make_case(ended_on=TODAY)

    assert missing(case, "bills_stopped", today=TODAY + 34 * DAY) == []
    (gap,) = missing(case, "bills_stopped", today=TODAY + 35 * DAY)
    assert gap.startswith("The last bill was expected about 7 Apr 2026. Not looked at: period,")


def test_what_is_wrong_or_in_dispute_is_told() -> None:
    case = make_case(ended_on=TODAY)
    case.dispute(amount=Decimal("24.5"), by=case.owner, at=NOW)
    case.check_final_bill(right=False, by=case.owner, at=NOW)
    answer(case, "bill_device", "no")

    assert missing(case, "bills_stopped") == [
        "In dispute: 24.50 euro.",
        "A bill is wrong, or should not have come.",
        "Not right on the last bill: sum for the phone.",
    ]


def test_a_case_with_every_proof_lacks_nothing() -> None:
    case = make_case(confirmed_on=TODAY, ended_on=TODAY)
    for proves in ("sent", "confirmed", "line_dead", "final_bill"):
        make_evidence(case, proves=proves, content=proves.encode())
    for question in QUESTIONS:
        answer(case, question, "yes")

    case.close(by=case.owner, at=NOW)

    assert states(case) == ["done"] * 4
    assert [rung.missing for rung in climb(case).values()] == [()] * 4


# --- Which questions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({}, []),
        ({"requested_on": TODAY}, LINE),
        ({"confirmed_on": TODAY}, LINE),
        ({"ended_on": TODAY}, QUESTIONS),
        ({"closed_on": TODAY}, QUESTIONS),
        ({"dropped_on": TODAY}, []),
        ({"ended_on": TODAY, "plan": Plan.PREPAID}, LINE),
        ({"ended_on": TODAY, "goal": Case.Goal.PORT}, QUESTIONS),
        ({"ended_on": TODAY, "goal": Case.Goal.PAUSE}, BILL),
        ({"ended_on": TODAY, "goal": Case.Goal.HAND_OVER, "plan": Plan.PREPAID}, []),
    ],
)
def test_a_case_has_the_questions_that_fit(facts: dict[str, Any], asked: list[str]) -> None:
    case = make_case(**facts)

    assert case.questions() == asked
    for question in Check.Question.values:
        if question not in asked:
            with pytest.raises(InvalidMove):
                answer(case, question, "yes")
    assert answers(case) == {}


def test_an_answer_is_kept_once_and_the_last_one_holds() -> None:
    case = make_case(ended_on=TODAY)
    events = case.events.count()

    answer(case, "line_call", "no")
    answer(case, "line_call", "no")
    answer(case, "line_call", "yes")

    assert answers(case) == {"line_call": "yes"}
    told = case.events.order_by("pk")[events:]
    assert [(event.kind, event.facts) for event in told] == [
        ("checked", {"line_call": ["", "no"]}),
        ("checked", {"line_call": ["no", "yes"]}),
    ]


# --- The page of questions ------------------------------------------------------------------------


def today() -> date:
    return schedule.today(timezone.now())


def questions_of(case: Case) -> str:
    return f"{case.get_absolute_url()}checks/"


def text(browser: Client, path: str) -> str:
    return " ".join(read(browser.get(path)).text.split())


def test_one_answer_is_saved_and_so_are_all_at_once(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, ended_on=today())

    first = as_alice.post(questions_of(case), {"line_call": "yes"})
    assert (first.status_code, first["Location"]) == (302, questions_of(case))
    assert answers(case) == {"line_call": "yes"}

    as_alice.post(questions_of(case), dict.fromkeys(QUESTIONS, "yes"))

    assert answers(case) == dict.fromkeys(QUESTIONS, "yes")
    page = text(as_alice, case.get_absolute_url())
    assert page.count("Checked") == 2
    assert "Texts do not go out and do not come in: Yes" in page


def test_a_no_says_what_to_do_next(alice: User, as_alice: Client) -> None:
    import_letters()
    case = make_case(owner=alice, ended_on=today())
    assert "The line is not dead." not in text(as_alice, questions_of(case))

    as_alice.post(questions_of(case), {"line_call": "no", "bill_device": "no"})

    page = read(as_alice.get(questions_of(case)))
    told = " ".join(page.text.split())
    assert "The line is not dead. Write to the operator today" in told
    assert "At most the sum in the repayment table of your contract may be asked" in told
    assert "Dispute that part in writing, pay the rest." in told
    hrefs = [link.href for link in page.links]
    for kind in ("second_letter", "complaint_residual_value"):
        assert f"/en/cases/{case.reference}/letters/new/{kind}/" in hrefs
    assert f"/en/cases/{case.reference}/escalation/" in hrefs


def test_a_move_is_tested_for_life_and_its_no_leads_to_the_new_operator(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, goal=Case.Goal.PORT, requested_on=today())
    as_alice.post(questions_of(case), {"line_call": "no"})

    page = text(as_alice, questions_of(case))

    assert "Calls come in and go out with the new SIM card" in page
    assert "Call the new operator, not the old one. Do not cancel" in page
    assert "Calls do not go out" not in page


def test_a_line_that_passed_every_test_leads_to_recording_its_end(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, requested_on=today())
    as_alice.post(questions_of(case), dict.fromkeys(LINE, "yes"))

    page = read(as_alice.get(questions_of(case)))

    assert page.link("Record since when").href == f"{case.get_absolute_url()}#ended"


def test_an_answer_that_is_none_is_told_and_nothing_is_saved(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, ended_on=today())

    response = as_alice.post(questions_of(case), {"line_call": "perhaps", "line_text": "yes"})

    assert response.status_code == 422
    assert "Nothing was saved." in read(response).text
    page = response.content.decode()
    assert 'name="line_text" value="yes" id="id_line_text_0" checked' in page
    assert answers(case) == {}


def test_a_question_that_the_case_does_not_have_is_not_answered(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, plan=Plan.PREPAID, ended_on=today())

    as_alice.post(questions_of(case), {"bill_period": "yes"})

    assert answers(case) == {}


def test_before_sending_there_is_nothing_to_test(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice)

    assert "There is nothing to test here" in text(as_alice, questions_of(case))


# --- On the case page, and on the certificate -----------------------------------------------------


def test_the_case_page_says_what_is_missing_and_leads_there(alice: User, as_alice: Client) -> None:
    sent = schedule.today(timezone.now()) - 20 * DAY
    case = make_case(owner=alice, requested_on=sent)

    page = read(as_alice.get(case.get_absolute_url()))

    told = " ".join(page.text.split())
    assert f"Sent: No file proves that it was sent on {sent.day} {sent:%b %Y}." in told
    assert "Confirmed in writing: No written confirmation for" in told


def test_many_things_that_are_missing_fold(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, closed_on=today() - 60 * DAY)

    assert "4 things are missing" in text(as_alice, case.get_absolute_url())


def test_the_certificate_says_all_that_is_missing(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, requested_on=TODAY, closed_on=TODAY + 60 * DAY)
    case.answer_check(question="line_call", result="yes", by=alice, at=moment(TODAY))

    page = text(as_alice, f"{case.get_absolute_url()}certificate/")

    assert "No written confirmation for" in page
    assert "Not tested since 2 May 2026: texts, internet, eSIM or card." in page
    assert "Not looked at: period," in page
    assert "Answer the questions" not in page
