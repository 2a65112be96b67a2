"""Letters without an account and without a trace: the pages, and that nothing stays behind."""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from pytest_django import Settings as Configuration

from accounts.models import User
from cases import letter_kinds, letters, schedule
from cases.views.letters import LetterFailed
from operators.models import Channel, ChannelKind, LetterKind, Operator, Plan
from tests import services
from tests.conftest import missing
from tests.factories import NOW, add_claims, import_letters, make_operator, make_procedure
from tests.pages import field, read

pytestmark = pytest.mark.django_db

KIND = "cancellation_postpaid"
SPOKEN = ["phone_script", "shop_sheet"]
ON_PAPER = [kind for kind in LetterKind.values if kind not in SPOKEN]
SECRET = "Zaphod Beeblebrox"
# As the catalogue knows them: the company, and its address in one line.
OPERATORS = {
    "Proximus": (
        "Proximus NV van publiek recht / SA de droit public",
        "Proximus, Boulevard du Roi Albert II 27 / Koning Albert II-laan 27, 1030 Brussels",
    ),
    "Telenet": ("Telenet BV", "Telenet BV, Liersesteenweg 4, 2800 Mechelen"),
    "BASE": (
        "Telenet Group NV (BASE)",
        "Telenet Group NV (BASE), Liersesteenweg 4, 2800 Mechelen",
    ),
}
ASKS_IN_WRITING = {
    "nl": "schriftelijk",
    "fr": "par écrit",
    "de": "schriftlich",
    "en": "in writing",
}


@pytest.fixture(autouse=True)
def texts() -> None:
    import_letters()


def today() -> date:
    """By the clock of this machine, which the pages read."""
    return schedule.today(timezone.now())


END = today() + timedelta(days=30)


def typed(**changed: Any) -> dict[str, Any]:
    """Everything that any kind of letter asks for."""
    past = [
        *("sent_on", "called_on", "confirmed_on", "ended_on", "ported_on", "billed_on"),
        *("bought_on", "received_on", "complained_on"),
    ]
    return {
        "language": "nl",
        "full_name": SECRET,
        "phone_number": "0470 12 33 21",
        "customer_number": "K-987654",
        "operator": "Telenet",
        "wanted_end": END.isoformat(),
        "address": "Diestsestraat 12\n3000 Leuven",
        "place": "Leuven",
        "recipient": "Telenet BV\nLiersesteenweg 4\n2800 Mechelen",
        "amount": "12.50",
        "iban": "BE68 5390 0754 7034",
        "channel": "letter",
        "device": "Fairphone 5",
        **{name: (today() - timedelta(days=1)).isoformat() for name in past},
    } | changed


def address(kind: str = KIND, reader: str = "en") -> str:
    return f"/{reader}/letters/{kind}/"


def ask(browser: Client, kind: str = KIND, reader: str = "en", **changed: Any) -> Any:
    return browser.post(address(kind, reader), typed(**changed))


def make_telenet() -> Operator:
    telenet = make_operator("Telenet", slug="telenet", legal_name="Telenet BV")
    for plan in Plan.values:
        draft = make_procedure(operator=telenet, plan=plan, published=False)
        draft.channels.all().delete()
        post = "Telenet BV, Liersesteenweg 4, 2800 Mechelen"
        add_claims(
            draft.sources.get(),
            Channel(key="post", kind=ChannelKind.LETTER, value=post),
            Channel(key="mail", kind=ChannelKind.EMAIL, value=f"{plan}@telenet.example"),
            Channel(key="form", kind=ChannelKind.WEB_FORM, value="https://telenet.example/form"),
            Channel(key="line", kind=ChannelKind.HOTLINE, value="0800 66 611"),
        )
        draft.publish(by=None, at=NOW)
    return telenet


# --- Which letter ---------------------------------------------------------------------------------


def test_every_letter_can_be_chosen_and_asked_for(client: Client) -> None:
    page = read(client.get("/en/letters/"))

    groups = [text for level, text in page.headings if level == 2]
    assert groups[:4] == ["Ending", "After sending", "Complaint", "Spoken"]
    links = {link.href for link in page.links}
    assert {address(kind) for kind in LetterKind.values} <= links
    assert {client.get(address(kind)).status_code for kind in LetterKind.values} == {200}
    assert set(letter_kinds.LINES) == set(LetterKind)


def test_somebody_from_an_operators_page_chooses_among_letters_for_the_plan(
    client: Client,
) -> None:
    make_telenet()

    page = read(client.get("/en/letters/?operator=telenet&plan=prepaid"))

    links = [link.href for link in page.links if "/letters/" in link.href]
    assert f"{address('cancellation_prepaid')}?operator=telenet&plan=prepaid" in links
    assert not any(KIND in link for link in links)


