"""A case that others read by a link: who opens it, what they see, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from cases import share
from cases.models import Case, CaseEvent, Evidence, ShareLink, ShareView
from tests.cases.silent_telenet import walk
from tests.factories import NOW, make_case, make_evidence, make_user
from tests.pages import field
from tests.pages import read as read_page

pytestmark = pytest.mark.django_db

# Each ends what it ends: the link, the token, or who may give it away.
ENDED = ["revoked", "expired", "unknown", "tampered", "other salt", "nonsense", "no owner"]


@pytest.fixture
def case(alice: User) -> Case:
    return make_case(owner=alice, requested_on=timezone.localdate(NOW))


@pytest.fixture
def link(case: Case, alice: User) -> ShareLink:
    return share.make(case, reader="The Ombudsman", days=30, by=alice, at=timezone.now())


@pytest.fixture
def reader(link: ShareLink) -> Client:
    """The browser of somebody without an account, who has opened the link."""
    browser = Client(REMOTE_ADDR="203.0.113.77")
    assert browser.post(path(link), {"name": "M. Janssens"}).status_code == 302
    return browser


def path(link: ShareLink, rest: str = "") -> str:
    """As it is given away."""
    return f"/s/{share.token_of(link)}/{rest}"


def links(case: Case) -> str:
    return reverse("cases:share", args=[case.reference])


# --- Its owner ------------------------------------------------------------------------------------


def test_a_link_is_made_and_the_case_remembers_it(case: Case, as_alice: Client) -> None:
    before = timezone.now()

    response = as_alice.post(links(case), {"reader": "Li who helps", "days": "7"}, follow=True)

    made = case.share_links.get()
    assert made.reader == "Li who helps"
    assert before + timedelta(days=7) <= made.expires_at <= timezone.now() + timedelta(days=7)
    assert case.events.filter(kind=CaseEvent.Kind.SHARED, note="Li who helps").count() == 1
    assert f"https://simexit.test{path(made)}" in response.content.decode()


def test_the_address_of_a_link_is_always_the_same(link: ShareLink) -> None:
    assert share.address(link) == share.address(ShareLink.objects.get(pk=link.pk))


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"reader": "", "days": "7"}, "Write for whom"),
        ({"reader": "x" * 101, "days": "7"}, "100"),
        ({"reader": "a\x00b", "days": "7"}, "Null"),
        ({"reader": "Li", "days": "9999"}, "Choose one of these"),
        ({"reader": "Li"}, "required"),
    ],
)
def test_a_link_for_nobody_or_for_ever_is_refused(
    case: Case, as_alice: Client, typed: dict[str, str], complaint: str
) -> None:
    response = as_alice.post(links(case), typed)

    assert response.status_code == 422
    assert complaint in response.content.decode()
    assert not case.share_links.exists()


def test_the_owner_sees_who_opened_it_and_when(
    case: Case, link: ShareLink, reader: Client, as_alice: Client
) -> None:
    reader.post(path(link), {"name": "M. Janssens, again"})

    page = read_page(as_alice.get(links(case))).text

    assert "Opened 2 times:" in page
    assert "M. Janssens, again" in page
    assert "from the network 203.0.113.0/24" in page
    assert "203.0.113.77" not in page


def test_a_link_is_taken_back_once_and_for_all(
    case: Case, link: ShareLink, reader: Client, as_alice: Client
) -> None:
    address = reverse("cases:unshare", args=[case.reference, link.pk])

    as_alice.post(address)
    page = as_alice.post(address, follow=True)

    assert "taken back on" in page.content.decode()
    assert share.address(link) not in page.content.decode()
    assert case.events.filter(kind=CaseEvent.Kind.UNSHARED).count() == 1
    for rest in ("", "case/", "dossier.zip", "dossier.pdf"):
        assert reader.get(path(link, rest)).status_code == 404


def test_a_link_of_another_case_cannot_be_taken_back(
    link: ShareLink, alice: User, as_alice: Client, as_stranger: Client, stranger: User
) -> None:
    other = make_case(owner=stranger)

    for browser, case in [(as_alice, make_case(owner=alice)), (as_stranger, other)]:
        address = reverse("cases:unshare", args=[case.reference, link.pk])
        assert browser.post(address).status_code == 404
    assert ShareLink.objects.valid(timezone.now()).filter(pk=link.pk).exists()


def test_strangers_find_no_page_of_links_and_get_takes_nothing_back(
    case: Case, link: ShareLink, client: Client, as_alice: Client, as_stranger: Client
) -> None:
    address = reverse("cases:unshare", args=[case.reference, link.pk])

    assert as_stranger.get(links(case)).status_code == 404
    assert as_stranger.post(links(case), {"reader": "x", "days": "7"}).status_code == 404
    assert "/accounts/login/" in client.get(links(case))["Location"]
    assert as_alice.get(address).status_code == 405
    assert as_alice.get(links(case)).status_code == 200
    assert case.share_links.count() == 1
    assert case.events.filter(kind__in=["shared", "unshared"]).count() == 1


def test_many_links_cost_no_more_questions(
    case: Case,
    alice: User,
    link: ShareLink,
    as_alice: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(20, exact=False) as asked:
        as_alice.get(links(case))
    for number in range(20):
        more = share.make(case, reader=f"{number}", days=7, by=alice, at=timezone.now())
        share.opened(more, name="Li", ip="2001:db8::1", at=timezone.now())

    with django_assert_num_queries(len(asked)):
        as_alice.get(links(case))


def test_the_case_page_leads_to_the_links(case: Case, as_alice: Client) -> None:
    assert links(case) in as_alice.get(case.get_absolute_url()).content.decode()


# --- Who opens it ---------------------------------------------------------------------------------


def test_before_somebody_says_who_they_are_nothing_of_the_case_is_shown(
    case: Case, link: ShareLink, client: Client
) -> None:
    page = client.get(path(link))

    text = page.content.decode()
    assert page.status_code == 200
    for secret in (
        case.reference,
        case.operator_name,
        case.owner.email,
        case.last_digits,
        link.reader,
    ):
        assert secret not in text
    assert not ShareView.objects.exists()
    for rest in ("case/", "dossier.zip", "dossier.pdf"):
        assert client.get(path(link, rest))["Location"] == path(link)


def test_opening_is_written_down(link: ShareLink, reader: Client) -> None:
    view = link.views.get()

    assert view.name == "M. Janssens"
    assert view.network == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("unix:", ""),
    ],
)
def test_of_an_address_the_beginning_is_kept(ip: str, kept: str) -> None:
    assert share.network(ip) == kept


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b"])
def test_nobody_opens_it_without_a_name(link: ShareLink, client: Client, name: str) -> None:
    response = client.post(path(link), {"name": name})

    assert response.status_code == 422
    assert field(response, "name").text
    assert not ShareView.objects.exists()
    assert client.get(path(link, "case/")).status_code == 302


def test_another_browser_has_to_say_so_too(link: ShareLink, reader: Client) -> None:
    assert reader.get(path(link, "case/")).status_code == 200
    assert Client().get(path(link, "case/")).status_code == 302


def test_on_another_day_the_reader_says_it_again(link: ShareLink, reader: Client) -> None:
    session = reader.session
    session["shared"] = {link.pk.hex: (timezone.now() - timedelta(hours=13)).isoformat()}
    session.save()

    assert reader.get(path(link, "case/"))["Location"] == path(link)


def test_one_link_opens_one_case(
    link: ShareLink, reader: Client, alice: User, stranger: User
) -> None:
    others = [make_case(owner=alice), make_case(owner=stranger)]
    for other in others:
        second = share.make(other, reader="Li", days=7, by=other.owner, at=timezone.now())
        assert reader.get(path(second, "case/"))["Location"] == path(second)


# --- What they see --------------------------------------------------------------------------------


def test_the_reader_sees_the_whole_case_and_can_change_nothing(alice: User, tmp_path: Path) -> None:
    case = walk(alice, tmp_path)
    link = share.make(case, reader="The Ombudsman", days=7, by=alice, at=timezone.now())
    reader = Client()
    reader.post(path(link), {"name": "M. Janssens"})

    page = reader.get(path(link, "case/"))

    seen = read_page(page)
    for file in case.evidence.kept():
        assert seen.link(file.name).href == path(link, f"files/{file.pk}/")
        assert file.sha256 in seen.text
    assert "Complaint: still billed" in seen.text
    assert "Cancellation sent" in seen.text
    assert "Ils promettent un avoir." in seen.text
    assert "The Ombudsman" not in seen.text.replace("for the Ombudsman", "")
    assert 'method="post"' not in page.content.decode()
    assert case.get_absolute_url() not in page.content.decode()
    assert reader.post(path(link, "case/")).status_code == 405


def test_the_reader_downloads_the_same_dossier_as_the_owner(
    case: Case, link: ShareLink, reader: Client, as_alice: Client
) -> None:
    make_evidence(case)
    own = as_alice.get(reverse("cases:dossier", args=[case.reference]) + "?language=fr")

    given = reader.get(path(link, "dossier.zip") + "?language=fr")

    assert given.getvalue() == own.getvalue()
    paper = reader.get(path(link, "dossier.pdf"), headers={"accept-language": "de"})
    assert paper["Content-Language"] == "de"
    assert paper.getvalue().startswith(b"%PDF")


def test_a_file_is_handed_out_as_a_download(case: Case, link: ShareLink, reader: Client) -> None:
    stored = make_evidence(case)

    response = reader.get(path(link, f"files/{stored.pk}/"))

    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response.getvalue().startswith(b"%PDF")


def test_files_of_other_cases_and_thrown_away_ones_are_not_there(
    case: Case, alice: User, link: ShareLink, reader: Client
) -> None:
    other = make_evidence(make_case(owner=alice))
    gone = make_evidence(case)
    Evidence.objects.filter(pk=gone.pk).update(removed_at=timezone.now())

    for file in (other, gone):
        assert reader.get(path(link, f"files/{file.pk}/")).status_code == 404


def test_looking_writes_nothing(case: Case, link: ShareLink, reader: Client) -> None:
    before = list(case.events.values()), ShareView.objects.count()

    for rest in ("", "case/", "dossier.zip", "dossier.pdf"):
        for method in (reader.get, reader.head):
            with CaptureQueriesContext(connection) as asked:
                assert method(path(link, rest)).status_code == 200
            assert not [one for one in asked if not one["sql"].lstrip("(").startswith("SELECT")]

    assert (list(case.events.values()), ShareView.objects.count()) == before


def test_no_search_engine_and_no_other_site_learns_the_address(
    link: ShareLink, reader: Client
) -> None:
    for rest in ("", "case/"):
        page = reader.get(path(link, rest))
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Referrer-Policy"] == "same-origin"
        assert "no-store" in page["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in page.content.decode()
    assert "Disallow: /s/" in reader.get("/robots.txt").content.decode()


# --- When it ends ---------------------------------------------------------------------------------


def ended(link: ShareLink, how: str) -> str:
    """The token of a link that ended this way, or of none."""
    token = share.token_of(link)
    match how:
        case "revoked":
            link.revoke(by=link.case.owner, at=timezone.now())
        case "expired":
            ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
        case "unknown":
            ShareLink.objects.filter(pk=link.pk).delete()
        case "tampered":
            return ("1" if token[0] == "0" else "0") + token[1:]
        case "other salt":
            return signing.Signer(sep=".", salt="another").sign(link.pk.hex)
        case "nonsense":
            return "x" * len(token)
        case "no owner":
            User.objects.filter(pk=link.case.owner_id).update(is_active=False)
    return token


@pytest.mark.parametrize("rest", ["", "case/", "dossier.zip", "dossier.pdf", "files/%s/"])
def test_what_opens_nothing_is_one_and_the_same_page_whatever_the_reason(
    case: Case, alice: User, rest: str
) -> None:
    answers = set()
    for how in ENDED:
        User.objects.filter(pk=alice.pk).update(is_active=True)
        link = share.make(case, reader="Li", days=7, by=alice, at=timezone.now())
        file = make_evidence(case, content=b"%PDF-1.4 " + how.encode())
        reader = Client()
        reader.post(path(link), {"name": "Li"})
        token = ended(link, how)

        with CaptureQueriesContext(connection) as asked:
            response = reader.get(f"/s/{token}/{rest % file.pk if '%s' in rest else rest}")

        headers = {name: value for name, value in response.items() if name != "Expires"}
        shape = [one["sql"].split(" WHERE ")[0] for one in asked]
        answers.add((response.status_code, response.content, str(headers), str(shape)))
    assert len(answers) == 1
    (status, content, _headers, shape) = answers.pop()
    assert status == 404
    assert b"opens nothing" in content
    assert "cases_sharelink" in shape


def test_nobody_opens_what_has_ended(link: ShareLink, client: Client) -> None:
    token = ended(link, "expired")

    assert client.post(f"/s/{token}/", {"name": "Li"}).status_code == 404
    assert not ShareView.objects.exists()


def test_a_link_signed_with_the_key_before_still_opens(
    link: ShareLink, client: Client, settings: Settings
) -> None:
    given = path(link)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]

    assert client.get(given).status_code == 200


def test_who_asks_too_often_waits(link: ShareLink) -> None:
    browser = Client(REMOTE_ADDR="198.51.100.4")
    for _again in range(60):
        assert browser.get(path(link)).status_code == 200

    assert browser.get(path(link)).status_code == 429
    assert browser.get("/s/guess/").status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.5").get(path(link)).status_code == 200


def test_a_later_day_ends_it_by_itself(case: Case) -> None:
    owner = make_user()
    link = share.make(case, reader="Li", days=7, by=owner, at=NOW)
    token = share.token_of(link)

    assert share.find(token, at=NOW + timedelta(days=6, hours=23)) == link
    assert share.find(token, at=NOW + timedelta(days=7)) is None


# --- In a browser ---------------------------------------------------------------------------------


def test_somebody_without_an_account_opens_it_and_downloads_the_dossier(
    page: Page, link: ShareLink
) -> None:
    """The policy of the pages allows it, and the key of the form goes along without a referrer."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    page.goto(path(link))
    page.get_by_label("Who are you?").fill("M. Janssens")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", name="Index of files")).to_be_visible()
    page.get_by_label("Language of the paper").select_option("fr")
    names = []
    for button in ("Download all as ZIP", "The PDF alone"):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        names.append(download.value.suggested_filename)

    reference = link.case.reference
    assert names == [f"dossier-{reference}-fr.zip", f"dossier-{reference}-fr.pdf"]
    assert complaints == []
    assert link.views.get().name == "M. Janssens"
