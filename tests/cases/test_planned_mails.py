"""Which mails a case has planned: in line with its facts, and with what the person wished."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from cases import schedule
from cases.errors import InvalidMove
from cases.models import Case, Reminder, planning
from cases.models.planning import sync
from cases.models.reminder import leaves_at
from tests.factories import NOW, TODAY, make_case, make_evidence, make_user, moment

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Status = Reminder.Status


def planned(case: Case, kind: str = "") -> list[date]:
    """The days of the mails of this kind that are still to come."""
    rows = case.reminders.planned()
    return [row.due_on for row in (rows.filter(kind=kind) if kind else rows)]


def sent(case: Case, kind: str, *, until: date) -> None:
    """Everything of this kind up to that day went out."""
    rows = case.reminders.planned().filter(kind=kind, due_on__lte=until)
    rows.update(status=Status.SENT, sent_at=moment(until))


# --- When a mail leaves ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (TODAY + DAY, moment(TODAY + DAY, hour=9)),
        (TODAY, moment(TODAY + DAY, hour=9)),  # nine has passed: the person is here just now
        (TODAY - 40 * DAY, moment(TODAY + DAY, hour=9)),
    ],
)
def test_a_mail_is_never_planned_into_the_past(due_on: date, expected: datetime) -> None:
    assert leaves_at(due_on, owner=User(mail_hour=9), at=NOW) == expected


def test_a_mail_for_today_still_leaves_today_before_its_hour() -> None:
    assert leaves_at(TODAY, owner=User(mail_hour=10), at=NOW) == NOW
    assert leaves_at(TODAY, owner=User(mail_hour=18), at=NOW) == moment(TODAY, hour=18)


@pytest.mark.parametrize(
    ("due_on", "leaves_on"),
    [
        (TODAY, TODAY + 6 * DAY),  # Tuesday at ten, nine has passed: from Wednesday to Monday
        (TODAY + DAY, TODAY + 6 * DAY),
        (TODAY + 6 * DAY, TODAY + 6 * DAY),
        (TODAY + 7 * DAY, TODAY + 7 * DAY),  # the next Tuesday
        (TODAY + 8 * DAY, TODAY + 13 * DAY),
        (TODAY - 40 * DAY, TODAY + 6 * DAY),
    ],
)
def test_a_mail_is_planned_for_a_weekday_that_the_person_allows(
    due_on: date, leaves_on: date
) -> None:
    owner = User(mail_hour=9, mail_weekdays=0b11)  # Mondays and Tuesdays

    assert leaves_at(due_on, owner=owner, at=NOW) == moment(leaves_on, hour=9)


def test_the_day_a_mail_stands_for_does_not_move_with_the_weekday() -> None:
    case = make_case(owner=make_user(mail_weekdays=0b1000000), requested_on=TODAY, channel="letter")

    row = case.reminders.planned()[0]

    assert (row.due_on, row.try_at) == (TODAY + 3 * DAY, moment(TODAY + 5 * DAY, hour=9))


def test_another_choice_of_days_moves_what_is_planned_there_and_back() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    before = list(case.reminders.planned().values_list("due_on", "try_at"))

    moved = []
    for weekdays in ([6], [0, 1, 2, 3, 4, 5, 6]):
        case.owner.prefer(language="en", mail_hour=9, weekdays=weekdays)
        Reminder.objects.retime(case.owner, at=NOW)
        moved.append(list(case.reminders.planned().values_list("due_on", "try_at")))

    sundays, after = moved
    assert after == before
    assert {try_at.weekday() for _day, try_at in sundays} == {6}
    assert all(timedelta(0) <= try_at - moment(day, hour=9) < 7 * DAY for day, try_at in sundays)


def test_what_waits_already_waits_till_tomorrow_at_most_when_more_days_are_allowed() -> None:
    case = make_case(owner=make_user(mail_weekdays=0b1), requested_on=TODAY - 30 * DAY)

    case.owner.prefer(language="en", mail_hour=9, weekdays=range(7))
    Reminder.objects.retime(case.owner, at=NOW)

    assert {row.try_at for row in case.reminders.planned()} == {moment(TODAY + DAY, hour=9)}


@pytest.mark.parametrize("hour", [0, 7, 9, 23])
def test_mails_are_planned_for_the_hour_of_the_person(hour: int) -> None:
    case = make_case(owner=make_user(mail_hour=hour), requested_on=TODAY, channel="letter")

    rows = case.reminders.planned()

    assert [row.try_at for row in rows] == [moment(row.due_on, hour=hour) for row in rows]


# --- In line with the facts -----------------------------------------------------------------------


def test_bringing_in_line_twice_changes_nothing() -> None:
    case = make_case(confirmed_on=TODAY)
    before = list(case.reminders.order_by("pk").values())

    sync(case, at=NOW + timedelta(hours=1))

    assert list(case.reminders.order_by("pk").values()) == before


def test_of_several_days_that_have_passed_only_the_last_is_mailed() -> None:
    """Somebody records today what was confirmed three weeks ago: one question, not two."""
    case = make_case(requested_on=TODAY - 30 * DAY)

    case.mark_confirmed(
        confirmed_on=TODAY - 20 * DAY, ends_on=TODAY + 20 * DAY, by=case.owner, at=NOW
    )

    assert planned(case, "keep_receipt") == [TODAY - 13 * DAY, TODAY + 10 * DAY]
    late = case.reminders.get(kind="keep_receipt", due_on=TODAY - 13 * DAY)
    assert late.try_at == moment(TODAY + DAY, hour=9)


def test_what_was_mailed_is_not_planned_again() -> None:
    case = make_case(confirmed_on=TODAY - 2 * DAY, ends_on=TODAY + DAY)
    sent(case, "keep_receipt", until=TODAY)

    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)
    case.undo(by=case.owner, at=NOW)

    assert planned(case, "keep_receipt") == [TODAY + 5 * DAY, TODAY + 28 * DAY]


def test_a_receipt_that_is_stored_before_the_confirmation_is_recorded_counts() -> None:
    case = make_case(requested_on=TODAY)
    make_evidence(case)

    case.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY + DAY, by=case.owner, at=NOW)

    assert planned(case, "keep_receipt") == []


# --- Later, please --------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [3, 7, 14])
def test_a_snooze_asks_on_that_day_and_not_before(days: int) -> None:
    case = make_case(requested_on=TODAY, channel="letter")  # asks on 6, 11, 16 and 19 March

    case.snooze("confirm_cancellation", days=days, by=case.owner, at=NOW)

    day = TODAY + days * DAY
    later = [d for d in (date(2026, 3, 11), date(2026, 3, 16), date(2026, 3, 19)) if d > day]
    assert planned(case, "confirm_cancellation") == [day, *later]
    event = case.events.latest("pk")
    assert (event.kind, event.note) == ("snoozed", f"confirm_cancellation {day}")


@pytest.mark.parametrize(("first", "last"), [(3, 14), (14, 3), (7, 7)])
def test_of_several_snoozes_the_last_one_holds(first: int, last: int) -> None:
    case = make_case(ended_on=TODAY - 65 * DAY)
    sent(case, "check_no_more_bills", until=TODAY)
    case.snooze("check_no_more_bills", days=first, by=case.owner, at=NOW)

    case.snooze("check_no_more_bills", days=last, by=case.owner, at=NOW)

    assert planned(case, "check_no_more_bills") == [TODAY + last * DAY]


def test_a_shorter_snooze_brings_back_what_the_longer_one_had_silenced() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    case.snooze("confirm_cancellation", days=14, by=case.owner, at=NOW)

    case.snooze("confirm_cancellation", days=7, by=case.owner, at=NOW)

    assert planned(case, "confirm_cancellation") == [
        date(2026, 3, 10),
        date(2026, 3, 11),
        date(2026, 3, 16),
        date(2026, 3, 19),
    ]


def test_a_snooze_leaves_questions_of_another_kind_alone() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY + 2 * DAY)

    case.snooze("keep_receipt", days=7, by=case.owner, at=NOW)

    assert planned(case, "check_line") == [TODAY + 3 * DAY]


def test_the_same_question_on_a_day_of_ones_own() -> None:
    case = make_case(ended_on=TODAY)
    reminder = case.reminders.get(kind="check_final_bill")

    reminder.again_on(TODAY + 50 * DAY, by=case.owner, at=NOW)

    assert planned(case, "check_final_bill") == [TODAY + 50 * DAY]


def test_a_settled_question_cannot_be_snoozed() -> None:
    case = make_case(confirmed_on=TODAY)
    before = planned(case)

    with pytest.raises(InvalidMove):
        case.snooze("confirm_cancellation", days=3, by=case.owner, at=NOW)

    assert planned(case) == before


def test_a_stale_tab_cannot_snooze_what_was_settled_in_another() -> None:
    case = make_case(requested_on=TODAY)
    stale = Case.objects.get(pk=case.pk)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=NOW)
    before = planned(case)

    with pytest.raises(InvalidMove):
        stale.snooze("confirm_cancellation", days=3, by=case.owner, at=NOW)

    assert planned(case) == before


# --- Own dates ------------------------------------------------------------------------------------


def test_an_own_date_is_planned_with_the_persons_words() -> None:
    case = make_case()

    case.add_own_date(TODAY + DAY, note="Ask my brother", by=case.owner, at=NOW)

    row = case.reminders.get(kind="own_date")
    assert (row.due_on, row.note, row.origin) == (TODAY + DAY, "Ask my brother", "own")
    assert row.try_at == moment(TODAY + DAY, hour=9)


def test_an_own_date_stays_whatever_else_happens_in_an_open_case() -> None:
    case = make_case()
    case.add_own_date(TODAY + 90 * DAY, note="", by=case.owner, at=NOW)

    case.mark_requested(sent_on=TODAY, channel="shop", by=case.owner, at=NOW)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=NOW)
    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)

    assert planned(case, "own_date") == [TODAY + 90 * DAY]


def test_an_own_date_once_more_is_a_second_own_date_with_the_same_words() -> None:
    case = make_case()
    case.add_own_date(TODAY + DAY, note="Ask my brother", by=case.owner, at=NOW)
    first = case.reminders.get(kind="own_date")

    first.again_on(TODAY + 7 * DAY, by=case.owner, at=NOW)

    assert planned(case, "own_date") == [TODAY + DAY, TODAY + 7 * DAY]
    assert case.reminders.filter(note="Ask my brother").count() == 2


@pytest.mark.parametrize("end", [{"closed_on": TODAY}, {"dropped_on": TODAY}])
def test_a_case_that_is_over_takes_no_own_date(end: dict[str, Any]) -> None:
    case = make_case(**end)

    with pytest.raises(InvalidMove):
        case.add_own_date(TODAY + DAY, note="", by=case.owner, at=NOW)

    assert planned(case) == []


# --- The switch of one mail -----------------------------------------------------------------------


def test_a_mail_that_is_switched_off_stays_off_when_facts_change() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    reminder = case.reminders.planned()[0]

    planning.switch(reminder, on=False, at=NOW)
    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    reminder.refresh_from_db()
    assert reminder.status == Status.OFF


def test_a_mail_that_is_switched_on_again_leaves_on_its_day() -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    reminder = case.reminders.planned()[0]
    planning.switch(reminder, on=False, at=NOW)

    planning.switch(reminder, on=True, at=NOW)

    reminder.refresh_from_db()
    assert (reminder.status, reminder.try_at) == (Status.PLANNED, moment(reminder.due_on, hour=9))


def test_a_mail_that_is_switched_on_after_its_day_leaves_tomorrow() -> None:
    case = make_case(ended_on=TODAY)
    reminder = case.reminders.get(kind="check_no_more_bills")
    planning.switch(reminder, on=False, at=NOW)
    later = reminder.due_on + 4 * DAY

    planning.switch(reminder, on=True, at=moment(later))

    reminder.refresh_from_db()
    assert reminder.try_at == moment(later + DAY, hour=9)


def test_a_mail_cannot_be_switched_on_in_a_closed_case() -> None:
    case = make_case(ended_on=TODAY)
    reminder = case.reminders.get(kind="check_no_more_bills")
    planning.switch(reminder, on=False, at=NOW)
    case.close(by=case.owner, at=NOW)

    planning.switch(reminder, on=True, at=NOW)

    assert planned(case) == []


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("status", [Status.SENT, Status.SENDING, Status.FAILED, Status.CANCELLED])
def test_a_mail_that_left_or_is_not_needed_has_no_switch(status: str, on: bool) -> None:
    case = make_case(requested_on=TODAY, channel="letter")
    reminder = case.reminders.planned()[0]
    Reminder.objects.filter(pk=reminder.pk).update(status=status, due_on=TODAY - 90 * DAY)

    planning.switch(reminder, on=on, at=NOW)

    reminder.refresh_from_db()
    assert reminder.status == status


# --- Stop and resume ------------------------------------------------------------------------------


def test_stopping_keeps_the_rows_and_resuming_loses_none() -> None:
    case = make_case(requested_on=TODAY)
    before = planned(case)

    case.stop_reminders(by=case.owner, at=NOW)
    case.resume_reminders(by=case.owner, at=NOW)

    assert planned(case) == before
    assert [event.kind for event in case.events.order_by("-pk")[:2]] == ["resumed", "stopped"]


def test_the_words_of_the_rows_and_of_the_schedule_are_the_same() -> None:
    assert set(Reminder.Kind.values) == {kind.value for kind in schedule.Kind}
