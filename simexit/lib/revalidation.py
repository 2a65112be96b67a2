"""Pages that are the same for everybody who is not signed in, and are made anew only on a change.

A browser keeps such a page and asks each time whether it still holds (`no-cache`). The answer is
304 where nothing changed: in the rows that it shows, in what this version of the program makes of
them, or in the day. A page that greets somebody, or carries a message, has no ETag at all and is
kept by nobody but that person's browser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control

# What a page is made from, besides rows of the database.
MADE_FROM = ("templates", "operators", "cases", "simexit", "requirements.txt")
SUFFIXES = {".html", ".py", ".mo", ".yaml", ".txt", ".css", ".js", ".svg"}


def revalidated(
    request: HttpRequest, state: object, make: Callable[[], HttpResponse]
) -> HttpResponse:
    """Answers that nothing changed, or with what `make` makes. state: see `_etag()`."""
    if _is_personal(request):
        response = make()
        patch_cache_control(response, private=True, no_cache=True)
        return response
    etag = _etag(state)
    response = get_conditional_response(request, etag=etag) or make()
    response.headers["ETag"] = etag
    patch_cache_control(response, no_cache=True)
    return response


def _is_personal(request: HttpRequest) -> bool:
    """Looking at the session also makes the answer `Vary: Cookie`."""
    return request.user.is_authenticated or len(get_messages(request)) > 0


def _etag(state: object) -> str:
    """state: its `repr` differs whenever the rows that the page shows do."""
    seen = [_program(), settings.SITE_URL, timezone.localdate(), state]
    if settings.DEBUG:  # templates are being written
        seen.append(max(path.stat().st_mtime_ns for path in _files("templates")))
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:32]}"'


@lru_cache(maxsize=1)
def _program() -> str:
    """A digest of all files that pages are made from: the same in each process of a deployment."""
    found = hashlib.sha256()
    for path in _files(*MADE_FROM):
        found.update(f"{path.relative_to(settings.BASE_DIR)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _files(*names: str) -> Iterator[Path]:
    for top in (settings.BASE_DIR / name for name in names):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in SUFFIXES and path.is_file():
                yield path
