"""The verbs that move a case or record an answer: what each changes, refuses and writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from cases.errors import CaseError, InvalidMove, NothingToUndo, StaleCase
from cases.models import Case, CaseEvent, Evidence, Reminder
from cases.models.case import REFERENCE_ALPHABET, new_reference
from operators.models import ChannelKind
from tests.factories import (
    NOW,
    TODAY,
    make_case,
    make_evidence,
    make_procedure,
    make_user,
    moment,
)

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

STATUSES: dict[str, dict[str, Any]] = {
    "preparing": {},
    "requested": {"requested_on": TODAY},
    "confirmed": {"confirmed_on": TODAY},
    "ended": {"ended_on": TODAY},
    "closed": {"closed_on": TODAY},
    "dropped": {"dropped_on": TODAY},
}

Verb = Callable[[Case], object]

MOVES: dict[str, Verb] = {
    "mark_requested": lambda case: case.mark_requested(
        sent_on=TODAY, channel="letter", by=case.owner, at=NOW
    ),
    "mark_confirmed": lambda case: case.mark_confirmed(
        confirmed_on=TODAY, ends_on=TODAY, by=case.owner, at=NOW
    ),
    "mark_ended": lambda case: case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW),
    "close": lambda case: case.close(by=case.owner, at=NOW),
    "drop": lambda case: case.drop(by=case.owner, at=NOW),
    "reopen": lambda case: case.reopen(by=case.owner, at=NOW),
}

ANSWERS: dict[str, Verb] = {
    "acknowledge_request": lambda case: case.acknowledge_request(
        received=True, by=case.owner, at=NOW
    ),
    "keep_receipt_elsewhere": lambda case: case.keep_receipt_elsewhere(by=case.owner, at=NOW),
    "settle_credit": lambda case: case.settle_credit(by=case.owner, at=NOW),
    "check_final_bill": lambda case: case.check_final_bill(right=True, by=case.owner, at=NOW),
    "complain": lambda case: case.complain(complained_on=TODAY, by=case.owner, at=NOW),
    "settle_complaint": lambda case: case.settle_complaint(by=case.owner, at=NOW),
    "still_waiting": lambda case: case.still_waiting(by=case.owner, at=NOW),
    "file_with_ombudsman": lambda case: case.file_with_ombudsman(
        filed_on=TODAY, by=case.owner, at=NOW
    ),
    "dispute": lambda case: case.dispute(amount=Decimal("12.50"), by=case.owner, at=NOW),
}

# What may be pressed in which status; everything else is refused.
ALLOWED = {
    "mark_requested": {"preparing"},
    "mark_confirmed": {"requested"},
    "mark_ended": {"requested", "confirmed"},
    "close": {"ended"},
    "drop": {"preparing", "requested"},
    "reopen": {"closed", "dropped"},
    "acknowledge_request": {"requested"},
    "keep_receipt_elsewhere": {"confirmed", "ended"},
    "settle_credit": {"ended"},
    "check_final_bill": {"ended"},
    "complain": {"requested", "confirmed", "ended"},
    "settle_complaint": {"requested", "confirmed", "ended"},
    "still_waiting": {"requested"},
    "file_with_ombudsman": {"requested", "confirmed", "ended"},
    "dispute": {"requested", "confirmed", "ended"},
}
VERBS = MOVES | ANSWERS
REFUSED = [
    (verb, status)
    for verb, statuses in ALLOWED.items()
    for status in STATUSES
    if status not in statuses
]


def planned(case: Case) -> list[tuple[str, date]]:
    """What is still to be mailed, and for which day."""
    return [(row.kind, row.due_on) for row in case.reminders.planned()]


def kinds(case: Case) -> set[str]:
    return {kind for kind, _day in planned(case)}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def columns(case: Case) -> dict[str, Any]:
    return dict(Case.objects.filter(pk=case.pk).values().get())


# --- Opening --------------------------------------------------------------------------------------


def test_a_case_opens_with_its_procedure_its_event_and_its_reminders(alice: User) -> None:
    procedure = make_procedure()

    case = Case.objects.start(
        owner=alice,
        procedure=procedure,
        goal="end",
        phone_number="+32470123321",
        customer_number="C-1",
        at=NOW,
    )

    assert (case.status, case.opened_on, case.procedure) == ("preparing", TODAY, procedure)
    event = case.events.get()
    assert (event.kind, event.actor, event.at, event.before, event.after) == (
        "opened",
        alice,
        NOW,
        "",
        "preparing",
    )
    assert planned(case) == [
        ("finish_preparing", TODAY + timedelta(days=2)),
        ("finish_preparing", TODAY + timedelta(days=7)),
    ]


def test_a_case_opened_after_midnight_in_belgium_belongs_to_the_new_day(alice: User) -> None:
    just_after_midnight = moment(TODAY, hour=0)

    case = Case.objects.start(
        owner=alice,
        procedure=make_procedure(),
        goal="end",
        phone_number="+32470123321",
        at=just_after_midnight,
    )

    assert case.opened_on == TODAY


def test_a_reference_is_long_random_and_can_be_read_out_on_the_phone() -> None:
    references = {new_reference().replace("-", "") for _i in range(500)}

    assert len(references) == 500
    assert all(len(reference) >= 10 for reference in references)
    assert set("".join(references)) <= set(REFERENCE_ALPHABET)
    assert not set("01OIL") & set(REFERENCE_ALPHABET)


def test_a_case_keeps_the_version_of_the_procedure_that_it_started_with() -> None:
    case = make_case()
    newer = case.procedure.new_draft()

    newer.publish(by=None, at=NOW)

    assert fresh(case).procedure.version == 1
    assert newer.version == 2


def test_a_person_sees_the_own_cases_and_nobody_elses(alice: User, stranger: User) -> None:
    case = make_case(owner=alice)

    assert list(Case.objects.visible_to(alice)) == [case]
    assert list(Case.objects.visible_to(stranger)) == []


# --- What each move changes -----------------------------------------------------------------------


def test_sending_records_how_and_starts_the_questions_about_the_confirmation() -> None:
    case = make_case(opened_on=YESTERDAY)

    case.mark_requested(
        sent_on=TODAY,
        channel=ChannelKind.WEB_FORM,
        wanted_end=NEXT_WEEK,
        reference_number="R-77",
        spoke_to="Ms Peeters",
        by=case.owner,
        at=NOW,
    )

    case = fresh(case)
    assert (case.status, case.sent_on, case.channel) == ("requested", TODAY, "web_form")
    assert (case.wanted_end, case.reference_number) == (NEXT_WEEK, "R-77")
    assert case.spoke_to == "Ms Peeters"
    assert kinds(case) == {"confirm_receipt_of_request", "confirm_cancellation", "check_line"}


def test_a_confirmation_records_its_days_and_asks_for_the_receipt() -> None:
    case = make_case(requested_on=YESTERDAY, wanted_end=TOMORROW)

    case.mark_confirmed(confirmed_on=TODAY, ends_on=NEXT_WEEK, by=case.owner, at=NOW)

    case = fresh(case)
    assert (case.status, case.confirmed_on, case.ends_on) == ("confirmed", TODAY, NEXT_WEEK)
    assert kinds(case) == {"check_line", "keep_receipt"}
    assert ("check_line", NEXT_WEEK + timedelta(days=1)) in planned(case)
    assert ("check_line", TOMORROW + timedelta(days=1)) not in planned(case)


def test_the_end_of_the_line_asks_for_the_bills() -> None:
    case = make_case(requested_on=YESTERDAY, confirmed_on=YESTERDAY, ends_on=TODAY)
    make_evidence(case)

    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)

    case = fresh(case)
    assert (case.status, case.ended_on) == ("ended", TODAY)
    assert planned(case) == [
        ("check_final_bill", TODAY + timedelta(days=35)),
        ("check_no_more_bills", TODAY + timedelta(days=65)),
    ]


def test_a_line_may_die_without_any_confirmation() -> None:
    case = make_case(requested_on=YESTERDAY)

    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)

    assert fresh(case).status == "ended"
    assert fresh(case).confirmed_on is None
    assert "keep_receipt" not in kinds(case)


def test_closing_ends_all_mails() -> None:
    case = make_case(ended_on=YESTERDAY)
    case.add_own_date(NEXT_WEEK, note="call them", by=case.owner, at=NOW)

    case.close(by=case.owner, at=NOW)

    assert (fresh(case).status, fresh(case).closed_on) == ("closed", TODAY)
    assert planned(case) == []


def test_dropping_keeps_the_reason_and_ends_all_mails() -> None:
    case = make_case()
    case.add_own_date(NEXT_WEEK, note="call them", by=case.owner, at=NOW)

    case.drop(reason="my sister takes it", by=case.owner, at=NOW)

    assert (fresh(case).status, fresh(case).drop_reason) == ("dropped", "my sister takes it")
    assert planned(case) == []


def test_porting_a_prepaid_number_asks_for_the_credit_and_for_no_last_bill() -> None:
    case = make_case(plan="prepaid", goal="port", requested_on=YESTERDAY)

    case.mark_ended(ended_on=TODAY, by=case.owner, at=NOW)

    assert kinds(case) == {"claim_prepaid_credit", "check_no_more_bills"}


# --- What is written down -------------------------------------------------------------------------


@pytest.mark.parametrize("verb", MOVES)
def test_each_move_writes_one_event_with_who_when_before_and_after(verb: str) -> None:
    for status in sorted(ALLOWED[verb]):
        case = make_case(**STATUSES[status])
        events = case.events.count()

        MOVES[verb](case)

        event = case.events.latest("pk")
        assert case.events.count() == events + 1
        assert (event.kind, event.actor, event.at) == ("moved", case.owner, NOW)
        assert (event.before, event.after) == (status, fresh(case).status)


@pytest.mark.parametrize("verb", sorted(set(ANSWERS) - {"still_waiting"}))
def test_each_answer_writes_one_event_with_what_it_changed(verb: str) -> None:
    for status in sorted(ALLOWED[verb]):
        case = make_case(**STATUSES[status])
        before = columns(case)
        events = case.events.count()

        ANSWERS[verb](case)

        event = case.events.latest("pk")
        changed = {name for name, value in columns(case).items() if before[name] != value}
        assert case.events.count() == events + 1
        assert (event.kind, event.actor, event.at) == ("answered", case.owner, NOW)
        assert changed
        assert changed <= set(event.facts)
        assert fresh(case).status == status


def test_an_event_holds_the_facts_before_and_after() -> None:
    case = make_case()

    case.mark_requested(sent_on=TODAY, channel="letter", by=case.owner, at=NOW)

    facts = case.events.latest("pk").facts
    assert facts["sent_on"] == [None, TODAY.isoformat()]
    assert facts["channel"] == ["", "letter"]


def test_a_move_by_the_clock_has_no_actor() -> None:
    case = make_case(requested_on=TODAY)

    case.mark_ended(ended_on=TODAY, by=None, at=NOW)

    assert case.events.latest("pk").actor is None


def test_a_note_is_an_event_and_changes_nothing_else() -> None:
    case = make_case()
    before = columns(case)

    case.note(text="They promised to call back.", by=case.owner, at=NOW)

    event = case.events.latest("pk")
    assert (event.kind, event.note) == ("noted", "They promised to call back.")
    assert columns(case) == before


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "status"), REFUSED)
def test_a_verb_at_the_wrong_moment_is_refused_and_writes_nothing(verb: str, status: str) -> None:
    case = make_case(**STATUSES[status])
    before, events, mails = columns(case), case.events.count(), planned(case)

    with pytest.raises(InvalidMove) as refusal:
        VERBS[verb](case)

    assert str(refusal.value).endswith(".")
    assert (columns(case), case.events.count(), planned(case)) == (before, events, mails)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_second_of_two_tabs_is_told_and_writes_nothing(verb: str) -> None:
    """The other tab moved the case on; this one still shows what was before."""
    for status in sorted(ALLOWED[verb]):
        case = make_case(**STATUSES[status])
        stale = fresh(case)
        moves_on = next(name for name in MOVES if status in ALLOWED[name])
        MOVES[moves_on](case)
        before, events, mails = columns(case), case.events.count(), planned(case)

        with pytest.raises(StaleCase):
            VERBS[verb](stale)

        assert (columns(case), case.events.count(), planned(case)) == (before, events, mails)


def test_a_stale_tab_that_stores_a_file_does_not_bring_old_questions_back() -> None:
    case = make_case(requested_on=YESTERDAY)
    stale = fresh(case)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=NEXT_WEEK, by=case.owner, at=NOW)

    make_evidence(stale, proves=Evidence.Proves.SENT)

    assert kinds(case) == {"check_line", "keep_receipt"}


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "requested"},
        {"status": "requested", "sent_on": TODAY},
        {"status": "confirmed", "sent_on": TODAY, "channel": "letter"},
        {
            "status": "confirmed",
            "sent_on": TODAY,
            "channel": "letter",
            "confirmed_on": TODAY,
        },
        {"status": "ended", "sent_on": TODAY, "channel": "letter"},
        {"status": "ended", "ended_on": TODAY},
        {"status": "closed", "sent_on": TODAY, "channel": "letter", "ended_on": TODAY},
        {"status": "closed", "closed_on": TODAY},
    ],
)
def test_the_database_refuses_a_status_without_its_days(columns: dict[str, Any]) -> None:
    case = make_case()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**columns)


def test_the_database_refuses_a_second_reminder_of_a_kind_for_a_day() -> None:
    case = make_case()
    known = case.reminders.first()
    assert known

    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(
            case=case, kind=known.kind, due_on=known.due_on, try_at=known.try_at
        )


def test_two_own_dates_may_fall_on_one_day() -> None:
    case = make_case()

    case.add_own_date(NEXT_WEEK, note="call", by=case.owner, at=NOW)
    case.add_own_date(NEXT_WEEK, note="write", by=case.owner, at=NOW)

    assert planned(case).count(("own_date", NEXT_WEEK)) == 2


# --- Reopening ------------------------------------------------------------------------------------


def test_billed_again_a_closed_case_goes_back_to_ended() -> None:
    case = make_case(closed_on=YESTERDAY)

    case.reopen(by=case.owner, at=NOW)

    assert (fresh(case).status, fresh(case).closed_on) == ("ended", None)
    assert fresh(case).ended_on == YESTERDAY
    assert fresh(case).final_bill_right is False
    assert "check_no_more_bills" in kinds(case)


def test_billed_again_is_a_new_dispute_with_a_complaint_of_its_own() -> None:
    case = make_case(ended_on=YESTERDAY)
    case.complain(complained_on=YESTERDAY, by=case.owner, at=NOW)
    case.dispute(amount=Decimal(9), by=case.owner, at=NOW)
    case.file_with_ombudsman(filed_on=TODAY, by=case.owner, at=NOW)
    case.close(by=case.owner, at=NOW)
    before = columns(case)

    case.reopen(by=case.owner, at=NOW)

    now = fresh(case)
    assert (now.complained_on, now.ombudsman_on, now.disputed) == (None, None, None)
    assert now.complaint_settled is False

    case.undo(by=case.owner, at=NOW)

    assert columns(case) == before


@pytest.mark.parametrize("status", ["preparing", "requested"])
def test_a_dropped_case_goes_on_where_it_was(status: str) -> None:
    case = make_case(**STATUSES[status])
    before = planned(case)
    case.drop(reason="for now", by=case.owner, at=NOW)

    case.reopen(by=case.owner, at=NOW)

    assert (fresh(case).status, fresh(case).drop_reason) == (status, "")
    assert planned(case) == before


@pytest.mark.parametrize("status", ["preparing", "requested"])
def test_a_note_on_a_dropped_case_does_not_lock_it(status: str) -> None:
    case = make_case(**STATUSES[status])
    case.drop(by=case.owner, at=NOW)
    case.note(text="Perhaps in spring.", by=case.owner, at=NOW)
    case.stop_reminders(by=case.owner, at=NOW)

    case.reopen(by=case.owner, at=NOW)

    assert fresh(case).status == status


def test_a_case_dropped_a_second_time_goes_back_to_where_it_was_the_second_time() -> None:
    case = make_case()
    case.drop(by=case.owner, at=NOW)
    case.reopen(by=case.owner, at=NOW)
    case.mark_requested(sent_on=TODAY, channel="shop", by=case.owner, at=NOW)
    case.drop(by=case.owner, at=NOW)

    case.reopen(by=case.owner, at=NOW)

    assert fresh(case).status == "requested"


@pytest.mark.parametrize("ending", ["close", "drop"])
def test_own_dates_come_back_with_a_reopened_case(ending: str) -> None:
    case = make_case(**STATUSES["ended" if ending == "close" else "requested"])
    case.add_own_date(NEXT_WEEK, note="call them", by=case.owner, at=NOW)
    MOVES[ending](case)

    case.reopen(by=case.owner, at=NOW)

    assert ("own_date", NEXT_WEEK) in planned(case)


def test_a_closed_case_that_is_reopened_does_not_fall_silent() -> None:
    case = make_case(closed_on=YESTERDAY)
    case.reminders.filter(kind="check_no_more_bills").update(status=Reminder.Status.SENT)

    case.reopen(by=case.owner, at=NOW)

    assert ("check_no_more_bills", TODAY + timedelta(days=14)) in planned(case)


# --- Undoing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_undo_restores_status_facts_and_reminders(verb: str) -> None:
    for status in sorted(ALLOWED[verb]):
        case = make_case(**STATUSES[status])
        before, mails = columns(case), planned(case)
        VERBS[verb](case)

        case.undo(by=case.owner, at=NOW + HOUR)

        assert columns(case) == before
        assert planned(case) == mails


def test_an_undo_is_an_event_that_names_what_it_took_back() -> None:
    case = make_case()
    case.mark_requested(sent_on=TODAY, channel="letter", by=case.owner, at=NOW)
    press = case.events.latest("pk")

    case.undo(by=case.owner, at=NOW + HOUR)

    event = case.events.latest("pk")
    assert (event.kind, event.actor, event.at) == ("undone", case.owner, NOW + HOUR)
    assert (event.before, event.after, event.undoes) == ("requested", "preparing", press)


@pytest.mark.parametrize(
    ("later", "possible"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=59), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24) + SECOND, False),
        (timedelta(days=30), False),
    ],
)
def test_a_press_can_be_undone_for_24_hours(later: timedelta, possible: bool) -> None:
    case = make_case(opened_on=YESTERDAY)
    case.mark_requested(sent_on=TODAY, channel="letter", by=case.owner, at=NOW)

    offered = case.undoable_event(at=NOW + later)
    try:
        case.undo(by=case.owner, at=NOW + later)
        undone = True
    except NothingToUndo:
        undone = False

    assert undone is possible
    assert (offered is not None) is possible
    assert fresh(case).status == ("preparing" if possible else "requested")


def test_an_undo_cannot_be_undone() -> None:
    case = make_case()
    case.mark_requested(sent_on=TODAY, channel="letter", by=case.owner, at=NOW)
    case.undo(by=case.owner, at=NOW)

    with pytest.raises(NothingToUndo):
        case.undo(by=case.owner, at=NOW)

    assert fresh(case).status == "preparing"
    assert case.events.filter(kind=CaseEvent.Kind.UNDONE).count() == 1


def test_opening_a_case_is_no_press_that_could_be_undone() -> None:
    case = make_case()

    with pytest.raises(NothingToUndo):
        case.undo(by=case.owner, at=NOW)


def test_presses_are_undone_from_the_last_to_the_first() -> None:
    case = make_case(requested_on=TODAY)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=NEXT_WEEK, by=case.owner, at=NOW)
    case.keep_receipt_elsewhere(by=case.owner, at=NOW)

    seen = []
    for _i in range(3):
        case.undo(by=case.owner, at=NOW)
        case = fresh(case)
        seen.append((case.status, case.receipt_elsewhere))

    assert seen == [("confirmed", False), ("requested", False), ("preparing", False)]


def test_undo_takes_back_the_last_press_even_when_mails_and_notes_came_after_it() -> None:
    case = make_case(requested_on=TODAY)
    case.note(text="Ms Peeters will call.", by=case.owner, at=NOW)
    case.stop_reminders(by=case.owner, at=NOW)

    case.undo(by=case.owner, at=NOW)

    assert fresh(case).status == "preparing"
    assert case.events.filter(kind=CaseEvent.Kind.NOTED).exists()


def test_an_undo_pressed_twice_takes_back_one_press() -> None:
    case = make_case(requested_on=TODAY)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=NEXT_WEEK, by=case.owner, at=NOW)
    press = case.events.latest("pk").pk
    case.undo(press=press, by=case.owner, at=NOW)

    with pytest.raises(StaleCase):
        fresh(case).undo(press=press, by=case.owner, at=NOW)

    assert fresh(case).status == "requested"


def test_undo_from_a_stale_tab_is_told_and_takes_back_nothing_more() -> None:
    case = make_case(requested_on=TODAY)
    case.mark_confirmed(confirmed_on=TODAY, ends_on=NEXT_WEEK, by=case.owner, at=NOW)
    stale = fresh(case)
    case.undo(by=case.owner, at=NOW)

    with pytest.raises(CaseError):
        stale.undo(by=case.owner, at=NOW)

    assert fresh(case).status == "requested"
    assert case.events.filter(kind=CaseEvent.Kind.UNDONE).count() == 1


@pytest.mark.parametrize("ending", ["close", "mark_ended"])
def test_undo_brings_own_dates_and_snoozes_back(ending: str) -> None:
    case = make_case(**STATUSES["ended" if ending == "close" else "requested"])
    kind = "check_no_more_bills" if ending == "close" else "confirm_cancellation"
    case.add_own_date(NEXT_WEEK, note="call them", by=case.owner, at=NOW)
    case.snooze(kind, days=14, by=case.owner, at=NOW)
    before = planned(case)
    MOVES[ending](case)

    case.undo(by=case.owner, at=NOW)

    assert planned(case) == before


# --- Answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(set(ANSWERS) - {"still_waiting"}))
def test_an_answer_given_twice_is_written_down_once(verb: str) -> None:
    status = min(ALLOWED[verb])
    case = make_case(**STATUSES[status])
    ANSWERS[verb](case)
    events = case.events.count()

    ANSWERS[verb](fresh(case))

    assert case.events.count() == events


@pytest.mark.parametrize("received", [True, False])
def test_the_automatic_reply_is_asked_for_once(received: bool) -> None:
    case = make_case(requested_on=TODAY, channel="email")

    case.acknowledge_request(received=received, by=case.owner, at=NOW)

    assert fresh(case).request_acknowledged is received
    assert kinds(case) == {"confirm_cancellation"}


def test_a_receipt_kept_elsewhere_ends_the_questions_for_it() -> None:
    case = make_case(confirmed_on=TODAY)

    case.keep_receipt_elsewhere(by=case.owner, at=NOW)

    assert "keep_receipt" not in kinds(case)


def test_a_stored_confirmation_ends_the_questions_for_it() -> None:
    case = make_case(confirmed_on=TODAY)

    make_evidence(case, proves=Evidence.Proves.CONFIRMED)

    assert "keep_receipt" not in kinds(case)


def test_another_file_does_not_stand_for_the_confirmation() -> None:
    case = make_case(confirmed_on=TODAY)

    make_evidence(case, proves=Evidence.Proves.SENT)

    assert "keep_receipt" in kinds(case)


def test_a_settled_credit_is_not_asked_for_again() -> None:
    case = make_case(plan="prepaid", goal="port", ended_on=TODAY)

    case.settle_credit(by=case.owner, at=NOW)

    assert kinds(case) == {"check_no_more_bills"}


@pytest.mark.parametrize("right", [True, False])
def test_the_last_bill_is_asked_for_once(right: bool) -> None:
    case = make_case(ended_on=TODAY)

    case.check_final_bill(right=right, by=case.owner, at=NOW)

    assert fresh(case).final_bill_right is right
    assert kinds(case) == {"check_no_more_bills"}


def test_a_complaint_starts_the_clock_of_the_ombudsman_and_settling_stops_it() -> None:
    case = make_case(requested_on=TODAY)
    due = date(2027, 2, 1)

    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    assert ("ombudsman_clock", due) in planned(case)

    case.settle_complaint(by=case.owner, at=NOW)

    assert "ombudsman_clock" not in kinds(case)


def test_a_new_complaint_opens_a_settled_one_again() -> None:
    case = make_case(requested_on=TODAY)
    case.complain(complained_on=YESTERDAY, by=case.owner, at=NOW)
    case.settle_complaint(by=case.owner, at=NOW)

    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    assert fresh(case).complaint_settled is False
    assert ("ombudsman_clock", date(2027, 2, 1)) in planned(case)


def test_still_billed_asks_again_after_two_weeks_and_may_record_the_complaint() -> None:
    case = make_case(ended_on=TODAY - timedelta(days=65))

    case.still_billed(complained_on=TODAY, by=case.owner, at=NOW)

    assert fresh(case).complained_on == TODAY
    assert ("check_no_more_bills", TODAY + timedelta(days=14)) in planned(case)
    assert "ombudsman_clock" in kinds(case)


def test_still_billed_is_a_bill_that_is_wrong() -> None:
    case = make_case(ended_on=TODAY)

    case.still_billed(complained_on=None, by=case.owner, at=NOW)

    assert fresh(case).final_bill_right is False


def test_what_the_ombudsman_has_is_settled_and_its_clock_stops() -> None:
    case = make_case(requested_on=TODAY)
    case.complain(complained_on=TODAY, by=case.owner, at=NOW)

    case.file_with_ombudsman(filed_on=TOMORROW, by=case.owner, at=NOW)

    assert (fresh(case).ombudsman_on, fresh(case).complaint_settled) == (TOMORROW, True)
    assert fresh(case).collection_rests_until == date(2026, 7, 4)
    assert "ombudsman_clock" not in kinds(case)


def test_a_complaint_recorded_after_its_filing_starts_no_clock_and_a_later_one_does() -> None:
    case = make_case(requested_on=YESTERDAY)
    case.file_with_ombudsman(filed_on=TODAY, by=case.owner, at=NOW)

    case.complain(complained_on=YESTERDAY, by=case.owner, at=NOW)
    assert "ombudsman_clock" not in kinds(case)

    case.complain(complained_on=TOMORROW, by=case.owner, at=NOW)
    assert "ombudsman_clock" in kinds(case)


def test_the_disputed_sum_is_kept_in_cents_and_can_be_taken_away() -> None:
    case = make_case(ended_on=TODAY)

    case.dispute(amount=Decimal("12.5"), by=case.owner, at=NOW)
    case.dispute(amount=Decimal("12.50"), by=case.owner, at=NOW)

    assert fresh(case).disputed == Decimal("12.50")
    assert case.events.filter(kind="answered").count() == 1

    case.dispute(amount=None, by=case.owner, at=NOW)

    assert fresh(case).disputed is None


def test_still_waiting_leaves_the_planned_questions_alone() -> None:
    case = make_case(requested_on=TODAY)
    before = planned(case)

    case.still_waiting(by=case.owner, at=NOW)

    assert planned(case) == before


def test_still_waiting_after_the_last_question_asks_again_weekly() -> None:
    case = make_case(requested_on=TODAY)
    case.reminders.filter(kind="confirm_cancellation").update(status=Reminder.Status.SENT)
    later = NOW + timedelta(days=30)

    case.still_waiting(by=case.owner, at=later)

    assert ("confirm_cancellation", TODAY + timedelta(days=37)) in planned(case)


# --- Steps and small facts ------------------------------------------------------------------------


def test_a_step_is_ticked_once_and_can_be_unticked() -> None:
    case = make_case()

    case.tick(step="logins", done=True, at=NOW)
    case.tick(step="logins", done=True, at=NOW + HOUR)

    assert [(tick.step, tick.at) for tick in case.ticks.all()] == [("logins", NOW)]

    case.tick(step="logins", done=False, at=NOW)
    case.tick(step="logins", done=False, at=NOW)

    assert not case.ticks.exists()


def test_a_step_of_another_procedure_cannot_be_ticked() -> None:
    case = make_case()

    with pytest.raises(InvalidMove):
        case.tick(step="no-such-step", done=True, at=NOW)

    assert not case.ticks.exists()


def test_the_customer_number_may_come_later() -> None:
    case = make_case()

    case.set_customer_number("C-2026", by=case.owner, at=NOW)

    assert fresh(case).customer_number == "C-2026"


# --- What the page leads with ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "kept", "expected"),
    [
        ({}, False, "prepare"),
        ({"requested_on": YESTERDAY}, False, "await_confirmation"),
        ({"requested_on": YESTERDAY, "wanted_end": TOMORROW}, False, "await_confirmation"),
        ({"requested_on": YESTERDAY, "wanted_end": TODAY}, False, "await_confirmation"),
        (
            {"requested_on": YESTERDAY - timedelta(days=9), "wanted_end": YESTERDAY},
            False,
            "check_line",
        ),
        ({"confirmed_on": YESTERDAY, "ends_on": TOMORROW}, False, "keep_receipt"),
        ({"confirmed_on": YESTERDAY, "ends_on": TOMORROW}, True, "await_end"),
        ({"confirmed_on": YESTERDAY, "ends_on": YESTERDAY}, False, "check_line"),
        ({"confirmed_on": YESTERDAY, "ended_on": YESTERDAY}, False, "keep_receipt"),
        ({"confirmed_on": YESTERDAY, "ended_on": YESTERDAY}, True, "check_final_bill"),
        ({"ended_on": YESTERDAY}, False, "check_final_bill"),
        ({"ended_on": YESTERDAY, "plan": "prepaid"}, False, "check_no_more_bills"),
        ({"ended_on": YESTERDAY, "plan": "prepaid", "goal": "port"}, False, "claim_credit"),
        ({"closed_on": YESTERDAY}, False, "nothing"),
        ({"dropped_on": YESTERDAY}, False, "nothing"),
    ],
)
def test_one_thing_comes_next(days: dict[str, Any], kept: bool, expected: str) -> None:
    case = make_case(**days)

    action = case.next_action(today=TODAY, receipt_kept=kept)

    assert action == expected


def test_the_number_is_masked() -> None:
    case = make_case(owner=make_user(), phone_number="+32470123321")

    assert case.masked_number == "0470 •• •• 321"
    assert case.last_digits == "321"
