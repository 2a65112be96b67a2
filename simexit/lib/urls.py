"""Addresses that work outside a request: in mails, in the calendar, in letters."""

from django.conf import settings


def absolute(path: str) -> str:
    """The full address of a path on this site. A worker has no request to ask."""
    return f"{settings.SITE_URL}{path}"