def test_a_letter_without_words_is_not_found(client: Client) -> None:
    assert client.get(address("love_letter")).status_code == 404
    assert client.post(address("love_letter"), typed()).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_letter_takes_no_other_method(client: Client, method: str) -> None:
    assert getattr(client, method)(address()).status_code == 405
    assert getattr(client, method)("/en/letters/").status_code == 405
    assert client.post("/en/letters/").status_code == 405


# --- The form -------------------------------------------------------------------------------------


def test_the_first_question_is_the_language_and_why(client: Client) -> None:
    make_telenet()

    response = client.get(f"{address()}?operator=telenet")

    names = re.findall(r'name="(\w+)"', response.content.decode().partition("<main")[2])
    assert names[:2] == ["csrfmiddlewaretoken", "language"]
    asked = field(response, "language")
    assert asked.value == "nl"
    assert "Suggested: Dutch, because this letter goes to post code 2800." in asked.text


@pytest.mark.parametrize(
    ("language", "suggested", "reason"),
    [
        ("en", "fr", "because we know no address yet"),
        ("zh-hans", "fr", "因为我们还不知道地址"),
        ("nl", "nl", "omdat u deze pagina in die taal leest"),
    ],
)
def test_without_an_address_the_language_is_the_readers_or_french(
    client: Client, language: str, suggested: str, reason: str
) -> None:
    asked = field(client.get(address(reader=language)), "language")

    assert asked.value == suggested
    assert reason in asked.text


def test_the_operator_that_one_comes_from_is_filled_in(client: Client) -> None:
    make_telenet()

    response = client.get(f"{address()}?operator=telenet&plan=postpaid")

    recipient = field(response, "recipient")
    assert recipient.value.strip().split("\n") == [
        "Telenet BV",
        "Liersesteenweg 4",
        "2800 Mechelen",
    ]


@pytest.mark.parametrize("query", ["?operator=nobody", "?operator=%00", "?plan=x", "?operator="])
def test_an_operator_that_there_is_not_is_nobody(client: Client, query: str) -> None:
    response = client.get(address() + query)

    assert response.status_code == 200
    assert field(response, "recipient").value.strip() == ""


def test_the_ombudsman_is_addressed_with_a_word_of_care(client: Client) -> None:
    response = client.get(address("ombudsman"))

    recipient = field(response, "recipient")
    assert "1000 Bruxelles" in recipient.value
    assert "look on ombudsmantelecom.be before you send it" in recipient.text


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(client: Client) -> None:
    response = ask(client, wanted_end="2020-01-01", full_name="", address="Rue Neuve 1\n1000 B")

    assert response.status_code == 422
    assert "This day is over" in field(response, "wanted_end").text
    assert "This field is required" in field(response, "full_name").text
    assert field(response, "address").value.strip() == "Rue Neuve 1\n1000 B"


# --- The letter -----------------------------------------------------------------------------------


def test_each_sentence_stands_beside_its_meaning_each_marked_with_its_language(
    client: Client,
) -> None:
    response = ask(client, reader="zh-hans")

    assert response.status_code == 200
    page = response.content.decode().partition('id="letter"')[2].partition("</section>")[0]
    pairs = re.findall(r'<p lang="nl">(.*?)</p><p class="meaning" lang="zh-hans">(.*?)</p>', page)
    assert len(pairs) > 8
    assert page.count('class="pair"') == len(pairs)
    assert ("Met vriendelijke groeten,", "此致敬礼") in pairs


def test_who_reads_the_letters_language_gets_no_second_column(client: Client) -> None:
    page = ask(client, reader="nl").content.decode()

    assert 'class="meaning"' not in page


def test_the_words_can_be_copied_and_handed_to_a_mail_program(client: Client) -> None:
    make_telenet()

    response = client.post(f"{address()}?operator=telenet&plan=postpaid", typed())

    page = response.content.decode()
    text = unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0])
    assert text.startswith("Geachte mevrouw, geachte heer,\n\nHierbij zeg ik")
    assert text.endswith(f"Met vriendelijke groeten,\n{SECRET}")
    links = read(response).links
    mail_link = next(link for link in links if link.href.startswith("mailto:"))
    assert mail_link.text == "Write to postpaid@telenet.example"
    assert "subject=Opzegging" in mail_link.href
    assert "https://telenet.example/form" in {link.href for link in links}


def test_without_a_known_address_the_mail_has_none_yet(client: Client) -> None:
    links = read(ask(client)).links

    assert any(link.href.startswith("mailto:?subject=") for link in links)


def test_a_post_code_that_suggests_another_language_offers_it(client: Client) -> None:
    response = ask(client, language="fr")

    assert "Your post code 3000 suggests Dutch." in " ".join(read(response).text.split())
    again = client.post(address(), hidden(response) | {"language": "nl"})
    assert "Hierbij zeg ik" in read(again).text
    assert "suggests" not in read(again).text


