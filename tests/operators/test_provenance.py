"""Every number, address and rule on a public page about an operator leads to a source.

Walks the pages of the whole catalogue as they are rendered, knowing nothing of how they are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from operators import catalogue
from operators.models import (
    Channel,
    ChannelKind,
    Operator,
    Plan,
    Procedure,
    Report,
    Source,
    Step,
    Tier,
)
from tests.factories import NOW, TODAY, add_claims, make_operator, make_procedure
from tests.pages import read

VOID = {"meta", "link", "br", "input", "hr", "img", "path"}
PHONE = re.compile(r"(?<![\d/.-])(?:\+32|0)[ ./]?\d(?:[ ./]?\d){5,8}(?!\d)")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}")
POSTAL = re.compile(r"\b[1-9]\d{3} [A-Z][a-z]{2,}")  # 2800 Mechelen
DAY_OF_READING = re.compile(r"(on|checked) \d+ \w+ \d{4}")
DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} (?=\d{4})")


class Node:
    def __init__(self, tag: str, attributes: dict[str, str], parent: Node | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Node | str] = []

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def below(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.below()

    def of_class(self, name: str) -> list[Node]:
        return [node for node in self.below() if name in node.classes]

    def around(self) -> Iterator[Node]:
        node: Node | None = self
        while node:
            yield node
            node = node.parent

    @property
    def explains_a_word(self) -> bool:
        """Whether it is part of a note of the glossary, which has words of three languages."""
        return any("term-note" in node.classes for node in self.around())


class TreeReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = self.at = Node("page", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.children.append(Node(tag, {}, self.at))

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> ends <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def tree(page: str) -> Node:
    reader = TreeReader()
    reader.feed(page)
    return next(node for node in reader.top.below() if node.tag == "main")


def unproven(main: Node, known: set[str]) -> list[str]:
    """What stands on a page and leads to none of the sources. known: their addresses."""
    contacts = " ".join(node.text for node in main.of_class("channel-value"))
    found = []
    for node in main.below():
        own = " ".join(child for child in node.children if isinstance(child, str))
        said = [*PHONE.findall(DATE.sub("", own)), *EMAIL.findall(own), *POSTAL.findall(own)]
        in_summary = any(one.attributes.get("id") == "summary" for one in node.around())
        if in_summary:  # it sums up what stands below, and must say the same
            said = [one for one in said if one not in contacts]
        if said and not leads_to_a_source(node, known):
            found += said
    for rule in (node for node in main.of_class("claim") if is_a_rule(node)):
        if not leads_to_a_source(rule, known):
            found.append(rule.text[:60])
    return found


def is_a_rule(claim: Node) -> bool:
    """A contact, or a rule under "Good to know"; a step without a source is advice of ours."""
    return "channel" in claim.classes or claim.attributes.get("id", "").startswith("fact-")


def leads_to_a_source(node: Node, known: set[str]) -> bool:
    """Whether the entry that it stands in links one, and says when it was read."""
    for around in node.around():
        if "source" in around.classes:
            return True  # the words of the source itself
        if "claim" in around.classes or "sources" in around.classes:
            links = {link.attributes.get("href") for link in around.below() if link.tag == "a"}
            return bool(links & known) and bool(DAY_OF_READING.search(around.text))
    return False


@pytest.mark.django_db
def test_every_contact_and_rule_of_the_catalogue_leads_to_a_source(client: Client) -> None:
    catalogue.import_catalogue(timezone.now(), publish=True)
    shared = {source.url for source in catalogue.sources().values()}

    unproven_by_page = {}
    for procedure in Procedure.objects.published().select_related("operator"):
        path = procedure.get_absolute_url()
        known = set(procedure.sources.values_list("url", flat=True))
        known |= {procedure.operator.state_source_url}
        unproven_by_page[path] = unproven(tree(client.get(path).content.decode()), known)
    for operator in Operator.objects.exclude(procedures__status="published"):
        path = operator.get_absolute_url()
        page = tree(client.get(path).content.decode())
        unproven_by_page[path] = unproven(page, {operator.state_source_url} | shared)

    assert len(unproven_by_page) >= 5, "the walk saw no page"
    assert {path: found for path, found in unproven_by_page.items() if found} == {}


@pytest.mark.parametrize(
    "said",
    [
        "Call 02 123 45 67.",
        "Call +32 475 12 34 56.",
        "Write to stop@acme.example.",
        "Write to Acme, 1000 Brussels.",
    ],
)
def test_the_walk_finds_what_has_no_source(said: str) -> None:
    source = '<div class="source">read on 3 Mar 2026 <a href="https://a.example/">Terms</a></div>'
    known = {"https://a.example/"}

    alone = tree(f"<main><div><p>{said}</p></div>{source}</main>")
    elsewhere = tree(f'<main><div class="claim"><p>{said}</p></div>{source}</main>')
    unknown = tree(f'<main><div class="claim"><p>{said}</p>{source}</div></main>')
    proven = tree(f'<main><div class="claim"><p>{said}</p>{source}</div></main>')

    assert unproven(alone, known)
    assert unproven(elsewhere, known)
    assert unproven(unknown, {"https://b.example/"})
    assert unproven(proven, known) == []


# --- How well it is known -------------------------------------------------------------------------


def rumour(*, checked_ago: int, tier: str = Tier.READ) -> Procedure:
    """A procedure with a hotline that was looked at so many days ago, and is not published yet."""
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    source = Source.objects.create(
        procedure=draft,
        key="page",
        url="https://acme.example/contact",
        title="Contact",
        kind=Source.Kind.OPERATOR,
        checked_on=timezone.localdate() - timedelta(days=checked_ago),
        tier=tier,
    )
    add_claims(source, Channel(key="line", kind=ChannelKind.HOTLINE, value="0800 12 345"))
    draft.publish(by=None, at=NOW)
    return draft


def hotline(client: Client) -> Node:
    main = tree(client.get("/en/operators/acme/").content.decode())
    return next(node for node in main.below() if node.attributes.get("id") == "channel-line")


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "old"), [(0, False), (180, False), (181, True), (900, True)])
def test_a_hotline_that_nobody_looked_at_for_180_days_stands_beside_the_safe_road(
    client: Client, days: int, old: bool
) -> None:
    rumour(checked_ago=days)

    shown = hotline(client)

    links = [node.attributes["href"] for node in shown.below() if node.tag == "a"]
    assert ("old, may have changed" in shown.text) == old
    assert ("Nobody has looked since" in shown.text) == old
    assert ("#safe-road" in links) == old


@pytest.mark.django_db
def test_an_unverified_hotline_stands_beside_the_safe_road(client: Client) -> None:
    rumour(checked_ago=0, tier=Tier.UNVERIFIED)

    shown = hotline(client)

    assert "not verified, looked at on" in shown.text
    assert "#safe-road" in [node.attributes.get("href") for node in shown.below()]


@pytest.mark.django_db
def test_who_left_by_a_channel_makes_it_tested_and_young_again(client: Client) -> None:
    procedure = rumour(checked_ago=400, tier=Tier.UNVERIFIED)
    today = timezone.localdate()
    for days in (9, 3):
        Report.objects.say(
            procedure,
            part="channel",
            key="line",
            matched=True,
            origin="case",
            on=today - timedelta(days=days),
            at=timezone.now(),
        )

    shown = hotline(client)

    assert "tested by 2 people, last on" in shown.text
    assert "old, may have changed" not in shown.text
    assert "#safe-road" not in [node.attributes.get("href") for node in shown.below()]


@pytest.mark.django_db
def test_old_rules_are_marked_too(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    draft.sources.update(checked_on=timezone.localdate() - timedelta(days=200))
    draft.publish(by=None, at=NOW)

    main = tree(client.get("/en/operators/acme/").content.decode())

    facts = [node for node in main.below() if node.attributes.get("id") == "fact-end-date"]
    assert "old, may have changed" in facts[0].text


@pytest.mark.django_db
def test_the_network_and_the_state_of_a_brand_stand_with_their_sources(client: Client) -> None:
    acme = make_operator(
        "Acme",
        slug="acme",
        network="proximus",
        state=Operator.State.ABSORBED,
        state_source_url="https://press.example/merger",
        state_checked_on=TODAY,
    )
    without = make_procedure(operator=acme, plan=Plan.POSTPAID, published=False)
    without.publish(by=None, at=NOW)
    unsaid = read(client.get("/en/operators/acme/postpaid/"))
    draft = make_procedure(operator=acme, plan=Plan.PREPAID, published=False)
    source = draft.sources.get()
    draft.facts.create(key="network", topic="network", text="It uses Proximus.").sources.add(source)
    draft.publish(by=None, at=NOW)

    page = read(client.get("/en/operators/acme/prepaid/"))

    assert "Network:" not in unsaid.text  # no source says so
    assert "Network: Proximus." in page.text
    assert page.link("Where we read that").href == "#network"
    assert "network" in page.ids
    assert "Acme: being taken over." in page.text
    assert page.link("https://press.example/merger").rel == "nofollow noopener"


# --- What a channel consists of -------------------------------------------------------------------


@pytest.mark.django_db
def test_a_channel_says_what_to_bring_do_say_and_expect(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    add_claims(
        draft.sources.get(),
        Channel(
            key="line",
            kind=ChannelKind.HOTLINE,
            value="0800 12 345",
            hours="Mon to Fri, 9 to 17",
            instructions="1. Press **2**.",
            say="I end my contract.",
            bring="Your customer number.",
            expect="A mail within two days.",
        ),
    )
    draft.publish(by=None, at=NOW)

    shown = hotline(client)

    assert "Mon to Fri, 9 to 17" in shown.text
    for term, text in {
        "Have at hand": "Your customer number.",
        "Do this": "Press 2 .",
        "Say this": "I end my contract.",
        "Then expect this": "A mail within two days.",
    }.items():
        assert f"{term} {text}" in shown.text


@pytest.mark.django_db
def test_what_a_channel_does_not_say_is_not_announced(client: Client) -> None:
    rumour(checked_ago=0)

    assert "How it goes" not in hotline(client).text


# --- Languages ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_text_carries_the_language_that_it_is_really_in(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    step = draft.steps.get(key="logins")
    step.translate("title", "nl", "Wat aan het nummer hangt")
    step.save()
    draft.publish(by=None, at=NOW)

    page = tree(client.get("/nl/operators/acme/").content.decode())
    english = tree(client.get("/en/operators/acme/").content.decode())

    marked = [node for node in page.below() if "lang" in node.attributes]
    languages = {node.text: node.attributes["lang"] for node in marked}
    assert languages["Wat aan het nummer hangt"] == "nl"
    assert languages["Look it up."] == "en"
    assert languages["You choose the day."] == "en"
    own = [node for node in english.below() if not node.explains_a_word]
    assert not any("lang" in node.attributes for node in own)


@pytest.mark.django_db
def test_no_text_of_a_procedure_goes_without_its_language(client: Client) -> None:
    draft = make_procedure(operator=make_operator("Acme", slug="acme"), published=False)
    texts = {name: f"Its {name}." for name in ("hours", "note", "instructions", "say", "bring")}
    add_claims(draft.sources.get(), Channel(key="line", kind="hotline", expect="So.", **texts))
    step = Step(key="one", title="Title.", body="Body.", special="Special.")
    add_claims(draft.sources.get(), step)
    draft.publish(by=None, at=NOW)

    main = tree(client.get("/de/operators/acme/").content.decode())

    for text in (*texts.values(), "So.", "Title.", "Body.", "Special.", "Customer number"):
        own = (node for node in main.below() if not node.explains_a_word)
        holder = next(node for node in own if text in node.children)
        nearest = next(node for node in holder.around() if "lang" in node.attributes)
        assert nearest.tag != "main", text
