"""The pages that search engines may keep: what stands in their heads, the sitemap, robots.txt."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.models import Case
from operators.models import Operator, Procedure
from operators.views import GUIDE_PAGES
from simexit.lib.urls import absolute, in_each_language

NAMES = {
    "home",
    "operators:list",
    "operators:detail",
    "operators:procedure",
    "guide:index",
    "guide:page",
    "cases:start",
    "cases:start-answer",
    "cases:costs",
    "letters:index",
}
# Nothing of a person is found without signing in or without a secret address anyway.
NOT_FOR_ROBOTS = ("/admin/", "/r/", "/s/", "/calendar/", "/*/cases/", "/*/accounts/", "/*/account/")


def head(request: HttpRequest) -> dict[str, object]:
    """Context processor: the address of a public page, in each language. A view may set its own."""
    match = request.resolver_match
    return in_each_language(request.path) if match and match.view_name in NAMES else {}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {absolute(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


class PublicSitemap(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Each page in each language, under the address that people see."""

    i18n = True
    alternates = True
    x_default = True
    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)


class Pages(PublicSitemap):
    """Each is the name of an address and what it takes."""

    def items(self) -> list[tuple[str, ...]]:
        guide = [("guide:page", page) for page in GUIDE_PAGES]
        fork = [("cases:start-answer", str(goal)) for goal in Case.Goal.values]
        own = ["home", "operators:list", "guide:index", "cases:start", "cases:costs"]
        own += ["letters:index"]
        return [*((name,) for name in own), *guide, *fork]

    def location(self, item: tuple[str, ...]) -> str:
        name, *arguments = item
        return reverse(name, args=arguments)


class Procedures(PublicSitemap):
    def items(self) -> list[Procedure]:
        return list(Procedure.objects.published().select_related("operator"))

    def lastmod(self, item: Procedure) -> datetime | None:
        return item.published_at


class BrandsWithoutSteps(PublicSitemap):
    def items(self) -> list[Operator]:
        return list(Operator.objects.exclude(procedures__status=Procedure.Status.PUBLISHED))


SITEMAPS = {"pages": Pages, "procedures": Procedures, "brands": BrandsWithoutSteps}
