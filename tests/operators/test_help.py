"""Help where it is needed: words, questions, and where the customer number stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from django.utils import translation

from cases.forms import CustomerNumberForm, OpeningForm
from operators import bills, catalogue, glossary, guide, questions
from operators.glossary import TERMS
from operators.models import Operator
from operators.passages import Passage
from tests.conftest import ROOT
from tests.factories import make_operator, make_procedure
from tests.pages import field, read

LANGUAGES = [code for code, _name in settings.LANGUAGES]
OF_A_KEY = re.compile(r'{% term "([^"]+)" %}|\[[^\[\]<>"]+\]\(([a-z-]+)\)')


def passages() -> Iterator[Passage]:
    for question in questions.QUESTIONS:
        yield from question.answer
    for bill in bills.BILLS.values():
        yield from bill.passages


# --- What is said, and where it was read ----------------------------------------------------------


def test_every_source_that_the_help_names_is_one_of_the_catalogue() -> None:
    named = {key for one in passages() for key in one.sources}
    named |= {key for term in glossary.ALL for key in term.sources}

    assert named - set(catalogue.sources()) == set()


@pytest.mark.parametrize("question", questions.QUESTIONS, ids=lambda question: question.key)
def test_an_answer_rests_on_a_source(question: questions.Question) -> None:
    assert any(passage.sources for passage in question.answer)


@pytest.mark.parametrize("question", questions.QUESTIONS, ids=lambda question: question.key)
def test_an_answer_has_two_to_five_short_sentences(question: questions.Question) -> None:
    text = " ".join(passage.text for passage in question.answer)

    sentences = re.findall(r"[^.?!]+[.?!]+", text)
    assert 2 <= len(sentences) <= 6
    assert max(len(sentence.split()) for sentence in sentences) <= 32


def test_no_sentence_without_a_source_names_a_figure_or_an_operator() -> None:
    unsourced = [one.text for one in passages() if not one.sources]
    unsourced += [term.meaning for term in glossary.ALL if not term.sources]
    names = [bill.name for bill in bills.BILLS.values()] + ["itsme", "regulator"]

    claims = [text for text in unsourced if re.search(r"\d", text)]
    claims += [text for text in unsourced if any(name in text for name in names)]

    assert claims == []


def test_there_are_fifteen_to_twenty_questions_each_with_an_address_of_its_own() -> None:
    keys = [question.key for question in questions.QUESTIONS]

    assert 15 <= len(keys) <= 20
    assert len({*keys, *(group.key for group in questions.GROUPS)}) == len(keys) + len(
        questions.GROUPS
    )


def test_each_brand_of_the_catalogue_is_told_where_its_number_stands_or_that_we_do_not_know() -> (
    None
):
    brands = {entry.row.slug: entry.row for entry in catalogue.load()}
    gone = {slug for slug, row in brands.items() if row.state == Operator.State.DEFUNCT}

    assert set(bills.BILLS) == set(brands) - gone - {"other"}
    assert {slug: bill.name for slug, bill in bills.BILLS.items()} == {
        slug: brands[slug].name for slug in bills.BILLS
    }


def test_where_something_is_marked_a_source_says_so_and_where_none_does_nothing_is() -> None:
    assert all(bill.passages and bill.passages[0].sources for bill in bills.KNOWN)
    assert all(bill.place is not bills.Place.UNKNOWN for bill in bills.KNOWN)
    assert {bill.place for bill in bills.NOT_KNOWN} == {bills.Place.UNKNOWN}


# --- The glossary ---------------------------------------------------------------------------------


def test_each_term_is_explained_once_in_a_sentence_or_two() -> None:
    assert len(TERMS) == len(glossary.ALL)
    for term in glossary.ALL:
        assert 1 <= len(re.findall(r"[^.]+\.", term.meaning)) <= 3, term.key
        assert set(term.words) in ({*glossary.LANGUAGES}, set()), term.key


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_shows_the_belgian_words_in_each_language(
    client: Client, language: str
) -> None:
    response = client.get(f"/{language}/guide/glossary/")

    page = read(response)
    assert {term.key for term in glossary.ALL} <= set(page.ids)
    for word in ("domiciliëring", "relevé de compte", "Rufnummernmitnahme"):
        assert word in page.text
    assert '<b lang="nl">domiciliëring</b>' in response.content.decode()


@pytest.mark.django_db
def test_the_glossary_goes_by_the_alphabet_and_stars_what_we_did_not_read(client: Client) -> None:
    text = read(client.get("/en/guide/glossary/")).text

    names = ["Bill", "Complaint", "Customer number", "Digital key", "Direct debit", "Written"]
    places = [text.index(name, text.index("did not read on a Belgian page")) for name in names]
    assert places == sorted(places)
    assert "Domizilierung*" in text
    assert "domiciliëring*" not in text


@pytest.mark.parametrize(
    ("language", "names", "sorted_names"),
    [
        ("en", ["pack", "Easy Switch", "bill"], ["bill", "Easy Switch", "pack"]),
        ("fr", ["facture", "échéance", "domiciliation"], ["domiciliation", "échéance", "facture"]),
        ("de", ["Vertrag", "Übertragung", "Rechnung"], ["Rechnung", "Übertragung", "Vertrag"]),
        ("zh-hans", ["账单", "合同", "通知期"], ["合同", "通知期", "账单"]),  # hé, tōng, zhàng
    ],
)
def test_names_are_sorted_as_their_readers_look_them_up(
    language: str, names: list[str], sorted_names: list[str]
) -> None:
    with translation.override(language):
        assert sorted(names, key=guide.alphabetical) == sorted_names


# --- Notes beside words ---------------------------------------------------------------------------


def rendered(source: str, context: Context | None = None) -> str:
    return Template("{% load i18n terms %}" + source).render(context or Context())


def of_a_page() -> RequestContext:
    return RequestContext(RequestFactory().get("/en/"))


def test_every_key_that_a_template_names_is_in_the_glossary() -> None:
    named = {
        marked or plain
        for path in (ROOT / "templates").rglob("*.html")
        for plain, marked in OF_A_KEY.findall(path.read_text())
    }

    assert len(named) > 8
    assert named - set(TERMS) == set()


def test_a_word_opens_its_note_and_the_note_leads_to_the_glossary() -> None:
    html = rendered('{% term "direct-debit" %}direct debit{% endterm %}')

    assert 'popovertarget="term-direct-debit"' in html
    assert ">direct debit</button>" in html
    assert '<span class="term-note" popover id="term-direct-debit"' in html
    assert '<i lang="nl">domiciliëring</i>' in html
    assert 'href="/en/guide/glossary/#direct-debit"' in html


def test_a_note_stands_after_the_sentence_and_interrupts_none() -> None:
    html = rendered(
        "{% terms %}<p>Take back the [direct debit](direct-debit) now.</p>{% endterms %}"
    )

    sentence = re.sub(r"<[^>]+>", "", html[: html.index("</p>")])
    assert sentence == "Take back the direct debit now."
    assert html.index("</p>") < html.index("popover id=")


def test_a_term_that_is_marked_twice_has_one_note() -> None:
    word = '{% term "pack" %}pack{% endterm %}'
    context = of_a_page()
    context["part"] = Template("{% load terms %}" + word)

    html = rendered(word + word + "{% include part only %}", context)

    assert html.count('popovertarget="term-pack" title') == 3
    assert html.count('id="term-pack"') == 1


def test_another_page_has_its_notes_again() -> None:
    word = '{% term "pack" %}pack{% endterm %}'

    pages = [rendered(word, of_a_page()) for _page in range(2)]

    assert [html.count('id="term-pack"') for html in pages] == [1, 1]


def test_an_unknown_key_stops_who_writes_a_template_and_not_who_reads_a_translation() -> None:
    with pytest.raises(KeyError):
        rendered('{% term "nonsense" %}word{% endterm %}')

    html = rendered("{% terms %}A [word](nonsense) and [a place] (here).{% endterms %}")

    assert html == "A word and [a place] (here)."


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["start/end/", "start/port/", "guide/mind/", "operators/acme/"])
def test_no_page_gives_a_name_twice(client: Client, path: str) -> None:
    make_procedure(operator=make_operator("Acme", slug="acme"))

    page = read(client.get(f"/en/{path}"))

    assert any(name.startswith("term-") for name in page.ids)
    assert len(page.ids) == len(set(page.ids))


# --- Questions ------------------------------------------------------------------------------------


def data_of(response: HttpResponse) -> dict[str, object]:
    found = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL
    )
    assert len(found) == 1
    data: dict[str, object] = json.loads(found[0])
    return data


@pytest.mark.django_db
def test_the_data_for_search_engines_says_what_the_page_says(client: Client) -> None:
    response = client.get("/en/guide/questions/")

    data = data_of(response)
    page = read(response)
    assert (data["@context"], data["@type"]) == ("https://schema.org", "FAQPage")
    assert data["inLanguage"] == "en"
    entries = data["mainEntity"]
    assert isinstance(entries, list)
    assert len(entries) == len(questions.QUESTIONS)
    headings = [text for _level, text in page.headings]
    for entry in entries:
        assert entry["@type"] == "Question"
        assert entry["name"] in headings
        assert entry["acceptedAnswer"]["@type"] == "Answer"
        for line in entry["acceptedAnswer"]["text"].splitlines():
            assert line in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_answer_leads_on_to_a_page_that_is_there(client: Client, language: str) -> None:
    page = read(client.get(f"/{language}/guide/questions/"))

    for question in questions.QUESTIONS:
        assert question.key in page.ids
        assert f"#{question.key}" in [link.href for link in page.links]
    with translation.override(language):
        for link in {guide._link(one.page)["url"] for one in questions.QUESTIONS}:
            address, _hash, part = link.partition("#")
            response = client.get(address)
            if "/letters/" not in address or address.endswith("/letters/"):
                assert response.status_code == 200, address
            assert not part or part in read(response).ids, link


@pytest.mark.django_db
def test_advice_is_told_from_what_was_read(client: Client) -> None:
    advice = [one for question in questions.QUESTIONS for one in question.answer if not one.sources]

    text = read(client.get("/en/guide/questions/")).text

    assert text.count("Our advice.") == len(advice) > 0
    assert "read on 23 Nov 2026" in text


# --- Where the customer number stands -------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_place_for_each_brand(client: Client, language: str) -> None:
    page = read(client.get(f"/{language}/guide/customer-number/"))

    assert set(bills.BILLS) <= set(page.ids)
    assert "Klantenrekening" in page.text


@pytest.mark.django_db
def test_a_drawing_says_in_words_what_it_marks(client: Client) -> None:
    top = (
        "Drawing of a bill. Its top is marked, from edge to edge: the customer number stands there."
    )

    html = client.get("/en/guide/customer-number/").content.decode()

    assert re.findall(r'<svg[^>]* role="img" aria-label="([^"]+)"', html) == [
        top,  # Proximus
        top,  # BASE
        "Drawing of a bill. The whole first page is marked: the customer number stands somewhere "
        "on it.",
        "Drawing of a phone with an online account. The part with your own data is marked: the "
        "customer number stands there.",
        "Drawing of a bill: name of the operator, your address, numbers and dates, amounts, "
        "payment slip. Nothing is marked.",
    ]
    assert html.count('class="marked"') == len(bills.KNOWN)


@pytest.mark.django_db
def test_the_page_of_an_operator_leads_to_its_bill(client: Client) -> None:
    make_procedure(operator=make_operator("BASE", slug="base"))

    link = read(client.get("/en/operators/base/")).link("Where do I find it?")

    assert link.href == "/en/guide/customer-number/#base"


@pytest.mark.django_db
def test_a_form_that_asks_for_the_number_says_where_it_stands(client: Client) -> None:
    make_procedure()

    response = client.get("/nl/cases/new/")

    assert (
        "Waar vind ik het? (Opent in een nieuw tabblad.)" in field(response, "customer_number").text
    )
    link = read(response).link("Waar vind ik het? (Opent in een nieuw tabblad.)")
    assert link.href == "/nl/guide/customer-number/"
    assert 'target="_blank" rel="noopener"' in response.content.decode()


@pytest.mark.parametrize("form", [OpeningForm, CustomerNumberForm])
def test_the_help_of_a_field_speaks_the_language_of_its_reader(form: type) -> None:
    help_text = form.base_fields["customer_number"].help_text

    with translation.override("nl"):
        assert "/nl/guide/customer-number/" in str(help_text)
    with translation.override("fr"):
        assert "/fr/guide/customer-number/" in str(help_text)
