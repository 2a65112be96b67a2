"""What every page shares: types of a request, and the context of base.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_info

if TYPE_CHECKING:
    from accounts.models import User


class UserRequest(HttpRequest):
    """A request behind `login_required`: somebody is signed in."""

    user: User


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: the site's name, and this page in each language."""
    here = request.get_full_path()
    current = get_language()
    return {
        "site_name": settings.SITE_NAME,
        "language_links": [
            {
                "code": code,
                "name": get_language_info(code)["name_local"],
                "url": translate_url(here, code),
                "current": code == current,
            }
            for code, _name in settings.LANGUAGES
        ],
    }
