"""The pages that need no account: complete in every language, sourced, and safe to show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

from cases.models import Case
from operators.models import (
    Channel,
    ChannelKind,
    Fact,
    Operator,
    Plan,
    Procedure,
    Source,
    Step,
    Tier,
)
from operators.templatetags.texts import day, markdown
from tests.factories import NOW, TODAY, add_claims, make_operator, make_procedure
from tests.pages import read

LANGUAGES = [code for code, _name in settings.LANGUAGES]
GOALS = [str(goal) for goal in Case.Goal.values]
PAGES = [
    "",
    "operators/",
    "operators/acme/",
    "operators/acme/prepaid/",
    "operators/gone/",
    "guide/",
    "guide/why/",
    "guide/steps/",
    "guide/mind/",
    "guide/alternatives/",
    "guide/costs/",
    "guide/questions/",
    "guide/glossary/",
    "guide/customer-number/",
    "start/",
    *(f"start/{goal}/" for goal in GOALS),
]

pytestmark = pytest.mark.django_db

AtMost = Callable[[int], object]


@pytest.fixture
def acme() -> Operator:
    """An operator with both plans."""
    acme = make_operator("Acme", slug="acme", position=1)
    make_procedure(operator=acme, plan=Plan.POSTPAID)
    make_procedure(operator=acme, plan=Plan.PREPAID)
    make_operator("Gone", slug="gone", state=Operator.State.DEFUNCT, state_note="Since 2018.")
    return acme


def draft_of(operator: Operator, plan: str = Plan.POSTPAID) -> Procedure:
    return make_procedure(operator=operator, plan=plan, published=False)


# --- Every page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_in_each_language(
    client: Client, acme: Operator, path: str, language: str
) -> None:
    page = read(client.get(f"/{language}/{path}"))

    assert page.language == language
    assert page.levels.count(1) == 1
    assert page.link("English").href == f"/en/{path}"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_carries_no_style_of_its_own(
    client: Client, acme: Operator, path: str
) -> None:
    page = read(client.get(f"/en/{path}"))

    assert (page.scripts, page.inline_styles, page.handlers) == ([], [], [])


@pytest.mark.parametrize("path", PAGES)
def test_the_headings_of_a_page_leave_no_level_out(
    client: Client, acme: Operator, path: str
) -> None:
    levels = read(client.get(f"/en/{path}")).levels

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_only_read(client: Client, acme: Operator, path: str) -> None:
    assert client.head(f"/en/{path}").status_code == 200
    assert client.post(f"/en/{path}").status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_simexit_never_asks_for(client: Client, acme: Operator, path: str) -> None:
    text = read(client.get(f"/en/{path}")).text

    assert "SimExit never asks for money or for a copy of your identity card." in text
    assert "not legal advice" in text


@pytest.mark.parametrize(
    "path",
    [
        "operators/nobody/",
        "operators/nobody/postpaid/",
        "operators/acme/landline/",
        "operators/gone/postpaid/",
        "guide/nothing/",
        "start/nothing/",
    ],
)
def test_what_is_not_there_is_a_404_that_leads_on(
    client: Client, acme: Operator, path: str
) -> None:
    response = client.get(f"/en/{path}")

    assert response.status_code == 404
    assert read(response).link("To the first page").href == "/en/"


# --- The first page and the list -----------------------------------------------------------------


def test_the_first_page_asks_which_operator_and_says_when_its_steps_were_checked(
    client: Client, acme: Operator
) -> None:
    page = read(client.get("/en/"))

    assert (2, "Which operator do you want to leave?") in page.headings
    assert page.link("Acmechecked 3 Mar 2026").href == "/en/operators/acme/"
    assert page.link("How to move your number").href == "/en/start/port/"
    for proof in ("Sent", "Confirmed", "Line dead", "Bills stopped"):
        assert proof in page.text


def test_the_first_page_keeps_to_seven_operators_in_their_order(client: Client) -> None:
    for position in range(9, 0, -1):
        make_procedure(operator=make_operator(f"Brand {position}", position=position))

    page = read(client.get("/en/"))

    tiles = [link.text.split("checked")[0] for link in page.links if "checked" in link.text]
    assert tiles == [f"Brand {position}" for position in range(1, 8)]
    assert page.link("Another one9 brands").href == "/en/operators/"


def test_the_entry_for_any_other_brand_is_no_tile_of_its_own(client: Client) -> None:
    make_procedure(operator=make_operator("Another operator", slug="other"))

    assert "Another operator" not in read(client.get("/en/")).text
    assert "Another operator" in read(client.get("/en/operators/")).text


def test_a_draft_makes_no_operator_appear(client: Client) -> None:
    draft_of(make_operator("Not yet", slug="not-yet"))

    assert "Not yet" not in read(client.get("/en/")).text
    assert client.get("/en/operators/not-yet/postpaid/").status_code == 404
    assert "no checked steps" in read(client.get("/en/operators/not-yet/")).text


def test_a_brand_that_is_gone_says_so_and_offers_no_case(client: Client, acme: Operator) -> None:
    page = read(client.get("/en/operators/gone/"))

    assert "This brand no longer exists." in page.text
    assert "Since 2018." in page.text
    assert "Open a case" not in page.text


# --- A procedure ---------------------------------------------------------------------------------


def test_an_operator_shows_the_subscription_first_and_leads_to_the_prepaid_card(
    client: Client, acme: Operator
) -> None:
    page = read(client.get("/en/operators/acme/"))

    assert (1, "Leaving Acme") in page.headings
    assert page.link("Prepaid card").href == "/en/operators/acme/prepaid/"
    case = page.link("Open a case for Acme").href
    assert case == "/en/cases/new/?operator=acme&plan=postpaid"


def test_an_operator_with_one_plan_shows_that_one_and_no_switch(client: Client) -> None:
    make_procedure(operator=make_operator("Cards", slug="cards"), plan=Plan.PREPAID)

    page = read(client.get("/en/operators/cards/"))

    assert page.link("Open a case for Cards").href.endswith("&plan=prepaid")
    assert "/en/operators/cards/postpaid/" not in [link.href for link in page.links]


def test_a_procedure_keeps_the_steps_of_a_move_apart(client: Client, acme: Operator) -> None:
    page = read(client.get("/en/operators/acme/"))

    titles = [text for _level, text in page.headings]
    to_end, to_port = titles.index("Choose how to send it"), titles.index("If you keep the number")
    assert to_end < to_port < titles.index("Order the move of the number")


def test_each_claim_stands_with_its_source_its_day_and_its_tier(
    client: Client, acme: Operator
) -> None:
    response = client.get("/en/operators/acme/")

    page = read(response)
    sources = [link for link in page.links if link.href == "https://operator.example/terms"]
    claims = 4 + 2 + 1 + 1  # steps, channels, material, fact
    assert len(sources) == claims + 1  # and once in the list at the end
    assert {link.rel for link in sources} == {"nofollow noopener"}
    safe_road = 2
    assert page.text.count("read on 3 Mar 2026") == claims
    assert page.text.count("read on 23 Nov 2026") == safe_road


def test_a_contact_that_nobody_checked_is_marked_and_the_safe_road_stands_beside_it(
    client: Client,
) -> None:
    draft = draft_of(make_operator("Rumour", slug="rumour"))
    hearsay = Source.objects.create(
        procedure=draft,
        key="hearsay",
        url="https://hearsay.example/",
        title="Somebody else",
        kind=Source.Kind.THIRD_PARTY,
        checked_on=TODAY,
        tier=Tier.UNVERIFIED,
    )
    add_claims(hearsay, Channel(key="line", kind=ChannelKind.HOTLINE, value="0800 12 345"))
    draft.publish(by=None, at=NOW)

    response = client.get("/en/operators/rumour/")

    page = read(response)
    assert b'class="channel claim stack-s unverified" id="channel-line"' in response.content
    assert page.text.count("We could not check this contact.") == 1
    assert page.link("a written notice that names the end date").href == "#safe-road"
    assert b'id="safe-road"' in response.content
    assert "Ending a contract (English page)" in page.text


def test_a_hotline_can_be_called_from_the_page(client: Client) -> None:
    draft = draft_of(make_operator("Caller", slug="caller"))
    source = draft.sources.get()
    add_claims(
        source,
        Channel(key="line", kind=ChannelKind.HOTLINE, value="0800 12 345", hours="Mon to Fri"),
    )
    draft.publish(by=None, at=NOW)

    page = read(client.get("/en/operators/caller/"))

    assert page.link("0800 12 345").href == "tel:080012345"
    assert page.link("leave@operator.example").href == "mailto:leave@operator.example"
    assert "Mon to Fri" in page.text


def test_facts_stand_under_their_topic(client: Client) -> None:
    draft = draft_of(make_operator("Costly", slug="costly"))
    cost = Fact(key="fee", topic=Fact.Topic.COST, text="It costs **nothing**.")
    add_claims(draft.sources.get(), cost)
    draft.publish(by=None, at=NOW)

    response = client.get("/en/operators/costly/")

    titles = [text for _level, text in read(response).headings]
    assert titles.index("End date and notice") < titles.index("What it costs")
    assert b"It costs <strong>nothing</strong>." in response.content


def test_a_page_of_an_operator_takes_as_many_queries_whatever_it_holds(
    client: Client, django_assert_max_num_queries: AtMost
) -> None:
    large = draft_of(make_operator("Large", slug="large"))
    source = large.sources.get()
    add_claims(source, *(Step(key=f"step-{n}", title=f"Step {n}") for n in range(20)))
    add_claims(source, *(Fact(key=f"fact-{n}", topic="cost", text="So.") for n in range(20)))
    large.publish(by=None, at=NOW)
    make_procedure(operator=large.operator, plan=Plan.PREPAID)

    # The versions; steps, channels, materials and facts; and the sources of all of them.
    with django_assert_max_num_queries(6):
        client.get("/en/operators/large/")


@pytest.mark.parametrize("brands", [5, 50])
@pytest.mark.parametrize("path", ["", "operators/", "operators/?q=operator&plan=postpaid"])
def test_a_list_of_brands_takes_two_queries_however_many_there_are(
    client: Client, django_assert_num_queries: AtMost, path: str, brands: int
) -> None:
    for _brand in range(brands):
        make_procedure()

    with django_assert_num_queries(2):  # whether something changed, and the brands
        client.get(f"/en/{path}")


@pytest.mark.parametrize(
    "path", ["guide/steps/", "guide/questions/", "guide/customer-number/", "start/", "start/end/"]
)
def test_the_other_pages_take_no_query(
    client: Client, django_assert_num_queries: AtMost, path: str
) -> None:
    with django_assert_num_queries(0):
        client.get(f"/en/{path}")


# --- The guide and the fork ----------------------------------------------------------------------


@pytest.mark.parametrize("page", ["why", "steps", "mind", "alternatives"])
def test_the_guide_shows_its_sources(client: Client, page: str) -> None:
    text = read(client.get(f"/en/guide/{page}/")).text

    assert "read on 23 Nov 2026" in text


def test_the_guide_has_the_five_steps_in_order(client: Client) -> None:
    headings = read(client.get("/en/guide/steps/")).headings

    assert [text for level, text in headings if level == 2][:5] == [
        "See that the line is active and nothing is owed",
        "Put the documents together",
        "Choose how to reach the operator",
        "Send it, with an end date",
        "Confirm, and test the SIM",
    ]


def test_the_fork_leads_to_each_answer(client: Client) -> None:
    links = [link.href for link in read(client.get("/en/start/")).links]

    assert {f"/en/start/{goal}/" for goal in GOALS} <= set(links)


@pytest.mark.parametrize("goal", GOALS)
def test_each_answer_can_open_a_case_for_itself(client: Client, goal: str) -> None:
    page = read(client.get(f"/en/start/{goal}/"))

    assert page.link("Open a case").href == f"/en/cases/new/?goal={goal}"
    assert (2, "Do this") in page.headings


@pytest.mark.parametrize(
    ("goal", "warning"),
    [
        ("port", "Do not cancel first."),
        ("withdraw", "Do not wait."),
        ("easy_switch", "Do not leave the mobile numbers empty."),
        ("death", "Do not cancel the SIM first."),
        ("lost", "Do not take a block for the end."),
        ("end", "Do not just stop paying."),
    ],
)
def test_an_answer_names_the_mistake_that_is_hard_to_undo(
    client: Client, goal: str, warning: str
) -> None:
    assert warning in read(client.get(f"/en/start/{goal}/")).text


# --- Texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[run](javascript:alert(1))", "<p>[run](javascript:alert(1))</p>"),
        ("[run](data:text/html,hello)", "<p>[run](data:text/html,hello)</p>"),
        ("![picture](https://x.example/a.png)", "<p></p>"),
        ("**Now**", "<p><strong>Now</strong></p>"),
    ],
)
def test_markdown_shows_words_and_runs_nothing(written: str, shown: str) -> None:
    assert markdown(written).strip() == shown


def test_a_link_in_markdown_passes_nothing_on() -> None:
    html = markdown("[page](https://operator.example/)")

    assert html.strip() == (
        '<p><a href="https://operator.example/" rel="nofollow noopener">page</a></p>'
    )


@pytest.mark.parametrize(
    ("written", "top", "level"),
    [("# Title", 3, "h3"), ("## Title", 3, "h4"), ("###### Title", 3, "h5"), ("# Title", 4, "h4")],
)
def test_a_heading_in_markdown_stays_below_the_headings_of_the_page(
    written: str, top: int, level: str
) -> None:
    assert markdown(written, top).strip() == f"<{level}>Title</{level}>"


def test_no_day_is_shown_as_nothing() -> None:
    assert day(None) == ""
    assert day(TODAY) == "3 Mar 2026"


# --- Pages for what goes wrong -------------------------------------------------------------------


def test_the_page_for_a_fault_of_ours_stands_alone() -> None:
    page = render_to_string("500.html")

    assert "Something broke on our side" in page
    assert "<script" not in page
    assert "style=" not in page


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html"])
def test_the_other_pages_for_faults_can_do_without_a_request(name: str) -> None:
    assert "SimExit never asks for money" in render_to_string(name)


def test_a_form_that_comes_too_late_is_told_so() -> None:
    response = Client(enforce_csrf_checks=True).post("/en/cases/new/")

    assert response.status_code == 403
    assert "Nothing was saved." in response.content.decode()
