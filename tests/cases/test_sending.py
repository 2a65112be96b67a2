"""The sender: everything that is due, once, at the person's hour, whatever crashes in between.

What the mails say is tested in test_mails.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as Outbox
from django.core.management import CommandError, call_command
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import Settings

from accounts.models import User
from cases import reminders, schedule, tasks
from cases.models import Case, Reminder, planning
from cases.timeline import timeline
from tests.conftest import MailServer
from tests.factories import NOW, TODAY, make_case, make_evidence, make_user, moment

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FRIDAY = date(2026, 3, 6)  # three working days after TODAY
Status = Reminder.Status


def waiting(**fields: Any) -> Case:
    """A case whose next mail is the question for the confirmation, on Friday at nine."""
    return make_case(requested_on=TODAY, channel="letter", **fields)


def at_nine(day: date) -> datetime:
    return schedule.mail_time(day, 9)


def readers() -> list[str]:
    """Whom the mails went to, in order."""
    return [message.to[0] for message in mail.outbox]


def message_ids() -> list[str]:
    return [message.extra_headers["Message-ID"] for message in mail.outbox]


def statuses(case: Case) -> dict[date, str]:
    return dict(case.reminders.exclude(status=Status.CANCELLED).values_list("due_on", "status"))


# --- Due ------------------------------------------------------------------------------------------


def test_a_mail_leaves_at_its_hour_and_not_a_moment_before() -> None:
    waiting()

    too_early = reminders.send_due(at=at_nine(FRIDAY) - SECOND)
    in_time = reminders.send_due(at=at_nine(FRIDAY))
    again = reminders.send_due(at=at_nine(FRIDAY) + MINUTE)

    assert (too_early, in_time, again) == (0, 1, 0)
    assert len(mail.outbox) == 1


def test_a_sent_mail_is_recorded_in_its_row_and_in_the_timeline() -> None:
    case = waiting()

    reminders.send_due(at=at_nine(FRIDAY))

    row = case.reminders.get(due_on=FRIDAY)
    entry = timeline(case)[0]
    assert (row.status, row.sent_at, row.claimed_at) == (Status.SENT, at_nine(FRIDAY), None)
    assert row.message_id == message_ids()[0]
    assert (entry.title, entry.by_clock, entry.at) == ("Reminder sent", True, at_nine(FRIDAY))
    assert entry.text == "Confirmed in writing?"


def test_after_three_days_of_silence_all_that_was_due_leaves_at_once_the_oldest_first() -> None:
    second = make_case(owner=make_user("second@example.org"), opened_on=TODAY - DAY)  # 4 March
    third = waiting(owner=make_user("third@example.org"))  # 6 March
    first = make_case(owner=make_user("first@example.org"), opened_on=TODAY - 2 * DAY)  # 3 March
    make_case(owner=make_user("not-yet@example.org"), opened_on=FRIDAY)  # 8 March
    back = at_nine(FRIDAY) + timedelta(hours=3)

    passes = [reminders.send_due(at=back), reminders.send_due(at=back + MINUTE)]

    assert passes == [3, 0]
    assert readers() == [case.owner.email for case in (first, second, third)]


def test_questions_of_one_kind_that_piled_up_are_asked_once() -> None:
    case = waiting()
    much_later = at_nine(FRIDAY + 30 * DAY)

    passes = [reminders.send_due(at=much_later), reminders.send_due(at=much_later + DAY)]

    assert passes == [1, 0]
    assert not case.reminders.planned().exists()


def test_what_a_later_question_replaces_is_said_to_be_replaced() -> None:
    case = waiting()
    much_later = at_nine(FRIDAY + 30 * DAY)

    reminders.send_due(at=much_later)

    *earlier, last = case.reminders.filter(kind="confirm_cancellation").order_by("due_on")
    assert len(earlier) == 3
    assert (last.status, last.sent_at) == (Status.SENT, much_later)
    for row in earlier:
        assert (row.status, row.sent_at, row.claimed_at) == (Status.OVERTAKEN, None, None)
        assert row.message_id == last.message_id == message_ids()[0]
    assert timeline(case)[0].text == "Confirmed in writing?"


def test_who_is_asked_whether_they_agreed_is_not_asked_whether_they_have_it() -> None:
    case = make_case(requested_on=TODAY, channel="email")

    reminders.send_due(at=at_nine(FRIDAY))

    due = case.reminders.filter(due_on__lte=FRIDAY).exclude(status=Status.CANCELLED)
    assert dict(due.values_list("kind", "status")) == {
        "confirm_receipt_of_request": Status.OVERTAKEN,
        "confirm_cancellation": Status.SENT,
    }
    assert "confirmed" in mail.outbox[0].subject
    assert "automatic reply" not in mail.outbox[0].body


def test_what_was_replaced_stays_so_whatever_the_case_does_next() -> None:
    case = make_case(requested_on=TODAY, channel="email")
    at = at_nine(FRIDAY + 30 * DAY)
    reminders.send_due(at=at)
    before = list(case.reminders.filter(status=Status.OVERTAKEN).values())

    case.still_waiting(by=case.owner, at=at)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=at)
    case.undo(by=case.owner, at=at)

    assert list(case.reminders.filter(status=Status.OVERTAKEN).values()) == before
    assert len(before) == 4


@pytest.mark.parametrize("days", [3, 10, 60])
@pytest.mark.parametrize(
    "facts",
    [
        {"opened_on": TODAY},
        {"requested_on": TODAY, "channel": "email", "wanted_end": TODAY + DAY},
        {"requested_on": TODAY, "goal": "port"},
        {"confirmed_on": TODAY, "ends_on": TODAY + 5 * DAY},
        {"ended_on": TODAY},
        {"ended_on": TODAY, "plan": "prepaid", "goal": "port"},
    ],
)
def test_a_beat_that_was_away_drops_nothing(days: int, facts: dict[str, Any]) -> None:
    case = make_case(**facts)
    case.add_own_date(TODAY + DAY, note="one", by=case.owner, at=NOW)
    case.add_own_date(TODAY + 2 * DAY, note="two", by=case.owner, at=NOW)
    back = at_nine(TODAY + days * DAY)
    due = list(case.reminders.due(back).values_list("pk", flat=True))

    passes = [reminders.send_due(at=back + minutes * MINUTE) for minutes in range(3)]

    assert passes == [1, 0, 0]
    rows = case.reminders.filter(pk__in=due)
    asked = [row for row in rows if row.status == Status.SENT]
    replaced = [row for row in rows if row.status == Status.OVERTAKEN]
    assert len(asked) + len(replaced) == len(due)
    assert {row.message_id for row in rows} == set(message_ids())
    for row in replaced:
        stronger = {kind for kind, weak in schedule.OVERTAKES.items() if row.kind in weak}
        assert any(
            other.kind in stronger or (other.kind == row.kind and other.due_on > row.due_on)
            for other in asked
        )
    noted = [entry.text.split(", ") for entry in timeline(case) if entry.title == "Reminder sent"]
    assert [sorted(questions) for questions in noted] == [sorted(row.question for row in asked)]
    for row in asked:
        assert reminders.title(row, at=back) in mail.outbox[0].subject + mail.outbox[0].body
    assert noted[0].count("Your own date") == 2
    assert not case.reminders.due(back).exists()


def test_one_pass_takes_a_limited_number_of_cases_and_the_next_takes_the_rest() -> None:
    for _i in range(5):
        waiting()

    passes = [reminders.send_due(at=at_nine(FRIDAY), limit=2) for _i in range(4)]

    assert passes == [2, 2, 1, 0]
    assert len(set(readers())) == 5


# --- The person's hour, one mail a day ------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened_on", "leaves"),
    [
        (date(2026, 3, 3), "2026-03-05T06:00Z"),  # seven o'clock in winter
        (date(2026, 7, 1), "2026-07-03T05:00Z"),  # and in summer
        (date(2026, 3, 27), "2026-03-29T05:00Z"),  # on the day the clock goes forward
        (date(2026, 10, 23), "2026-10-25T06:00Z"),  # and back
    ],
)
def test_mail_leaves_at_the_hour_that_the_person_chose(opened_on: date, leaves: str) -> None:
    make_case(owner=make_user(mail_hour=7), opened_on=opened_on)
    instant = datetime.fromisoformat(leaves)

    passes = [reminders.send_due(at=instant - SECOND), reminders.send_due(at=instant)]

    assert passes == [0, 1]


def test_several_subjects_of_a_case_are_put_into_one_mail() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)  # line and receipt, both on 4 March

    sent = reminders.send_due(at=at_nine(TODAY + DAY))

    rows = case.reminders.filter(status=Status.SENT)
    assert sent == 1
    assert {row.kind for row in rows} == {"check_line", "keep_receipt"}
    assert len({row.message_id for row in rows}) == 1
    assert set(timeline(case)[0].text.split(", ")) == {"Is the line dead?", "Is the receipt safe?"}


def test_two_cases_of_one_person_get_a_mail_each(alice: User) -> None:
    waiting(owner=alice)
    waiting(owner=alice)

    assert reminders.send_due(at=at_nine(FRIDAY)) == 2


def test_what_comes_due_on_a_day_that_had_its_mail_waits_for_tomorrow() -> None:
    case = waiting()
    case.owner.prefer(language="en", mail_hour=18)
    case.add_own_date(FRIDAY, note="Ask my brother", by=case.owner, at=NOW)  # for 18:00
    tomorrow = moment(FRIDAY + DAY, hour=18)

    reminders.send_due(at=at_nine(FRIDAY))
    same_day = reminders.send_due(at=moment(FRIDAY, hour=18))

    row = case.reminders.get(kind="own_date")
    assert (same_day, row.status, row.try_at) == (0, Status.PLANNED, tomorrow)
    assert reminders.send_due(at=tomorrow - SECOND) == 0
    assert reminders.send_due(at=tomorrow) == 1


def test_a_late_pass_keeps_off_a_day_that_the_person_does_not_want() -> None:
    """Due on Friday, but the machine was off until Saturday."""
    case = waiting(owner=make_user(mail_weekdays=0b0011111))
    monday = at_nine(FRIDAY + 3 * DAY)

    passes = [
        reminders.send_due(at=at)
        for at in (at_nine(FRIDAY + DAY), monday - DAY, monday - SECOND, monday)
    ]

    row = case.reminders.get(due_on=FRIDAY)
    assert passes == [0, 0, 0, 1]
    assert (row.status, row.sent_at) == (Status.SENT, monday)


def test_what_waits_for_tomorrow_waits_for_a_day_that_the_person_wants() -> None:
    case = waiting(owner=make_user(mail_weekdays=0b0011111))
    reminders.send_due(at=at_nine(FRIDAY))
    case.add_own_date(FRIDAY, note="", by=case.owner, at=NOW)

    same_day = reminders.send_due(at=at_nine(FRIDAY) + MINUTE)

    row = case.reminders.get(kind="own_date")
    assert (same_day, row.try_at) == (0, at_nine(FRIDAY + 3 * DAY))


@pytest.mark.parametrize(
    ("hours", "sent"),
    [
        # 00:00 and 23:00 of one Belgian day are two days in UTC, and get one mail
        ((0, 23), [1, 0]),
        # 23:00 and 00:00 of the next are one night in UTC, and get two
        ((23, 24), [1, 1]),
    ],
)
def test_a_day_is_a_day_in_belgium(hours: tuple[int, int], sent: list[int]) -> None:
    case = make_case(owner=make_user(mail_hour=hours[0] % 24))
    case.add_own_date(FRIDAY, note="one", by=case.owner, at=NOW)
    case.owner.prefer(language="en", mail_hour=hours[1] % 24)
    case.add_own_date(FRIDAY + hours[1] // 24 * DAY, note="two", by=case.owner, at=NOW)
    case.reminders.filter(kind="finish_preparing").delete()
    start = moment(FRIDAY, hour=0)

    passes = [reminders.send_due(at=start + timedelta(hours=hour)) for hour in hours]

    assert passes == sent


# --- Who gets none --------------------------------------------------------------------------------


def test_a_stopped_case_gets_no_mail_and_loses_none() -> None:
    case, other = waiting(), waiting()
    case.stop_reminders(by=case.owner, at=NOW)

    stopped = reminders.send_due(at=at_nine(FRIDAY))
    case.resume_reminders(by=case.owner, at=at_nine(FRIDAY) + DAY)
    resumed = reminders.send_due(at=at_nine(FRIDAY) + DAY + MINUTE)

    assert (stopped, resumed) == (1, 1)
    assert readers() == [other.owner.email, case.owner.email]


def test_a_person_who_stopped_all_mails_gets_none_and_loses_none(alice: User) -> None:
    waiting(owner=alice)
    waiting(owner=alice)
    alice.stop_reminders(at=NOW)

    stopped = reminders.send_due(at=at_nine(FRIDAY))
    alice.resume_reminders()
    resumed = reminders.send_due(at=at_nine(FRIDAY) + DAY)

    assert (stopped, resumed) == (0, 2)


def test_a_person_who_may_not_sign_in_gets_no_mail(alice: User) -> None:
    waiting(owner=alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    shut_out = reminders.send_due(at=at_nine(FRIDAY))
    User.objects.filter(pk=alice.pk).update(is_active=True)
    let_in = reminders.send_due(at=at_nine(FRIDAY) + DAY)

    assert (shut_out, let_in) == (0, 1)


@pytest.mark.parametrize("end", ["close", "drop"])
def test_a_case_that_is_over_gets_no_mail(end: str) -> None:
    case = make_case(ended_on=TODAY) if end == "close" else waiting()
    case.add_own_date(FRIDAY, note="", by=case.owner, at=NOW)
    getattr(case, end)(by=case.owner, at=NOW)

    assert reminders.send_due(at=NOW + 400 * DAY) == 0


def test_an_answer_given_in_time_spares_the_mail() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY + 90 * DAY)
    make_evidence(case, at=NOW)

    assert reminders.send_due(at=at_nine(TODAY + DAY)) == 0


def test_a_snoozed_question_leaves_on_its_new_day() -> None:
    case = waiting()
    case.snooze("confirm_cancellation", days=7, by=case.owner, at=NOW)

    passes = [reminders.send_due(at=at_nine(TODAY + days * DAY)) for days in range(1, 8)]

    assert passes == [0, 0, 0, 0, 0, 0, 1]


def test_a_mail_that_is_switched_off_does_not_leave_and_the_next_one_does() -> None:
    case = waiting()
    planning.switch(case.reminders.get(due_on=FRIDAY), on=False, at=NOW)

    passes = [reminders.send_due(at=at_nine(FRIDAY + days * DAY)) for days in range(6)]

    assert passes == [0, 0, 0, 0, 0, 1]
    assert case.reminders.get(due_on=FRIDAY).status == Status.OFF


# --- Crashes --------------------------------------------------------------------------------------


def test_a_mail_that_left_before_a_crash_is_repeated_with_the_same_message_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)
    nine = at_nine(TODAY + DAY)

    def power_cut(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "_record_sent", power_cut)
        with pytest.raises(KeyboardInterrupt):
            reminders.send_due(at=nine)

    assert case.reminders.filter(status=Status.SENDING).count() == 2

    passes = [reminders.send_due(at=nine + minutes * MINUTE) for minutes in (1, 14, 16, 17)]

    assert passes == [0, 0, 1, 0]
    assert len(mail.outbox) == 2
    assert len(set(message_ids())) == 1
    assert [entry.title for entry in timeline(case)].count("Reminder sent") == 1


def test_questions_that_piled_up_are_repeated_with_the_same_message_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = waiting()
    late = at_nine(FRIDAY + 30 * DAY)

    def power_cut(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "_record_sent", power_cut)
        with pytest.raises(KeyboardInterrupt):
            reminders.send_due(at=late)
    again = reminders.send_due(at=late + 16 * MINUTE)

    assert again == 1
    assert len(mail.outbox) == 2
    assert len(set(message_ids())) == 1
    assert not case.reminders.planned().exists()


def test_one_crash_does_not_keep_the_mails_of_others() -> None:
    crashed, other = waiting(), waiting()
    crashed.reminders.filter(due_on=FRIDAY).update(
        status=Status.SENDING, claimed_at=at_nine(FRIDAY)
    )

    passes = [reminders.send_due(at=at_nine(FRIDAY) + minutes * MINUTE) for minutes in (1, 16)]

    assert passes == [1, 1]
    assert readers() == [other.owner.email, crashed.owner.email]


def test_while_one_mail_of_a_case_is_under_way_no_second_one_starts() -> None:
    case = make_case(confirmed_on=TODAY, ends_on=TODAY)
    case.reminders.filter(kind="check_line").update(
        status=Status.SENDING, claimed_at=at_nine(TODAY + DAY)
    )

    assert reminders.send_due(at=at_nine(TODAY + DAY) + MINUTE) == 0


@pytest.mark.parametrize("verb", ["close", "settled"])
def test_what_was_settled_while_a_crashed_sender_had_it_is_not_asked(verb: str) -> None:
    case = make_case(ended_on=TODAY) if verb == "close" else waiting()
    row = case.reminders.planned()[0]
    nine = at_nine(row.due_on)
    Reminder.objects.filter(pk=row.pk).update(status=Status.SENDING, claimed_at=nine)
    if verb == "close":
        case.close(by=case.owner, at=nine + MINUTE)
    else:
        case.mark_confirmed(
            confirmed_on=TODAY, ends_on=TODAY + 90 * DAY, by=case.owner, at=nine + MINUTE
        )

    sent = reminders.send_due(at=nine + 16 * MINUTE)

    row.refresh_from_db()
    assert (sent, row.status) == (0, Status.CANCELLED)


# --- A mail server that refuses -------------------------------------------------------------------


class Refusing(Outbox):
    """Takes every mail but those to unhappy@example.org, for now."""

    code = 450

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            if message.to == ["unhappy@example.org"]:
                raise SMTPRecipientsRefused({"unhappy@example.org": (self.code, b"Go away")})
        return super().send_messages(messages)


class RefusingForGood(Refusing):
    code = 550


class Down(BaseEmailBackend):
    """A mail server that is not there."""

    def open(self) -> bool | None:
        raise SMTPServerDisconnected("please run connect() first")


def test_one_refused_mail_is_written_down_and_the_others_leave(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    unhappy = waiting(owner=make_user("unhappy@example.org"))
    happy = waiting(owner=make_user("happy@example.org"))

    sent = reminders.send_due(at=at_nine(FRIDAY))

    row = unhappy.reminders.get(due_on=FRIDAY)
    assert sent == 1
    assert readers() == [happy.owner.email]
    assert (row.status, row.attempts, row.claimed_at) == (Status.PLANNED, 1, None)
    assert "Go away" in row.error
    assert "Reminder sent" not in [entry.title for entry in timeline(unhappy)]


def test_a_refused_mail_is_tried_five_times_with_growing_pauses(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    case = waiting(owner=make_user("unhappy@example.org"))
    row = case.reminders.get(due_on=FRIDAY)
    now = at_nine(FRIDAY)

    pauses = []
    while row.status == Status.PLANNED:
        assert reminders.send_due(at=row.try_at - SECOND) == 0
        now = row.try_at
        reminders.send_due(at=now)
        row.refresh_from_db()
        pauses.append(row.try_at - now)

    assert pauses == [
        MINUTE,
        5 * MINUTE,
        30 * MINUTE,
        timedelta(hours=2),
        timedelta(0),
    ]
    assert (row.status, row.attempts) == (Status.FAILED, 5)


def test_a_mail_that_failed_for_good_does_not_stop_the_next_question(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    case = waiting(owner=make_user("unhappy@example.org"))
    for hours in range(5):
        reminders.send_due(at=at_nine(FRIDAY) + timedelta(hours=3 * hours))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    sent = reminders.send_due(at=at_nine(date(2026, 3, 11)))

    assert sent == 1
    assert statuses(case)[FRIDAY] == Status.FAILED


def test_an_address_refused_for_good_is_marked_and_its_mails_wait_for_another(
    settings: Settings,
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingForGood"
    unhappy, happy = make_user("unhappy@example.org"), make_user("happy@example.org")
    case, other = waiting(owner=unhappy), waiting(owner=happy)

    passes = [reminders.send_due(at=at_nine(FRIDAY) + n * MINUTE) for n in range(3)]

    unhappy.refresh_from_db()
    row = case.reminders.get(due_on=FRIDAY)
    assert passes == [1, 0, 0]
    assert readers() == [other.owner.email]
    assert unhappy.is_undeliverable
    assert unhappy.undeliverable_reason == "550 Go away"
    assert (row.status, row.attempts, row.claimed_at) == (Status.PLANNED, 0, None)


def test_another_address_gets_what_the_refused_one_did_not(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingForGood"
    unhappy = make_user("unhappy@example.org")
    waiting(owner=unhappy)
    reminders.send_due(at=at_nine(FRIDAY))

    User.objects.filter(pk=unhappy.pk).update(email="better@example.org")
    sent = reminders.send_due(at=at_nine(FRIDAY) + MINUTE)

    assert sent == 1
    assert readers() == ["better@example.org"]


def test_a_mail_server_that_is_away_is_no_mails_fault(settings: Settings) -> None:
    cases = [waiting() for _i in range(3)]
    settings.EMAIL_BACKEND = f"{__name__}.Down"

    for minutes in range(20):
        reminders.send_due(at=at_nine(FRIDAY) + minutes * MINUTE)

    rows = Reminder.objects.filter(case__in=cases, due_on=FRIDAY)
    assert {(row.status, row.attempts, row.claimed_at) for row in rows} == {
        (Status.PLANNED, 0, None)
    }


def test_a_mail_server_that_is_away_costs_minutes_and_no_mail(settings: Settings) -> None:
    cases = [waiting() for _i in range(3)]
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    away = reminders.send_due(at=at_nine(FRIDAY))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    back = reminders.send_due(at=at_nine(FRIDAY) + MINUTE)

    assert (away, back) == (0, 3)
    assert sorted(readers()) == sorted(case.owner.email for case in cases)


def test_the_same_question_is_not_mailed_twice_within_20_hours() -> None:
    alice = make_user(mail_hour=22)
    case = waiting(owner=alice)
    late_on_friday = schedule.mail_time(FRIDAY, 22)
    reminders.send_due(at=late_on_friday)
    alice.prefer(language="en", mail_hour=9)
    case.snooze("confirm_cancellation", days=1, by=alice, at=late_on_friday)

    passes = [
        reminders.send_due(at=at_nine(FRIDAY + DAY)),
        reminders.send_due(at=at_nine(FRIDAY + 2 * DAY)),
    ]

    assert passes == [0, 1]


def test_a_retry_has_the_same_message_id(settings: Settings) -> None:
    case = waiting(owner=make_user("unhappy@example.org"))
    row = case.reminders.get(due_on=FRIDAY)
    first_try = reminders.compose([row], at=at_nine(FRIDAY)).extra_headers["Message-ID"]
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    reminders.send_due(at=at_nine(FRIDAY))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    reminders.send_due(at=at_nine(FRIDAY) + MINUTE)

    assert message_ids() == [first_try]


def test_a_row_that_breaks_the_template_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, whole = waiting(), waiting()
    compose = reminders.compose

    def break_one(batch: list[Reminder], *, at: datetime) -> Any:
        if batch[0].case_id == broken.pk:
            raise ZeroDivisionError
        return compose(batch, at=at)

    monkeypatch.setattr(reminders, "compose", break_one)

    sent = reminders.send_due(at=at_nine(FRIDAY))

    assert sent == 1
    assert readers() == [whole.owner.email]
    assert broken.reminders.get(due_on=FRIDAY).error.startswith("ZeroDivisionError")


def test_mails_go_through_a_real_mail_server(smtp_server: MailServer, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port
    cases = [waiting() for _i in range(3)]

    sent = reminders.send_due(at=at_nine(FRIDAY))

    rows = Reminder.objects.filter(status=Status.SENT)
    assert sent == 3
    assert [mail["To"] for mail in smtp_server.mails] == [case.owner.email for case in cases]
    assert {mail["Message-ID"] for mail in smtp_server.mails} == {row.message_id for row in rows}
    assert all(mail["List-Unsubscribe"] for mail in smtp_server.mails)


# --- The doors ------------------------------------------------------------------------------------


def due_now() -> Case:
    """By the clock of this machine, which the task and the command read."""
    case = make_case(opened_on=schedule.today(timezone.now()))
    case.add_own_date(case.opened_on, note="", by=case.owner, at=timezone.now())
    case.reminders.filter(kind="own_date").update(try_at=timezone.now() - SECOND)
    return case


def test_the_task_sends_what_is_due_now() -> None:
    case = due_now()

    tasks.send_due_reminders()

    assert case.reminders.get(kind="own_date").status == Status.SENT
    assert readers() == [case.owner.email]


def test_a_big_morning_calls_other_workers_and_these_call_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _i in range(3):
        due_now()
    monkeypatch.setattr(reminders, "CASES_FOR_A_SENDER", 1)
    called: list[dict[str, Any]] = []
    monkeypatch.setattr(
        tasks.send_due_reminders, "apply_async", lambda kwargs, expires: called.append(kwargs)
    )

    tasks.send_due_reminders()

    assert called == [{"call_others": False}] * 2
    assert len(mail.outbox) == 3


def test_a_broker_that_is_away_only_makes_a_big_morning_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(**_options: Any) -> None:
        raise OperationalError("connection refused")

    for _i in range(3):
        due_now()
    monkeypatch.setattr(reminders, "CASES_FOR_A_SENDER", 1)
    monkeypatch.setattr(tasks.send_due_reminders, "apply_async", away)

    tasks.send_due_reminders()

    assert len(mail.outbox) == 3


def test_beat_calls_the_task_every_minute() -> None:
    entries = django_settings.CELERY_BEAT_SCHEDULE.values()

    (entry,) = [e for e in entries if e["task"] == tasks.send_due_reminders.name]

    assert entry["schedule"] in (60, 60.0, MINUTE)


def run_command(*arguments: str) -> str:
    output = StringIO()
    call_command("send_due_reminders", *arguments, stdout=output)
    return output.getvalue().strip()


def test_the_command_says_how_many_mails_it_sent() -> None:
    due_now()

    assert [run_command(), run_command()] == ["1 sent", "0 sent"]


@pytest.mark.parametrize(
    ("iso", "sent"),
    [
        ("2026-03-06T09:00", "1 sent"),
        ("2026-03-06T08:59", "0 sent"),
        ("2026-03-06 09:00", "1 sent"),
        ("2026-03-06T09:00:00+01:00", "1 sent"),
        ("2026-03-06T08:00Z", "1 sent"),
        ("2026-03-06T07:59:59Z", "0 sent"),
        ("2026-03-06T09:00:00.000001", "1 sent"),
        ("2026-03-06", "1 sent"),  # a day alone means its end
        ("2026-03-05", "0 sent"),
    ],
)
def test_the_command_pretends_that_it_is_another_moment(
    iso: str, sent: str, settings: Settings
) -> None:
    settings.DEBUG = True
    waiting()

    assert run_command("--at", iso) == sent


@pytest.mark.parametrize(
    "nonsense", ["tomorrow", "", "2026-13-01", "2026-02-30", "2026-03-06T25:00", "06/03/2026"]
)
def test_the_command_says_what_is_no_date(nonsense: str, settings: Settings) -> None:
    settings.DEBUG = True
    waiting()

    with pytest.raises(CommandError, match="--at"):
        run_command("--at", nonsense)

    assert mail.outbox == []


def test_a_real_site_cannot_pretend_that_it_is_another_moment() -> None:
    waiting()

    with pytest.raises(CommandError, match="DEBUG"):
        run_command("--at", "2026-03-06T09:00")

    assert mail.outbox == []
