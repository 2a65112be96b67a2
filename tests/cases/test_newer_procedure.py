"""A newer version of the procedure: what an open case is told, switching to it, and staying."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import schedule
from cases.errors import InvalidMove
from cases.models import Case
from cases.timeline import timeline
from operators.models import Procedure
from tests.factories import (
    NOW,
    TODAY,
    make_case,
    make_newer,
    make_operator,
    make_procedure,
)
from tests.pages import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ANOTHER_BODY = {"logins": {"body": "Look it up on the new page."}}
Verb = Callable[[Case, int], None]

VERBS: dict[str, Verb] = {
    "switch": lambda case, version: case.switch_procedure(version=version, by=case.owner, at=NOW),
    "stay": lambda case, version: case.stay(version=version, by=case.owner, at=NOW),
}


def today() -> date:
    return schedule.today(timezone.now())


def fresh(case: Case) -> Case:
    return Case.objects.select_related("procedure__operator").get(pk=case.pk)


def page(browser: Client, case: Case) -> str:
    return " ".join(read(browser.get(case.get_absolute_url())).text.split())


def press(browser: Client, case: Case, verb: str, **data: Any) -> Any:
    return browser.post(reverse(f"cases:{verb}", args=[case.reference]), data)


# --- Switching ------------------------------------------------------------------------------------


def test_a_switch_follows_the_newer_version_and_is_written_down() -> None:
    case = make_case(requested_on=TODAY)
    newer = make_newer(case.procedure, ANOTHER_BODY)

    case.switch_procedure(version=2, by=case.owner, at=NOW)

    assert (case.procedure, fresh(case).procedure) == (newer, newer)
    assert case.newer_procedure() is None
    assert timeline(case)[0].title == "Switched to version 2 of the steps"


def test_the_mails_follow_the_newer_version_at_once() -> None:
    case = make_case(ended_on=TODAY)
    make_newer(case.procedure, final_bill_after=50, no_more_bills_after=80)

    case.switch_procedure(version=2, by=case.owner, at=NOW)

    assert [(row.kind, row.due_on) for row in case.reminders.planned()] == [
        ("check_final_bill", TODAY + 50 * DAY),
        ("check_no_more_bills", TODAY + 80 * DAY),
    ]


def test_an_undone_switch_brings_back_the_version_and_its_mails() -> None:
    case = make_case(ended_on=TODAY)
    old = case.procedure
    before = list(case.reminders.planned().values("kind", "due_on"))
    make_newer(old, final_bill_after=50, no_more_bills_after=80)
    case.switch_procedure(version=2, by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)

    assert (case.procedure, case.status) == (old, "ended")
    assert list(case.reminders.planned().values("kind", "due_on")) == before
    assert case.newer_procedure() is not None


def test_ticks_survive_a_switch_where_the_step_does_and_a_changed_one_is_marked(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    for key in ("line-active", "logins", "choose-channel"):
        case.tick(step=key, done=True, at=NOW)
    draft = case.procedure.new_draft()
    draft.steps.get(key="line-active").delete()
    draft.steps.filter(key="logins").update(body_en="Look it up on the new page.")
    draft.publish(by=None, at=NOW)

    case.switch_procedure(version=2, by=alice, at=NOW)

    content = page(as_alice, case)
    assert "2 of 2 done" in content
    assert content.count("This step changed after you ticked it.") == 1
    assert set(case.ticks.values_list("step", flat=True)) == {
        "line-active",  # kept: the step may come back
        "logins",
        "choose-channel",
    }

    case.tick(step="logins", done=False, at=NOW)
    case.tick(step="logins", done=True, at=NOW)

    assert "This step changed" not in page(as_alice, case)


def test_a_mark_of_a_changed_step_lasts_over_a_second_switch_and_goes_with_an_undo(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    case.tick(step="logins", done=True, at=NOW)
    second = make_newer(case.procedure, ANOTHER_BODY)
    case.switch_procedure(version=2, by=alice, at=timezone.now())
    make_newer(second, {"mail": {"value": "bye@operator.example"}})
    case.switch_procedure(version=3, by=alice, at=timezone.now())
    assert "This step changed" in page(as_alice, case)

    case.undo(by=alice, at=timezone.now())
    case.undo(by=alice, at=timezone.now())

    assert case.procedure.version == 1
    assert "This step changed" not in page(as_alice, case)


# --- Staying --------------------------------------------------------------------------------------


def test_who_stays_is_not_asked_again_about_that_version_but_about_the_next(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    second = make_newer(case.procedure, ANOTHER_BODY)
    assert "changed on" in page(as_alice, case)

    case.stay(version=2, by=alice, at=timezone.now())

    content = page(as_alice, case)
    assert "changed on" not in content
    assert "There is a version 2 of the steps" in content
    assert fresh(case).procedure.version == 1
    assert timeline(case)[0].title == "Stayed: version 2 of the steps not taken"

    make_newer(second, {"mail": {"value": "bye@operator.example"}})

    assert "changed on" in page(as_alice, case)


def test_who_stayed_may_switch_after_all_or_undo_it() -> None:
    case = make_case(opened_on=TODAY)
    make_newer(case.procedure, ANOTHER_BODY)
    case.stay(version=2, by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)
    assert case.declined_version is None

    case.stay(version=2, by=case.owner, at=NOW)
    case.stay(version=2, by=case.owner, at=NOW)
    case.switch_procedure(version=2, by=case.owner, at=NOW)

    assert case.procedure.version == 2
    assert case.events.filter(kind="stayed", undone_by=None).count() == 1


# --- Refusing -------------------------------------------------------------------------------------


def draft_only(case: Case) -> int:
    return case.procedure.new_draft().version


def retired(case: Case) -> int:
    second = make_newer(case.procedure, ANOTHER_BODY)
    make_newer(second, {"logins": {"body": "Again."}})
    return second.version


def of_another_operator(case: Case) -> int:
    other = make_procedure(operator=make_operator())
    return make_newer(make_newer(other)).version


def of_the_other_plan(case: Case) -> int:
    other = make_procedure(operator=case.procedure.operator, plan="prepaid")
    return make_newer(other).version


def its_own(case: Case) -> int:
    make_newer(case.procedure, ANOTHER_BODY)
    return 1


def one_that_never_was(case: Case) -> int:
    make_newer(case.procedure, ANOTHER_BODY)
    return 7


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "version",
    [draft_only, retired, of_another_operator, of_the_other_plan, its_own, one_that_never_was],
)
def test_only_the_newest_published_version_of_the_same_plan_can_be_chosen(
    version: Callable[[Case], int], verb: str
) -> None:
    case = make_case(opened_on=TODAY)
    number = version(case)

    with pytest.raises(InvalidMove, match="not the newest steps"):
        VERBS[verb](case, number)

    assert fresh(case).procedure.version == 1
    assert case.events.count() == 1


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("end", ["closed_on", "dropped_on"])
def test_a_case_that_is_over_keeps_its_version(end: str, verb: str) -> None:
    days: dict[str, Any] = {end: TODAY}
    case = make_case(**days)
    make_newer(case.procedure, ANOTHER_BODY)

    with pytest.raises(InvalidMove):
        VERBS[verb](case, 2)

    assert fresh(case).procedure.version == 1


def test_a_tab_that_is_behind_is_told_and_writes_nothing() -> None:
    case = make_case(opened_on=TODAY)
    behind = fresh(case)
    make_newer(case.procedure, ANOTHER_BODY)
    case.switch_procedure(version=2, by=case.owner, at=NOW)

    with pytest.raises(InvalidMove):
        behind.stay(version=2, by=case.owner, at=NOW)

    assert case.events.filter(kind="stayed").count() == 0
    assert fresh(case).declined_version is None


# --- The page -------------------------------------------------------------------------------------


def test_the_page_says_what_changed_when_and_why_with_two_buttons(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    make_newer(case.procedure, ANOTHER_BODY, reason="The operator moved its page.")

    content = page(as_alice, case)

    assert "Step 2 changed on 3 Mar 2026: Move what hangs on the number" in content
    assert "Before: Look it up." in content
    assert "Now: Look it up on the new page." in content
    assert "The operator moved its page." in content
    assert "Switch to version 2" in content
    assert "Stay with version 1" in content


def test_the_buttons_switch_and_stay(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())
    second = make_newer(case.procedure, ANOTHER_BODY)

    stayed = press(as_alice, case, "stay", version=2)

    assert (stayed.status_code, stayed["Location"]) == (302, case.get_absolute_url())
    assert fresh(case).declined_version == 2
    make_newer(second, {"logins": {"body": "Again."}})

    switched = press(as_alice, case, "switch-procedure", version=3)

    assert switched.status_code == 302
    assert fresh(case).procedure.version == 3
    assert "You follow the newer steps now." in page(as_alice, case)


@pytest.mark.parametrize("version", ["", "two", "-1", "99999999999999999999"])
def test_nonsense_for_a_version_changes_nothing(
    version: str, alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    make_newer(case.procedure, ANOTHER_BODY)

    response = press(as_alice, case, "switch-procedure", version=version)

    assert response.status_code in (302, 422)
    assert fresh(case).procedure.version == 1


def test_a_version_that_changes_nothing_for_the_reader_is_not_spoken_of(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, opened_on=today())
    make_newer(case.procedure)

    assert "changed on" not in page(as_alice, case)


def test_a_case_that_is_over_shows_no_newer_version(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, closed_on=today())
    make_newer(case.procedure, ANOTHER_BODY)

    assert "changed on" not in page(as_alice, case)


def test_markup_in_a_changed_text_runs_nothing(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, opened_on=today())
    make_newer(case.procedure, {"logins": {"body": "<script>alert(1)</script> **Now**"}})

    content = as_alice.get(case.get_absolute_url()).content.decode()

    assert "<script>alert" not in content
    assert "<strong>Now</strong>" in content


def test_the_texts_of_the_case_are_in_the_language_of_the_page(
    alice: User, as_alice: Client
) -> None:
    draft = make_procedure(published=False)
    step = draft.steps.get(key="logins")
    step.translate("title", "nl", "Verhuis wat aan het nummer hangt")
    step.save()
    draft.publish(by=None, at=NOW)
    case = make_case(owner=alice, procedure=draft, opened_on=today())

    with translation.override("nl"):
        content = read(as_alice.get(case.get_absolute_url())).text

    assert "Verhuis wat aan het nummer hangt" in content
    assert "Is the line active?" in content  # no translation yet


def test_the_notice_costs_the_same_for_any_number_of_changes(
    alice: User, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = make_case(owner=alice, requested_on=today())
    second = make_newer(case.procedure, ANOTHER_BODY)
    page(as_alice, case)
    with django_assert_max_num_queries(30) as few:
        page(as_alice, case)
    make_newer(
        second,
        {
            "line-active": {"title": "Is it active?"},
            "mail": {"value": "bye@operator.example"},
            "letter": {"value": "Example Street 2, 1000 Brussels"},
            "end-date": {"text": "A month."},
        },
    )

    with django_assert_max_num_queries(30) as many:
        page(as_alice, case)

    assert len(many) == len(few)
    assert Procedure.objects.count() == 3
