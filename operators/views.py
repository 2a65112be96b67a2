"""The pages that need no account: who can be left, and how, and the guide."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from operators.models import Operator, Plan, Procedure
from operators.page import ANY_OTHER, procedure_page

ON_THE_FIRST_PAGE = 7
GUIDE_PAGES = ("why", "steps", "mind", "alternatives")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    known = Operator.objects.with_checked_day().exclude(slug=ANY_OTHER)
    operators = [operator for operator in known if operator.checked_on]
    return render(
        request,
        "home.html",
        {"operators": operators[:ON_THE_FIRST_PAGE], "count": len(known)},
    )


@require_safe
def operator_list(request: HttpRequest) -> HttpResponse:
    operators = list(Operator.objects.with_checked_day())
    return render(
        request,
        "operators/list.html",
        {
            "known": [operator for operator in operators if operator.checked_on],
            "others": [operator for operator in operators if not operator.checked_on],
        },
    )


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The operator's first published procedure; a brand without one gets a page that says so."""
    published = _published(slug)
    if not published:
        operator = get_object_or_404(Operator, slug=slug)
        return render(request, "operators/without_procedure.html", {"operator": operator})
    return _show(request, next(iter(published.values())), published)


@require_safe
def procedure(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    published = _published(slug)
    if plan not in published:
        raise Http404(f"{slug} has no published procedure for {plan}")
    return _show(request, published[plan], published)


def _published(slug: str) -> dict[str, Procedure]:
    """The operator's procedures that people may see, by plan, subscriptions first."""
    found = Procedure.objects.published().with_claims().filter(operator__slug=slug)
    return {one.plan: one for one in sorted(found, key=lambda one: Plan.values.index(one.plan))}


def _show(
    request: HttpRequest, procedure: Procedure, published: dict[str, Procedure]
) -> HttpResponse:
    return render(
        request, "operators/procedure.html", procedure_page(procedure, published.values())
    )


@require_safe
def guide_index(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/index.html")


@require_safe
def guide_page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in GUIDE_PAGES:
        raise Http404(f"the guide has no page {page}")
    return render(request, f"guide/{page}.html")
