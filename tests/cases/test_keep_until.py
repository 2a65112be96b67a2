"""The files of a case that is over: kept for a time, thrown away only after two warnings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from cases import keeping, reminders, schedule, tasks
from cases.errors import InvalidMove
from cases.models import Case, CaseEvent, Evidence, Reminder, planning
from tests.cases.mails import html_of
from tests.factories import NOW, TODAY, make_case, make_evidence, moment
from tests.pages import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LAST_DAY = date(2028, 3, 3)  # two years after TODAY
FIRST_WARNING = date(2028, 2, 2)
LAST_WARNING = date(2028, 2, 25)
NEXT_DAY = moment(LAST_DAY + DAY)
OVER = {"closed": {"closed_on": TODAY}, "dropped": {"dropped_on": TODAY}}


def case_with_a_file(owner: User | None = None, status: str = "closed") -> Case:
    case = make_case(owner=owner, **OVER[status])
    make_evidence(case)
    return case


def warn(case: Case, *days: date) -> None:
    """Sends what is due at noon of these days; of both warnings where none is named."""
    for day in days or (FIRST_WARNING, LAST_WARNING):
        reminders.send_due(at=moment(day, hour=12))


def warnings(case: Case) -> list[tuple[date, str]]:
    rows = case.reminders.filter(kind="keep_until").order_by("due_on")
    return [(row.due_on, row.status) for row in rows]


def kept(case: Case) -> int:
    return case.evidence.kept().count()


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# --- The day --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["close", "drop"])
def test_a_case_that_is_over_is_kept_for_two_years(verb: str) -> None:
    case = make_case(ended_on=TODAY) if verb == "close" else make_case()

    getattr(case, verb)(by=case.owner, at=NOW)

    assert fresh(case).keep_until == LAST_DAY


def test_the_time_is_a_setting(settings: Settings) -> None:
    settings.KEEP_CASES_MONTHS = 6

    assert make_case(closed_on=TODAY).keep_until == date(2026, 9, 3)


@pytest.mark.parametrize("status", OVER)
def test_an_open_case_has_no_last_day(status: str) -> None:
    case = case_with_a_file(status=status)

    case.reopen(by=case.owner, at=NOW)

    assert fresh(case).keep_until is None
    assert "keep_until" not in {row.kind for row in case.reminders.planned()}


@pytest.mark.parametrize("verb", ["close", "drop"])
def test_undoing_takes_the_last_day_and_its_mails_away(verb: str) -> None:
    case = make_case(ended_on=TODAY) if verb == "close" else make_case()
    make_evidence(case)
    getattr(case, verb)(by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)

    assert fresh(case).keep_until is None
    assert "keep_until" not in {row.kind for row in case.reminders.planned()}


def test_undoing_a_reopening_brings_the_last_day_and_its_mails_back() -> None:
    case = case_with_a_file()
    case.reopen(by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)

    assert fresh(case).keep_until == LAST_DAY
    assert warnings(case) == [(FIRST_WARNING, "planned"), (LAST_WARNING, "planned")]


# --- The warnings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", OVER)
def test_two_mails_warn_before_files_are_thrown_away(status: str) -> None:
    case = case_with_a_file(status=status)

    warn(case)

    assert warnings(case) == [(FIRST_WARNING, "sent"), (LAST_WARNING, "sent")]
    for message in mail.outbox:
        assert "We keep them until 3 March 2028." in message.body
        assert f"https://simexit.test/en/cases/{case.reference}/dossier.zip" in message.body
        assert "Keep it for another year:" in message.body
        assert isinstance(message, mail.EmailMultiAlternatives)
        link = f'<a href="https://simexit.test/en/cases/{case.reference}/dossier.zip"'
        assert link in html_of(message)


def test_a_case_without_files_warns_of_nothing() -> None:
    case = make_case(closed_on=TODAY)

    assert warnings(case) == []

    make_evidence(case)

    assert warnings(case) == [(FIRST_WARNING, "planned"), (LAST_WARNING, "planned")]


def test_a_warning_that_comes_late_does_not_speak_of_a_day_to_come() -> None:
    case = case_with_a_file()

    reminders.send_due(at=NEXT_DAY)

    assert [row for _day, row in warnings(case)] == ["overtaken", "sent"]
    (message,) = mail.outbox
    assert message.subject.endswith("do you still need your files?")
    assert "nothing has been thrown away" in message.body
    assert "We keep them until" not in message.body


# --- Throwing away --------------------------------------------------------------------------------


def test_after_two_warnings_and_the_last_day_the_files_are_thrown_away() -> None:
    case = case_with_a_file()
    warn(case)

    assert keeping.throw_away_lapsed(at=moment(LAST_DAY)) == 0
    assert keeping.throw_away_lapsed(at=NEXT_DAY) == 1

    file = case.evidence.get()
    event = case.events.latest("pk")
    assert file.removed_at == NEXT_DAY
    assert (event.kind, event.actor) == (CaseEvent.Kind.REMOVED, None)
    assert event.note == f"{file.name} · {file.sha256}"
    assert file.file.storage.exists(file.file.name or "")


def test_what_is_thrown_away_twice_is_thrown_away_once() -> None:
    case = case_with_a_file()
    warn(case)
    keeping.throw_away_lapsed(at=NEXT_DAY)
    events = case.events.count()

    assert keeping.throw_away_lapsed(at=NEXT_DAY + DAY) == 0

    assert case.events.count() == events


@pytest.mark.parametrize("sent", [(), (FIRST_WARNING,), (LAST_WARNING,)])
def test_who_was_not_warned_twice_loses_nothing(sent: tuple[date, ...]) -> None:
    case = case_with_a_file()
    for day in sent:
        warn(case, day)

    assert keeping.throw_away_lapsed(at=NEXT_DAY) == 0

    assert kept(case) == 1


def stop_the_case(case: Case) -> None:
    case.stop_reminders(by=case.owner, at=moment(FIRST_WARNING))


def refuse_the_address(case: Case) -> None:
    case.owner.mark_undeliverable("550 no such mailbox", at=moment(FIRST_WARNING))


def switch_it_off(case: Case) -> None:
    for row in case.reminders.planned():
        planning.switch(row, on=False, at=moment(FIRST_WARNING))


def fail_to_send(case: Case) -> None:
    case.reminders.planned().update(status=Reminder.Status.FAILED)


@pytest.mark.parametrize(
    "silence", [stop_the_case, refuse_the_address, switch_it_off, fail_to_send]
)
def test_who_cannot_be_warned_keeps_the_files_whatever_the_years(silence: Any) -> None:
    case = case_with_a_file()
    silence(case)

    for years in range(4):
        night = NEXT_DAY + years * 365 * DAY
        reminders.send_due(at=night)
        keeping.plan_warnings(at=night)
        assert keeping.throw_away_lapsed(at=night) == 0

    assert kept(case) == 1
    assert fresh(case).keep_until == LAST_DAY


def test_a_last_warning_that_left_late_gives_a_week_to_answer() -> None:
    case = case_with_a_file()
    warn(case, FIRST_WARNING, LAST_DAY)

    assert keeping.throw_away_lapsed(at=moment(LAST_DAY + 6 * DAY)) == 0
    assert keeping.throw_away_lapsed(at=moment(LAST_DAY + 8 * DAY)) == 1


def test_who_asked_to_be_reminded_later_is_asked_before_anything_goes() -> None:
    case = case_with_a_file()
    warn(case)
    case.snooze("keep_until", days=14, by=case.owner, at=moment(LAST_WARNING))

    assert keeping.throw_away_lapsed(at=NEXT_DAY) == 0


def test_a_case_that_was_opened_again_keeps_everything() -> None:
    case = case_with_a_file()
    warn(case)
    case.reopen(by=case.owner, at=moment(LAST_DAY))

    assert keeping.throw_away_lapsed(at=NEXT_DAY) == 0


@pytest.mark.parametrize("how", ["stored", "taken back"])
def test_a_file_that_came_after_the_warnings_is_warned_of_anew(how: str) -> None:
    case = case_with_a_file()
    warn(case)
    if how == "stored":
        make_evidence(case, content=b"A late bill", at=moment(LAST_DAY))
    else:
        keeping.throw_away_lapsed(at=NEXT_DAY)
        case.evidence.update(removed_at=None)
        case.events.create(kind=CaseEvent.Kind.RESTORED, at=NEXT_DAY)
    night = moment(LAST_DAY + 2 * DAY)

    keeping.plan_warnings(at=night)
    assert keeping.throw_away_lapsed(at=night) == 0

    assert fresh(case).keep_until == schedule.today(night) + 31 * DAY


# --- Cases from before, and mails that did not leave in time --------------------------------------


@pytest.mark.parametrize("days", [-400, -1, 0, 7])
def test_a_case_from_before_there_were_warnings_gets_time_for_both(days: int) -> None:
    case = case_with_a_file()
    case.reminders.all().delete()
    Case.objects.filter(pk=case.pk).update(keep_until=TODAY + days * DAY)

    assert keeping.plan_warnings(at=NOW) == 1

    last_day = TODAY + 31 * DAY
    assert fresh(case).keep_until == last_day
    assert warnings(case) == [(TODAY + DAY, "planned"), (last_day - 7 * DAY, "planned")]
    event = case.events.latest("pk")
    assert (event.kind, event.actor, event.note) == ("kept", None, str(last_day))
    warn(case, TODAY + DAY, last_day - 7 * DAY)
    assert keeping.throw_away_lapsed(at=moment(last_day + DAY)) == 1


@pytest.mark.parametrize("days", [8, 29, 30, 40])
def test_a_case_from_before_with_time_enough_keeps_its_day(days: int) -> None:
    case = case_with_a_file()
    case.reminders.all().delete()
    Case.objects.filter(pk=case.pk).update(keep_until=TODAY + days * DAY)

    assert keeping.plan_warnings(at=NOW) == 0

    assert fresh(case).keep_until == TODAY + days * DAY
    assert [status for _day, status in warnings(case)] == ["planned", "planned"]


def test_planning_twice_changes_nothing() -> None:
    case = case_with_a_file()
    case.reminders.all().delete()
    Case.objects.filter(pk=case.pk).update(keep_until=TODAY)
    keeping.plan_warnings(at=NOW)
    before = warnings(case), case.events.count()

    keeping.plan_warnings(at=NOW)

    assert (warnings(case), case.events.count()) == before


def test_who_got_both_warnings_in_one_late_mail_is_warned_anew() -> None:
    case = case_with_a_file()
    reminders.send_due(at=NEXT_DAY)

    keeping.plan_warnings(at=NEXT_DAY)

    assert fresh(case).keep_until == LAST_DAY + 32 * DAY
    assert keeping.throw_away_lapsed(at=moment(LAST_DAY + 10 * DAY)) == 0


def test_the_task_does_both(monkeypatch: pytest.MonkeyPatch) -> None:
    at: list[datetime] = []
    monkeypatch.setattr(keeping, "plan_warnings", lambda *, at: at_noted("plan", at))
    monkeypatch.setattr(keeping, "throw_away_lapsed", lambda *, at: at_noted("throw", at))
    done: list[str] = []

    def at_noted(what: str, moment: datetime) -> int:
        done.append(what)
        at.append(moment)
        return 0

    tasks.throw_away_lapsed_cases()

    assert done == ["plan", "throw"]
    assert at[0] == at[1]


# --- Keeping for longer ---------------------------------------------------------------------------


def test_keeping_for_another_year_moves_the_day_and_its_mails() -> None:
    case = case_with_a_file()
    warn(case, FIRST_WARNING)

    case.keep_longer(by=case.owner, at=moment(FIRST_WARNING + DAY))

    assert fresh(case).keep_until == date(2029, 3, 3)
    assert dict(warnings(case)) == {
        FIRST_WARNING: "sent",
        LAST_WARNING: "cancelled",
        date(2029, 2, 1): "planned",
        date(2029, 2, 24): "planned",
    }
    event = case.events.latest("pk")
    assert (event.kind, event.actor) == ("kept", case.owner)
    assert event.facts == {"keep_until": ["2028-03-03", "2029-03-03"]}


def test_who_answers_after_the_files_were_thrown_away_has_them_back() -> None:
    case = case_with_a_file()
    removed = make_evidence(case, proves=Evidence.Proves.OTHER)
    case.evidence.filter(pk=removed.pk).update(removed_at=NOW)  # by the person, long before
    warn(case)
    keeping.throw_away_lapsed(at=NEXT_DAY)

    case.keep_longer(by=case.owner, at=NEXT_DAY + DAY)

    assert [file.proves for file in case.evidence.kept()] == ["confirmed"]
    assert case.events.latest("pk").kind == CaseEvent.Kind.RESTORED
    assert fresh(case).keep_until == date(2029, 3, 4) + DAY


def test_a_file_that_was_stored_once_more_meanwhile_is_not_doubled() -> None:
    case = case_with_a_file()
    warn(case)
    keeping.throw_away_lapsed(at=NEXT_DAY)
    make_evidence(case, at=NEXT_DAY)

    case.keep_longer(by=case.owner, at=NEXT_DAY)

    assert (kept(case), case.evidence.removed().count()) == (1, 1)


def test_an_open_case_cannot_be_kept_for_longer() -> None:
    case = make_case(ended_on=TODAY)

    with pytest.raises(InvalidMove):
        case.keep_longer(by=case.owner, at=NOW)

    assert fresh(case).keep_until is None


# --- The page -------------------------------------------------------------------------------------


def today() -> date:
    return schedule.today(timezone.now())


def test_the_page_says_until_when_and_takes_another_day(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, closed_on=today())
    make_evidence(case)
    until = today() + 31 * DAY

    response = as_alice.post(f"{case.get_absolute_url()}keep/", {"until": until})

    page = read(as_alice.get(response["Location"]))
    assert response.status_code == 302
    assert fresh(case).keep_until == until
    assert f"Your files are kept until {until.day} {until:%b %Y}." in " ".join(page.text.split())
    assert "Keep your file for longer?" in page.text  # among the mails that are planned
    assert "30 days before the last day on which we keep your files" in page.text
    assert "Kept for longer" in page.text


def test_a_day_without_time_for_the_warnings_is_told_and_stays_typed(
    alice: User, as_alice: Client
) -> None:
    case = make_case(owner=alice, closed_on=today())
    make_evidence(case)
    before = fresh(case).keep_until
    until = today() + 30 * DAY

    response = as_alice.post(f"{case.get_absolute_url()}keep/", {"until": until})

    assert response.status_code == 422
    assert "or a later day: we warn you 30 and 7 days before." in response.content.decode()
    assert f'value="{until}"' in response.content.decode()
    assert fresh(case).keep_until == before


def test_an_open_case_says_that_it_keeps_everything(alice: User, as_alice: Client) -> None:
    case = make_case(owner=alice, ended_on=today())

    response = as_alice.post(f"{case.get_absolute_url()}keep/", {"until": today() + 99 * DAY})

    page = read(as_alice.get(response["Location"]))
    assert "This case is open: all of its files are kept." in page.text
