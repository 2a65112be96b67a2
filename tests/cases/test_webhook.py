"""A provider of mail calls us: with its secret, in its own form, and more than once."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from cases.models import Case, InboundMail
from tests.cases.incoming import DOMAIN, OPERATOR, address, raw
from tests.factories import TODAY, make_case

pytestmark = pytest.mark.django_db

SECRET = "postmark:a-long-secret"
PATH = "/inbound/postmark/inbound/"


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.INBOUND_DOMAIN = DOMAIN
    settings.ANYMAIL_WEBHOOK_SECRET = SECRET


@pytest.fixture
def case() -> Case:
    return make_case(requested_on=TODAY)


def told(recipient: str, **more: Any) -> dict[str, Any]:
    """What Postmark sends for a mail, as its pages on inbound mail and anymail's tests have it."""
    return {
        "FromName": "Operator",
        "From": OPERATOR,
        "FromFull": {"Email": OPERATOR, "Name": "Operator", "MailboxHash": ""},
        "ToFull": [{"Email": "alice@example.org", "Name": "Alice", "MailboxHash": ""}],
        "CcFull": [{"Email": recipient, "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": recipient,
        "Subject": "Confirmation",
        "MessageID": "22c74902-a0c1-4511-804f2-341342852c90",
        "Date": "Thu, 5 Mar 2026 16:40:00 +0100",
        "TextBody": "The line ends on 2 April 2026.",
        "HtmlBody": "<p>The line ends on 2 April 2026.</p>",
        "Headers": [{"Name": "Return-Path", "Value": f"<{OPERATOR}>"}],
        "Attachments": [],
        **more,
    }


def call(payload: dict[str, Any], *, secret: str = SECRET, path: str = PATH) -> Any:
    known = base64.b64encode(secret.encode()).decode()
    return Client(raise_request_exception=False).post(
        path,
        json.dumps(payload),
        content_type="application/json",
        headers={"authorization": f"Basic {known}"},
    )


def test_a_mail_is_stored_as_it_came_and_filed(case: Case) -> None:
    response = call(told(address(case), RawEmail=raw("05").decode()))

    mail = InboundMail.objects.get()
    with case.evidence.get().file.open("rb") as stored:
        assert stored.read() == raw("05")
    assert response.status_code == 200
    assert (mail.recipient, mail.sender) == (address(case), OPERATOR)
    assert case.evidence.get().message.came_in


@pytest.mark.parametrize("more", [{"RawEmail": raw("05").decode()}, {}], ids=["raw", "in parts"])
def test_told_twice_it_is_one_mail(more: dict[str, str], case: Case) -> None:
    codes = [call(told(address(case), **more)).status_code for _i in range(2)]

    assert codes == [200, 200]
    assert (InboundMail.objects.count(), case.evidence.count()) == (1, 1)
    assert case.evidence.get().message.text


def test_where_the_envelope_is_not_told_the_header_names_us(case: Case) -> None:
    payload = told(address(case))
    del payload["OriginalRecipient"]

    call(payload)

    assert case.evidence.count() == 1


@pytest.mark.parametrize("secret", ["", "postmark:guessed", "postmark"])
def test_without_the_secret_nothing_is_stored(secret: str, case: Case) -> None:
    response = call(told(address(case)), secret=secret)

    assert response.status_code == 400
    assert InboundMail.objects.count() == 0


@pytest.mark.parametrize("name", ["INBOUND_DOMAIN", "ANYMAIL_WEBHOOK_SECRET"])
def test_where_it_is_not_set_up_the_address_does_not_exist(
    name: str, case: Case, settings: Settings
) -> None:
    setattr(settings, name, "")

    assert call(told(address(case)), secret="").status_code == 404
    assert InboundMail.objects.count() == 0


@pytest.mark.parametrize("path", ["postmark/tracking/", "nobody/inbound/", "", "../admin/"])
def test_there_are_no_other_addresses(path: str) -> None:
    assert call({}, path=f"/inbound/{path}").status_code == 404


def test_a_mail_of_several_megabytes_comes_in_and_a_larger_one_does_not(
    case: Case, settings: Settings
) -> None:
    large = raw("05").decode() + "x" * 3_000_000
    settings.INBOUND_MAX_BYTES = 4_000_000

    taken = call(told(address(case), RawEmail=large))
    refused = call(told(address(case), RawEmail=large * 2))

    assert (taken.status_code, refused.status_code) == (200, 413)
    assert InboundMail.objects.get().size == len(large.encode())


def test_too_many_mails_are_told_to_come_later(case: Case, settings: Settings) -> None:
    settings.INBOUND_RATES = {"sender": (9, 3600), "recipient": (1, 3600)}

    answers = [call(told(address(case), MessageID=str(i))) for i in range(2)]

    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1]["Retry-After"] == "600"
    assert InboundMail.objects.count() == 1
