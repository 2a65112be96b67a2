"""Links under which others read a case: made, looked at and taken back by its owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cases import share
from cases.models import Case, ShareLink, ShareView
from cases.share_form import ShareForm
from cases.views.case import mine
from simexit.lib.http import UserRequest


@dataclass(frozen=True, slots=True)
class Shown:
    """A link as its owner sees it. address: empty where it opens nothing any more."""

    link: ShareLink
    address: str
    views: list[ShareView]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@mine
def links(request: UserRequest, case: Case) -> HttpResponse:
    now = timezone.now()
    form = ShareForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        share.make(case, **form.cleaned_data, by=request.user, at=now)
        messages.success(request, _("The link is made. Copy it below, and give it to them alone."))
        return redirect("cases:share", case.reference)
    context = {"case": case, "form": form, "shown": _shown(case, at=now)}
    return render(request, "cases/share/links.html", context, status=422 if form.errors else 200)


@require_POST
@mine
def take_back(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    link = get_object_or_404(case.share_links, pk=pk)
    share.take_back(link, by=request.user, at=timezone.now())
    messages.success(request, _("The link is taken back: it opens nothing any more."))
    return redirect("cases:share", case.reference)


def _shown(case: Case, *, at: datetime) -> list[Shown]:
    return [
        Shown(
            link,
            share.address(link) if link.is_valid(at) else "",
            list(link.views.all()),
        )
        for link in case.share_links.prefetch_related("views")
    ]
