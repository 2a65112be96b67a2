"""Closing asks whether the steps matched: what the administrators learn, and what they do not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases import reminders, schedule
from cases.models import Answer, Case, CaseEvent
from operators.models import Channel, Procedure, Report
from tests.factories import (
    NOW,
    TODAY,
    add_claims,
    make_case,
    make_newer,
    make_procedure,
    make_user,
    moment,
)
from tests.pages import field, read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def today() -> date:
    return schedule.today(timezone.now())


def close(browser: Client, case: Case, **data: Any) -> Any:
    return browser.post(reverse("cases:close", args=[case.reference]), data)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def with_two_hotlines() -> Procedure:
    procedure = make_procedure(published=False)
    add_claims(
        procedure.sources.get(),
        Channel(key="sales", kind="hotline", value="0800 11 111"),
        Channel(key="customers", kind="hotline", value="0800 22 222"),
    )
    procedure.publish(by=None, at=NOW)
    return procedure


# --- What is told ---------------------------------------------------------------------------------


def test_a_yes_makes_the_channel_tested() -> None:
    case = make_case(ended_on=TODAY, channel="email")

    case.close(matched=True, match_note="as ever", by=case.owner, at=NOW)

    report = Report.objects.get()
    assert (report.part, report.key, report.value) == ("channel", "mail", "leave@operator.example")
    assert (report.matched, report.origin, report.on, report.status, report.text) == (
        True,
        "case",
        TODAY,
        "done",
        "",
    )
    channel = Report.objects.tests_of(case.procedure.channels.all()).get(key="mail")
    assert (channel.tested_by, channel.tested_on) == (1, TODAY)


def test_a_no_is_a_task_for_the_administrators_with_the_words() -> None:
    case = make_case(owner=make_user(language="fr"), ended_on=TODAY, channel="letter")

    case.close(matched=False, match_note="They moved.", by=case.owner, at=NOW)

    report = Report.objects.waiting().get()
    assert (report.key, report.text, report.language) == ("letter", "They moved.", "fr")


def test_who_does_not_say_tells_nothing() -> None:
    case = make_case(ended_on=TODAY)

    case.close(by=case.owner, at=NOW)

    assert not Report.objects.exists()
    assert fresh(case).status == "closed"


@pytest.mark.parametrize(
    ("channel", "said", "key"),
    [
        ("hotline", "customers", "customers"),
        ("hotline", "", ""),  # does not know any more
        ("hotline", "mail", ""),  # no hotline: nobody can mean it
        ("email", "", "mail"),
        ("shop", "", ""),  # the procedure knows no shop
    ],
)
def test_the_report_is_about_the_channel_used_or_about_the_page(
    channel: str, said: str, key: str
) -> None:
    case = make_case(procedure=with_two_hotlines(), ended_on=TODAY, channel=channel)

    case.close(matched=True, match_channel=said, by=case.owner, at=NOW)

    report = Report.objects.get()
    assert (report.part, report.key) == ("channel" if key else "", key)


def test_a_number_that_moved_says_nothing_about_a_channel_of_the_old_operator() -> None:
    case = make_case(goal="port", ended_on=TODAY, channel="email")

    case.close(matched=True, by=case.owner, at=NOW)

    assert (Report.objects.get().part, Report.objects.get().key) == ("", "")


def test_the_number_that_was_used_is_tested_and_not_the_one_of_a_later_version() -> None:
    case = make_case(requested_on=TODAY, channel="email")
    old = case.procedure
    make_newer(old, {"mail": {"value": "bye@operator.example"}})
    case.switch_procedure(version=2, by=case.owner, at=NOW)
    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)

    case.close(matched=True, by=case.owner, at=NOW)

    report = Report.objects.get()
    assert (report.procedure, report.value) == (old, "leave@operator.example")


def test_a_report_does_not_lead_back_to_the_person() -> None:
    case = make_case(
        owner=make_user("li.wei@example.org"),
        phone_number="+32470123321",
        customer_number="C-7788",
        ended_on=TODAY,
        channel="hotline",
    )
    note = (
        "0470/12.33.21 or +32 (0)470 12 33 21, Li.Wei@example.org, c-7788: call 0800 33 800 instead"
    )

    case.close(matched=False, match_note=note, by=case.owner, at=NOW)

    report = Report.objects.get()
    assert report.text.count("•••") == 4
    assert not any(trace in report.text for trace in ("470", "33 21", "i.Wei", "7788"))
    assert "call 0800 33 800 instead" in report.text
    assert {one.name for one in Report._meta.get_fields() if one.is_relation} == {
        "procedure",
        "handled_by",
    }


def test_a_long_text_of_spaces_keeps_nobody_waiting() -> None:
    case = make_case(ended_on=TODAY, customer_number="C-7788")

    case.close(matched=False, match_note="0 " * 490 + "end", by=case.owner, at=NOW)

    assert Report.objects.get().text.endswith("end")


# --- Once, and back -------------------------------------------------------------------------------


def test_a_case_counts_once_however_often_it_is_closed() -> None:
    case = make_case(ended_on=TODAY)
    case.close(matched=True, by=case.owner, at=NOW)
    case.reopen(by=case.owner, at=NOW)

    case.close(matched=False, match_note="Different", by=case.owner, at=NOW)
    case.undo(by=case.owner, at=NOW)

    assert Report.objects.get().matched


def test_undoing_the_close_takes_the_report_back_and_it_may_be_said_anew() -> None:
    case = make_case(ended_on=TODAY)
    case.close(matched=False, match_note="Wrong button", by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)

    assert not Report.objects.exists()
    assert fresh(case).report is None

    case.close(matched=True, by=case.owner, at=NOW)

    assert Report.objects.get().matched


def test_a_report_that_the_administrators_deleted_stands_in_nobodys_way() -> None:
    case = make_case(ended_on=TODAY)
    case.close(matched=False, match_note="Different", by=case.owner, at=NOW)
    Report.objects.all().delete()

    fresh(case).undo(by=case.owner, at=NOW)

    assert fresh(case).status == "ended"


# --- The forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "matched", "text"),
    [
        ({"matched": "yes"}, [True], [""]),
        ({"matched": "no", "match_note": "They moved."}, [False], ["They moved."]),
        ({"matched": "no"}, [False], [""]),
        ({"match_note": "They moved."}, [False], ["They moved."]),
        ({"matched": ""}, [], []),
        ({}, [], []),
    ],
)
def test_the_form_closes_with_any_answer_and_with_none(
    typed: dict[str, str], matched: list[bool], text: list[str], alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, ended_on=today())

    response = close(as_alice, case, **typed)

    assert response.status_code == 302
    assert fresh(case).status == "closed"
    assert [report.matched for report in Report.objects.all()] == matched
    assert [report.text for report in Report.objects.all()] == text


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"matched": "maybe"}, "matched", "Select a valid choice."),
        ({"match_channel": "mail"}, "match_channel", "Select a valid choice."),
        ({"matched": "no", "match_note": "x" * 1001}, "match_note", "at most 1000"),
    ],
)
def test_nonsense_closes_nothing_and_stays_typed(
    typed: dict[str, str], name: str, sentence: str, alice: User, as_alice: Client
) -> None:
    case = make_case(
        owner=alice,
        procedure=with_two_hotlines(),
        channel="hotline",
        ended_on=today() - 70 * DAY,
    )
    case.check_final_bill(right=True, by=alice, at=timezone.now())

    response = close(as_alice, case, **typed)

    assert response.status_code == 422
    assert sentence in field(response, name).text
    assert fresh(case).status == "ended"
    assert not Report.objects.exists()


def test_the_page_names_the_channel_and_asks_which_one_only_where_there_are_several(
    alice: User, as_alice: Client
) -> None:
    road: dict[str, Any] = {"owner": alice, "plan": "prepaid", "ended_on": today()}
    one = make_case(channel="email", **road)
    procedure = with_two_hotlines()
    several = make_case(owner=alice, procedure=procedure, channel="hotline", ended_on=today())
    several.check_final_bill(right=True, by=alice, at=timezone.now())

    page_of_one = as_alice.get(one.get_absolute_url())
    page_of_several = as_alice.get(several.get_absolute_url())

    assert "leave@operator.example" in field(page_of_one, "matched").text
    assert "Write no name" in field(page_of_one, "match_note").text
    assert "Which one did you use?" not in read(page_of_one).text
    assert "0800 22 222" in field(page_of_several, "match_channel").text


def test_a_case_that_has_said_it_is_not_asked_again(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, plan="prepaid", ended_on=today())
    close(as_alice, case, matched="yes")
    case = fresh(case)
    case.reopen(by=alice, at=timezone.now())

    assert "Did these steps match?" not in read(as_alice.get(case.get_absolute_url())).text

    close(as_alice, case, matched="no", match_note="Different")

    assert fresh(case).status == "closed"
    assert Report.objects.get().matched


def test_the_answer_out_of_a_mail_asks_it_too_and_takes_it_back_with_an_undo(
    client: Client, alice: User
) -> None:
    case = make_case(owner=alice, ended_on=TODAY)
    reminder = case.reminders.planned().get(kind="check_no_more_bills")
    reminders.send_due(at=moment(TODAY + 65 * DAY))
    (link,) = reminders.links(reminder, [Answer.NOTHING_BILLED])

    asked = client.get(link.url)
    done = client.post(link.url, {"matched": "yes"})

    assert "Did these steps match?" in field(asked, "matched").text
    assert Report.objects.get().matched
    token = done.context["undo"]

    client.post(link.url, {"undo": token})

    assert not Report.objects.exists()
    assert CaseEvent.objects.filter(kind="undone").count() == 1
