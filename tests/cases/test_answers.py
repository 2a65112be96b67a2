"""Links out of mails: who opens them changes nothing, who presses the button does."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cases import reminders, schedule
from cases.models import Answer, Case, CaseEvent, Reminder
from cases.models.answer import ANSWERS, LATER, STOP
from cases.schedule import Kind
from tests.cases.mails import answer_links, case_owed, html_of, send_until
from tests.factories import TODAY, make_upload, make_user

every_kind = pytest.mark.parametrize("kind", list(Kind))
Dump = dict[str, list[dict[str, Any]]]


def dump() -> Dump:
    """Every row of cases_* tables, and of the people."""
    models = [*apps.get_app_config("cases").get_models(), User]
    return {m.__name__: list(m._default_manager.order_by("pk").values()) for m in models}


def url(reminder: Reminder, answer: Answer) -> str:
    return f"/r/{reminders.make_token(reminder, answer)}/"


def today() -> date:
    """The pages look at the clock; the cases of these tests lie well behind it."""
    return schedule.today(timezone.now())


@pytest.fixture
def asked(alice: User) -> Callable[..., Reminder]:
    """A reminder of this kind whose mail is out."""

    def ask(kind: Kind, **facts: Any) -> Reminder:
        reminder, _message = send_until(case_owed(kind, owner=alice, **facts), kind)
        return reminder

    return ask


# --- Opening changes nothing ----------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_opens_every_link_changes_nothing(
    client: Client, alice: User, kind: Kind, method: str
) -> None:
    _reminder, message = send_until(case_owed(kind, owner=alice), kind)
    before = dump()

    for link in answer_links(message):
        assert link in html_of(message)
        response = getattr(client, method)(link.removeprefix("https://simexit.test"))
        assert response.status_code == 200, link

    assert dump() == before


@every_kind
def test_the_page_shows_the_answer_as_its_one_button_and_the_others_as_links(
    client: Client, asked: Callable[..., Reminder], kind: Kind
) -> None:
    reminder = asked(kind)
    chosen, *others = reminder.answers

    page = client.get(url(reminder, chosen)).content.decode()

    assert page.count('class="btn btn-primary"') == 1
    assert reminder.label(chosen) in page
    for answer in (*others, *LATER):
        assert f">{reminder.label(answer)}</a>" in page
    assert "Télé &amp; Co" in page
    assert '<span class="num">321</span>' in page
    assert "123321" not in page.replace(" ", "")
    assert '<meta name="robots" content="noindex">' in page


def test_a_page_about_a_file_can_send_one(client: Client, asked: Callable[..., Reminder]) -> None:
    reminder = asked(Kind.KEEP_RECEIPT)

    page = client.get(url(reminder, Answer.RECEIPT_STORED)).content.decode()

    assert 'enctype="multipart/form-data"' in page
    assert 'type="file"' in page


def test_a_settled_question_says_so_and_has_no_button(
    client: Client, asked: Callable[..., Reminder], alice: User
) -> None:
    reminder = asked(Kind.CONFIRM_CANCELLATION)
    case = Case.objects.get(pk=reminder.case_id)
    case.mark_ended(ended_on=TODAY, by=alice, at=timezone.now())

    page = client.get(url(reminder, Answer.CONFIRMED)).content.decode()

    assert "This question is settled." in page
    assert "<button" not in page
    assert f"/en/cases/{case.reference}/" in page


# --- Pressing answers -----------------------------------------------------------------------------

FIELDS: dict[Answer, dict[str, Any]] = {
    Answer.SENT: {"sent_on": "2026-03-04", "channel": "letter", "wanted_end": "2026-04-30"},
    Answer.KEEP_LINE: {"reason": "A better offer"},
    Answer.CONFIRMED: {"confirmed_on": "2026-03-05", "ends_on": "2026-03-31"},
    Answer.LINE_DEAD: {"ended_on": "2026-03-23"},
    Answer.BILL_WRONG: {"complained_on": "2026-04-20"},
    Answer.STILL_BILLED: {"complained_on": "2026-05-10"},
}
# What a press leaves in the columns of the case.
CHANGES: dict[Answer, dict[str, Any]] = {
    Answer.SENT: {"status": "requested", "sent_on": date(2026, 3, 4), "channel": "letter"},
    Answer.KEEP_LINE: {"status": "dropped", "drop_reason": "A better offer"},
    Answer.ACKNOWLEDGED: {"request_acknowledged": True},
    Answer.NOT_ACKNOWLEDGED: {"request_acknowledged": False},
    Answer.CONFIRMED: {"status": "confirmed", "ends_on": date(2026, 3, 31)},
    Answer.NOT_CONFIRMED: {"status": "requested"},
    Answer.LINE_DEAD: {"status": "ended", "ended_on": date(2026, 3, 23)},
    Answer.LINE_ALIVE: {"status": "confirmed"},
    Answer.RECEIPT_STORED: {"status": "confirmed"},
    Answer.RECEIPT_ELSEWHERE: {"receipt_elsewhere": True},
    Answer.CREDIT_SETTLED: {"credit_settled": True},
    Answer.BILL_RIGHT: {"final_bill_right": True},
    Answer.BILL_WRONG: {"final_bill_right": False, "complained_on": date(2026, 4, 20)},
    Answer.NOTHING_BILLED: {"status": "closed"},
    Answer.STILL_BILLED: {"status": "ended", "complained_on": date(2026, 5, 10)},
    Answer.COMPLAINT_SETTLED: {"complaint_settled": True},
    Answer.DONE: {"status": "preparing"},
    Answer.KEEP: {"status": "closed", "keep_until": date(2029, 3, 3)},
}
each_answer = pytest.mark.parametrize(
    ("kind", "answer"), [(kind, answer) for kind in ANSWERS for answer in ANSWERS[kind]]
)


def press(client: Client, reminder: Reminder, answer: Answer, **fields: Any) -> Any:
    """Presses the button as a reader who is not signed in; the file is the one they all send."""
    data = FIELDS.get(answer, {}) | fields
    if answer == Answer.RECEIPT_STORED:
        data |= {"file": make_upload(), "proves": "confirmed"}
    return client.post(url(reminder, answer), data)


@each_answer
def test_a_press_does_what_it_says(
    client: Client, asked: Callable[..., Reminder], kind: Kind, answer: Answer
) -> None:
    reminder = asked(kind)

    response = press(client, reminder, answer)

    assert response.status_code == 200
    assert "cases/answer/done.html" in [template.name for template in response.templates]
    case = Case.objects.get(pk=reminder.case_id)
    assert {name: getattr(case, name) for name in CHANGES[answer]} == CHANGES[answer]
    if answer == Answer.RECEIPT_STORED:
        assert case.has_receipt()


@pytest.mark.parametrize("days", [3, 7, 14])
def test_a_snooze_asks_again_then(
    client: Client, asked: Callable[..., Reminder], days: int
) -> None:
    reminder = asked(Kind.CHECK_FINAL_BILL)

    response = press(client, reminder, Answer(f"snooze_{days}"))

    assert response.status_code == 200
    again = reminder.case.reminders.planned().get(kind=Kind.CHECK_FINAL_BILL)
    assert again.due_on == today() + timedelta(days=days)


def test_an_own_day_asks_again_on_it(client: Client, asked: Callable[..., Reminder]) -> None:
    reminder = asked(Kind.OWN_DATE)
    day = today() + timedelta(days=40)

    refused = press(client, reminder, Answer.OWN_DATE, day=today().isoformat())
    noted = press(client, reminder, Answer.OWN_DATE, day=day.isoformat())

    assert (refused.status_code, noted.status_code) == (422, 200)
    again = reminder.case.reminders.planned().get(kind=Kind.OWN_DATE)
    assert (again.due_on, again.note) == (day, reminder.note)


def test_what_is_missing_is_asked_for_and_nothing_is_saved(
    client: Client, asked: Callable[..., Reminder]
) -> None:
    reminder = asked(Kind.FINISH_PREPARING)
    before = dump()

    response = press(client, reminder, Answer.SENT, sent_on="")

    assert response.status_code == 422
    assert "Which day was it?" in response.content.decode()
    assert dump() == before


def test_the_page_after_it_tells_what_comes_next(
    client: Client, asked: Callable[..., Reminder]
) -> None:
    reminder = asked(Kind.CHECK_LINE)

    page = press(client, reminder, Answer.LINE_DEAD).content.decode()

    assert "The case stays open until nothing is billed any more." in page
    assert "Store the written confirmation" in page
    assert "Our next mail about this case leaves on" in page
    assert f"/en/cases/{reminder.case.reference}/" in page


# --- Stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            "One-Click\r\n--x--\r\n",
        ),
    ],
)
def test_a_mail_program_stops_the_case_with_a_bare_post(
    alice: User, content_type: str, body: str
) -> None:
    """As RFC 8058 has it: either kind of form, no cookie, no token, no redirect; twice is fine."""
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice)
    _reminder, message = send_until(case, Kind.CONFIRM_CANCELLATION)
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    program = Client(enforce_csrf_checks=True)

    responses = [
        program.post(address.removeprefix("https://simexit.test"), body, content_type=content_type)
        for _time in range(2)
    ]

    assert [response.status_code for response in responses] == [200, 200]
    case.refresh_from_db()
    assert case.reminders_stopped_at
    sent = len(mail.outbox)
    assert reminders.send_due(at=timezone.now() + timedelta(days=400)) == 0
    assert len(mail.outbox) == sent


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_opens_the_address_stops_nothing(alice: User, method: str) -> None:
    case = case_owed(Kind.CONFIRM_CANCELLATION, owner=alice)
    _reminder, message = send_until(case, Kind.CONFIRM_CANCELLATION)
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    before = dump()

    response = getattr(Client(), method)(address.removeprefix("https://simexit.test"))

    assert response.status_code == 200
    assert dump() == before


def test_one_link_stops_everything(
    client: Client, asked: Callable[..., Reminder], alice: User
) -> None:
    reminder = asked(Kind.CHECK_FINAL_BILL)

    page = client.get(url(reminder, Answer.STOP_ALL)).content.decode()
    response = press(client, reminder, Answer.STOP_ALL)

    assert "Are you sure?" in page
    assert response.status_code == 200
    alice.refresh_from_db()
    assert alice.reminders_stopped_at


@pytest.mark.parametrize("answer", STOP)
def test_a_settled_question_can_still_stop_the_mails(
    client: Client, asked: Callable[..., Reminder], alice: User, answer: Answer
) -> None:
    reminder = asked(Kind.CHECK_NO_MORE_BILLS)
    Case.objects.get(pk=reminder.case_id).close(by=alice, at=timezone.now())

    assert client.get(url(reminder, answer)).status_code == 200
    assert press(client, reminder, answer).status_code == 200


# --- Links that do nothing ------------------------------------------------------------------------

STANDING = {Answer.NOT_CONFIRMED, Answer.LINE_ALIVE, Answer.STILL_BILLED, Answer.DONE}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(k, a) for k in ANSWERS for a in ANSWERS[k] if a not in STANDING],
)
def test_who_answers_twice_is_told(
    client: Client, asked: Callable[..., Reminder], kind: Kind, answer: Answer
) -> None:
    reminder = asked(kind)
    assert press(client, reminder, answer).status_code == 200
    before = dump()

    response = press(client, reminder, answer)

    assert response.status_code == 409
    assert "This question is settled already." in response.content.decode()
    assert dump() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_old_link_says_that_it_is_too_old(
    client: Client,
    asked: Callable[..., Reminder],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    reminder = asked(Kind.CHECK_FINAL_BILL)
    now = time.time()
    with monkeypatch.context() as then:
        then.setattr("django.core.signing.time.time", lambda: now - 90 * 24 * 3600 - 1)
        link = url(reminder, Answer.BILL_RIGHT)
    before = dump()

    response = getattr(client, method)(link)

    assert response.status_code == 410
    assert "Links in our mails work for 90 days." in response.content.decode()
    assert dump() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("change", ["another answer", "cut off", "no reminder", "nonsense"])
def test_a_tampered_link_says_what_to_do(
    client: Client, asked: Callable[..., Reminder], method: str, change: str
) -> None:
    reminder = asked(Kind.CHECK_FINAL_BILL)
    link = url(reminder, Answer.BILL_RIGHT)
    match change:
        case "another answer":
            payload = url(reminder, Answer.STOP_ALL).split(":")[0]
            link = ":".join([payload, *link.split(":")[1:]])
        case "cut off":
            link = link[:-3] + "/"
        case "no reminder":
            Reminder.objects.filter(pk=reminder.pk).delete()
        case "nonsense":
            link = "/r/x/"
    before = dump()

    response = getattr(client, method)(link)

    assert response.status_code == 404
    assert "open it from our mail once more" in response.content.decode()
    assert "/en/cases/" in response.content.decode()
    assert dump() == before


# --- Undo -----------------------------------------------------------------------------------------


def undo_field(response: Any) -> str:
    return str(response.context["undo"])


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Kind.FINISH_PREPARING, Answer.SENT),
        (Kind.FINISH_PREPARING, Answer.KEEP_LINE),
        (Kind.CONFIRM_CANCELLATION, Answer.CONFIRMED),
        (Kind.CHECK_LINE, Answer.LINE_DEAD),
        (Kind.KEEP_RECEIPT, Answer.RECEIPT_ELSEWHERE),
        (Kind.CHECK_FINAL_BILL, Answer.BILL_RIGHT),
        (Kind.CHECK_FINAL_BILL, Answer.BILL_WRONG),
        (Kind.CHECK_NO_MORE_BILLS, Answer.NOTHING_BILLED),
    ],
)
def test_a_wrong_press_is_taken_back(
    client: Client, asked: Callable[..., Reminder], kind: Kind, answer: Answer
) -> None:
    reminder = asked(kind)
    before = dump()["Case"]
    done = press(client, reminder, answer)
    assert dump()["Case"] != before

    page = client.post(url(reminder, answer), {"undo": undo_field(done)})

    assert page.status_code == 200
    assert "Taken back" in page.content.decode()
    assert reminder.label(reminder.answers[0]) in page.content.decode()
    assert dump()["Case"] == before


def test_undo_pressed_twice_takes_back_one_press(
    client: Client, asked: Callable[..., Reminder]
) -> None:
    reminder = asked(Kind.CHECK_LINE)
    done = press(client, reminder, Answer.LINE_DEAD)
    client.post(url(reminder, Answer.LINE_DEAD), {"undo": undo_field(done)})

    again = client.post(url(reminder, Answer.LINE_DEAD), {"undo": undo_field(done)})

    assert again.status_code == 409
    assert Case.objects.get(pk=reminder.case_id).status == "confirmed"


def test_undo_leaves_what_was_pressed_later(
    client: Client, asked: Callable[..., Reminder], alice: User
) -> None:
    reminder = asked(Kind.CONFIRM_CANCELLATION)
    done = press(client, reminder, Answer.CONFIRMED)
    case = Case.objects.get(pk=reminder.case_id)
    case.keep_receipt_elsewhere(by=alice, at=timezone.now())

    response = client.post(url(reminder, Answer.CONFIRMED), {"undo": undo_field(done)})

    assert response.status_code == 409
    case.refresh_from_db()
    assert (case.status, case.receipt_elsewhere) == ("confirmed", True)


@pytest.mark.parametrize("token", ["", "nonsense", "WzFd:1xVWsj:x"])
def test_undo_takes_only_what_we_signed(
    client: Client, asked: Callable[..., Reminder], token: str
) -> None:
    reminder = asked(Kind.CHECK_LINE)
    press(client, reminder, Answer.LINE_DEAD)

    response = client.post(url(reminder, Answer.LINE_DEAD), {"undo": token})

    assert response.status_code == 409
    assert not CaseEvent.objects.filter(kind=CaseEvent.Kind.UNDONE).exists()


def test_a_press_that_changed_nothing_offers_no_undo(
    client: Client, asked: Callable[..., Reminder]
) -> None:
    reminder = asked(Kind.CHECK_LINE)

    done = press(client, reminder, Answer.SNOOZE_7)

    assert undo_field(done) == ""
    assert "Undo" not in done.content.decode()


# --- Whose words ----------------------------------------------------------------------------------


def test_the_page_speaks_the_language_of_the_mail(client: Client, db: None) -> None:
    case = case_owed(Kind.FINISH_PREPARING, owner=make_user(language="nl"))
    reminder, _message = send_until(case, Kind.FINISH_PREPARING)

    page = client.get(url(reminder, Answer.SENT), headers={"accept-language": "fr"})

    assert '<html lang="nl">' in page.content.decode()
    assert f'href="/nl/cases/{case.reference}/"' in page.content.decode()
