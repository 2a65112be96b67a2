"""What a person gets: each kind of mail, sent as it is sent on its day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.utils.html import escape

from accounts.models import User
from cases import reminders
from cases.models import Answer, Case, Reminder
from cases.models.answer import LATER, STOP
from cases.schedule import Kind
from cases.templatetags.mails import paragraphs, tidy
from operators.models import ChannelKind, Plan
from tests.cases.mails import ANSWER_LINK, NOTE, answer_links, case_owed, html_of, send_until
from tests.factories import NOW, TODAY, make_user, moment

every_kind = pytest.mark.parametrize("kind", list(Kind))
every_kind_and_goal = pytest.mark.parametrize(
    ("kind", "goal"),
    [
        (kind, goal)
        for kind in Kind
        for goal in Case.Goal.values
        if kind != Kind.CLAIM_PREPAID_CREDIT or goal == Case.Goal.PORT
    ],
)


class Page(HTMLParser):
    """The words, the addresses and everything that a mail program would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.links, self.fetched = "", list[str](), list[str]()
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes.setdefault(tag, found)
        if tag == "a":
            self.links.append(str(found["href"]))
        elif tag in ("link", "img", "script", "style", "iframe", "base", "form", "svg", "video"):
            self.fetched.append(tag)
        if {"src", "srcset", "background"} & found.keys() or "url(" in str(found.get("style")):
            self.fetched.append(str(found))

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def words(text: str) -> str:
    return " ".join(text.split())


# --- Every kind -----------------------------------------------------------------------------------


@every_kind
def test_the_subject_names_operator_and_question_but_not_the_number(
    alice: User, kind: Kind
) -> None:
    reminder, message = send_until(case_owed(kind, owner=alice), kind)

    assert reminder.case.last_digits == "321"
    assert message.subject.startswith("Télé & Co ··321: ")
    assert "\n" not in message.subject
    assert len(message.subject) < 80
    for part in (message.subject, str(message.body), html_of(message)):
        assert "123321" not in re.sub(r"[\s./-]", "", ANSWER_LINK.sub("", part))


@every_kind
def test_the_text_part_is_complete(alice: User, kind: Kind) -> None:
    case = case_owed(kind, owner=alice)
    reminder, message = send_until(case, kind)
    body = str(message.body)

    tokens = [link.split("/")[-2] for link in answer_links(message)]
    assert [reminders.read_token(token) for token in tokens] == [
        (reminder.pk, answer) for answer in (*reminder.answers, *LATER, *STOP)
    ]
    for answer in reminder.answers:
        assert re.search(rf"^{re.escape(reminder.label(answer))}:\nhttps://", body, re.MULTILINE)
    for answer in (*LATER, *STOP):
        assert re.search(rf"^{re.escape(str(answer.label))}: https://", body, re.MULTILINE)
    assert f"https://simexit.test/en/cases/{case.reference}/" in body
    assert f"because you opened case {case.reference} on 3 March 2026." in body
    assert "\n\n\n" not in body
    for sign in ("<", "&amp;", "{", "—", "None"):
        assert sign not in body.replace(NOTE, "")


@every_kind
def test_the_first_sentence_says_what_happened_and_when(alice: User, kind: Kind) -> None:
    _reminder, message = send_until(case_owed(kind, owner=alice), kind)

    paragraph = str(message.body).split("\n\n")[0]
    assert "Télé & Co" in paragraph
    assert "321" in paragraph
    assert re.search(r"\b\d{1,2} (March|April) 2026\b", paragraph)


@every_kind_and_goal
def test_the_html_says_the_same_as_the_text(alice: User, kind: Kind, goal: str) -> None:
    reminder, message = send_until(case_owed(kind, owner=alice, goal=goal), kind)
    page = Page(html_of(message))

    assert reminder.sent_at
    for paragraph in reminders._section(reminder, at=reminder.sent_at).text.strip().splitlines():
        assert words(paragraph.lstrip("->")) in words(page.words)
        assert words(paragraph) in words(str(message.body))
    for answer in (*reminder.answers, *LATER, *STOP):
        assert reminder.label(answer) in words(page.words)
    assert set(answer_links(message)) == {link for link in page.links if "/r/" in link}


@every_kind
def test_nothing_is_fetched_from_anywhere(alice: User, kind: Kind) -> None:
    _reminder, message = send_until(case_owed(kind, owner=alice), kind)
    page = Page(html_of(message))

    assert page.fetched == []
    assert all(link.startswith("https://simexit.test/") for link in page.links)
    assert "color-scheme" in html_of(message)
    assert page.attributes["html"]["lang"] == "en"


@every_kind
def test_the_headers_let_a_mail_program_stop_the_case(alice: User, kind: Kind) -> None:
    _reminder, message = send_until(case_owed(kind, owner=alice), kind)

    headers = message.message()
    stop = headers["List-Unsubscribe"]
    pk, answer = reminders.read_token(stop.strip("<>").split("/")[-2])
    assert (Reminder.objects.get(pk=pk).case.owner, answer) == (alice, Answer.STOP_CASE)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert headers["Precedence"] is None
    assert parsedate_to_datetime(headers["Date"])
    assert re.fullmatch(r"<reminder-\d+@simexit\.test>", headers["Message-ID"])
    assert message.to == ["alice@example.org"]


