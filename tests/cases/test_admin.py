"""What staff see of other people's cases: how far, and never whose number."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from cases.models import Case, Reminder
from tests.factories import NOW, TODAY, make_case, make_evidence, make_operator, make_user

pytestmark = pytest.mark.django_db

CASES = "/admin/cases/case/"
REMINDERS = "/admin/cases/reminder/"

NUMBER = "+32470987654"
# However it may be written: with or without country code, spaces, or signs between.
TRACES = ("470987654", "470 98 76 54", "470/98.76.54", "470-98-76-54")


@pytest.fixture
def case(db: None) -> Case:
    owner = make_user("anna.janssens@example.be")
    case = make_case(owner=owner, phone_number=NUMBER, customer_number="K-556677")
    case.note(text="They said 0470 98 76 54 was wrong", by=owner, at=NOW)
    case.mark_requested(
        sent_on=TODAY,
        channel="hotline",
        reference_number="REF-4711",
        spoke_to="Sofie of the helpdesk",
        by=owner,
        at=NOW,
    )
    make_evidence(case)
    return case


@pytest.fixture
def failed(case: Case) -> Reminder:
    reminder = case.reminders.planned().earliest("due_on")
    Reminder.objects.filter(pk=reminder.pk).update(
        status=Reminder.Status.FAILED,
        attempts=Reminder.TRIES,
        error=f"SMTPRecipientsRefused: {{'anna.janssens@example.be': (550, b'{NUMBER}?')}}",
    )
    reminder.refresh_from_db()
    return reminder


@pytest.fixture
def as_root(db: None) -> Client:
    return signed_in(make_user("root@example.org", is_staff=True, is_superuser=True))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def retry(client: Client, *reminders: Reminder) -> str:
    data = {"action": "try_again", "_selected_action": [row.pk for row in reminders]}
    return client.post(REMINDERS, data, follow=True).content.decode()


# --- Looking --------------------------------------------------------------------------------------


def test_no_page_gives_away_who_and_which_number(
    as_root: Client, case: Case, failed: Reminder
) -> None:
    pages = [
        CASES,
        f"{CASES}?q={case.reference}",
        f"{CASES}{case.pk}/change/",
        f"{CASES}{case.pk}/history/",
        REMINDERS,
        f"{REMINDERS}{failed.pk}/change/",
        f"{REMINDERS}{failed.pk}/history/",
        "/admin/",
    ]
    texts = [as_root.get(page).content.decode() for page in pages]
    texts.append(retry(as_root, failed))

    for text in texts:
        assert not [trace for trace in TRACES if trace in text]
        for secret in ("anna.janssens", "K-556677", "They said", "REF-4711", "Sofie", ".pdf"):
            assert secret not in text


def test_staff_see_how_far_a_case_is(as_root: Client, case: Case, failed: Reminder) -> None:
    listed = as_root.get(CASES).content.decode()
    shown = as_root.get(f"{CASES}{case.pk}/change/").content.decode()

    assert case.reference in listed
    assert "a•••@example.be" in listed
    assert "sent, waiting" in listed
    assert "0470 •• •• 654" in shown
    assert "Case opened" in shown
    assert "the person" in shown
    assert "SMTPRecipientsRefused" in shown
    assert "a•••@example.be" in shown


def test_cases_are_found_by_reference_alone(as_root: Client, case: Case) -> None:
    make_case(operator=make_operator())

    def found(**query: str) -> int:
        count: int = as_root.get(CASES, query).context["cl"].result_count
        return count

    assert found(q=case.reference) == 1
    assert found(q="anna.janssens") == 0
    assert found(q="0470987654") == 0
    assert found(status__exact="requested") == 1
    assert found(procedure__operator__id__exact=str(case.procedure.operator.pk)) == 1


@pytest.mark.parametrize(
    "lookup", ["phone_number__contains", "owner__email__startswith", "customer_number", "spoke_to"]
)
def test_an_address_typed_by_hand_does_not_search_for_people(
    as_root: Client, case: Case, lookup: str
) -> None:
    assert as_root.get(CASES, {lookup: "a"}).status_code == 400
    assert as_root.get(REMINDERS, {f"case__{lookup}": "a"}).status_code == 400


def test_nothing_can_be_added_changed_or_deleted(
    as_root: Client, case: Case, failed: Reminder
) -> None:
    for rows, pk in ((CASES, case.pk), (REMINDERS, failed.pk)):
        assert as_root.get(f"{rows}add/").status_code == 403
        assert as_root.post(f"{rows}{pk}/change/", {"status": "closed"}).status_code == 403
        assert as_root.post(f"{rows}{pk}/delete/", {"post": "yes"}).status_code == 403

    case.refresh_from_db()
    assert case.status == Case.Status.REQUESTED
    assert Case.objects.count() == 1


def test_editors_of_procedures_see_no_cases(case: Case) -> None:
    client = signed_in(make_user(is_staff=True))

    assert client.get(CASES).status_code == 403
    assert client.get(f"{CASES}{case.pk}/change/").status_code == 403
    assert client.get(REMINDERS).status_code == 403


def test_longer_lists_take_no_more_queries(
    as_root: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(6):
        make_case(requested_on=TODAY)

    with django_assert_max_num_queries(12):
        as_root.get(CASES)
    with django_assert_max_num_queries(12):
        as_root.get(REMINDERS)
    with django_assert_max_num_queries(14):
        as_root.get(f"{CASES}{Case.objects.latest('pk').pk}/change/")


# --- Trying again ---------------------------------------------------------------------------------


def test_a_failed_mail_gets_its_tries_back(as_root: Client, failed: Reminder) -> None:
    text = retry(as_root, failed)

    failed.refresh_from_db()
    assert (failed.status, failed.attempts) == (Reminder.Status.PLANNED, 0)
    assert failed in Reminder.objects.filter(pk=failed.pk, try_at__gt=NOW)
    assert "leaves with the next pass" in text
    assert LogEntry.objects.latest("pk").change_message == "Tried again."


def test_what_has_not_failed_is_told_one_by_one(
    as_root: Client, case: Case, failed: Reminder
) -> None:
    planned = case.reminders.planned().latest("due_on")

    text = retry(as_root, failed, planned)

    assert "leaves with the next pass" in text
    assert "This mail has not failed" in text
    planned.refresh_from_db()
    assert planned.try_at > planned.case.reminders.get(pk=failed.pk).try_at or planned.attempts == 0


def test_a_mail_that_nobody_waits_for_any_more_stays_failed(
    as_root: Client, case: Case, failed: Reminder
) -> None:
    case.drop(by=None, at=NOW)

    text = retry(as_root, failed)

    failed.refresh_from_db()
    assert failed.status == Reminder.Status.FAILED
    assert "does not wait for an answer to this mail any more" in text


def test_looking_is_not_enough_to_try_again(failed: Reminder) -> None:
    user = make_user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_reminder"))
    client = signed_in(user)

    assert client.get(REMINDERS).status_code == 200
    retry(client, failed)

    failed.refresh_from_db()
    assert failed.status == Reminder.Status.FAILED
