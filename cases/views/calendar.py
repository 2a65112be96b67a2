"""The private calendar: the feed for calendar programs, one case as a file, a new address."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from cases import calendar
from cases.models import Case
from cases.views.case import mine
from simexit.lib.http import UserRequest

MAX_AGE = 300  # seconds: a date that was moved should be seen soon


@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponseBase:
    """Every date of a person's open cases. The key alone opens it: programs do not sign in."""
    person = get_object_or_404(User, calendar_key=key, is_active=True)
    response = _file(calendar.feed(person, at=timezone.now()), language=person.language)
    etag = response.headers["ETag"]
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
@mine
def download(request: UserRequest, case: Case) -> HttpResponse:
    """The dates of one case, to be imported once."""
    response = _file(calendar.of_case(case, at=timezone.now()), language=request.user.language)
    response.headers["Content-Disposition"] = f'attachment; filename="{case.reference}.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@login_required
def renew(request: UserRequest) -> HttpResponse:
    """Another address; whoever knows the old one finds nothing there from now on."""
    request.user.renew_calendar_key()
    messages.success(
        request, _("Your calendar has a new address. Subscribe again in your calendar program.")
    )
    return redirect("preferences:edit")


def _file(content: bytes, *, language: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Cache-Control": f"private, max-age={MAX_AGE}",
            "Content-Language": language,
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Robots-Tag": "noindex",
        },
    )
