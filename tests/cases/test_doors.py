"""Every address of the cases: who may come in, by which method, and that looking writes nothing."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.models import User
from cases import schedule
from cases.models import Case
from cases.urls import urlpatterns
from tests.cases.incoming import make_mail
from tests.factories import import_letters, make_case, make_evidence, make_image, make_letter
from tests.pages import read

pytestmark = pytest.mark.django_db

NAMES = [pattern.name or "" for pattern in urlpatterns if isinstance(pattern, URLPattern)]
FOR_EVERYBODY = ["start", "start-answer", "new", "costs"]
LOOKS = {"list", "detail", "certificate", "before-sending", "calendar", "evidence-file"}
LOOKS |= {"letters", "letter", "letter-paper", "evidence-preview", "escalation"}
LOOKS |= {"certificate-paper", "dossier-paper", "dossier"}
SHOWN = ("detail", "certificate", "before-sending", "checks", "escalation")
TO_LOOK_AT = [name for name in NAMES if name in LOOKS]
# To look at and to send, of the owner alone.
FORMS = ["new-letter", "talk", "evidence", "evidence-move", "share", "delete", "checks"]
# An address that is in no list is a verb: it takes POST alone, of the owner alone.
VERBS = [name for name in NAMES if name not in FOR_EVERYBODY + TO_LOOK_AT + FORMS]
OF_A_CASE = [name for name in NAMES if name not in [*FOR_EVERYBODY, "list"]]

# What the form of a verb needs; a date is always today, which suits all of them but one.
FIELDS = {
    "mark-requested": ["sent_on", "channel"],
    "mark-confirmed": ["confirmed_on", "ends_on"],
    "mark-ended": ["ended_on"],
    "complaint": ["complained_on"],
    "ombudsman": ["filed_on"],
    "own-date": ["day"],
    "note": ["text"],
    "keep": ["until"],
    "switch-procedure": ["version"],
    "stay": ["version"],
    "message": ["what"],
}


def today() -> date:
    return schedule.today(timezone.now())


def body(name: str) -> dict[str, Any]:
    """What somebody types who wants this verb to work."""
    typed = {
        "version": 2,
        "channel": "letter",
        "text": "A note",
        "what": "other",
        "day": today() + timedelta(days=1),
        "until": today() + timedelta(days=99),
    }
    data = {field: typed.get(field, today()) for field in FIELDS.get(name, [])}
    return data | {"done": "1", "right": "1", "on": "0"}


def address(name: str, case: Case) -> str:
    """The address of that name for this case, with its own file and its own mail."""
    route = next(str(p.pattern) for p in urlpatterns if p.name == name)
    parts: dict[str, Any] = {"reference": case.reference, "goal": "port", "key": "logins"}
    parts["kind"] = "cancellation_postpaid"
    if name.startswith("evidence-"):
        parts["pk"] = make_evidence(case, content=make_image()).pk
    elif name == "message":
        parts["pk"] = make_mail(case).pk
    elif "uuid:pk" in route:
        parts["pk"] = make_letter(case).pk
    elif "int:pk" in route:
        parts["pk"] = case.reminders.earliest("pk").pk
    return reverse(
        f"cases:{name}", kwargs={key: parts[key] for key in parts if f":{key}>" in route}
    )


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, sessions excepted."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in models
        if model is not Session
    }


@pytest.fixture
def case(alice: User) -> Case:
    import_letters()
    return make_case(owner=alice, requested_on=today())


# --- Who ------------------------------------------------------------------------------------------


def knock(browser: Client, paths: dict[str, str]) -> dict[str, Any]:
    """What each address answers to the method that it takes."""
    return {
        name: browser.post(path, body(name)) if name in VERBS else browser.get(path)
        for name, path in paths.items()
    }


def test_a_stranger_finds_nothing_and_changes_nothing(case: Case, as_stranger: Client) -> None:
    paths = {name: address(name, case) for name in OF_A_CASE}
    before = everything()

    answers = knock(as_stranger, paths)

    found = {name for name, answer in answers.items() if answer.status_code != 404}
    assert found == set()
    assert everything() == before


def test_a_case_that_does_not_exist_looks_like_the_case_of_another(
    case: Case, as_alice: Client
) -> None:
    paths = {
        name: address(name, case).replace(case.reference, "2222-3333-4444") for name in OF_A_CASE
    }

    answers = knock(as_alice, paths)

    assert {name for name, answer in answers.items() if answer.status_code != 404} == set()


def test_somebody_who_is_not_signed_in_is_asked_to(case: Case, client: Client) -> None:
    paths = {name: address(name, case) for name in [*OF_A_CASE, "list"]}
    before = everything()

    answers = knock(client, paths)

    for name, answer in answers.items():
        assert answer.status_code == 302, name
        assert answer["Location"] == f"/en/accounts/login/?next={paths[name]}"
    assert everything() == before


@pytest.mark.parametrize("name", FOR_EVERYBODY)
def test_the_fork_and_the_form_need_no_account(name: str, case: Case, client: Client) -> None:
    assert client.get(address(name, case)).status_code == 200


def test_the_file_of_another_case_is_not_reached_through_ones_own(
    case: Case, as_stranger: Client, stranger: User
) -> None:
    file = make_evidence(case)
    own = make_case(owner=stranger)

    response = as_stranger.get(reverse("cases:evidence-file", args=[own.reference, file.pk]))

    assert response.status_code == 404


def test_the_mail_of_another_case_is_not_switched_through_ones_own(
    case: Case, as_stranger: Client, stranger: User
) -> None:
    reminder = case.reminders.planned()[0]
    own = make_case(owner=stranger)

    response = as_stranger.post(
        reverse("cases:reminder-switch", args=[own.reference, reminder.pk]), {"on": "0"}
    )

    reminder.refresh_from_db()
    assert response.status_code == 404
    assert reminder.status == "planned"


def test_a_file_that_does_not_exist_is_not_found(case: Case, as_alice: Client) -> None:
    path = reverse("cases:evidence-file", args=[case.reference, uuid.uuid4()])

    assert as_alice.get(path).status_code == 404


@pytest.mark.parametrize("nonsense", ["%00", "%F0%9F%98%80", "..%2F..", "A" * 5000])
def test_an_address_that_cannot_be_is_not_found(nonsense: str, as_alice: Client) -> None:
    assert as_alice.get(f"/en/cases/{nonsense}/").status_code == 404
    assert as_alice.get(f"/calendar/{nonsense}.ics").status_code == 404


# --- How ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_a_verb_takes_nothing_but_a_post(method: str, case: Case, as_alice: Client) -> None:
    paths = {name: address(name, case) for name in VERBS}
    before = everything()

    answers = {name: getattr(as_alice, method)(path) for name, path in paths.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        VERBS, 405
    )
    assert everything() == before


@pytest.mark.parametrize("name", [*TO_LOOK_AT, "start", "start-answer", "costs"])
def test_a_page_to_look_at_takes_no_post(name: str, case: Case, as_alice: Client) -> None:
    assert as_alice.post(address(name, case)).status_code == 405


def test_a_form_of_another_site_is_refused(case: Case, alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    paths = {name: address(name, case) for name in [*VERBS, *FORMS, "new"]}
    before = everything()

    answers = {name: browser.post(path, body(name)) for name, path in paths.items()}

    assert {name for name, answer in answers.items() if answer.status_code != 403} == set()
    assert everything() == before


# --- Looking writes nothing -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_page_writes_nothing(method: str, case: Case, as_alice: Client) -> None:
    paths = [address(name, case) for name in TO_LOOK_AT + FOR_EVERYBODY + FORMS]
    before = everything()

    for path in paths:
        response = getattr(as_alice, method)(path, {"done": "1", "sent_on": today(), "undo": "1"})
        assert response.status_code == 200, path

    assert everything() == before


@pytest.mark.parametrize("plan", ["postpaid", "prepaid"])
@pytest.mark.parametrize("goal", ["end", "port"])
def test_a_case_of_any_status_can_be_looked_at(
    plan: str, goal: str, alice: User, as_alice: Client
) -> None:
    day = today() - timedelta(days=3)
    roads: list[dict[str, Any]] = [
        {"opened_on": day},
        {"requested_on": day},
        {"requested_on": day, "wanted_end": day},
        {"confirmed_on": day, "ends_on": today() + timedelta(days=9)},
        {"confirmed_on": day, "ends_on": day},
        {"ended_on": day},
        {"confirmed_on": day, "ended_on": day},
        {"closed_on": day},
        {"dropped_on": day},
    ]
    cases = [make_case(owner=alice, plan=plan, goal=goal, **road) for road in roads]
    paths = [address(name, case) for name in SHOWN for case in cases]
    before = everything()

    pages = [as_alice.get(path) for path in [*paths, reverse("cases:list")]]

    assert {page.status_code for page in pages} == {200}
    assert everything() == before
    for page in map(read, pages):
        assert page.levels.count(1) == 1
        assert "inline" not in page.scripts
        assert (page.inline_styles, page.handlers) == ([], [])
        assert len(page.ids) == len(set(page.ids))
