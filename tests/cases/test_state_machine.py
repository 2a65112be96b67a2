"""Any order of presses, snoozes, mails and crashes, while the clock goes on: what always holds.

Hypothesis plays one person with one case. More of it: HYPOTHESIS_PROFILE=thorough.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend as Outbox
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from cases import keeping, reminders, schedule
from cases.errors import CaseError, NothingToUndo
from cases.models import Case, CaseEvent, Evidence, Reminder, planning
from cases.timeline import mails
from operators.models import ChannelKind, Procedure, Report
from tests.factories import NOW, TODAY, make_case, make_evidence, make_newer, make_user

Status = Reminder.Status
OWN_DATE = Reminder.Kind.OWN_DATE
OPEN = set(Status) - {Status.CANCELLED}
CLOSED = {Case.Status.CLOSED, Case.Status.DROPPED}
# Undo takes back what a press changed, and this is no press.
NOT_UNDONE = {"reminders_stopped_at"}
NEEDED = {
    "preparing": set[str](),
    "requested": {"sent_on", "channel"},
    "confirmed": {"sent_on", "channel", "confirmed_on", "ends_on"},
    "ended": {"sent_on", "channel", "ended_on"},
    "closed": {"sent_on", "channel", "ended_on", "closed_on"},
    "dropped": set[str](),
}
PLAY = hypothesis_settings(
    max_examples=hypothesis_settings().max_examples // 4, stateful_step_count=30
)

ago = st.integers(0, 10).map(lambda days: timedelta(days=days))
ahead = st.integers(-3, 60).map(lambda days: timedelta(days=days))


class PowerCut(BaseException):
    """The machine dies between sending a mail and writing it down."""


class MoodyServer(Outbox):
    """A mail server that takes what it is given, or refuses everything."""

    refuses = False

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if MoodyServer.refuses:
            raise ConnectionRefusedError
        return super().send_messages(messages)


def in_status(*statuses: str) -> Callable[[Any], bool]:
    return lambda machine: machine.case.status in statuses


def each_once(things: Iterable[object]) -> bool:
    return all(count == 1 for count in Counter(things).values())


class OneCase(RuleBasedStateMachine):
    @initialize(
        plan=st.sampled_from(["postpaid", "prepaid"]),
        goal=st.sampled_from(["end", "port"]),
        hour=st.sampled_from([0, 2, 9, 23]),
    )
    def open(self, plan: str, goal: str, hour: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        MoodyServer.refuses = False
        mail.outbox = []
        self.now: datetime = NOW
        self.owner = make_user(mail_hour=hour)
        self.case = make_case(owner=self.owner, plan=plan, goal=goal)
        self.rows: list[Reminder] = []
        self.events: list[CaseEvent] = []
        self.presses: list[tuple[CaseEvent, dict[str, Any]]] = []
        self.own_dates: set[int] = set()
        self.sent: dict[int, datetime | None] = {}
        self.crashes = 0

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- Pressing -------------------------------------------------------------------------------

    def press(self, verb: Callable[[], object]) -> bool:
        """Whether the case did it; when it refuses, nothing at all may have changed."""
        before, rows, events = columns(self.case), self.rows, self.events
        try:
            verb()
        except CaseError:
            self.look()
            assert columns(self.case) == before
            assert [row.__dict__ | {"_state": 0} for row in self.rows] == [
                row.__dict__ | {"_state": 0} for row in rows
            ]
            assert self.events == events
            return False
        self.look()
        for event in self.events[len(events) :]:
            if event.kind in CaseEvent.UNDOABLE:
                self.presses.append((event, before))
        return True

    def move(self, verb: str, **arguments: Any) -> None:
        allowed = Case.REOPENINGS if verb == "reopen" else Case.MOVES
        before, events = self.case.status, len(self.events)
        act = getattr(self.case, verb)
        if self.press(lambda: act(**arguments, by=self.owner, at=self.now)):
            event = self.events[-1]
            assert (before, self.case.status) in allowed
            assert (event.kind, event.before, event.after) == ("moved", before, self.case.status)
            assert (event.actor, event.at) == (self.owner, self.now)
            assert len(self.events) == events + 1

    @precondition(in_status("preparing"))
    @rule(ago=ago, channel=st.sampled_from(ChannelKind.values), end=st.none() | ahead)
    def mark_requested(self, ago: timedelta, channel: str, end: timedelta | None) -> None:
        wanted_end = self.today + end if end else None
        self.move(
            "mark_requested", sent_on=self.today - ago, channel=channel, wanted_end=wanted_end
        )

    @precondition(in_status("requested"))
    @rule(ago=ago, end=ahead)
    def mark_confirmed(self, ago: timedelta, end: timedelta) -> None:
        self.move("mark_confirmed", confirmed_on=self.today - ago, ends_on=self.today + end)

    @precondition(in_status("requested", "confirmed"))
    @rule(ago=ago)
    def mark_ended(self, ago: timedelta) -> None:
        self.move("mark_ended", ended_on=self.today - ago)

    @precondition(in_status("ended"))
    @rule(matched=st.none() | st.booleans())
    def close(self, matched: bool | None) -> None:
        self.move("close", matched=matched)

    @precondition(in_status("preparing", "requested"))
    @rule()
    def drop(self) -> None:
        self.move("drop")

    @precondition(in_status("closed", "dropped"))
    @rule()
    def reopen(self) -> None:
        self.move("reopen")

    @rule(
        verb=st.sampled_from(
            [
                ("mark_requested", {"sent_on": TODAY, "channel": "letter"}),
                ("mark_confirmed", {"confirmed_on": TODAY, "ends_on": TODAY}),
                ("mark_ended", {"ended_on": TODAY}),
                ("close", {}),
                ("drop", {}),
                ("reopen", {}),
            ]
        )
    )
    def press_what_may_not_fit(self, verb: tuple[str, dict[str, Any]]) -> None:
        name, arguments = verb
        self.move(name, **arguments)

    @precondition(lambda self: self.presses)
    @rule()
    def undo(self) -> None:
        event, before = self.presses[-1]
        recent = event.at >= self.now - Case.UNDO_LASTS
        events = len(self.events)
        try:
            self.case.undo(by=self.owner, at=self.now)
        except NothingToUndo:
            assert not recent
            return
        assert recent
        self.presses.pop()
        self.look()
        now = columns(self.case)
        assert {name for name in now if now[name] != before[name]} <= NOT_UNDONE
        assert len(self.events) == events + 1
        assert self.events[-1].undoes == event

    # --- Answering ------------------------------------------------------------------------------

    @rule(
        answer=st.sampled_from(
            [
                ("acknowledge_request", {"received": True}),
                ("keep_receipt_elsewhere", {}),
                ("settle_credit", {}),
                ("check_final_bill", {"right": True}),
                ("check_final_bill", {"right": False}),
                ("settle_complaint", {}),
                ("file_with_ombudsman", {"filed_on": TODAY}),
                ("dispute", {"amount": Decimal("12.5")}),
                ("dispute", {"amount": None}),
                ("answer_check", {"question": "line_call", "result": "no"}),
                ("answer_check", {"question": "bill_period", "result": "yes"}),
                ("keep_longer", {}),
                ("still_waiting", {}),
                ("still_billed", {"complained_on": None}),
                ("note", {"text": "A note"}),
            ]
        )
    )
    def answer(self, answer: tuple[str, dict[str, Any]]) -> None:
        verb, arguments = answer
        self.press(lambda: getattr(self.case, verb)(**arguments, by=self.owner, at=self.now))

    @precondition(in_status("closed", "dropped"))
    @rule(days=st.integers(0, 400))
    def keep_until_a_day(self, days: int) -> None:
        day = self.today + timedelta(days=days)
        self.press(lambda: self.case.keep_longer(until=day, by=self.owner, at=self.now))

    @rule(days=st.sampled_from([0, 30, 760]))
    def the_night_of_throwing_away(self, days: int) -> None:
        """Two years later at the soonest: nothing goes that its owner was not warned of twice."""
        self.now += timedelta(days=days)
        keeping.plan_warnings(at=self.now)
        sent = self.case.reminders.filter(kind=Reminder.Kind.KEEP_UNTIL, status=Status.SENT)
        warned, open_case = sent.count(), self.case.is_open
        if keeping.throw_away_lapsed(at=self.now):
            assert warned >= 2
            assert not open_case
            assert self.case.keep_until
            assert self.case.keep_until < self.today

    @precondition(in_status("requested", "confirmed", "ended"))
    @rule(days=st.integers(0, 340))
    def complain(self, days: int) -> None:
        day = self.today - timedelta(days=days)
        self.press(lambda: self.case.complain(complained_on=day, by=self.owner, at=self.now))

    @rule(proves=st.sampled_from([Evidence.Proves.SENT, Evidence.Proves.CONFIRMED]))
    def store_a_file(self, proves: str) -> None:
        content = f"{proves} {self.now}".encode()
        self.press(lambda: make_evidence(self.case, proves=proves, content=content, at=self.now))

    # --- A newer version of the procedure -------------------------------------------------------

    @rule(
        verb=st.sampled_from(["switch_procedure", "stay"]),
        confirm_after=st.integers(1, 9),
        no_more_bills_after=st.integers(1, 120),
    )
    def publish_a_newer_version(self, verb: str, **days: int) -> None:
        newest = Procedure.objects.published().get(
            operator=self.case.procedure.operator, plan=self.case.procedure.plan
        )
        newer = make_newer(newest, at=self.now, **days)
        act = getattr(self.case, verb)
        self.press(lambda: act(version=newer.version, by=self.owner, at=self.now))
        assert (self.case.procedure == newer) == (verb == "switch_procedure" and self.case.is_open)

    # --- About the mails ------------------------------------------------------------------------

    @precondition(in_status("preparing", "requested", "confirmed", "ended"))
    @rule(which=st.integers(0, 3), days=st.sampled_from([1, 3, 7, 14]))
    def snooze(self, which: int, days: int) -> None:
        kinds = sorted({planned.kind for planned in schedule.owed(self.case.facts())})
        kind, day = kinds[which % len(kinds)], self.today + timedelta(days=days)
        if self.press(lambda: self.case.snooze(kind, days=days, by=self.owner, at=self.now)):
            asked = [row for row in self.rows if row.status == Status.PLANNED and row.kind == kind]
            assert min(row.due_on for row in asked) == day
            assert [row.origin for row in asked].count("snooze") == 1

    @rule(days=st.sampled_from([1, 2, 30]))
    def own_date(self, days: int) -> None:
        day = self.today + timedelta(days=days)
        if self.press(lambda: self.case.add_own_date(day, note="", by=self.owner, at=self.now)):
            self.own_dates.add(self.rows[-1].pk)

    @rule(which=st.integers(0, 10), on=st.booleans())
    def switch(self, which: int, on: bool) -> None:
        rows = [row for row in self.rows if row.status == (Status.OFF if on else Status.PLANNED)]
        if rows:
            planning.switch(rows[which % len(rows)], on=on, at=self.now)

    @rule()
    def stop_or_resume_this_case(self) -> None:
        stopped = self.case.reminders_stopped_at
        verb = self.case.resume_reminders if stopped else self.case.stop_reminders
        verb(by=self.owner, at=self.now)

    @rule()
    def stop_or_resume_all(self) -> None:
        if self.owner.reminders_stopped_at:
            self.owner.resume_reminders()
        else:
            self.owner.stop_reminders(at=self.now)

    @rule(
        hour=st.sampled_from([0, 2, 9, 23]),
        weekdays=st.sampled_from([range(7), range(5), [5, 6], [2]]),
    )
    def choose_another_hour(self, hour: int, weekdays: Iterable[int]) -> None:
        self.owner.prefer(language="en", mail_hour=hour, weekdays=weekdays)
        Reminder.objects.retime(self.owner, at=self.now)

    # --- Time and the sender ----------------------------------------------------------------------

    @property
    def today(self) -> date:
        return schedule.today(self.now)

    @rule(
        step=st.sampled_from(
            [timedelta(minutes=16), timedelta(hours=5), timedelta(days=1), timedelta(days=36)]
        )
    )
    def time_passes_without_a_sender(self, step: timedelta) -> None:
        self.now += step

    @rule(days=st.integers(1, 40), hours=st.sampled_from([24, 9]))
    def days_pass_with_their_mails(self, days: int, hours: int) -> None:
        end = self.now + timedelta(days=days)
        while self.now < end:
            self.now += timedelta(hours=hours)
            reminders.send_due(at=self.now)
        self.nothing_due_is_left()

    @rule()
    def send(self) -> None:
        reminders.send_due(at=self.now)
        self.nothing_due_is_left()

    @rule()
    def send_to_a_server_that_refuses(self) -> None:
        MoodyServer.refuses = True
        assert reminders.send_due(at=self.now) == 0
        MoodyServer.refuses = False
        self.nothing_due_is_left()

    @precondition(lambda self: not self.crashes)
    @rule()
    def crash_after_sending(self) -> None:
        sent = len(mail.outbox)
        with patch.object(reminders, "_record_sent", side_effect=PowerCut), suppress(PowerCut):
            reminders.send_due(at=self.now)
        self.crashes += len(mail.outbox) - sent

    def nothing_due_is_left(self) -> None:
        self.look()
        statuses = {row.status for row in self.rows}
        stopped = self.case.reminders_stopped_at or self.owner.reminders_stopped_at
        if not stopped and Status.SENDING not in statuses:
            assert all(row.try_at > self.now for row in self.rows if row.status == Status.PLANNED)

    # --- What always holds ------------------------------------------------------------------------

    def look(self) -> None:
        cases = Case.objects.select_related("owner", "procedure")
        self.case = cases.get(pk=self.case.pk)
        self.rows = list(self.case.reminders.order_by("pk"))
        self.events = list(self.case.events.select_related("undoes").order_by("pk"))

    @invariant()
    def all_is_well(self) -> None:
        events = self.events
        self.look()
        planned = [row for row in self.rows if row.status == Status.PLANNED]
        assert self.events[: len(events)] == events
        assert all(getattr(self.case, name) for name in NEEDED[self.case.status])
        assert list(Report.objects.all()) == ([self.case.report] if self.case.report else [])
        assert each_once((row.kind, row.due_on) for row in planned if row.kind != OWN_DATE)
        self.what_was_sent_stays_sent()
        self.what_was_overtaken_has_its_question_in_the_same_mail()
        self.one_mail_a_day_at_most()
        owed = schedule.owed(self.case.facts())
        self.no_date_is_missed(owed)
        if not self.crashes:
            # What a crash gives back is looked at before it is sent, and not earlier.
            self.nothing_is_asked_that_is_settled(planned, owed)

    def what_was_sent_stays_sent(self) -> None:
        sent = {row.pk: row.sent_at for row in self.rows if row.status == Status.SENT}
        assert sent.items() >= self.sent.items()
        self.sent = sent

    def what_was_overtaken_has_its_question_in_the_same_mail(self) -> None:
        asked = {(row.message_id, row.kind) for row in self.rows if row.status == Status.SENT}
        for row in self.rows:
            if row.status == Status.OVERTAKEN:
                stronger = {kind for kind, weak in schedule.OVERTAKES.items() if row.kind in weak}
                assert any((row.message_id, kind) in asked for kind in {row.kind, *stronger})
                assert (row.sent_at, row.claimed_at) == (None, None)

    def one_mail_a_day_at_most(self) -> None:
        ids_of_a_day = defaultdict(set)
        for row in self.rows:
            if row.status == Status.SENT:
                assert row.sent_at
                ids_of_a_day[schedule.today(row.sent_at)].add(row.message_id)
        assert all(len(ids) == 1 for ids in ids_of_a_day.values())
        mailed = mails(self.case)
        assert each_once(schedule.today(entry.at) for entry in mailed)
        assert len(mailed) + self.crashes == len(mail.outbox)
        known = {message.extra_headers["Message-ID"] for message in mail.outbox}
        assert len(mail.outbox) - len(known) <= self.crashes

    def no_date_is_missed(self, owed: list[schedule.Planned]) -> None:
        """Each question that is owed has its row, unless the person asked for a later day."""
        rows = [row for row in self.rows if row.status in OPEN]
        known = {(row.kind, row.due_on) for row in rows}
        last_snooze = {
            row.kind: row.due_on
            for row in sorted(rows, key=lambda row: row.due_on)
            if row.origin == Reminder.Origin.SNOOZE
        }
        useful = [p for p in owed if p.due_on > last_snooze.get(p.kind, date.min)]
        last_past = {p.kind: p.due_on for p in useful if p.due_on <= self.today}
        for p in useful:
            assert p.due_on < last_past.get(p.kind, date.min) or (p.kind, p.due_on) in known
        if self.case.is_open:
            assert self.own_dates <= {row.pk for row in rows}

    def nothing_is_asked_that_is_settled(
        self, planned: list[Reminder], owed: list[schedule.Planned]
    ) -> None:
        if self.case.status in CLOSED:
            assert {row.kind for row in planned} <= {Reminder.Kind.KEEP_UNTIL}
        kinds = {p.kind for p in owed} | {OWN_DATE}
        days = {(p.kind, p.due_on) for p in owed}
        for row in planned:
            assert row.kind in kinds
            assert row.origin != Reminder.Origin.SCHEDULE or (row.kind, row.due_on) in days


def columns(case: Case) -> dict[str, Any]:
    return {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}


@pytest.mark.django_db
def test_any_order_of_presses_leaves_a_case_that_makes_sense(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.MoodyServer"

    run_state_machine_as_test(OneCase, settings=PLAY)