def test_the_page_that_shows_the_letter_can_be_changed_with_all_that_was_typed(
    client: Client,
) -> None:
    shown = ask(client, asap="on", answer_email="z@example.org")

    form = client.post(address(), hidden(shown) | {"do": "change"})

    assert form.status_code == 200
    assert field(form, "full_name").value == SECRET
    assert field(form, "address").value.strip().splitlines() == ["Diestsestraat 12", "3000 Leuven"]
    assert field(form, "wanted_end").value == END.isoformat()
    assert field(form, "asap").value == "on"
    assert field(form, "answer_email").value == "z@example.org"


def hidden(response: Any) -> dict[str, str]:
    """What the page carries, to be sent with one of its buttons."""
    pairs = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)">', response.content.decode()
    )
    return {name: unescape(value) for name, value in pairs if name != "csrfmiddlewaretoken"}


def test_the_paper_comes_as_a_download_that_nobody_keeps(client: Client) -> None:
    shown = ask(client)

    response = client.post(address(), hidden(shown) | {"do": "paper"})

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="cancellation-postpaid.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(b"%PDF")


@pytest.mark.parametrize("kind", SPOKEN)
def test_what_is_said_has_no_salutation_and_tells_when_to_say_what(
    client: Client, kind: str
) -> None:
    make_telenet()

    response = client.post(f"{address(kind)}?operator=telenet", typed(do="paper"))

    assert response["Content-Type"].startswith("text/html")
    page = response.content.decode()
    assert f"mijn naam is {SECRET}" in page
    assert "Geachte mevrouw" not in page
    assert page.count('class="pair cue"') >= 4
    assert ("tel:080066611" in page) is (kind == "phone_script")


@pytest.mark.parametrize("kind", LetterKind.values)
def test_every_letter_can_be_written_in_every_language_and_read_in_every_other(
    client: Client, kind: str
) -> None:
    for language, reader in (("nl", "zh-hans"), ("fr", "de"), ("de", "fr"), ("en", "nl")):
        response = client.post(address(kind, reader), typed(language=language))

        assert response.status_code == 200, response.context["form"].errors
        page = read(response)
        assert page.levels.count(1) == 1
        assert (page.inline_styles, page.handlers) == ([], [])
        assert len(page.ids) == len(set(page.ids))


def test_a_letter_takes_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_telenet()

    with django_assert_max_num_queries(4):
        assert client.post(f"{address()}?operator=telenet", typed()).status_code == 200
    with django_assert_max_num_queries(2):
        client.get("/en/letters/?operator=telenet")


# --- On paper -------------------------------------------------------------------------------------


def pdf_text(content: bytes) -> str:
    """The words of a PDF in reading order, with plain spaces."""
    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


# 144 letters, each made and read back: some seconds.
@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("operator", OPERATORS)
def test_the_paper_holds_all_that_a_letter_must_say(
    client: Client, configured: Configuration, operator: str, language: str
) -> None:
    if not services.PARTS["poppler"].program():
        missing("poppler")
    company, post = OPERATORS[operator]
    row = make_operator(operator, slug="it", legal_name=company)
    draft = make_procedure(operator=row, published=False)
    draft.channels.all().delete()
    add_claims(draft.sources.get(), Channel(key="post", kind=ChannelKind.LETTER, value=post))
    draft.publish(by=None, at=NOW)

    for kind in ON_PAPER:
        form = client.get(f"{address(kind)}?operator=it")
        recipient = field(form, "recipient").value.strip()
        data = typed(language=language, recipient=recipient, operator=operator, do="paper")
        response = client.post(address(kind), data)
        assert response["Content-Type"] == "application/pdf", response.context["form"].errors
        text = pdf_text(response.content)

        asked = set(form.context["form"].fields)
        wanted = ["0470 12 33 21", "K-987654", SECRET, *recipient.split("\n")]
        wanted += [letters.day_in_words(END, language)] if "wanted_end" in asked else []
        wanted += [operator] if "operator" in asked else []
        assert [one for one in wanted if one not in text] == [], (kind, text)
        assert ASKS_IN_WRITING[language] in text, (kind, text)


@pytest.fixture
def configured(settings: Configuration) -> Configuration:
    """More letters than a person makes."""
    settings.ACCOUNT_RATE_LIMITS = {}
    return settings


# --- Without a trace ------------------------------------------------------------------------------


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, sessions too."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models
    }


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every line, down to DEBUG, also of loggers that do not pass theirs on."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="django")
    known = logging.Logger.manager.loggerDict.values()
    deaf = [one for one in known if isinstance(one, logging.Logger) and not one.propagate]
    for one in deaf:
        one.addHandler(caplog.handler)
    yield caplog
    for one in deaf:
        one.removeHandler(caplog.handler)


