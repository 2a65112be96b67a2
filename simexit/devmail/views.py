"""The pages of the development mailbox. No address leads here unless DEBUG is on."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from simexit.devmail import maildir

# A mail may bring its own style and pictures, like in a mail program; scripts never run.
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:", "http:", "https:"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_safe
@never_cache
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "devmail/mails.html", {"mails": maildir.newest()})


@require_safe
@never_cache
def mail(request: HttpRequest, key: str) -> HttpResponse:
    found = _find(key)
    context = {"mail": found, "text": found.body("plain"), "has_html": found.body("html")}
    return render(request, "devmail/mail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # its type knows no view with arguments
def html(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part alone. Its links open in a new tab, since our pages refuse to be framed."""
    body = _find(key).body("html")
    if body is None:
        raise Http404
    # Without an icon here the browser asks for one, and the terminal fills with "Not Found".
    head = '<!doctype html><base target="_blank"><link rel="icon" href="data:,">'
    return HttpResponse(f"{head}{body}")


def _find(key: str) -> maildir.Mail:
    found = maildir.find(key)
    if found is None:
        raise Http404
    return found
