"""Everything about the person who asks, as a download."""

from __future__ import annotations

from typing import Final

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import export, schedule
from simexit.lib.http import UserRequest

RATE: Final = "export"  # in ACCOUNT_RATE_LIMITS: allauth counts it


@require_safe
@login_required
def everything(request: UserRequest) -> HttpResponseBase:
    who = request.user
    if ratelimit.consume_or_429(request, action=RATE, user=who, limit_get=True) is not None:
        return render(request, "cases/too_often.html", status=429)
    at = timezone.now()
    # A server reads to its end what it will not send.
    content = iter(()) if request.method == "HEAD" else export.stream(who, at=at)
    name = f"simexit-{schedule.today(at).isoformat()}.zip"
    return StreamingHttpResponse(
        content,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