def test_a_letter_leaves_nothing_behind(
    client: Client, as_alice: Client, log: pytest.LogCaptureFixture
) -> None:
    before = everything()

    for browser in (client, as_alice):
        said = [
            browser.get(address()),
            ask(browser),
            ask(browser, do="change"),
            ask(browser, do="paper"),
            ask(browser, phone_number=f"{SECRET} 0470"),
            ask(browser, "phone_script"),
        ]
        assert [one.status_code for one in said] == [200, 200, 200, 200, 422, 200]
        for one in said:
            assert "no-store" in one["Cache-Control"]
            assert set(one.cookies) <= {"csrftoken"}

    assert everything() == before
    assert traces_in(log) == []
    assert "Nothing that you type is stored." in read(client.get(address())).text


def test_a_letter_that_fails_leaves_nothing_behind_either(
    client: Client,
    log: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    settings: Configuration,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> bytes:
        raise ValueError(f"Cannot set {args} {SECRET}")

    settings.ADMINS = [("", "root@example.org")]
    monkeypatch.setattr(letters, "pdf", fail)
    client.raise_request_exception = False
    before = everything()

    response = ask(client, do="paper")

    assert response.status_code == 500
    assert everything() == before
    assert traces_in(log) == []
    assert any("LetterFailed: ValueError in" in one for one in lines_of(log))
    assert len(mail.outbox) == 1  # to the administrators, with the address of the page
    assert address() in str(mail.outbox[0].body)
    assert SECRET not in str(mail.outbox[0].message())
    assert "K-987654" not in str(mail.outbox[0].message())


def lines_of(log: pytest.LogCaptureFixture) -> list[str]:
    """What each record says, with the report of its error."""
    formatter = logging.Formatter()
    return [formatter.format(record) for record in log.records]


def traces_in(log: pytest.LogCaptureFixture) -> list[str]:
    typed_words = ("Zaphod", "Beeblebrox", "470", "K-987654", "Diestsestraat", "BE68")
    return [line for line in lines_of(log) if any(word in line for word in typed_words)]


def test_the_error_of_a_letter_hangs_on_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> bytes:
        raise ValueError(SECRET)

    monkeypatch.setattr(letters, "pdf", fail)

    with pytest.raises(LetterFailed) as failed:
        ask(client, do="paper")

    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_too_many_letters_are_told_to_wait_and_keep_what_was_typed(
    client: Client, settings: Configuration
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"letter": "2/m/ip"}

    answers = [ask(client), ask(client), ask(client)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert "Please wait a few minutes" in read(answers[2]).text
    assert field(answers[2], "full_name").value == SECRET


def test_a_letter_needs_the_token_of_its_form(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)

    assert ask(browser).status_code == 403


# --- Whatever is typed ----------------------------------------------------------------------------

HOSTILE = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        [
            "\u202eevil\u202c",
            "👩‍👩‍👧‍👦" * 9,
            '#eval("1+1") $x$ @label \\ `raw` *b* _i_ <script>alert(1)</script> & "quoted"',
            "{phone_number} [mandate] {{ x }} {% y %}",
            "x" * 10_000,
            "\x00",
            "a\r\n.\r\nBcc: b@example.org",
        ]
    ),
)


@settings(max_examples=max(settings().max_examples // 3, 15))
@given(
    kind=st.sampled_from(LetterKind.values),
    texts_typed=st.dictionaries(
        st.sampled_from(
            [
                *("full_name", "address", "recipient", "place", "customer_number", "device"),
                *("other_services", "iban", "subscriber_name", "operator", "amount", "wanted_end"),
                *("phone_number", "answer_email", "language", "channel", "relation"),
            ]
        ),
        HOSTILE,
        max_size=6,
    ),
    conditions=st.sets(st.sampled_from(["asap", "pack", "mandate", "deceased", "registered"])),
    do=st.sampled_from(["", "paper", "change"]),
)
@example(
    kind=KIND,
    texts_typed={"full_name": "</textarea><script>alert(1)</script>"},
    conditions=set(),
    do="",
)
def test_whatever_is_typed_there_is_a_letter_or_a_sentence(
    kind: str,
    texts_typed: dict[str, str],
    conditions: set[str],
    do: str,
) -> None:
    cache.clear()  # more letters than a person makes
    data = typed(**texts_typed, **dict.fromkeys(conditions, "on"), do=do)

    response = Client().post(address(kind), data)

    assert response.status_code in (200, 422)
    if not response["Content-Type"].startswith("application/pdf"):
        assert "<script>alert" not in response.content.decode()
