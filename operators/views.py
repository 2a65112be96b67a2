"""The pages that need no account: who can be left, and how, and the guide."""

from __future__ import annotations

from allauth.core import ratelimit
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from operators import guide, search
from operators.models import Network, Operator, Plan, Procedure, Report, load_claims
from operators.page import ANY_OTHER, how_to, procedure_page
from operators.wrong import RATE, WrongForm, entry
from simexit.lib.revalidation import revalidated
from simexit.lib.urls import absolute, in_each_language

ON_THE_FIRST_PAGE = 7
LONGEST_QUERY = 100  # characters
GUIDE_PAGES = ("why", "steps", "mind", "alternatives", "questions", "glossary", "customer-number")
TOO_OFTEN = _("Thank you for telling us so much. Please wait a few minutes, then send this again.")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    def page() -> HttpResponse:
        known = Operator.objects.with_checked_day().exclude(slug=ANY_OTHER)
        operators = [operator for operator in known if operator.checked_on]
        context = {"operators": operators[:ON_THE_FIRST_PAGE], "count": len(known)}
        return render(request, "home.html", context)

    return revalidated(request, Operator.objects.guide_state(), page)


# --- The brands ----------------------------------------------------------------------------------


@require_safe
def operator_list(request: HttpRequest) -> HttpResponse:
    """All brands, or those that what was typed and chosen leaves."""
    return revalidated(request, Operator.objects.guide_state(), lambda: _list(request))


def _list(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    network = _chosen(request, "network", Network.values)
    plan = _chosen(request, "plan", Plan.values)
    operators = _brands(query, network, plan)
    context = {
        "known": [operator for operator in operators if operator.checked_on],
        "others": [operator for operator in operators if not operator.checked_on],
        "searched": bool(query or network or plan),
        "query": query,
        "network": network,
        "plan": plan,
        "networks": Network.choices,
        "plans": Plan.choices,
        "any_other": ANY_OTHER,
    }
    return render(request, "operators/list.html", context)


def _chosen(request: HttpRequest, name: str, values: list[str]) -> str:
    """What an address asks for; what nobody can choose on the page counts as nothing."""
    value = request.GET.get(name, "")
    return value if value in values else ""


def _brands(query: str, network: str, plan: str) -> list[Operator]:
    operators = Operator.objects.with_checked_day()
    if network:
        operators = operators.filter(network=network)
    if plan:
        operators = operators.filter(pk__in=Operator.objects.for_plan(plan).values("pk"))
    return search.find(operators, query) if query else list(operators)


# --- One brand -----------------------------------------------------------------------------------


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The operator's first published procedure; a brand without one gets a page that says so."""
    if published := _published(slug):
        return _show(request, published[0], published)
    operator = get_object_or_404(Operator, slug=slug)
    return revalidated(
        request,
        model_to_dict(operator),
        lambda: render(request, "operators/without_procedure.html", {"operator": operator}),
    )


@require_safe
def procedure(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    published = _published(slug)
    for one in published:
        if one.plan == plan:
            return _show(request, one, published)
    raise Http404(f"{slug} has no published procedure for {plan}")


def _published(slug: str) -> list[Procedure]:
    """The operator's procedures that people may see, subscriptions first."""
    found = Procedure.objects.published().select_related("operator").with_state()
    return sorted(found.filter(operator__slug=slug), key=lambda one: Plan.values.index(one.plan))


def _show(request: HttpRequest, procedure: Procedure, published: list[Procedure]) -> HttpResponse:
    """The first procedure has two addresses; to search engines it is the one with its plan."""

    def page() -> HttpResponse:
        load_claims([procedure])
        path = procedure.get_absolute_url()
        context = procedure_page(procedure, published, today=timezone.localdate())
        context |= in_each_language(path)
        context["how_to"] = how_to(procedure, absolute(path))
        return render(request, "operators/procedure.html", context)

    return revalidated(request, [one.state for one in published], page)


# --- "This was wrong" ----------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wrong(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Anybody may say that an entry of a page, or the page, was wrong."""
    procedure = _reported(slug, plan)
    part, key = request.GET.get("part", ""), request.GET.get("key", "")
    claim = entry(procedure, part, key)
    if claim is None and (part or key):
        raise Http404(f"{procedure} has no {part} {key}")
    form = WrongForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        if ratelimit.consume(request, action=RATE):
            now = timezone.now()
            Report.objects.say(
                procedure,
                part=part,
                key=key,
                matched=False,
                origin=Report.Origin.READER,
                on=timezone.localdate(now),
                at=now,
                text=form.cleaned_data["text"],
                language=get_language() or "",
            )
            return redirect("operators:thanks", slug, plan)
        form.add_error(None, TOO_OFTEN)
        status = 429
    context = {"procedure": procedure, "claim": claim, "form": form, "part": part}
    return render(request, "operators/wrong.html", context, status=status)


@never_cache
@require_safe
def thanks(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    return render(request, "operators/thanks.html", {"procedure": _reported(slug, plan)})


def _reported(slug: str, plan: str) -> Procedure:
    published = Procedure.objects.published().select_related("operator")
    return get_object_or_404(published, operator__slug=slug, plan=plan)


# --- The guide -----------------------------------------------------------------------------------


@require_safe
def guide_index(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/index.html")


@require_safe
def guide_page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in GUIDE_PAGES:
        raise Http404(f"the guide has no page {page}")
    return render(request, f"guide/{page}.html", guide.context(page))
