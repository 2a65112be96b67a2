"""What the case page, the list and the certificate show. Read from rows; nothing is decided."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import escalation, forms, inbound, rungs, schedule
from cases.keep_form import KeepForm
from cases.messages import What
from cases.models import Case, Evidence, Message
from cases.models.case import StepTick
from cases.timeline import entry, timeline
from cases.views import mails
from operators import changes
from operators.changes import Difference
from operators.models import Plan, Procedure, Report, Step
from simexit.lib.http import UserRequest

FORMS: dict[str, type[forms.CaseForm]] = {
    "requested": forms.RequestedForm,
    "confirmed": forms.ConfirmedForm,
    "ended": forms.EndedForm,
    "close": forms.CloseForm,
    "drop": forms.DropForm,
    "note": forms.NoteForm,
    "customer_number": forms.CustomerNumberForm,
    "evidence": forms.EvidenceForm,
    "own_date": forms.OwnDateForm,
    "keep": KeepForm,
}


SHOWN_AT_ONCE = 3  # things that are missing; more of them fold, for a phone is small


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list of cases."""

    case: Case
    action: Case.NextAction
    next_date: date | None

    @property
    def sort_key(self) -> tuple[bool, date, int]:
        return (self.next_date is None, self.next_date or date.max, -self.case.pk)


@dataclass(frozen=True, slots=True)
class Tickable:
    """A step of the pinned procedure with its tick."""

    number: int
    step: Step
    tick: StepTick | None

    @property
    def changed(self) -> bool:
        """Whether it says something else since it was ticked."""
        return self.tick is not None and self.tick.is_outdated(self.step)


@dataclass(frozen=True, slots=True)
class Offer:
    """A newer version of the procedure, which the person may follow.

    differences: what it changes for this case; empty where the person wanted to stay. reasons: of
    each version since the case's own, with the day on which it came out.
    """

    procedure: Procedure
    differences: list[Difference]
    reasons: list[tuple[date, str]]


def row(case: Any, *, today: date) -> Row:
    """case: annotated with `receipt_stored` and `next_mail`."""
    kept = case.receipt_elsewhere or case.receipt_stored
    return Row(
        case=case,
        action=case.next_action(today=today, receipt_kept=kept),
        next_date=schedule.today(case.next_mail) if case.next_mail else None,
    )


