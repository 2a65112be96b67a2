"""The private calendar, read back as a calendar program reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from icalendar import Alarm, Calendar, Event
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cases import calendar, reminders, schedule
from cases.models import Case, CaseEvent, Reminder, planning
from tests.factories import NOW, TODAY, make_case, make_procedure
from tests.pages import read

pytestmark = pytest.mark.django_db

PREFERENCES = "/en/account/preferences/"
RENEW = "/en/account/preferences/calendar/renew/"
HOST = "simexit.test"
IN_A_WEEK = TODAY + timedelta(days=7)
IN_A_MONTH = TODAY + timedelta(days=30)


def address(person: User) -> str:
    return f"/calendar/{person.calendar_key}.ics"


def parse(content: bytes) -> dict[str, Event]:
    """The entries of a file by UID; each UID stands there once."""
    parsed = Calendar.from_ical(content)
    assert isinstance(parsed, Calendar)
    events = parsed.events
    by_uid = {str(event["UID"]): event for event in events}
    assert len(by_uid) == len(events)
    return by_uid


def entries(person: User, *, at: datetime = NOW) -> dict[str, Event]:
    return parse(calendar.feed(person, at=at))


def end_of(case: Case, *, at: datetime = NOW) -> Event:
    return entries(case.owner, at=at)[f"{case.reference}-ends@{HOST}"]


def alarm_of(event: Event) -> Alarm:
    [alarm] = event.walk("VALARM")
    assert isinstance(alarm, Alarm)
    return alarm


def text(event: Event, name: str) -> str:
    return str(event[name])


# --- What stands in it ---------------------------------------------------------------------------


def test_a_person_without_cases_has_an_empty_calendar(client: Client, alice: User) -> None:
    response = client.get(address(alice))

    assert response.status_code == 200
    assert parse(response.content) == {}
    assert b"PRODID:" in response.content
    assert b"VERSION:2.0\r\n" in response.content


def test_every_date_of_an_open_case_is_there(alice: User) -> None:
    case = make_case(owner=alice, confirmed_on=TODAY, ends_on=IN_A_MONTH)
    case.complain(complained_on=TODAY, by=alice, at=NOW)
    case.add_own_date(IN_A_WEEK, note="Ask my bank", by=alice, at=NOW)

    found = {uid: event.start for uid, event in entries(alice).items()}

    planned = {
        f"reminder-{row.pk}@{HOST}": schedule.today(row.try_at) for row in case.reminders.planned()
    }
    assert {row.kind for row in case.reminders.planned()} == {
        "check_line",
        "keep_receipt",
        "ombudsman_clock",
        "own_date",
    }
    assert found == planned | {
        f"{case.reference}-ends@{HOST}": IN_A_MONTH,
        f"{case.reference}-last-bill@{HOST}": IN_A_MONTH + timedelta(days=35),
        f"{case.reference}-complaint-year@{HOST}": date(2027, 3, 3),
    }


def test_the_last_bill_comes_when_the_procedure_says(alice: User) -> None:
    slow = make_procedure(final_bill_after=60)
    case = make_case(owner=alice, procedure=slow, ended_on=TODAY)

    found = entries(alice)

    assert found[f"{case.reference}-last-bill@{HOST}"].start == TODAY + timedelta(days=60)


def test_prepaid_credit_has_a_last_day_and_no_last_bill(alice: User) -> None:
    case = make_case(owner=alice, plan="prepaid", goal="port", ended_on=TODAY)

    found = entries(alice)

    assert found[f"{case.reference}-credit@{HOST}"].start == date(2026, 4, 3)
    assert f"{case.reference}-last-bill@{HOST}" not in found

    case.settle_credit(by=alice, at=NOW)

    assert f"{case.reference}-credit@{HOST}" not in entries(alice)


def test_an_entry_lasts_a_day_and_has_what_the_standard_requires(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_MONTH)

    for event in entries(alice).values():
        assert {"UID", "DTSTAMP", "DTSTART", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "URL"} <= set(
            event
        )
        assert type(event.start) is date
        assert event.end - event.start == timedelta(days=1)
        assert event["DTSTART"].params["VALUE"] == "DATE"
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == NOW
        assert b"DTSTAMP:20260303T090000Z\r\n" in event.to_ical()
        assert "SimExit" in event.categories
        assert event["TRANSP"] == "TRANSPARENT"
        assert event["CLASS"] == "PRIVATE"
        link = f"https://simexit.test/en/cases/{case.reference}/"
        assert event["URL"] == link
        assert link in text(event, "DESCRIPTION")
        assert not event.errors


def test_lines_are_short_and_end_as_the_standard_says(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_MONTH)
    case.add_own_date(IN_A_WEEK, note="号码 " * 60, by=alice, at=NOW)

    content = calendar.feed(alice, at=NOW)

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in content


def test_nothing_shows_the_whole_number(alice: User) -> None:
    case = make_case(owner=alice, phone_number="+32470123456", confirmed_on=TODAY)
    case.add_own_date(IN_A_WEEK, note="Call from 0470 12 34 56", by=alice, at=NOW)
    case.add_own_date(IN_A_WEEK, note="Ask my bank; then itsme", by=alice, at=NOW)

    found = entries(alice)

    for event in found.values():
        assert text(event, "SUMMARY").startswith("Example Mobile ··456: ")
        assert "123" not in text(event, "SUMMARY")
        assert "123" not in text(alarm_of(event), "DESCRIPTION")  # type: ignore[arg-type]
    titles = [text(event, "SUMMARY") for event in found.values()]
    assert "Example Mobile ··456: Your own date" in titles
    assert "Example Mobile ··456: Ask my bank; then itsme" in titles
    assert any("Call from" in text(event, "DESCRIPTION") for event in found.values())


def test_what_a_person_types_cannot_add_lines(alice: User) -> None:
    case = make_case(owner=alice)
    typed = "Milk\r\nEND:VEVENT\rBEGIN:VEVENT\x07\x0b\u2028END"
    case.add_own_date(IN_A_WEEK, note=typed, by=alice, at=NOW)
    own = case.reminders.get(kind="own_date")

    event = entries(alice)[f"reminder-{own.pk}@{HOST}"]

    assert text(event, "SUMMARY").endswith(": Milk END:VEVENT BEGIN:VEVENT END")
    assert b"\x07" not in calendar.feed(alice, at=NOW)


def test_an_end_that_is_only_wanted_is_tentative(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_MONTH)
    assert end_of(case)["STATUS"] == "TENTATIVE"
    assert "not confirmed yet" in text(end_of(case), "SUMMARY")

    case.mark_confirmed(confirmed_on=TODAY, ends_on=IN_A_MONTH, by=alice, at=NOW)

    assert end_of(case)["STATUS"] == "CONFIRMED"


@pytest.mark.parametrize("goal", Case.Goal.values)
@pytest.mark.parametrize("until", ["requested_on", "confirmed_on", "ended_on"])
def test_each_goal_has_its_words(alice: User, goal: str, until: str) -> None:
    days: dict[str, Any] = {until: TODAY, "wanted_end": IN_A_MONTH}
    case = make_case(owner=alice, goal=goal, **days)

    told = [text(event, "DESCRIPTION") for event in entries(alice).values()]

    assert len(told) > 2
    assert "%(" not in " ".join(told)
    if not case.line_dies:
        assert "line" not in text(end_of(case), "SUMMARY")


def test_every_reason_for_a_mail_says_what_to_do() -> None:
    assert set(calendar.TO_DO) == set(calendar.TO_DO_FOR_PORT) == set(schedule.Kind)


def test_it_speaks_the_language_of_the_person(client: Client, alice: User) -> None:
    alice.prefer(language="nl", mail_hour=9)
    case = make_case(owner=alice)

    response = client.get(address(alice), headers={"accept-language": "fr"})

    assert response.headers["Content-Language"] == "nl"
    for event in parse(response.content).values():
        assert event["URL"] == f"https://simexit.test/nl/cases/{case.reference}/"


# --- Alarms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hour", "rings"),
    [
        (date(2026, 3, 28), 9, datetime(2026, 3, 28, 8, tzinfo=UTC)),  # winter
        (date(2026, 3, 29), 9, datetime(2026, 3, 29, 7, tzinfo=UTC)),  # the clocks go forward
        (date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # the hour that is skipped
        (date(2026, 10, 24), 9, datetime(2026, 10, 24, 7, tzinfo=UTC)),  # summer
        (date(2026, 10, 25), 9, datetime(2026, 10, 25, 8, tzinfo=UTC)),  # the clocks go back
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),  # the hour that comes twice
    ],
)
def test_an_alarm_rings_at_the_hour_of_mails_in_belgium(
    alice: User, day: date, hour: int, rings: datetime
) -> None:
    alice.prefer(language="en", mail_hour=hour)
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=day)

    event = end_of(case)
    alarm = alarm_of(event)

    assert event.start == day
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["DESCRIPTION"] == event["SUMMARY"]
    assert alarm["TRIGGER"].params["VALUE"] == "DATE-TIME"
    assert alarm["TRIGGER"].dt == rings


def test_who_stopped_the_reminders_keeps_the_dates_without_alarms(alice: User) -> None:
    quiet, other = make_case(owner=alice), make_case(owner=alice)

    def ringing() -> set[str]:
        return {
            str(event["URL"])[-15:-1] for event in entries(alice).values() if event.alarms.times
        }

    quiet.stop_reminders(by=alice, at=NOW)
    assert ringing() == {other.reference}

    alice.stop_reminders(at=NOW)
    assert entries(alice)
    assert ringing() == set()


# --- Dates that move -----------------------------------------------------------------------------


def test_an_end_that_moves_keeps_its_uid_and_gets_a_higher_sequence(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_WEEK)
    wanted = end_of(case)

    later = NOW + timedelta(hours=1)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=IN_A_MONTH, by=alice, at=later)
    confirmed = end_of(case)
    case.undo(by=alice, at=later + timedelta(hours=1))
    undone = end_of(case)

    assert [event.start for event in (wanted, confirmed, undone)] == [
        IN_A_WEEK,
        IN_A_MONTH,
        IN_A_WEEK,
    ]
    assert wanted["SEQUENCE"] < confirmed["SEQUENCE"] < undone["SEQUENCE"]
    assert wanted["LAST-MODIFIED"].dt == NOW
    assert confirmed["LAST-MODIFIED"].dt == later
    assert undone["LAST-MODIFIED"].dt == later + timedelta(hours=1)


def test_a_note_and_a_file_move_nothing(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_WEEK)
    before = calendar.feed(alice, at=NOW)

    case.note(text="Called them", by=alice, at=NOW + timedelta(hours=1))

    assert calendar.feed(alice, at=NOW) == before


def test_a_mail_that_is_put_off_keeps_its_uid_and_gets_a_higher_sequence(alice: User) -> None:
    row = make_case(owner=alice).reminders.planned()[0]
    before = entries(alice)[f"reminder-{row.pk}@{HOST}"]

    row.put_off(row.try_at + timedelta(days=1))

    after = entries(alice)[f"reminder-{row.pk}@{HOST}"]
    assert after.start - before.start == timedelta(days=1)
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_other_weekdays_and_another_hour_move_what_is_planned(
    as_alice: Client, alice: User
) -> None:
    saturday = date(2027, 3, 6)
    case = make_case(owner=alice)
    row = case.reminders.planned()[0]
    Reminder.objects.filter(pk=row.pk).update(
        due_on=saturday, try_at=schedule.mail_time(saturday, 9)
    )
    before = entries(alice)[f"reminder-{row.pk}@{HOST}"]
    assert before.start == saturday

    alice.prefer(language="en", mail_hour=18, weekdays=[0])
    Reminder.objects.retime(alice, at=NOW)
    monday = entries(alice)[f"reminder-{row.pk}@{HOST}"]
    alice.prefer(language="en", mail_hour=18, weekdays=range(7))
    Reminder.objects.retime(alice, at=NOW)
    back = entries(alice)[f"reminder-{row.pk}@{HOST}"]

    assert monday.start == saturday + timedelta(days=2)
    assert alarm_of(monday)["TRIGGER"].dt == schedule.mail_time(monday.start, 18)
    assert back.start == saturday
    assert before["SEQUENCE"] < monday["SEQUENCE"] < back["SEQUENCE"]


def test_a_question_put_off_by_the_person_stands_on_the_new_day(alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY)
    case.remind_on(IN_A_MONTH, kind="confirm_cancellation", by=alice, at=NOW)
    row = case.reminders.get(kind="confirm_cancellation", origin="snooze")
    first = entries(alice)[f"reminder-{row.pk}@{HOST}"]

    case.remind_on(IN_A_MONTH, kind="confirm_cancellation", by=alice, at=NOW)

    again = entries(alice)[f"reminder-{row.pk}@{HOST}"]
    assert first.start == again.start == IN_A_MONTH
    assert again["SEQUENCE"] > first["SEQUENCE"]


def test_an_own_date_stays_on_its_day_whatever_the_weekdays_of_mails(alice: User) -> None:
    saturday = date(2026, 3, 14)
    alice.prefer(language="en", mail_hour=9, weekdays=[0])
    case = make_case(owner=alice)
    case.add_own_date(saturday, note="", by=alice, at=NOW)
    own = case.reminders.get(kind="own_date")

    assert schedule.today(own.try_at) != saturday
    assert entries(alice)[f"reminder-{own.pk}@{HOST}"].start == saturday


# --- Dates that go -------------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["closed_on", "dropped_on"])
def test_a_case_that_is_not_open_any_more_is_gone(alice: User, away: str) -> None:
    days: dict[str, Any] = {away: TODAY}
    case = make_case(owner=alice, **days)
    assert entries(alice) == {}

    case.reopen(by=alice, at=NOW)

    assert entries(alice)


def test_what_is_switched_off_or_settled_is_gone(alice: User) -> None:
    case = make_case(owner=alice, ended_on=TODAY)
    rows = {row.kind: f"reminder-{row.pk}@{HOST}" for row in case.reminders.planned()}
    planning.switch(case.reminders.get(kind="check_no_more_bills"), on=False, at=NOW)
    case.check_final_bill(right=True, by=alice, at=NOW)

    found = entries(alice)

    assert rows["check_no_more_bills"] not in found
    assert rows["check_final_bill"] not in found
    assert f"{case.reference}-last-bill@{HOST}" not in found


def test_a_mail_that_left_stays_until_the_day_is_over(alice: User) -> None:
    case = make_case(owner=alice)
    row = case.reminders.planned()[0]
    reminders.send_due(at=row.try_at)
    row.refresh_from_db()
    assert row.status == "sent"

    evening = row.try_at + timedelta(hours=12)
    assert f"reminder-{row.pk}@{HOST}" in entries(alice, at=evening)
    assert f"reminder-{row.pk}@{HOST}" not in entries(alice, at=evening + timedelta(hours=12))


# --- The feed ------------------------------------------------------------------------------------


def test_a_calendar_program_needs_no_signing_in(client: Client, alice: User) -> None:
    make_case(owner=alice)

    response = client.get(address(alice))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=300"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in response.headers
    assert client.head(address(alice)).status_code == 200


def test_what_did_not_change_is_not_sent_again(client: Client, alice: User) -> None:
    case = make_case(owner=alice)
    first = client.get(address(alice))

    unchanged = client.get(address(alice), headers={"if-none-match": first.headers["ETag"]})
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert unchanged.headers["Cache-Control"] == "private, max-age=300"

    case.drop(by=alice, at=NOW)
    changed = client.get(address(alice), headers={"if-none-match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_case_of_somebody_else_is_not_in_it(alice: User, stranger: User) -> None:
    make_case(owner=stranger)

    assert entries(alice) == {}


@pytest.mark.parametrize("key", ["0" * 40, "None", "x", "a.b"])
def test_an_unknown_address_is_404(client: Client, alice: User, key: str) -> None:
    assert client.get(f"/calendar/{key}.ics").status_code == 404


def test_the_calendar_of_somebody_who_was_locked_out_is_404(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.get(address(alice)).status_code == 404


def test_looking_writes_nothing(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_MONTH)
    rows = [list(model.objects.values()) for model in (User, Case, Reminder, CaseEvent)]

    with django_assert_num_queries(3) as queries:
        client.get(address(alice))

    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)
    assert [list(model.objects.values()) for model in (User, Case, Reminder, CaseEvent)] == rows
    assert client.post(address(alice)).status_code == 405


def test_many_cases_cost_no_more_queries_than_one(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for goal in Case.Goal.values:
        make_case(owner=alice, goal=goal, confirmed_on=TODAY, ends_on=IN_A_MONTH)
    make_case(owner=alice, plan="prepaid", goal="port", ended_on=TODAY)

    with django_assert_num_queries(3):
        response = client.get(address(alice))

    assert len(parse(response.content)) > 30


# --- One case as a file --------------------------------------------------------------------------


def test_one_case_is_a_file_to_save(as_alice: Client, alice: User) -> None:
    case = make_case(owner=alice, requested_on=TODAY, wanted_end=IN_A_MONTH)
    make_case(owner=alice)

    response = as_alice.get(f"/en/cases/{case.reference}/calendar.ics")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.reference}.ics"'
    found = parse(response.content)
    assert {str(event["URL"])[-15:-1] for event in found.values()} == {case.reference}
    assert found == {uid: event for uid, event in entries(alice).items() if uid in found}


def test_a_stranger_gets_404_and_somebody_signed_out_the_log_in(
    as_stranger: Client, client: Client, alice: User
) -> None:
    path = f"/en/cases/{make_case(owner=alice).reference}/calendar.ics"

    assert as_stranger.get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_the_case_page_leads_to_the_file_while_the_case_is_open(
    as_alice: Client, alice: User
) -> None:
    case = make_case(owner=alice)

    page = read(as_alice.get(f"/en/cases/{case.reference}/"))
    assert page.link("Calendar").href == f"/en/cases/{case.reference}/calendar.ics"

    case.drop(by=alice, at=NOW)
    page = read(as_alice.get(f"/en/cases/{case.reference}/"))
    assert "Calendar" not in [link.text for link in page.links]


# --- The address ---------------------------------------------------------------------------------


def test_the_account_page_shows_the_address(as_alice: Client, alice: User) -> None:
    response = as_alice.get(PREFERENCES)

    https = f"https://simexit.test/calendar/{alice.calendar_key}.ics"
    assert f'value="{https}" readonly' in response.content.decode()
    page = read(response)
    assert page.link("Open the file").href == https
    assert page.link("Subscribe in your calendar").href == https.replace("https:", "webcal:")
    assert "Renew the address" in page.text
    assert (page.scripts, page.inline_styles) == ([], [])


def test_a_form_that_was_refused_still_shows_the_address(as_alice: Client, alice: User) -> None:
    response = as_alice.post(PREFERENCES, {"language": "tlh"})

    assert response.status_code == 422
    assert alice.calendar_key in response.content.decode()


def test_a_renewed_address_leaves_nothing_at_the_old_one(
    as_alice: Client, client: Client, alice: User
) -> None:
    old = address(alice)

    done = as_alice.post(RENEW, follow=True)

    alice.refresh_from_db()
    assert alice.calendar_key in done.content.decode()
    assert client.get(old).status_code == 404
    assert client.get(address(alice)).status_code == 200


def test_renewing_takes_a_press_and_a_person(as_alice: Client, client: Client, alice: User) -> None:
    before = alice.calendar_key

    assert as_alice.get(RENEW).status_code == 405
    assert client.post(RENEW).url.startswith("/en/accounts/login/")
    alice.refresh_from_db()
    assert alice.calendar_key == before


def test_keys_are_long_and_differ(alice: User, stranger: User) -> None:
    assert len(alice.calendar_key) == len(stranger.calendar_key) == 40
    assert alice.calendar_key != stranger.calendar_key


@pytest.mark.django_db(transaction=True)
def test_people_from_before_get_a_key_each() -> None:
    before = MigrationExecutor(connection)
    newest = before.loader.graph.leaf_nodes()
    try:
        state = before.migrate([("accounts", "0003_weekdays_of_mails")])
        old_user = state.apps.get_model("accounts", "User")
        for name in ("alice", "bob", "carol"):
            old_user.objects.create(email=f"{name}@example.org")
    finally:
        MigrationExecutor(connection).migrate(newest)

    keys = User.objects.values_list("calendar_key", flat=True)
    assert len(set(keys)) == 3
    assert {len(key) for key in keys} == {40}
