"""The open data: complete, in the reader's language, cheap to ask again, and as documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck
from hypothesis import settings as bounds

from operators.api.addresses import Language, document
from operators.models import (
    Channel,
    ChannelKind,
    Fact,
    Network,
    Operator,
    Plan,
    Procedure,
    Report,
    Step,
)
from simexit.wsgi import application
from tests.factories import NOW, TODAY, add_claims, make_operator, make_procedure

pytestmark = pytest.mark.django_db

AtMost = Callable[[int], object]

LIST = "/api/v1/operators/"
ACME = "/api/v1/operators/acme/"
OPENAPI = "/api/v1/openapi.json"
FILES = "/api/v1/catalogue.schema.json"
EVERY_ADDRESS = [LIST, ACME, OPENAPI, FILES]


@pytest.fixture
def acme() -> Operator:
    """An operator with both plans, whose subscription is about to say more in a draft."""
    acme = make_operator(
        "Acme",
        slug="acme",
        position=1,
        network=Network.ORANGE,
        state_note="Growing.",
        state_source_url="https://operator.example/news",
        state_checked_on=TODAY,
    )
    make_procedure(operator=acme, plan=Plan.PREPAID)
    make_procedure(operator=acme, plan=Plan.POSTPAID, change_reason="It moved.")
    return acme


def get(client: Client, address: str, **parameters: str) -> Any:
    response = client.get(address, parameters)
    assert response.status_code == 200, response.content
    return response.json()


def change(procedure: Procedure) -> Procedure:
    """The next version, published, with one thing said differently."""
    draft = procedure.new_draft()
    draft.summary = "By letter."
    draft.save()
    draft.publish(by=None, at=NOW + timedelta(minutes=1), reason="Only letters now.")
    return draft


def published(operator: Operator, plan: str = Plan.POSTPAID) -> Procedure:
    return Procedure.objects.published().get(operator=operator, plan=plan)


# --- The list ------------------------------------------------------------------------------------


def test_the_list_names_each_brand_its_plans_and_where_to_read_on(
    client: Client, acme: Operator
) -> None:
    (brand,) = get(client, LIST)["operators"]

    links = brand.pop("links")
    plan = {"version": 1, "published_at": "2026-03-03T09:00:00Z", "checked_on": "2026-03-03"}
    assert brand == {
        "slug": "acme",
        "name": "Acme",
        "legal_name": acme.legal_name,
        "state": "active",
        "state_note": "Growing.",
        "state_source": {"url": "https://operator.example/news", "checked_on": "2026-03-03"},
        "network": "orange",
        "plans": [{"plan": "postpaid"} | plan, {"plan": "prepaid"} | plan],
    }
    assert links["api"] == "https://simexit.test/api/v1/operators/acme/"
    assert links["pages"] == {
        code: f"https://simexit.test/{code}/operators/acme/" for code, _name in settings.LANGUAGES
    }


def test_the_list_keeps_the_order_of_the_pages_and_those_without_a_procedure(
    client: Client, acme: Operator
) -> None:
    make_operator("Gone", slug="gone", state=Operator.State.DEFUNCT, position=3)
    make_procedure(operator=make_operator("Second", slug="second", position=2))

    brands = get(client, LIST)["operators"]

    assert [brand["slug"] for brand in brands] == ["acme", "second", "gone"]
    assert brands[2]["plans"] == []
    assert (brands[2]["network"], brands[2]["state_source"]) == (None, None)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"network": "orange"}, ["acme"]),
        ({"network": "proximus"}, ["cards"]),
        ({"network": "digi"}, []),
        ({"plan": "prepaid"}, ["acme", "cards"]),
        ({"plan": "postpaid"}, ["acme"]),
        ({"network": "proximus", "plan": "postpaid"}, []),
    ],
)
def test_the_list_can_be_asked_for_a_network_and_a_plan(
    client: Client, acme: Operator, parameters: dict[str, str], found: list[str]
) -> None:
    cards = make_operator("Cards", slug="cards", network=Network.PROXIMUS)
    make_procedure(operator=cards, plan=Plan.PREPAID)
    make_procedure(operator=cards, plan=Plan.POSTPAID, published=False)

    brands = get(client, LIST, **parameters)["operators"]

    assert [brand["slug"] for brand in brands] == found


# --- One operator --------------------------------------------------------------------------------


def test_an_operator_has_its_plans_with_version_reason_and_reminders(
    client: Client, acme: Operator
) -> None:
    answer = get(client, ACME)

    subscription, card = answer["plans"]
    assert (answer["slug"], answer["state_note"]) == ("acme", "Growing.")
    assert (subscription["plan"], card["plan"]) == ("postpaid", "prepaid")
    assert subscription["version"] == 1
    assert subscription["change_reason"] == "It moved."
    assert subscription["checked_on"] == "2026-03-03"
    assert subscription["summary"] == "In writing."
    assert subscription["reminders"] == {
        "confirm_after": 3,
        "final_bill_after": 35,
        "no_more_bills_after": 65,
    }


def test_an_operator_has_its_steps_materials_facts_and_where_each_was_read(
    client: Client, acme: Operator
) -> None:
    plan = get(client, ACME)["plans"][0]

    about = {"tier": "read", "checked_on": "2026-03-03", "sources": ["terms"], "stale": True}
    assert [step["key"] for step in plan["steps"]] == [
        "line-active",
        "logins",
        "choose-channel",
        "order-porting",
    ]
    assert plan["steps"][0] == {
        **about,
        "key": "line-active",
        "kind": "line",
        "goal": "any",
        "title": "Is the line active?",
        "body": "Look it up.",
        "special": "",
    }
    assert plan["materials"] == [
        about | {"key": "customer-number", "name": "Customer number", "note": ""}
    ]
    assert plan["facts"] == [
        about | {"key": "end-date", "topic": "end_date", "text": "You choose the day."}
    ]
    assert plan["sources"] == [
        {
            "key": "terms",
            "url": "https://operator.example/terms",
            "title": "General terms",
            "kind": "operator",
            "published": "",
            "checked_on": "2026-03-03",
            "tier": "read",
        }
    ]


def test_a_channel_tells_how_it_goes_and_who_left_by_it(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    add_claims(
        draft.sources.get(),
        Channel(
            key="line",
            kind=ChannelKind.HOTLINE,
            value="0800 12 345",
            hours="Mon to Fri",
            instructions="1. Press **2**.",
            say="The end date.",
            bring="Your number.",
            expect="A mail.",
        ),
        Channel(key="shop", kind=ChannelKind.SHOP, note="Any shop."),
    )
    draft.publish(by=None, at=NOW)
    for days in (9, 2):
        Report.objects.say(
            draft,
            part="channel",
            key="line",
            matched=True,
            origin=Report.Origin.CASE,
            on=TODAY - timedelta(days),
            at=NOW,
        )

    channels = {channel["key"]: channel for channel in get(client, ACME)["plans"][0]["channels"]}

    assert channels["line"] == {
        "key": "line",
        "kind": "hotline",
        "value": "0800 12 345",
        "href": "tel:080012345",
        "hours": "Mon to Fri",
        "note": "",
        "instructions": "1. Press **2**.",
        "say": "The end date.",
        "bring": "Your number.",
        "expect": "A mail.",
        "tier": "tested",
        "tested_by": 2,
        "tested_on": "2026-03-01",
        "checked_on": "2026-03-03",
        "stale": True,
        "sources": ["terms"],
    }
    assert (channels["shop"]["value"], channels["shop"]["href"]) == (None, None)
    assert (channels["shop"]["tested_by"], channels["shop"]["tested_on"]) == (0, None)


def test_a_draft_shows_nowhere(client: Client, acme: Operator) -> None:
    draft = published(acme).new_draft()
    draft.summary = "Secret."
    draft.save()
    Operator.objects.create(slug="new", name="New")
    make_procedure(operator=Operator.objects.get(slug="new"), published=False)

    assert "Secret." not in client.get(ACME).text
    assert get(client, "/api/v1/operators/new/")["plans"] == []


def test_a_version_that_was_replaced_is_gone(client: Client, acme: Operator) -> None:
    change(published(acme))

    plans = get(client, ACME)["plans"]

    assert [(plan["plan"], plan["version"]) for plan in plans] == [("postpaid", 2), ("prepaid", 1)]
    assert plans[0]["change_reason"] == "Only letters now."


def test_a_brand_that_is_gone_is_told_without_plans(client: Client) -> None:
    make_operator("Gone", slug="gone", state=Operator.State.DEFUNCT, state_note="Since 2018.")

    answer = get(client, "/api/v1/operators/gone/")

    assert (answer["state"], answer["state_note"], answer["plans"]) == (
        "defunct",
        "Since 2018.",
        [],
    )


# --- Languages -----------------------------------------------------------------------------------


def test_the_languages_are_those_of_the_site() -> None:
    assert list(get_args(Language)) == [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", get_args(Language))
def test_each_language_is_answered_whatever_the_browser_speaks(
    client: Client, acme: Operator, language: str
) -> None:
    response = client.get(ACME, {"lang": language}, headers={"Accept-Language": "fr"})

    assert response.json()["language"] == language
    assert response.headers["Content-Language"] == language


def test_without_a_word_about_it_the_answer_is_in_english(client: Client, acme: Operator) -> None:
    for address in (LIST, ACME):
        answer = get(client, address)
        about = (answer["language"], answer["untranslated"], answer["outdated"])
        assert about == ("en", [], [])


def test_what_is_not_translated_is_english_and_named(client: Client) -> None:
    acme = make_operator("Acme", slug="acme", state_note="Growing.")
    acme.translate("state_note", "nl", "Groeit.")
    acme.save()
    draft = make_procedure(operator=acme, published=False)
    step, other = draft.steps.all()[:2]
    step.translate("title", "nl", "Werkt de lijn?")
    step.save()
    other.translate("title", "nl", "Verhuis alles")
    other.title_en = "Move everything"
    other.save()
    draft.publish(by=None, at=NOW)

    answer = get(client, ACME, lang="nl")

    steps = answer["plans"][0]["steps"]
    assert answer["state_note"] == "Groeit."
    assert [step["title"] for step in steps[:2]] == ["Werkt de lijn?", "Verhuis alles"]
    assert steps[2]["title"] == "Choose how to send it"
    assert answer["outdated"] == ["/plans/0/steps/1/title"]
    assert "/plans/0/steps/2/title" in answer["untranslated"]
    assert "/plans/0/steps/0/title" not in answer["untranslated"]
    assert "/plans/0/steps/0/special" not in answer["untranslated"]  # there is nothing to say


def test_the_list_names_its_english_remarks_too(client: Client) -> None:
    make_operator("First", position=1)
    make_operator("Second", position=2, state_note="Growing.")

    assert get(client, LIST, lang="fr")["untranslated"] == ["/operators/1/state_note"]


# --- What is asked wrongly -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "where"),
    [
        (f"{LIST}?lang=xx", ["query", "lang"]),
        (f"{ACME}?lang=zh", ["query", "lang"]),
        (f"{LIST}?network=voo", ["query", "network"]),
        (f"{LIST}?plan=", ["query", "plan"]),
        ("/api/v1/operators/a b/", ["path", "slug"]),
        ("/api/v1/operators/a%00b/", ["path", "slug"]),
    ],
)
def test_a_wrong_value_is_named(
    client: Client, acme: Operator, address: str, where: list[str]
) -> None:
    response = client.get(address)

    assert response.status_code == 422
    assert [mistake["loc"] for mistake in response.json()["detail"]] == [where]


def test_an_operator_that_is_not_there_is_a_404_in_json(client: Client) -> None:
    response = client.get("/api/v1/operators/nobody/", headers={"If-None-Match": "*"})

    assert response.status_code == 404
    assert response.json() == {"detail": "There is no operator “nobody”."}


@pytest.mark.parametrize("address", EVERY_ADDRESS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_but_reading_is_allowed(
    client: Client, acme: Operator, address: str, method: str
) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(address)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_a_head_is_the_answer_without_its_body(
    client: Client, acme: Operator, address: str
) -> None:
    head, whole = client.head(address), client.get(address)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(whole.content))


# --- Asking again --------------------------------------------------------------------------------


def etag(client: Client, address: str) -> str:
    return client.get(address).headers["ETag"]


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_an_answer_that_has_not_changed_is_not_sent_again(
    client: Client, acme: Operator, address: str
) -> None:
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    for response in (first, again):
        assert response.headers["Cache-Control"] == "public, no-cache"
        assert "Cookie" not in response.headers["Vary"]


@pytest.mark.parametrize("address", [LIST, ACME])
def test_each_question_has_an_etag_of_its_own(client: Client, acme: Operator, address: str) -> None:
    tags = {etag(client, f"{address}?lang={language}") for language in get_args(Language)}

    assert len(tags) == len(settings.LANGUAGES)


def test_a_new_version_is_seen_at_once(client: Client, acme: Operator) -> None:
    before = [etag(client, LIST), etag(client, ACME)]

    change(published(acme))

    for address, tag in zip((LIST, ACME), before, strict=True):
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_what_is_said_of_the_brand_is_seen_at_once(client: Client, acme: Operator) -> None:
    before = [etag(client, LIST), etag(client, ACME)]

    acme.state = Operator.State.ABSORBED
    acme.save()

    for address, tag in zip((LIST, ACME), before, strict=True):
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_somebody_who_left_by_a_channel_is_seen_at_once(client: Client, acme: Operator) -> None:
    before = etag(client, ACME)

    Report.objects.say(
        published(acme),
        part="channel",
        key="mail",
        matched=True,
        origin=Report.Origin.CASE,
        on=TODAY,
        at=NOW,
    )

    answer = client.get(ACME, headers={"If-None-Match": before})
    assert answer.json()["plans"][0]["channels"][0]["tested_by"] == 1


def test_a_draft_and_another_brand_leave_the_etag_alone(client: Client, acme: Operator) -> None:
    before = etag(client, ACME)

    published(acme).new_draft()
    make_procedure()

    assert etag(client, ACME) == before


def test_the_list_takes_the_same_queries_for_many_brands(
    client: Client, django_assert_max_num_queries: AtMost
) -> None:
    for _brand in range(20):
        make_procedure()

    with django_assert_max_num_queries(4):
        assert len(get(client, LIST)["operators"]) == 20


def test_an_operator_takes_the_same_queries_whatever_it_holds(
    client: Client, acme: Operator, django_assert_max_num_queries: AtMost
) -> None:
    draft = published(acme).new_draft()
    source = draft.sources.get()
    add_claims(source, *(Step(key=f"step-{n}", title=f"Step {n}") for n in range(20)))
    add_claims(source, *(Fact(key=f"fact-{n}", topic="cost", text="So.") for n in range(20)))
    draft.publish(by=None, at=NOW)

    with django_assert_max_num_queries(6):
        get(client, ACME, lang="nl")


@pytest.mark.parametrize("address", [LIST, ACME])
def test_the_same_answer_again_takes_one_query(
    client: Client, acme: Operator, address: str
) -> None:
    tag = etag(client, address)

    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers={"If-None-Match": tag})

    assert len(queries) == 1


# --- Who may read --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [*EVERY_ADDRESS, "/api/v1/operators/nobody/"])
def test_any_website_may_read_it(client: Client, acme: Operator, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://elsewhere.example"})

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Expose-Headers"] == "etag"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_browser_that_asks_first_is_told_what_it_may(client: Client) -> None:
    response = client.options(
        LIST,
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "if-none-match" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("address", ["/en/operators/", "/en/accounts/login/", "/health/live/"])
def test_no_other_page_may_be_read_by_another_website(client: Client, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://elsewhere.example"})

    assert "Access-Control-Allow-Origin" not in response.headers


def test_who_asks_makes_no_difference(as_alice: Client, client: Client, acme: Operator) -> None:
    for address in EVERY_ADDRESS:
        hers, anybodys = as_alice.get(address), client.get(address)

        assert hers.content == anybodys.content
        assert hers.headers["ETag"] == anybodys.headers["ETag"]
        assert not hers.cookies


# --- The document --------------------------------------------------------------------------------


def test_the_licence_stands_in_the_document_and_in_each_answer(
    client: Client, acme: Operator
) -> None:
    url = "https://creativecommons.org/licenses/by/4.0/"

    assert get(client, OPENAPI)["info"]["license"] == {"name": "CC BY 4.0", "url": url}
    for address in (LIST, ACME):
        assert get(client, address)["licence"] == {
            "name": "CC BY 4.0",
            "url": url,
            "attribution": "SimExit, https://simexit.test",
        }


def test_every_field_and_parameter_is_described() -> None:
    schemas = document()["components"]["schemas"]
    operations = [each["get"] for each in document()["paths"].values()]

    bare = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, about in schema["properties"].items()
        if not about.get("description") and "$ref" not in about and name != "Invalid"
    ]
    bare += [
        parameter["name"]
        for operation in operations
        for parameter in operation["parameters"]
        if not parameter.get("description")
    ]
    assert bare == []


def test_the_document_says_which_values_a_field_may_have() -> None:
    channel = document()["components"]["schemas"]["Channel"]["properties"]

    assert channel["kind"]["enum"] == ChannelKind.values
    assert "`web_form`: Online form" in channel["kind"]["description"]


described = schemathesis.openapi.from_wsgi(OPENAPI, application)


@described.parametrize()
@bounds(
    max_examples=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_answers_are_as_the_document_says(case: schemathesis.Case, of_examples: None) -> None:
    case.call_and_validate()


@pytest.fixture
def of_examples(db: None) -> Iterator[None]:
    """The operator that the document gives as an example, with both plans.

    Without a test client in between, Django would end each request by closing the connection, and
    the test's transaction with it.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    proximus = make_operator("Proximus", slug="proximus", network=Network.PROXIMUS)
    make_procedure(operator=proximus, plan=Plan.PREPAID)
    make_procedure(operator=proximus, plan=Plan.POSTPAID)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