# --- Who moves the number does not cancel ---------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [Kind.FINISH_PREPARING, Kind.CONFIRM_CANCELLATION, Kind.CHECK_LINE]
)
def test_who_takes_the_number_along_is_told_not_to_cancel(alice: User, kind: Kind) -> None:
    case = case_owed(kind, owner=alice, goal=Case.Goal.PORT)

    _reminder, message = send_until(case, kind)

    assert "Do not cancel" in str(message.body)
    assert "new operator" in str(message.body)
    assert "send the cancellation" not in str(message.body).lower()


def test_the_question_whether_the_number_moved_begins_with_yes(alice: User) -> None:
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice, goal=Case.Goal.PORT)

    reminder, message = send_until(case, Kind.CONFIRM_CANCELLATION)

    assert message.subject == "Télé & Co ··321: has your number moved?"
    assert [reminder.label(answer) for answer in reminder.answers] == [
        "Yes, my number has moved",
        "Not yet, but the day is confirmed in writing",
        "No, not yet",
    ]


def test_a_line_that_lives_on_is_not_tested_for_death(alice: User) -> None:
    case = case_owed(Kind.CHECK_LINE, owner=alice, goal=Case.Goal.HAND_OVER)

    _reminder, message = send_until(case, Kind.CHECK_LINE)

    assert message.subject == "Télé & Co ··321: was it done as you asked?"
    assert "All three must fail" not in str(message.body)


# --- What a kind has of its own -------------------------------------------------------------------


def test_the_last_question_offers_a_second_letter(alice: User) -> None:
    wanted_end = TODAY + timedelta(days=60)
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice, wanted_end=wanted_end)

    _third, third = send_until(case, Kind.CONFIRM_CANCELLATION, ordinal=3)
    _fourth, fourth = send_until(case, Kind.CONFIRM_CANCELLATION, ordinal=4)

    assert "[your customer number]" not in str(third.body)
    assert fourth.subject == "Télé & Co ··321: not confirmed yet? Write a second time"
    assert "write again by another channel" in str(fourth.body)
    for line in (
        "> Mobile number: [your number]",
        "> Customer number: [your customer number]",
        "> End date: 2 May 2026",
        "> Please confirm this end date in writing, and bill nothing after it.",
    ):
        assert line in str(fourth.body)
    assert "[your customer number]<br>" in html_of(fourth)


def test_a_question_put_off_beyond_the_last_one_is_the_last_one(alice: User) -> None:
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice)
    _reminder, _message = send_until(case, Kind.CONFIRM_CANCELLATION)
    case.snooze(Kind.CONFIRM_CANCELLATION, days=30, by=alice, at=moment(date(2026, 3, 10)))

    reminders.send_due(at=moment(date(2026, 4, 9)))

    assert "Write a second time" in mail.outbox[-1].subject


def test_who_called_is_asked_to_write_as_well(alice: User) -> None:
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice, channel=ChannelKind.HOTLINE)

    _reminder, message = send_until(case, Kind.CONFIRM_CANCELLATION)

    assert "What was said is hard to prove" in str(message.body)


def test_the_credit_has_its_last_day_in_the_subject(alice: User) -> None:
    _reminder, message = send_until(
        case_owed(Kind.CLAIM_PREPAID_CREDIT, owner=alice), Kind.CLAIM_PREPAID_CREDIT
    )

    assert message.subject == "Télé & Co ··321: claim your prepaid credit by 3 April 2026"
    for fact in ("OLD operator", "by 3 April 2026", "5 euro", "bank account number"):
        assert fact in str(message.body)


@pytest.mark.parametrize(("days", "in_time"), [(31, True), (32, False), (60, False)])
def test_after_its_month_the_credit_is_not_called_for_as_if_there_were_time(
    alice: User, days: int, in_time: bool
) -> None:
    """The number moved on 3 March; until 3 April, 31 days later, the credit can be claimed."""
    case = case_owed(Kind.CLAIM_PREPAID_CREDIT, owner=alice)

    assert reminders.send_due(at=moment(TODAY + timedelta(days=days), hour=12)) == 1

    (message,) = mail.outbox
    late = "Télé & Co ··321: the month for your prepaid credit is over"
    assert (message.subject != late) is in_time
    assert ("claim your prepaid credit by 3 April 2026" in message.subject) is in_time
    assert ("That month is over." in message.body) is not in_time
    assert ("may refuse" in message.body) is not in_time
    assert case.reminders.get(due_on=TODAY + timedelta(days=28)).status == Reminder.Status.SENT


