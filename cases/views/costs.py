"""Before it goes out: what leaving costs, what is lost, what speaks against a day.

Nothing is blocked and nothing is stored. The form is sent by GET, so that going back, reading the
page again and changing the language keep what was typed.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases import schedule
from cases.costs_form import Answer, CostsForm, CreditForm, EndForm
from cases.models import Case
from cases.views import page
from cases.views.case import mine
from operators.models import Fact, Plan, Step
from simexit.lib.http import UserRequest

# Kinds of steps of which something is lost when they are open on the last day.
HANGS = (Step.Kind.LOGINS, Step.Kind.BACKUP, Step.Kind.LINE, Step.Kind.OTHER, Step.Kind.DOCUMENTS)
OF_COSTS = (Fact.Topic.COST, Fact.Topic.END_DATE, Fact.Topic.CREDIT)


@never_cache
@require_safe
@mine
def before_sending(request: UserRequest, case: Case) -> HttpResponse:
    """What to know before the cancellation, or the order to move the number, goes out."""
    undone = [row for row in page.tickables(case) if not row.tick]
    prepaid = case.procedure.plan == Plan.PREPAID
    form_class = CreditForm if prepaid else CostsForm
    form = form_class(
        _typed(request),
        today=schedule.today(timezone.now()),
        moves=case.is_port,
        logins_hang=case.line_dies and any(row.step.kind == Step.Kind.LOGINS for row in undone),
    )
    answer, status = _answer(form)
    context = {
        "case": case,
        "prepaid": prepaid,
        "form": form,
        "answer": answer,
        "undone": [row for row in undone if row.step.kind in HANGS],
        "facts": _facts(case),
    }
    return render(request, "cases/before_sending.html", context, status=status)


@never_cache
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """What leaving a subscription costs, for everybody, without an account and without a trace."""
    form = CostsForm(_typed(request), today=schedule.today(timezone.now()))
    answer, status = _answer(form)
    return render(request, "cases/costs.html", {"form": form, "answer": answer}, status=status)


def _facts(case: Case) -> list[Fact]:
    """What the procedure says on money and the end date, topic by topic."""
    facts = case.procedure.facts.filter(topic__in=OF_COSTS).prefetch_related("sources")
    return sorted(facts, key=lambda fact: OF_COSTS.index(Fact.Topic(fact.topic)))


def _typed(request: HttpRequest) -> object:
    """What the form was sent with; None where the page is only opened."""
    return request.GET if "wanted_end" in request.GET else None


def _answer(form: EndForm) -> tuple[Answer | None, int]:
    """The answer, where there is one, and the status of the page that shows it."""
    if form.is_valid():
        return form.answer(), 200
    return None, 422 if form.is_bound else 200
