"""A provider of mail calls us for each mail, in its own form. django-anymail reads them all.

Its views are asked from here, so that they exist only where a secret is set, and so that a mail
that is larger than any form of ours may come in through this one door.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent
from anymail.signals import inbound as mail_came
from django.conf import settings
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from cases import inbound

# Where providers put the mail as it came. Built anew by us it would have another SHA-256.
AS_IT_CAME = ("RawEmail", "body-mime", "email")
TRY_LATER = 10 * 60  # seconds


class TooManyMails(Exception):
    """Of this sender, or for this recipient. The provider tries again."""


@csrf_exempt
def webhook(request: HttpRequest, provider: str) -> HttpResponseBase:
    """provider: the rest of the address, such as `postmark/inbound/`."""
    if not (settings.INBOUND_DOMAIN and settings.ANYMAIL_WEBHOOK_SECRET):
        raise Http404
    try:
        match = resolve(f"/{provider}", urlconf="anymail.urls")
    except Resolver404 as error:
        raise Http404 from error
    if not (match.url_name or "").endswith("inbound_webhook"):
        raise Http404
    # Packed into JSON a mail is longer by a third at most.
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.INBOUND_MAX_BYTES * 4 // 3:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # Read here, because Django's own limit is that of forms: a megabyte.
    request._body = request.read()
    try:
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except TooManyMails:
        wait = {"Retry-After": str(TRY_LATER)}
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers=wait)
    return answer


@receiver(mail_came)
def store(sender: object, event: AnymailInboundEvent, esp_name: str, **rest: Any) -> None:
    """The provider is told 200 after this. What fails here it sends again."""
    message, at = event.message, timezone.now()
    envelope = inbound.as_written(message.envelope_sender or "")
    recipients = {inbound.as_written(one) for one in _recipients(message) if inbound.is_ours(one)}
    if envelope and not inbound.is_within_rate("sender", envelope):
        raise TooManyMails
    for recipient in recipients:
        if not inbound.is_within_rate("recipient", recipient):
            raise TooManyMails
    raw = _as_it_came(event)
    for mail in inbound.accept(raw, sender=envelope, recipients=recipients, at=at):
        inbound.match_one(mail.pk, at=at)


def _recipients(message: AnymailInboundMessage) -> list[str]:
    """Of the envelope; where a provider does not tell it, of the header."""
    if message.envelope_recipient:
        return [one.strip() for one in message.envelope_recipient.split(",")]
    return [one.addr_spec for one in [*message.to, *message.cc, *message.bcc]]


def _as_it_came(event: AnymailInboundEvent) -> bytes:
    told = event.esp_event if hasattr(event.esp_event, "get") else {}
    for name in AS_IT_CAME:
        if raw := told.get(name):
            return raw.encode(errors="surrogatepass") if isinstance(raw, str) else bytes(raw)
    _name_borders(event.message, str(event.event_id))
    built: bytes = event.message.as_bytes()
    return built


def _name_borders(message: AnymailInboundMessage, seed: str) -> None:
    """Else they are random, and the same mail that is told once more would be another one."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary(hashlib.sha256(f"{seed} {number}".encode()).hexdigest()[:40])
