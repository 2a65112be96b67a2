"""A reader says that something was wrong: without an account, and without saying who."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings
from redis import Redis

from operators.models import Plan, Procedure, Report
from tests.factories import make_operator, make_procedure
from tests.pages import field, read

pytestmark = pytest.mark.django_db

FORM = "/en/operators/acme/postpaid/wrong/"
HOTLINE = f"{FORM}?part=channel&key=mail"


@pytest.fixture
def acme() -> Procedure:
    return make_procedure(operator=make_operator("Acme", slug="acme"))


def test_each_entry_of_a_page_leads_to_the_form_about_it(client: Client, acme: Procedure) -> None:
    page = read(client.get("/en/operators/acme/"))

    links = [link.href for link in page.links if "/wrong/" in link.href]
    said = {*(f"{FORM}?part=channel&key={key}" for key in ("mail", "letter"))}
    said |= {f"{FORM}?part=fact&key=end-date", f"{FORM}?part=step&key=line-active", FORM}
    assert said <= set(links)
    assert all(client.get(link).status_code == 200 for link in links)


def test_the_form_shows_what_it_is_about_and_asks_for_no_name(
    client: Client, acme: Procedure
) -> None:
    response = client.get(HOTLINE)

    assert "leave@operator.example" in read(response).text
    assert "no name, no phone number" in field(response, "text").text
    names = re.findall(r'name="(\w+)"', response.content.decode().partition("<main")[2])
    assert names == ["csrfmiddlewaretoken", "text"]


def test_what_was_wrong_becomes_work_for_the_administrators(
    client: Client, acme: Procedure
) -> None:
    answer = client.post(HOTLINE, {"text": "The address bounces."}, follow=True)

    assert "Thank you. We will look at it." in read(answer).text
    report = Report.objects.waiting().get()
    assert (report.procedure, report.part, report.key) == (acme, "channel", "mail")
    assert (report.text, report.value) == ("The address bounces.", "leave@operator.example")
    assert (report.origin, report.matched, report.language) == ("reader", False, "en")


def test_a_page_as_a_whole_can_be_wrong(client: Client, acme: Procedure) -> None:
    client.post(FORM, {"text": "The shops are gone."})

    report = Report.objects.get()
    assert (report.part, report.key) == ("", "")


def test_a_report_says_nothing_about_who_sent_it(as_alice: Client, acme: Procedure) -> None:
    as_alice.post(HOTLINE, {"text": "It bounces."}, REMOTE_ADDR="192.0.2.77")

    kept = " ".join(str(value) for value in Report.objects.values().get().values())
    assert "192.0.2" not in kept
    assert "alice" not in kept


def test_looking_at_the_form_writes_nothing(client: Client, acme: Procedure) -> None:
    client.get(HOTLINE)
    client.head(HOTLINE)

    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write one sentence about what was different."),
        (" \n ", "Write one sentence about what was different."),
        ("long " * 201, "Please keep it below 1000 characters."),
    ],
)
def test_a_text_that_cannot_be_kept_is_told_and_stays(
    client: Client, acme: Procedure, text: str, sentence: str
) -> None:
    response = client.post(HOTLINE, {"text": text})

    assert response.status_code == 422
    shown = field(response, "text")
    assert sentence in shown.text
    assert shown.value.strip() == text.strip()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        f"{FORM}?part=channel&key=nothing",
        f"{FORM}?part=nothing&key=mail",
        f"{FORM}?part=channel",
        f"{FORM}?key=mail",
        f"{FORM}?part=fact&key=mail",
        f"{FORM}?part=channel&key=%00",
        "/en/operators/acme/prepaid/wrong/",
        "/en/operators/nobody/postpaid/wrong/",
    ],
)
def test_an_entry_that_is_not_there_is_a_404(client: Client, acme: Procedure, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, {"text": "It bounces."}).status_code == 404
    assert not Report.objects.exists()


def test_a_draft_cannot_be_reported(client: Client, acme: Procedure) -> None:
    make_procedure(operator=acme.operator, plan=Plan.PREPAID, published=False)

    assert client.get("/en/operators/acme/prepaid/wrong/").status_code == 404


def test_the_sixth_report_within_a_minute_waits_and_keeps_what_was_typed(
    client: Client, acme: Procedure
) -> None:
    for number in range(5):
        client.post(HOTLINE, {"text": f"Wrong {number}."})

    response = client.post(HOTLINE, {"text": "Wrong again."})

    assert response.status_code == 429
    assert "Please wait a few minutes" in read(response).text
    assert field(response, "text").value.strip() == "Wrong again."
    assert Report.objects.count() == 5
    assert client.post(HOTLINE, {"text": "Me too."}, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_reports_are_counted_for_all_processes_together(
    client: Client, acme: Procedure, redis_url: str, settings: Settings
) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": redis_url}}

    client.post(HOTLINE, {"text": "It bounces."})

    counted = [key.decode() for key in Redis.from_url(redis_url).scan_iter()]
    assert [key for key in counted if ":report:" in key]


def test_a_text_with_a_mistake_is_not_counted(client: Client, acme: Procedure) -> None:
    for _time in range(6):
        client.post(HOTLINE, {"text": ""})

    assert client.post(HOTLINE, {"text": "It bounces."}).status_code == 302


def test_another_site_cannot_send_the_form(acme: Procedure) -> None:
    assert Client(enforce_csrf_checks=True).post(HOTLINE, {"text": "Spam."}).status_code == 403


def test_markup_in_a_report_stays_text(client: Client, acme: Procedure) -> None:
    response = client.post(HOTLINE, {"text": "<script>alert(1)</script>" * 50})

    assert response.status_code == 422
    assert read(response).scripts == []
