"""A case is read by somebody else: the Ombudsman, or a friend who helps.

The address is the key: signed, so that nobody guesses one, and looked up each time, so that it ends
when the person says so. Who opens it says who they are; the person sees it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import reverse

from cases.models import Case, CaseEvent, ShareLink, ShareView
from simexit.lib.urls import absolute

if TYPE_CHECKING:
    from accounts.models import User

SALT: Final = "cases.share.link"
DAYS: Final = (7, 30, 90)  # calendar days that a link may last
NOBODY: Final = UUID(int=0)
KEPT_OF_IPV4: Final = 24  # bits of an address that are written down: enough to tell readers apart
KEPT_OF_IPV6: Final = 48


@transaction.atomic
def make(case: Case, *, reader: str, days: int, by: User, at: datetime) -> ShareLink:
    """A link for somebody. reader: as the person calls them. days: how long it lasts."""
    link = ShareLink.objects.create(
        case=case, reader=reader, made_at=at, expires_at=at + timedelta(days=days)
    )
    _note(link, CaseEvent.Kind.SHARED, by=by, at=at)
    return link


@transaction.atomic
def take_back(link: ShareLink, *, by: User, at: datetime) -> None:
    """Nobody opens it any more. A second press, and one after its end, change nothing."""
    link.case.hold()
    link.refresh_from_db(fields=["revoked_at"])
    if link.is_valid(at):
        link.revoke(by=by, at=at)
        _note(link, CaseEvent.Kind.UNSHARED, by=by, at=at)


def _note(link: ShareLink, kind: str, *, by: User, at: datetime) -> None:
    case = link.case
    CaseEvent.objects.create(
        case=case,
        kind=kind,
        actor=by,
        at=at,
        before=case.status,
        after=case.status,
        note=link.reader,
    )


# --- The address ----------------------------------------------------------------------------------


def address(link: ShareLink) -> str:
    """In full. The same for a link each time, so that it can be copied again later."""
    return absolute(reverse("shared:ask", args=[token_of(link)]))


def token_of(link: ShareLink) -> str:
    return _signer().sign(link.pk.hex)


def find(token: str, *, at: datetime) -> ShareLink | None:
    """The link that this token opens now.

    One query, whatever the token is: how long an answer takes tells nothing.
    """
    try:
        pk = UUID(_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        pk = NOBODY
    links = ShareLink.objects.valid(at).filter(pk=pk, case__owner__is_active=True)
    return links.select_related("case__owner", "case__procedure__operator").first()


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


# --- Readers --------------------------------------------------------------------------------------


def opened(link: ShareLink, *, name: str, ip: str, at: datetime) -> ShareView:
    """Somebody opens it, and says who they are."""
    return ShareView.objects.create(link=link, at=at, name=name, network=network(ip))


def network(ip: str) -> str:
    """The address without its last part; empty for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    kept = KEPT_OF_IPV4 if address.version == 4 else KEPT_OF_IPV6
    return str(ip_network((address.packed, kept), strict=False))
