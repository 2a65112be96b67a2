"""What every page shares: types of a request, and the context of base.html."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_info


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
