"""Addresses that work outside a request: in mails, in the calendar, in letters, for machines."""

from django.conf import settings
from django.urls import translate_url


def absolute(path: str) -> str:
    """The full address of a path on this site. A worker has no request to ask."""
    return f"{settings.SITE_URL}{path}"


def in_each_language(path: str) -> dict[str, object]:
    """For the head of a page: which address it has, and which one in each other language.

    path: of a page that carries the language; see `templates/base.html`.
    """
    alternates = [
        {"code": code, "url": absolute(translate_url(path, code))}
        for code, _name in settings.LANGUAGES
    ]
    # Without a language in it, an address leads to the reader's own.
    chosen = translate_url(path, settings.LANGUAGE_CODE).removeprefix(f"/{settings.LANGUAGE_CODE}")
    alternates.append({"code": "x-default", "url": absolute(chosen)})
    return {"canonical": absolute(path), "alternates": alternates}
