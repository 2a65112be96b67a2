"""The work list, and what becomes of people's reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import User
from operators.models import Procedure, Report, Source
from tests.factories import NOW, TODAY, make_case, make_operator, make_procedure, make_user
from tests.operators.admin import page, signed_in

pytestmark = pytest.mark.django_db

WORKLIST = "/admin/operators/worklist/"
REPORTS = "/admin/operators/report/"


def report(procedure: Procedure, text: str = "It is 5001 now.", **values: Any) -> Report:
    given = {
        "part": "channel",
        "key": "mail",
        "matched": False,
        "origin": Report.Origin.READER,
        "on": TODAY,
        "at": NOW,
    }
    return Report.objects.say(procedure, text=text, **given | values)


def listed(client: Client, show: str) -> str:
    response = client.get(WORKLIST, {"show": show})
    text: str = response.content.decode()
    return text


def test_reports_of_readers_and_of_people_who_left_stand_in_lists_of_their_own(
    as_editor: Client, published: Procedure
) -> None:
    report(published, "A reader says so.")
    report(published, "Somebody who left says so.", origin=Report.Origin.CASE)
    report(published, "It was right.", matched=True)

    readers, cases = listed(as_editor, "reports"), listed(as_editor, "cases")

    assert "A reader says so." in readers
    assert "Somebody who left" not in readers
    assert "Somebody who left says so." in cases
    assert "It was right." not in readers + cases
    assert "leave@operator.example" in readers


def test_an_editor_answers_a_report_and_it_leaves_the_list(
    as_editor: Client, editor: User, published: Procedure
) -> None:
    one = report(published)
    data = {"status": "done", "answer": "New number entered.", "next": WORKLIST}

    response = as_editor.post(f"{REPORTS}{one.pk}/handle/", data)

    one.refresh_from_db()
    assert response["Location"] == WORKLIST
    assert (one.status, one.answer, one.handled_by) == ("done", "New number entered.", editor)
    assert "It is 5001 now." not in listed(as_editor, "reports")
    assert LogEntry.objects.latest("pk").change_message == "New number entered."


@pytest.mark.parametrize(
    "data",
    [{"status": "done", "answer": ""}, {"status": "open", "answer": "No"}, {}],
)
def test_a_report_is_not_answered_without_saying_what_was_done(
    as_editor: Client, published: Procedure, data: dict[str, str]
) -> None:
    one = report(published)

    answer = as_editor.post(f"{REPORTS}{one.pk}/handle/", data, follow=True)

    assert "Say in a sentence what was done" in answer.content.decode()
    one.refresh_from_db()
    assert one.status == "open"


def test_an_answer_leads_to_no_other_site(as_editor: Client, published: Procedure) -> None:
    one = report(published)
    data = {"status": "done", "answer": "Done", "next": "https://elsewhere.example/"}

    response = as_editor.post(f"{REPORTS}{one.pk}/handle/", data)

    assert response["Location"] == f"{REPORTS}{one.pk}/change/"


def test_what_people_wrote_cannot_be_changed(as_editor: Client, published: Procedure) -> None:
    one = report(published)

    shown = as_editor.get(f"{REPORTS}{one.pk}/change/").content.decode()

    assert "It is 5001 now." in shown
    assert "<textarea" not in shown
    assert "Nothing to change" in shown
    assert as_editor.post(f"{REPORTS}{one.pk}/change/", {"text": "x"}).status_code == 403
    assert as_editor.get(f"{REPORTS}add/").status_code == 403
    assert as_editor.get(f"{REPORTS}{one.pk}/handle/").status_code == 405


def test_several_reports_are_answered_at_once_and_only_those_that_wait(
    as_editor: Client, published: Procedure
) -> None:
    waiting, right = report(published), report(published, matched=True)
    data = {"action": "mark_declined", "_selected_action": [waiting.pk, right.pk]}

    as_editor.post(REPORTS, data)

    assert [Report.objects.get(pk=one.pk).status for one in (waiting, right)] == [
        "declined",
        "done",
    ]


def test_what_was_not_checked_for_180_days_is_listed_the_oldest_first(
    as_editor: Client,
) -> None:
    today = timezone.localdate()
    for name, days in (("Fresh", 180), ("Old", 181), ("Older", 300)):
        procedure = make_procedure(operator=make_operator(name))
        Source.objects.filter(procedure=procedure).update(checked_on=today - timedelta(days=days))

    text = listed(as_editor, "stale")

    assert "Fresh" not in text
    assert text.index("Older ·") < text.index("Old ·")


def test_a_channel_that_somebody_left_by_lately_is_not_stale(as_editor: Client) -> None:
    procedure = make_procedure()
    today = timezone.localdate()
    Source.objects.filter(procedure=procedure).update(checked_on=today - timedelta(days=300))
    report(procedure, matched=True, origin=Report.Origin.CASE, on=today)

    text = listed(as_editor, "stale")

    assert "leave@operator.example" not in text
    assert "Letter Example Street 1" in text


def test_drafts_and_missing_translations_are_listed_with_their_pages(
    as_editor: Client, draft: Procedure
) -> None:
    drafts, translations = listed(as_editor, "drafts"), listed(as_editor, "translations")

    assert page(draft) in drafts
    assert page(draft, "differences") in drafts
    assert f"/admin/operators/procedure/{draft.pk}/translations/nl/" in translations
    assert "11 missing" in translations


@pytest.mark.parametrize("show", ["reports", "cases", "stale", "drafts", "translations"])
def test_a_longer_list_has_pages_and_takes_no_more_queries(
    as_editor: Client, show: str, django_assert_max_num_queries: Any
) -> None:
    for _number in range(27):
        procedure = make_procedure()
        report(procedure)
        report(procedure, origin=Report.Origin.CASE)
        procedure.new_draft()

    with django_assert_max_num_queries(30):
        response = as_editor.get(WORKLIST, {"show": show, "p": 2})

    assert response.context["page"].number == 2
    assert f"?show={show}&amp;p=1" in response.content.decode()


def test_the_work_list_is_for_those_who_may_see_procedures(
    client: Client, as_stranger: Client, as_editor: Client
) -> None:
    assert client.get(WORKLIST).status_code == 302
    assert as_stranger.get(WORKLIST).status_code == 302
    assert signed_in(make_user(is_staff=True)).get(WORKLIST).status_code == 403
    assert WORKLIST in as_editor.get("/admin/").content.decode()
    assert WORKLIST in as_editor.get("/admin/operators/procedure/").content.decode()


def test_open_cases_on_older_versions_are_counted_per_version(published: Procedure) -> None:
    boss = signed_in(make_user(is_staff=True, is_superuser=True))
    old, over = make_case(procedure=published), make_case(procedure=published, dropped_on=TODAY)
    published.new_draft().publish(by=None, at=NOW)
    current = make_case(operator=published.operator)

    response = boss.get("/admin/cases/case/", {"old_version": published.pk})

    assert [case.reference for case in response.context["cl"].queryset] == [old.reference]
    assert f"{published} (1)" in response.content.decode()
    assert "old_version=any" in listed(boss, "reports")
    assert {over.procedure_id, current.procedure_id} == {published.pk, published.pk + 1}
