"""When the operator stays silent or bills on: the three steps, their clock, and what to record."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases import escalation, forms, letter_kinds, ombudsman, schedule
from cases.escalation_form import DisputeForm, OmbudsmanForm
from cases.models import Case, Evidence
from cases.views.case import Verb, act, mine
from operators import catalogue
from simexit.lib.http import UserRequest

FORMS: dict[str, type[forms.CaseForm]] = {
    "complaint": forms.ComplaintForm,
    "dispute": DisputeForm,
    "ombudsman": OmbudsmanForm,
}


@require_safe
@mine
def page(request: UserRequest, case: Case) -> HttpResponse:
    return show(request, case)


@require_POST
@mine
def complain(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.complain(**data, by=request.user, at=timezone.now())

    done = _("Noted. We will warn you before the year for the Ombudsman runs out.")
    return _act(request, case, forms.ComplaintForm, verb, done)


@require_POST
@mine
def dispute(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.dispute(**data, by=request.user, at=timezone.now())

    return _act(request, case, DisputeForm, verb, _("Noted. Pay the rest of the bill on time."))


@require_POST
@mine
def file_with_ombudsman(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.file_with_ombudsman(**data, by=request.user, at=timezone.now())

    return _act(request, case, OmbudsmanForm, verb, _("Noted. Keep every answer in this case."))


def _act(
    request: UserRequest, case: Case, form_class: type[forms.CaseForm], verb: Verb, done: str
) -> HttpResponse:
    return act(request, case, form_class, verb, done, show=show, to="cases:escalation")


def show(
    request: UserRequest, case: Case, bound: forms.CaseForm | None = None, *, status: int = 200
) -> HttpResponse:
    """bound: the form that was refused, shown with what was typed."""
    today = schedule.today(timezone.now())
    proof = escalation.Proof.of(case)
    known = catalogue.sources()
    shown = {name: form(case=case, today=today) for name, form in FORMS.items()}
    refused = next((name for name, form in FORMS.items() if type(bound) is form), "")
    if bound and refused:
        shown[refused] = bound
    context = {
        "case": case,
        "steps": [
            (step, letter_kinds.choices(step.letters))
            for step in escalation.steps(case, proof, today=today)
        ],
        "bill_is_stored": proof.shows(Evidence.Proves.STILL_BILLED),
        "clock": escalation.clock(case),
        "forms": shown,
        "refused": refused,
        "accepted": forms.ACCEPTED,
        "address": ombudsman.ADDRESS,
        "ombudsman": ombudsman,
        "ways": [(known[key].url, name) for key, name in ombudsman.HOW_TO_COMPLAIN],
    }
    return render(request, "cases/escalation.html", context, status=status)
