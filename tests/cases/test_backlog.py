"""How late the sender is, as people, the administration and monitors are told."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from cases import backlog, reminders
from cases.backlog import Backlog
from cases.models import Case, Reminder
from tests.factories import NOW, TODAY, make_case, make_user

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LIST = "/admin/cases/reminder/"
NUMBER = "+32470987654"
Status = Reminder.Status


def a_row(case: Case | None = None, **fields: Any) -> Reminder:
    """The next mail of a case, as these fields say; without fields it leaves on another day."""
    case = case or make_case(requested_on=TODAY)
    Reminder.objects.filter(case=case, status=Status.PLANNED).update(try_at=timezone.now() + DAY)
    row = case.reminders.planned().earliest("due_on")
    Reminder.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def due_for(minutes: float, **fields: Any) -> Reminder:
    """A mail that should have left so many minutes ago. By the clock: doors look at it."""
    return a_row(try_at=timezone.now() - minutes * MINUTE, **fields)


# --- Counting -------------------------------------------------------------------------------------


def test_nothing_is_due() -> None:
    a_row(try_at=NOW + MINUTE)

    assert backlog.backlog(NOW) == Backlog(due=0, oldest=None, failed=0)
    assert not backlog.backlog(NOW).is_late


def test_the_oldest_says_how_late_the_sender_is() -> None:
    for wait in (3, 27, 0):
        a_row(try_at=NOW - wait * MINUTE)
    a_row(status=Status.FAILED, try_at=NOW - DAY)

    found = backlog.backlog(NOW)

    assert found == Backlog(due=3, oldest=27 * MINUTE, failed=1)
    assert found.minutes == 27


@pytest.mark.parametrize(
    ("wait", "late"), [(0, False), (15, False), (15.01, True), (60 * 24 * 9, True)]
)
def test_late_is_more_than_a_quarter_of_an_hour(wait: float, late: bool) -> None:
    a_row(try_at=NOW - wait * MINUTE)

    assert backlog.backlog(NOW).is_late is late


def test_who_wants_no_mail_does_not_make_us_late() -> None:
    stopped = a_row(try_at=NOW - DAY).case
    stopped.stop_reminders(by=stopped.owner, at=NOW)
    a_row(make_case(owner=make_user(is_active=False), requested_on=TODAY), try_at=NOW - DAY)

    assert backlog.backlog(NOW).due == 0


def test_what_a_crashed_sender_keeps_waits_like_the_rest() -> None:
    """Were it not counted, a site whose worker died in its only mail would look healthy."""
    a_row(status=Status.SENDING, claimed_at=NOW - 20 * MINUTE, try_at=NOW - 21 * MINUTE)
    a_row(status=Status.SENDING, claimed_at=NOW - MINUTE, try_at=NOW - 2 * MINUTE)

    assert backlog.backlog(NOW) == Backlog(due=1, oldest=21 * MINUTE, failed=0)


def test_a_pass_of_the_sender_empties_it() -> None:
    a_row(try_at=NOW - 20 * MINUTE)

    reminders.send_due(at=NOW)

    assert backlog.backlog(NOW).due == 0
    assert backlog.sent_today(NOW) == 1
    assert backlog.sent_today(NOW + DAY) == 0


def test_counting_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "COUNTED_TO", 2)
    for wait in (30, 20, 10):
        a_row(try_at=NOW - wait * MINUTE)
        a_row(status=Status.FAILED)

    found = backlog.backlog(NOW)
    assert found == Backlog(due=2, oldest=30 * MINUTE, failed=2)
    assert [backlog.counted(number) for number in (1, found.due)] == ["1", "2+"]


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        ("open_reminders_by_time", Reminder.objects.due(NOW)),
        ("claimed_reminders", Reminder.objects.stuck(NOW)),
        ("failed_reminders", Reminder.objects.failed()),
        ("failed_reminders", Reminder.objects.unreported()),
        ("sent_reminders_by_time", Reminder.objects.sent_since(NOW)),
    ],
)
def test_no_question_reads_the_whole_table(index: str, rows: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table of no rows is read at once

    assert index in rows.order_by().values("pk").explain()


# --- The command ----------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[str, int]:
    """What `manage.py reminders` prints, and what it ends with."""
    output, code = StringIO(), 0
    try:
        call_command("reminders", *arguments, stdout=output, no_color=True)
    except SystemExit as end:
        code = int(end.code or 0)
    return output.getvalue(), code


def test_the_command_shows_what_is_due_was_sent_and_failed() -> None:
    due = due_for(3)
    sent = a_row(status=Status.SENT, sent_at=timezone.now())
    lost = a_row(status=Status.FAILED, attempts=5, error="SMTPDataError:\n (554, b'no')")
    later = a_row()

    text, code = run()

    assert code == 0
    assert text.startswith(
        "Due now          1  the oldest for 3 min\nFailed           1\nSent today       1\n"
    )
    for row in (due, sent, lost):
        assert text.count(f"{row.case.reference}  {row.kind}") == 1
    assert "SMTPDataError: (554, b'no')" in text
    assert later.case.reference not in text


def test_the_columns_stand_below_each_other() -> None:
    due_for(3)
    due_for(1000, attempts=1, error="gone")

    table = run("--late")[0].partition("\nDue\n")[2].splitlines()

    assert len(table) == 3
    head = table[0]
    assert table[1][head.index("LATE") :].startswith("1000 min")
    assert table[2][head.index("LATE") :].startswith("3 min")
    assert table[1][head.index("ERROR") :] == "gone"


def test_the_command_ends_with_1_when_the_sender_is_late() -> None:
    due_for(16)

    for arguments in ([], ["--late"], ["--failed"]):
        assert run(*arguments)[1] == 1
    text, _code = run()
    assert "the oldest for 16 min" in text


def test_only_what_is_late_or_failed() -> None:
    due = due_for(3).case.reference
    failed = a_row(status=Status.FAILED).case.reference

    assert [due in run("--late")[0], failed in run("--late")[0]] == [True, False]
    assert [due in run("--failed")[0], failed in run("--failed")[0]] == [False, True]


def test_one_case_is_shown_whole() -> None:
    case = due_for(3).case
    other = due_for(3).case

    text, _code = run("--case", case.reference.lower())

    assert text.count(case.reference) == case.reminders.count()
    assert other.reference not in text


def test_an_unknown_case_is_not_mistaken_for_being_late() -> None:
    with pytest.raises(CommandError, match="No case has the reference NOPE") as stop:
        call_command("reminders", "--case", "nope")

    assert stop.value.returncode == 2


def test_the_command_says_nothing_about_people() -> None:
    case = make_case(
        owner=make_user("anna.janssens@example.be"), phone_number=NUMBER, requested_on=TODAY
    )
    row = a_row(case, status=Status.FAILED, error=f"anna.janssens@example.be {NUMBER} refused")
    Reminder.objects.filter(pk=row.pk).update(note="call 0470 98 76 54")

    text = run()[0] + run("--case", case.reference)[0]

    assert "a•••@example.be ••• refused" in text
    for trace in ("anna", "470987654", "470 98 76 54"):
        assert trace not in text


def test_a_long_table_is_cut_and_says_so() -> None:
    case = make_case(requested_on=TODAY)
    row = Reminder(case=case, kind="own_date", due_on=TODAY, try_at=timezone.now())
    Reminder.objects.bulk_create(
        Reminder(case=row.case, kind=row.kind, due_on=row.due_on, try_at=row.try_at)
        for _i in range(60)
    )

    text, _code = run("--late")

    assert text.count(case.reference) == 50
    assert "Only the first 50; there are more." in text


# --- The administration ---------------------------------------------------------------------------


@pytest.fixture
def as_root(db: None) -> Client:
    client = Client()
    client.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    return client


def overview(client: Client) -> str:
    """Its words, without tags."""
    page = client.get(LIST).content.decode()
    section = page.partition('<section class="standing"')[2].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", section.partition("</section>")[0]).split())


def test_the_overview_stands_above_the_list(as_root: Client) -> None:
    due_for(5)
    due_for(3)
    a_row(status=Status.SENT, sent_at=timezone.now())
    a_row(status=Status.FAILED)

    assert overview(as_root) == "Due now 2 , the oldest for 5 minutes Sent today 1 Failed 1"


def test_the_overview_says_when_the_sender_is_late(as_root: Client) -> None:
    due_for(17)

    assert "Reminders are late." in overview(as_root)


def test_each_count_leads_to_its_rows(as_root: Client) -> None:
    due, stuck = due_for(5), due_for(30, status=Status.SENDING, claimed_at=NOW)
    sent = a_row(status=Status.SENT, sent_at=timezone.now())
    a_row(status=Status.SENT, sent_at=timezone.now() - 3 * DAY)
    failed = a_row(status=Status.FAILED)
    page = as_root.get(LIST).content.decode()
    links = re.findall(r'<a href="(\?[^"]+)">[^<]+<b>', page)

    def rows(link: str) -> set[Reminder]:
        return set(as_root.get(LIST + link).context["cl"].queryset)

    assert [rows(link) for link in links] == [{due, stuck}, {sent}, {failed}]


def test_more_rows_take_no_more_queries(
    as_root: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _i in range(5):
        due_for(5)
        a_row(status=Status.FAILED)

    for query in ("", "?moment=due", "?status__exact=failed"):
        with django_assert_max_num_queries(12):
            as_root.get(LIST + query)


def test_the_overview_brings_neither_style_nor_script_of_its_own(as_root: Client) -> None:
    due_for(17)

    page = as_root.get(LIST)
    text = page.content.decode()
    section = text[text.index('<section class="standing"') : text.index("</section>")]

    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "style=" not in section
    assert "<script" not in section


# --- /health/ready/ -------------------------------------------------------------------------------


def test_ready_while_the_sender_is_in_time(client: Client) -> None:
    due_for(14)

    answer = client.get("/health/ready/")

    assert answer.status_code == 200
    assert "Reminders(): OK" in answer.content.decode()


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "application/json"])
def test_not_ready_while_the_sender_is_late(client: Client, accept: str) -> None:
    due_for(17)
    due_for(1)

    answer = client.get("/health/ready/", headers={"accept": accept})

    assert answer.status_code == 503
    assert "Reminders are late: 2 due, the oldest for 17 minutes." in answer.content.decode()
    assert client.get("/health/live/").status_code == 200


def test_a_monitor_that_keeps_asking_does_not_flood_the_administrators(
    client: Client, settings: Settings
) -> None:
    """Django mails them whatever is answered with 500 or more."""
    settings.ADMINS = [("", "root@simexit.test")]
    due_for(17)

    assert client.get("/health/ready/").status_code == 503
    assert mail.outbox == []
