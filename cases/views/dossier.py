"""The dossier and the certificate as downloads, in a language that the reader of them reads."""

from __future__ import annotations

from typing import Final

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases import certificate_pdf, dossier_pdf, dossier_zip
from cases.dossier import Dossier, collect, language_for
from cases.models import Case
from cases.views.case import mine
from operators.models import SOURCE_LANGUAGE
from simexit.lib.http import UserRequest

RATE: Final = "dossier"  # in ACCOUNT_RATE_LIMITS: allauth counts it
ZIP: Final = "application/zip"
PDF: Final = "application/pdf"


@require_safe
@mine
def package(request: UserRequest, case: Case) -> HttpResponseBase:
    return as_zip(request, case)


@require_safe
@mine
def paper(request: UserRequest, case: Case) -> HttpResponseBase:
    return as_pdf(request, case)


@require_safe
@mine
def certificate(request: UserRequest, case: Case) -> HttpResponseBase:
    if too_often(request, RATE):
        return waiting(request)
    dossier = _collected(request, case)
    return _download(HttpResponse(certificate_pdf.pdf(dossier)), dossier, "certificate", PDF)


def as_zip(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The caller has looked who asks."""
    if too_often(request, RATE):
        return waiting(request)
    dossier = _collected(request, case)
    # A server reads to its end what it will not send.
    content = iter(()) if request.method == "HEAD" else dossier_zip.stream(dossier)
    return _download(StreamingHttpResponse(content), dossier, "dossier", ZIP)


def as_pdf(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The caller has looked who asks."""
    if too_often(request, RATE):
        return waiting(request)
    dossier = _collected(request, case)
    return _download(HttpResponse(dossier_pdf.pdf(dossier)), dossier, "dossier", PDF)


def too_often(request: HttpRequest, rate: str) -> bool:
    """rate: a key of ACCOUNT_RATE_LIMITS. Counts reading, too."""
    return ratelimit.consume_or_429(request, action=rate, limit_get=True) is not None


def waiting(request: HttpRequest) -> HttpResponse:
    return render(request, "cases/too_often.html", status=429)


def _collected(request: HttpRequest, case: Case) -> Dossier:
    reader = get_language() or SOURCE_LANGUAGE
    language = language_for(case, wanted=request.GET.get("language", ""), reader=reader)
    return collect(case, language=language)


def _download(
    response: HttpResponse | StreamingHttpResponse, dossier: Dossier, what: str, content_type: str
) -> HttpResponse | StreamingHttpResponse:
    ending = "zip" if content_type == ZIP else "pdf"
    name = f"{what}-{dossier.case.reference}-{dossier.language}.{ending}"
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Language"] = dossier.language
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
