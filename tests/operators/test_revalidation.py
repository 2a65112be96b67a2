"""Pages that a browser keeps: 304 where nothing changed, and never somebody else's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from operators.models import Operator, Procedure, Report
from simexit.lib import revalidation
from tests.factories import NOW, TODAY, make_operator, make_procedure, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db

AtMost = Callable[[int], object]
PAGES = [
    "/en/",
    "/nl/operators/",
    "/en/operators/?q=acme",
    "/en/operators/acme/",
    "/en/operators/acme/postpaid/",
]
ACME = "/en/operators/acme/"


@pytest.fixture
def acme() -> Procedure:
    return make_procedure(operator=make_operator("Acme", slug="acme"))


def again(client: Client, path: str, first: HttpResponse) -> HttpResponse:
    """As a browser asks that has kept the first answer."""
    return client.get(path, headers={"if-none-match": first.headers.get("ETag", "nothing")})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_did_not_change_is_not_sent_again(
    client: Client, acme: Procedure, django_assert_max_num_queries: AtMost, path: str
) -> None:
    first = client.get(path)

    with django_assert_max_num_queries(1):
        second = again(client, path, first)

    assert (second.status_code, second.content) == (304, b"")
    for response in (first, second):
        assert response.headers["Cache-Control"] == "no-cache"
        assert "Cookie" in response.headers["Vary"]
        assert "Accept-Language" not in response.headers["Vary"]
        assert not response.cookies
    assert "default-src 'self'" in second.headers["Content-Security-Policy"]


def test_a_brand_without_steps_is_not_sent_again_either(
    client: Client, django_assert_max_num_queries: AtMost
) -> None:
    make_operator("Gone", slug="gone")
    first = client.get("/en/operators/gone/")

    with django_assert_max_num_queries(2):
        assert again(client, "/en/operators/gone/", first).status_code == 304

    Operator.objects.filter(slug="gone").update(state_note="Since 2018.")
    assert "Since 2018." in read(again(client, "/en/operators/gone/", first)).text


@pytest.mark.parametrize("path", PAGES)
def test_a_new_version_is_seen_at_once(client: Client, acme: Procedure, path: str) -> None:
    first = client.get(path)
    acme.new_draft().publish(by=None, at=NOW + timedelta(days=1))

    assert again(client, path, first).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_an_edited_operator_is_seen_at_once(client: Client, acme: Procedure, path: str) -> None:
    first = client.get(path)
    acme.operator.name = "Acme Mobile"
    acme.operator.save()

    second = again(client, path, first)
    assert "Acme Mobile" in read(second).text


def test_a_test_by_somebody_who_left_is_seen_at_once(client: Client, acme: Procedure) -> None:
    first = client.get(ACME)
    Report.objects.say(
        acme, part="channel", key="mail", matched=True, origin="case", on=TODAY, at=NOW
    )

    assert "tested by 1 person, last on 3 Mar 2026" in read(again(client, ACME, first)).text


def test_a_draft_and_a_report_change_no_page(client: Client, acme: Procedure) -> None:
    first = client.get(ACME)
    acme.new_draft()
    client.post(f"{ACME}postpaid/wrong/", {"text": "It bounces."})

    assert again(client, ACME, first).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_who_signs_in_gets_a_page_of_their_own_and_nobody_keeps_it(
    client: Client, alice: User, acme: Procedure, path: str
) -> None:
    signed_out = client.get(path)
    client.force_login(alice)

    signed_in = again(client, path, signed_out)

    assert signed_in.status_code == 200
    assert ">Account<" in signed_in.content.decode().replace("\n", "")
    assert "ETag" not in signed_in.headers
    assert "private" in signed_in.headers["Cache-Control"]
    client.logout()
    signed_out_again = again(client, path, signed_in)
    assert signed_out_again.content == signed_out.content


def test_a_message_is_shown_once_and_kept_by_nobody(client: Client, acme: Procedure) -> None:
    client.force_login(make_user())
    before = Client().get("/en/")
    signed_out = client.post("/en/accounts/logout/")  # leaves a message on the first page

    told = again(client, signed_out.headers["Location"], before)

    assert "You have signed out." in read(told).text
    assert "ETag" not in told.headers
    assert "private" in told.headers["Cache-Control"]
    assert again(client, "/en/", before).status_code == 304


def test_each_language_is_a_page_of_its_own(client: Client, acme: Procedure) -> None:
    client.cookies["django_language"] = "fr"

    page = read(client.get(ACME, headers={"accept-language": "de"}))

    assert page.language == "en"


def test_a_page_that_is_gone_is_not_said_to_be_unchanged(client: Client, acme: Procedure) -> None:
    first = client.get(f"{ACME}postpaid/")
    Procedure.objects.update(status=Procedure.Status.RETIRED)

    assert again(client, f"{ACME}postpaid/", first).status_code == 404
    assert client.get("/en/operators/nobody/", headers={"if-none-match": "*"}).status_code == 404


def test_another_program_makes_another_page(
    client: Client, acme: Procedure, settings: Settings, tmp_path: Path
) -> None:
    first = client.get(ACME)
    settings.BASE_DIR = tmp_path  # a deployment with other files
    (tmp_path / "requirements.txt").write_text("Django\n")
    revalidation._program.cache_clear()

    second = again(client, ACME, first)

    revalidation._program.cache_clear()
    assert second.status_code == 200


def test_the_form_about_what_was_wrong_is_never_kept(client: Client, acme: Procedure) -> None:
    for path in (f"{ACME}postpaid/wrong/", f"{ACME}postpaid/wrong/thanks/"):
        assert "no-store" in client.get(path).headers["Cache-Control"]