@pytest.mark.parametrize(("day", "in_time"), [(date(2027, 3, 2), True), (date(2027, 3, 3), False)])
def test_after_its_year_the_ombudsman_is_not_called_for_as_if_there_were_time(
    alice: User, day: date, in_time: bool
) -> None:
    case = case_owed(Kind.OMBUDSMAN_CLOCK, owner=alice)
    case.check_final_bill(right=True, by=alice, at=NOW)
    case.reminders.filter(kind=Kind.CHECK_NO_MORE_BILLS).delete()

    assert reminders.send_due(at=moment(day, hour=12)) == 1

    (message,) = mail.outbox
    assert ("write to the Ombudsman before 3 March 2027" in message.subject) is in_time
    assert ("was over on 3 March 2027" in message.subject) is not in_time
    assert ("before that day" in message.body) is in_time
    assert "02 223 09 09 in Dutch, 02 223 06 06 in French" in message.body


def test_the_page_of_an_answer_says_so_too(alice: User) -> None:
    reminder, _message = send_until(
        case_owed(Kind.CLAIM_PREPAID_CREDIT, owner=alice), Kind.CLAIM_PREPAID_CREDIT
    )

    in_time = reminders.title(reminder, at=moment(date(2026, 4, 3)))
    late = reminders.title(reminder, at=moment(date(2026, 4, 4)))

    assert in_time.endswith("claim your prepaid credit by 3 April 2026")
    assert late.endswith("the month for your prepaid credit is over")


def test_a_prepaid_card_is_asked_for_its_top_ups(alice: User) -> None:
    case = case_owed(Kind.CHECK_NO_MORE_BILLS, owner=alice, plan=Plan.PREPAID)

    _reminder, message = send_until(case, Kind.CHECK_NO_MORE_BILLS)

    assert "automatic top-up" in str(message.body)
    assert "direct debit" not in str(message.body)


def test_the_ombudsman_has_the_day_and_the_telephone(alice: User) -> None:
    _reminder, message = send_until(
        case_owed(Kind.OMBUDSMAN_CLOCK, owner=alice), Kind.OMBUDSMAN_CLOCK
    )

    assert message.subject == "Télé & Co ··321: write to the Ombudsman before 3 March 2027"
    assert "02 223 09 09 in Dutch, 02 223 06 06 in French" in str(message.body)


def test_the_own_note_stands_in_the_mail_as_it_was_typed(alice: User) -> None:
    _reminder, message = send_until(case_owed(Kind.OWN_DATE, owner=alice), Kind.OWN_DATE)

    assert f"> {NOTE}\n" in str(message.body)
    assert escape(NOTE) in html_of(message)


# --- Several, and in other languages --------------------------------------------------------------


def test_what_is_due_on_one_day_for_one_case_is_one_mail(alice: User) -> None:
    case = case_owed(Kind.CONFIRM_RECEIPT_OF_REQUEST, owner=alice)
    case.add_own_date(TODAY + timedelta(days=1), note="Call Ann", by=alice, at=NOW)

    assert reminders.send_due(at=moment(TODAY + timedelta(days=1))) == 1

    message = mail.outbox[0]
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert message.subject == "Télé & Co ··321: do they have your cancellation?"
    for part in (str(message.body), Page(html_of(message)).words):
        assert "Today there are 2 things about Télé & Co ··321." in words(part)
        assert "Look for an automatic reply" in words(part)
        assert "Call Ann" in words(part)
    # Two answers to the first question, one to the second, four ways to wait for each, two stops.
    assert len(answer_links(message)) == 2 + 1 + 2 * 4 + 2


@pytest.mark.parametrize(
    ("language", "day"),
    [("nl", "3 maart 2026"), ("fr", "3 mars 2026"), ("zh-hans", "2026年3月3日")],
)
def test_a_mail_is_in_the_language_of_its_reader(db: None, language: str, day: str) -> None:
    case = case_owed(Kind.FINISH_PREPARING, owner=make_user(language=language))

    _reminder, message = send_until(case, Kind.FINISH_PREPARING)

    assert Page(html_of(message)).attributes["html"]["lang"] == language
    assert day in str(message.body)
    assert f"https://simexit.test/{language}/cases/{case.reference}/" in str(message.body)


# --- How HTML is made from text -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\n\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One\ntwo", "<p>One<br>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        (
            "See:\nhttps://a.example/?b&c",
            '<p>See:<br><a href="https://a.example/?b&amp;c">https://a.example/?b&amp;c</a></p>',
        ),
        ("> https://a.example", "<blockquote>https://a.example</blockquote>"),
        ("> a\n>\n> b", "<blockquote>a<br><br>b</blockquote>"),
        ("<b> & 'c'", "<p>&lt;b&gt; &amp; &#x27;c&#x27;</p>"),
        ("*a* [b](https://c.example)", "<p>*a* [b](https://c.example)</p>"),
    ],
)
def test_text_becomes_html(text: str, html: str) -> None:
    assert re.sub(r' style="[^"]*"', "", paragraphs(text)) == html


def test_conditions_leave_no_gaps() -> None:
    assert tidy("\n\na \n \n\n\nb\n") == "a\n\nb\n"
