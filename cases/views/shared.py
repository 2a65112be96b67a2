"""A case as somebody reads it who was given a link. Nothing here changes the case.

Every request looks the link up again. What does not open is the same page, whatever the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cases import share
from cases.dossier import collect, last_bill
from cases.models import ShareLink
from cases.share_form import OpenForm
from cases.views import dossier
from cases.views.evidence import handed_out
from operators.models import SOURCE_LANGUAGE

RATE: Final = "share"  # in ACCOUNT_RATE_LIMITS: allauth counts it
SESSION_KEY: Final = "shared"  # {id of a link: when this reader opened it}
# Then they say again who they are: the person is to see on which days it was read.
OPEN_LASTS: Final = timedelta(hours=12)

View = Callable[..., HttpResponseBase]


def linked(view: View) -> View:
    """The view gets the link that the token opens now; every other token gets one and the same
    answer."""

    @wraps(view)
    def look_up_first(request: HttpRequest, token: str, **rest: object) -> HttpResponseBase:
        if dossier.too_often(request, RATE):
            return dossier.waiting(request)
        link = share.find(token, at=timezone.now())
        response = view(request, link, **rest) if link else _gone(request)
        # The address is the key. (No other site learns it: see SECURE_REFERRER_POLICY.)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return never_cache(look_up_first)


def reading(view: View) -> View:
    """The same for who has said who they are; others are asked first."""

    @wraps(view)
    def ask_first(request: HttpRequest, link: ShareLink, **rest: object) -> HttpResponseBase:
        if not _has_opened(request, link, at=timezone.now()):
            return redirect("shared:ask", share.token_of(link))
        return view(request, link, **rest)

    return linked(ask_first)


@require_http_methods(["GET", "HEAD", "POST"])
@linked
def ask(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Who is it? Nothing of the case is shown before."""
    form = OpenForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "cases/share/ask.html", {"form": form}, status=status)
    now = timezone.now()
    ip = get_adapter().get_client_ip(request)
    share.opened(link, name=form.cleaned_data["name"], ip=ip, at=now)
    opened = request.session.get(SESSION_KEY, {})
    request.session[SESSION_KEY] = opened | {link.pk.hex: now.isoformat()}
    return redirect("shared:case", share.token_of(link))


@require_safe
@reading
def case(request: HttpRequest, link: ShareLink) -> HttpResponse:
    collected = collect(link.case, language=get_language() or SOURCE_LANGUAGE)
    context = {
        "case": link.case,
        "link": link,
        "token": share.token_of(link),
        "dossier": collected,
        "last_bill": last_bill(collected.files),
    }
    return render(request, "cases/share/case.html", context)


@require_safe
@reading
def package(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    return dossier.as_zip(request, link.case)


@require_safe
@reading
def paper(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    return dossier.as_pdf(request, link.case)


@require_safe
@reading
def file(request: HttpRequest, link: ShareLink, pk: UUID) -> HttpResponseBase:
    kept = link.case.evidence.kept().filter(pk=pk).first()
    if kept is None:
        return _gone(request)
    return handed_out(kept.file, name=kept.name, content_type=kept.content_type)


def _has_opened(request: HttpRequest, link: ShareLink, *, at: datetime) -> bool:
    opened = request.session.get(SESSION_KEY, {}).get(link.pk.hex)
    return opened is not None and at - datetime.fromisoformat(opened) < OPEN_LASTS


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "cases/share/gone.html", status=404)
