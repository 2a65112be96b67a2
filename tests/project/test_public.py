"""What search engines get: one address per page and language, the sitemap, the steps as data."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from operators.models import Operator, Plan, Step
from tests.factories import NOW, add_claims, make_operator, make_procedure
from tests.pages import read

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _name in settings.LANGUAGES]
SITE = "https://simexit.test"
XML = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
PUBLIC = [
    "",
    "operators/",
    "operators/acme/prepaid/",
    "guide/",
    "guide/mind/",
    "guide/costs/",
    "guide/questions/",
    "guide/glossary/",
    "guide/customer-number/",
    "start/",
    "start/port/",
]


@pytest.fixture
def acme() -> Operator:
    acme = make_operator("Acme", slug="acme")
    make_procedure(operator=acme, plan=Plan.POSTPAID)
    make_procedure(operator=acme, plan=Plan.PREPAID)
    make_operator("Gone", slug="gone", state=Operator.State.DEFUNCT)
    return acme


def canonical(page: str) -> list[str]:
    return re.findall(r'<link rel="canonical" href="([^"]*)">', page)


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', page))


def how_to(client: Client, path: str) -> dict[str, object]:
    page = client.get(path).content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(blocks) == 1
    data: dict[str, object] = json.loads(blocks[0])
    return data


# --- The head of a page ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_names_its_address_in_each_language(
    client: Client, acme: Operator, path: str
) -> None:
    page = client.get(f"/nl/{path}?utm_source=x").content.decode()

    assert canonical(page) == [f"{SITE}/nl/{path}"]
    expected = {code: f"{SITE}/{code}/{path}" for code in LANGUAGES}
    assert alternates(page) == expected | {"x-default": f"{SITE}/{path}"}
    assert "noindex" not in page
    assert len(re.findall(r'<meta name="description" content="[^"]{30,}">', page)) == 1


@pytest.mark.parametrize("path", ["operators/", "operators/acme/", "start/port/"])
def test_the_address_without_a_language_leads_to_the_readers_own(
    client: Client, acme: Operator, path: str
) -> None:
    response = client.get(f"/{path}", headers={"accept-language": "fr"}, follow=True)

    assert response.redirect_chain == [(f"/fr/{path}", 302)]


def test_two_addresses_of_one_procedure_name_the_same_one(client: Client, acme: Operator) -> None:
    short = client.get("/en/operators/acme/").content.decode()
    long = client.get("/en/operators/acme/postpaid/").content.decode()

    assert canonical(short) == canonical(long) == [f"{SITE}/en/operators/acme/postpaid/"]
    assert alternates(short) == alternates(long)


def test_a_search_is_no_page_of_its_own(client: Client, acme: Operator) -> None:
    page = client.get("/en/operators/?q=acme").content.decode()

    assert canonical(page) == [f"{SITE}/en/operators/"]


@pytest.mark.parametrize(
    "path", ["accounts/login/", "cases/new/", "operators/acme/postpaid/wrong/", "operators/none/"]
)
def test_a_page_that_is_nothing_to_find_says_so(client: Client, acme: Operator, path: str) -> None:
    page = client.get(f"/en/{path}").content.decode()

    assert '<meta name="robots" content="noindex">' in page
    assert canonical(page) == []


def test_a_name_cannot_break_out_of_the_head(client: Client) -> None:
    make_procedure(operator=make_operator('"><script>alert(1)</script>', slug="evil"))

    assert read(client.get("/en/operators/evil/")).scripts == []


# --- The sitemap, and robots ----------------------------------------------------------------------


def test_the_sitemap_names_every_public_page_in_every_language(
    client: Client, acme: Operator
) -> None:
    make_procedure(operator=make_operator(slug="draft-only"), published=False)

    sitemap = ElementTree.fromstring(client.get("/sitemap.xml").content)

    found = [url.text for url in sitemap.iterfind("s:url/s:loc", XML)]
    pages = [*PUBLIC, "operators/acme/postpaid/", "operators/gone/", "operators/draft-only/"]
    assert {f"{SITE}/{code}/{path}" for code in LANGUAGES for path in pages} <= set(found)
    assert len(found) == len(set(found))
    assert f"{SITE}/en/operators/acme/" not in found  # its address is the one with the plan
    for address in found:
        assert client.get(str(address).removeprefix(SITE)).status_code == 200, address


def test_the_sitemap_says_when_a_procedure_changed_and_its_other_languages(
    client: Client, acme: Operator
) -> None:
    sitemap = ElementTree.fromstring(client.get("/sitemap.xml").content)

    urls = {one.findtext("s:loc", "", XML): one for one in sitemap.iterfind("s:url", XML)}
    url = urls[f"{SITE}/fr/operators/acme/prepaid/"]
    assert url.findtext("s:lastmod", "", XML) == "2026-03-03"
    languages = {link.get("hreflang") for link in url.iterfind("x:link", XML)}
    assert languages == {*LANGUAGES, "x-default"}


def test_robots_are_led_to_the_sitemap_and_kept_from_cases(client: Client) -> None:
    response = client.get("/robots.txt")

    assert response.headers["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert f"Sitemap: {SITE}/sitemap.xml" in lines
    assert "Disallow: /*/cases/" in lines
    assert "Disallow: /" not in lines


# --- schema.org -----------------------------------------------------------------------------------


def test_the_steps_are_there_as_data(client: Client, acme: Operator) -> None:
    data = how_to(client, "/en/operators/acme/")

    assert (data["@context"], data["@type"]) == ("https://schema.org", "HowTo")
    assert (data["name"], data["inLanguage"]) == ("Leaving Acme: Subscription", "en")
    steps = data["step"]
    assert isinstance(steps, list)
    assert steps[0]["name"] == "Is the line active?"
    address = f"{SITE}/en/operators/acme/postpaid/#step-line-active"
    assert (steps[0]["text"], steps[0]["url"]) == ("Look it up.", address)
    assert "Order the move of the number" not in [step["name"] for step in steps]


def test_the_data_is_words_and_cannot_end_its_block(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    body = "- **Call** them & say `no`\n- </script><script>alert(1)</script>"
    add_claims(draft.sources.get(), Step(key="evil", title="</script><b>", body=body))
    draft.publish(by=None, at=NOW)

    page = read(client.get("/en/operators/acme/"))
    steps = how_to(client, "/en/operators/acme/")["step"]

    assert page.scripts == []
    assert isinstance(steps, list)
    evil = next(step for step in steps if step["url"].endswith("#step-evil"))
    assert evil["name"] == "</script><b>"
    assert evil["text"] == "Call them & say no </script><script>alert(1)</script>"


def test_a_brand_without_steps_has_no_data(client: Client, acme: Operator) -> None:
    assert b"ld+json" not in client.get("/en/operators/gone/").content
