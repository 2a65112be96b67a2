"""Finding a brand: by what people type, by network, by plan."""

from __future__ import annotations

import pytest
from django.test import Client

from operators.models import Network, Operator, Plan
from tests.factories import make_operator, make_procedure
from tests.pages import read

pytestmark = pytest.mark.django_db

BRANDS: list[tuple[str, str, str]] = [
    ("Proximus", "Proximus PLC", "Belgacom, 比利时电信"),
    ("Telenet", "Telenet BV", ""),
    ("BASE", "Telenet Group NV", "KPN Belgium"),
    ("Orange", "Orange Belgium SA", "Mobistar"),
    ("Mobile Vikings", "Mobile Vikings NV", "维京, MV"),
    ("hey!", "Orange Belgium SA", ""),
    ("VOO", "VOO SA", ""),
    ("Scarlet", "Scarlet Belgium NV", "Scarlèt"),
    ("Youfone", "Youfone Belgium BV", ""),
    ("Lycamobile", "Lycamobile BVBA", "Lyca"),
    ("Ortel Mobile", "Ortel Mobile NV", ""),
    ("Another operator", "", ""),
]


@pytest.fixture
def brands() -> None:
    for position, (name, company, aliases) in enumerate(BRANDS):
        slug = "other" if name.startswith("Another") else f"brand-{position}"
        defaults = {"slug": slug, "position": position, "aliases": aliases}
        operator = make_operator(name, legal_name=company, **defaults)
        if name == "Ortel Mobile":
            Operator.objects.filter(pk=operator.pk).update(state=Operator.State.DEFUNCT)
        else:
            make_procedure(operator=operator)


def shown(client: Client, query: str) -> list[str]:
    """The names that the list shows, in order."""
    page = read(client.get(f"/en/operators/?{query}"))
    names = [name for name, _company, _aliases in BRANDS]
    texts = [link.text.split("checked")[0] for link in page.links]
    return [text for text in texts if text in names]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("telenet", "Telenet"),
        ("TELENET", "Telenet"),
        ("telnet", "Telenet"),
        ("Proximos", "Proximus"),
        ("proxymus", "Proximus"),
        ("bsae", "BASE"),
        ("Bass", "BASE"),
        ("hey", "hey!"),
        ("HEY!", "hey!"),
        ("vo", "VOO"),
        ("scarlèt", "Scarlet"),
        ("skarlet", "Scarlet"),
        ("you fone", "Youfone"),
        ("yufone", "Youfone"),
        ("mobilevikings", "Mobile Vikings"),
        ("mobil viking", "Mobile Vikings"),
        ("维京", "Mobile Vikings"),
        ("比利时电信", "Proximus"),
        ("belgacom", "Proximus"),
        ("mobistar", "Orange"),
        ("orange belgium prepaid", "Orange"),
        ("lica mobile", "Lycamobile"),
        ("ortel", "Ortel Mobile"),
    ],
)
def test_a_brand_is_found_by_what_people_type(
    client: Client, brands: None, typed: str, first: str
) -> None:
    assert shown(client, f"q={typed}")[:1] == [first]


def test_the_company_finds_its_brands(client: Client, brands: None) -> None:
    assert shown(client, "q=orange belgium") == ["Orange", "hey!"]


def test_what_was_typed_right_brings_nothing_that_merely_looks_like_it(
    client: Client, brands: None
) -> None:
    assert shown(client, "q=voo") == ["VOO"]
    assert shown(client, "q=base") == ["BASE"]


@pytest.mark.parametrize("typed", ["vodafone uk", "xyz", "!!!", "\x00", "%", "  -  ", "中国移动"])
def test_an_empty_result_says_what_to_do(client: Client, brands: None, typed: str) -> None:
    response = client.get("/en/operators/", {"q": typed})

    page = read(response)
    assert "We found no such brand." in page.text
    assert page.link("Leaving any other operator").href == "/en/operators/other/"
    assert page.link("Show all").href == "/en/operators/"


def test_what_was_typed_and_chosen_stays_in_the_form(client: Client, brands: None) -> None:
    page = client.get("/en/operators/?q=%22%3Ebase&plan=prepaid&network=orange").content.decode()

    assert 'value="&quot;&gt;base"' in page
    assert '<option value="prepaid" selected>' in page
    assert '<option value="orange" selected>' in page


def test_a_plan_leaves_the_brands_that_sell_it(client: Client) -> None:
    make_procedure(operator=make_operator("Telenet"), plan=Plan.POSTPAID)
    both = make_operator("Orange")
    make_procedure(operator=both, plan=Plan.POSTPAID)
    make_procedure(operator=both, plan=Plan.PREPAID)
    draft = make_operator("BASE")
    make_procedure(operator=draft, plan=Plan.PREPAID, published=False)

    assert shown(client, "plan=prepaid") == ["Orange"]
    assert shown(client, "plan=postpaid") == ["Orange", "Telenet"]


def test_a_network_leaves_the_brands_on_it(client: Client) -> None:
    make_procedure(operator=make_operator("Proximus", network=Network.PROXIMUS))
    make_procedure(operator=make_operator("Scarlet", network=Network.PROXIMUS))
    make_procedure(operator=make_operator("Orange", network=Network.ORANGE))

    assert shown(client, "network=proximus") == ["Proximus", "Scarlet"]
    assert shown(client, "network=proximus&q=scar") == ["Scarlet"]


@pytest.mark.parametrize("query", ["network=vodafone", "plan=landline", "plan=", "q="])
def test_a_choice_that_does_not_exist_leaves_all(client: Client, brands: None, query: str) -> None:
    assert len(shown(client, query)) == len(BRANDS)


def test_nobody_can_make_us_compare_a_novel(client: Client, brands: None) -> None:
    assert client.get("/en/operators/", {"q": "base " * 5000}).status_code == 200


def test_a_brand_that_is_gone_is_found_and_says_where_we_read_it(client: Client) -> None:
    make_operator(
        "Ortel Mobile",
        slug="ortel",
        state=Operator.State.DEFUNCT,
        state_note="Stopped in 2018.",
        state_source_url="https://ortel.example/terms",
        state_checked_on="2026-11-23",
    )

    found = read(client.get("/en/operators/?q=ortel"))
    page = read(client.get(found.link("Ortel Mobile").href))

    assert "This brand no longer exists." in page.text
    assert "Stopped in 2018." in page.text
    assert page.link("https://ortel.example/terms").rel == "nofollow noopener"
    assert "read on 23 Nov 2026" in page.text


def test_the_form_has_a_label_for_each_field(client: Client, brands: None) -> None:
    page = client.get("/en/operators/").content.decode()

    for name in ("q", "plan", "network"):
        assert f'for="{name}"' in page
        assert f'id="{name}"' in page