def show(
    request: UserRequest, case: Case, bound: forms.CaseForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The case page; `bound` is the form that was refused, shown with what was typed."""
    now = timezone.now()
    today = schedule.today(now)
    evidence = list(case.evidence.kept())
    looked_at = list(case.checks.all())
    ladder = rungs.ladder(case, evidence, looked_at, today=today)
    gaps = sum(len(rung.missing) for rung in ladder)
    letters = list(case.letters.order_by("-made_at"))
    proof = escalation.Proof(letters=letters, files=evidence, checks=looked_at)
    reminders = list(case.reminders.all())
    coming = mails.planned(reminders, at=now)
    steps = tickables(case)
    undoable = case.undoable_event(at=now)
    kept = case.receipt_elsewhere or any(
        file.proves == Evidence.Proves.CONFIRMED for file in evidence
    )
    context = {
        "case": case,
        "today": today,
        "action": case.next_action(today=today, receipt_kept=kept),
        "receipt_kept": kept,
        "rungs": ladder,
        "fold": gaps if gaps > SHOWN_AT_ONCE else 0,
        "dates": dates(case),
        "steps": steps,
        "offer": offer(case) if case.is_open else None,
        "next_step": next((row for row in steps if not row.tick), None),
        "ticked": sum(1 for row in steps if row.tick),
        "channels": Report.objects.tests_of(case.procedure.channels.prefetch_related("sources")),
        "evidence": evidence,
        "letters": letters,
        "escalation": escalation.steps(case, proof, today=today) if case.sent_on else [],
        "planned": coming[: mails.SHOWN_AT_ONCE],
        "planned_later": coming[mails.SHOWN_AT_ONCE :],
        "past_mails": mails.past(reminders),
        "failed_mails": sum(1 for row in reminders if row.status == row.Status.FAILED),
        "came_in": Message.objects.to_settle()
        .filter(evidence__case=case)
        .select_related("evidence")
        .order_by("evidence__uploaded_at"),
        "not_kept": case.inbound.refused().defer("raw"),
        "mail_answers": What.choices,
        "mail_address": inbound.address_of(case),
        "timeline": timeline(case),
        "undoable": undoable,
        "undoable_entry": undoable and entry(undoable, moves=case.is_port),
        "forms": {name: form(case=case, today=today) for name, form in FORMS.items()},
        "refused": bound,
        "postpaid": case.procedure.plan == Plan.POSTPAID,
    }
    _open(context, request.GET.get("open", ""), day=request.GET.get("day", ""))
    for name, form in FORMS.items():
        if type(bound) is form:
            context["forms"][name] = bound  # type: ignore[index]
            context["refused_name"] = name
    return render(request, "cases/detail.html", context, status=status)


def _open(context: dict[str, Any], name: str, *, day: str) -> None:
    """Opens the form to which a mail that came in led; day: of that mail, ISO."""
    if name not in FORMS:
        return
    context["refused_name"] = name
    with suppress(ValueError):
        if name == "confirmed" and date.fromisoformat(day) <= context["today"]:
            context["forms"][name].initial["confirmed_on"] = day


def dates(case: Case) -> list[tuple[date, str]]:
    """The days of this case in their order, each with what it is."""
    moves, how = case.is_port, case.get_channel_display()
    named = [
        (case.opened_on, _("opened")),
        (case.sent_on, (_("move of the number ordered") if moves else _("asked")) + f", {how}"),
        (
            case.wanted_end,
            _("day of the move that you asked for") if moves else _("end date that you asked for"),
        ),
        (case.confirmed_on, _("confirmed in writing") if moves else _("confirmed by the operator")),
        (
            case.ends_on,
            _("day in the confirmation") if moves else _("end date in the confirmation"),
        ),
        (case.ended_on, _("number moved") if moves else _("line dead")),
        (case.complained_on, _("complained to the operator")),
        (case.ombudsman_on, _("filed with the Ombudsman")),
        (case.closed_on, _("closed: nothing billed any more")),
    ]
    if case.procedure.plan == Plan.POSTPAID and not case.closed_on:
        named.append((case.last_bill_expected, _("last bill expected, about")))
    return sorted(((day, text) for day, text in named if day), key=lambda pair: pair[0])


def offer(case: Case) -> Offer | None:
    """None where the case follows the newest version, or where a newer one changes nothing here."""
    newer = case.newer_procedure()
    if newer is None:
        return None
    if case.declined_version == newer.version:
        return Offer(newer, [], [])
    versions = changes.versions_between(case.procedure, newer)
    differences = changes.for_reader(versions, goal="port" if case.is_port else "end")
    reasons = [
        (timezone.localdate(version.published_at), version.change_reason)
        for version in versions[1:]
        if version.change_reason
    ]
    return Offer(newer, differences, reasons) if differences else None


def tickables(case: Case) -> list[Tickable]:
    ticks = {tick.step: tick for tick in case.ticks.all()}
    goal = "port" if case.is_port else "end"
    steps = [
        step
        for step in case.procedure.steps.prefetch_related("sources")
        if step.goal in (Step.Goal.ANY, goal)
    ]
    return [
        Tickable(number, step, ticks.get(step.key)) for number, step in enumerate(steps, start=1)
    ]


def certificate(case: Case, *, at: datetime) -> dict[str, Any]:
    """The context of the certificate: dates, proofs with their SHA-256, and what is missing."""
    evidence = list(case.evidence.kept())
    ladder = rungs.ladder(case, evidence, case.checks.all(), today=schedule.today(at))
    return {
        "case": case,
        "rungs": ladder,
        "evidence": evidence,
        "missing": [rung for rung in ladder if rung.state != "done"],
        "without_proof": [rung for rung in ladder if rung.state == "done" and not rung.proof],
        "made_at": at,
    }
