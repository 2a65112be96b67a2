"""The pages that need no account: who can be left, and how, and the guide."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from operators.models import Fact, Operator, Plan, Procedure

ON_THE_FIRST_PAGE = 7
ANY_OTHER = "other"  # the entry for a brand that is not in the catalogue
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
    sources = {source.key: source for claim in procedure.claims() for source in claim.sources.all()}
    topics = Fact.Topic.values
    operator = procedure.operator
    facts = sorted(procedure.facts.all(), key=lambda fact: topics.index(fact.topic))
    return render(
        request,
        "operators/procedure.html",
        {
            "operator": operator,
            "name": _("your operator") if operator.slug == ANY_OTHER else operator.name,
            "procedure": procedure,
            "published": published.values(),
            "steps": procedure.steps_for("end"),
            "steps_to_port": [step for step in procedure.steps_for("port") if step.goal == "port"],
            "channels": procedure.channels.all(),
            "materials": procedure.materials.all(),
            "topics": [
                (Fact.Topic(topic), list(group))
                for topic, group in groupby(facts, key=lambda fact: fact.topic)
            ],
            "sources": sorted(sources.values(), key=lambda source: source.title),
            "checked_on": max((source.checked_on for source in sources.values()), default=None),
        },
    )


@require_safe
def guide_index(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/index.html")


@require_safe
def guide_page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in GUIDE_PAGES:
        raise Http404(f"the guide has no page {page}")
    return render(request, f"guide/{page}.html")
