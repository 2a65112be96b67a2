"""Letters for everybody, without an account and without a trace.

What was typed goes into the page that comes back and nowhere else: into no row, no session, no log
and no mail to administrators. The page that shows the letter carries it in hidden fields.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath

from allauth.core import ratelimit
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cases import letter_kinds
from cases.letter_beginning import from_operator
from cases.letter_kinds import PLAN_OF
from cases.views import letter_page
from operators.models import LetterKind, Plan, Procedure

RATE = "letter"  # in ACCOUNT_RATE_LIMITS: allauth counts it
TOO_OFTEN = _("You made many letters in a short time. Please wait a few minutes and try again.")

View = Callable[..., HttpResponse]


class LetterFailed(Exception):
    """A letter could not be made; says where in the program, and nothing of the letter."""


def without_a_trace(view: View) -> View:
    """What goes wrong is written down without what was typed: an error may quote it."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (Http404, SuspiciousOperation):
            raise  # answered with 404 and 400, whose log line has the address alone
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(place.filename).name}, line {place.lineno}"
            failed = LetterFailed(f"{type(error).__name__} in {where}")
        raise failed  # outside of `except`, so that the error does not hang on it

    return never_cache(sensitive_post_parameters()(quiet))


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Which letter?"""
    procedure = _procedure(request)
    context = {
        "groups": letter_kinds.groups(
            letter_page.offered(), plan=procedure.plan if procedure else ""
        ),
        "procedure": procedure,
        "query": _query(procedure),
    }
    return render(request, "cases/letters/index.html", context)


@without_a_trace
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, kind: str) -> HttpResponse:
    """Asks for what the letter needs, and shows it or gives its paper. Writes nothing down."""
    template = letter_page.template_of(kind)
    procedure = _procedure(request, kind)
    channels = letter_page.channels_of(procedure)
    begun = from_operator(procedure, channels, kind=kind, reader=letter_page.reader())
    form = letter_page.form_for(request, template, begun)
    context = {
        "kind": LetterKind(kind),
        "form": form,
        "procedure": procedure,
        "query": _query(procedure),
    }
    if not form.is_bound:
        return render(request, "cases/letters/form.html", context)
    if not ratelimit.consume(request, action=RATE):
        form.add_error(None, TOO_OFTEN)
        return render(request, "cases/letters/form.html", context, status=429)
    if not form.is_valid():
        return render(request, "cases/letters/form.html", context, status=422)
    if request.POST.get("do") == letter_page.PAPER and not form.spoken:
        return letter_page.paper_of(form)
    context |= letter_page.letter_shown(form, channels)
    return render(request, "cases/letters/shown.html", context)


def _procedure(request: HttpRequest, kind: str = "") -> Procedure | None:
    """The one that the address asks for; what there is not counts as nothing.

    kind: of a letter that is for one plan alone.
    """
    # slugify: an address may hold anything, and PostgreSQL stops at a NUL.
    slug, plan = (slugify(request.GET.get(name, "")) for name in ("operator", "plan"))
    if not slug:
        return None
    published = Procedure.objects.published().select_related("operator")
    found = {one.plan: one for one in published.filter(operator__slug=slug).order_by("plan")}
    own = PLAN_OF.get(LetterKind(kind)) if kind else None
    return found.get(own or plan or Plan.POSTPAID) or next(iter(found.values()), None)


def _query(procedure: Procedure | None) -> str:
    if procedure is None:
        return ""
    return "?" + urlencode({"operator": procedure.operator.slug, "plan": procedure.plan})
