"""One page with all that waits for the people who keep the procedures true."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from operators import worklist
from operators.models import Report

ON_A_PAGE = 25
LISTS = {
    "reports": gettext_lazy("Reports of readers"),
    "cases": gettext_lazy("Steps that did not match"),
    "stale": gettext_lazy("Not checked for 180 days"),
    "drafts": gettext_lazy("Drafts"),
    "translations": gettext_lazy("Translations"),
}


@require_safe
def worklist_view(request: HttpRequest) -> HttpResponse:
    """Each list says how long it is; one is shown, a page at a time."""
    if not request.user.has_perm("operators.view_procedure"):
        raise PermissionDenied
    shown = request.GET.get("show", "")
    shown = shown if shown in LISTS else "reports"
    found: dict[str, Any] = {
        "reports": worklist.reports(Report.Origin.READER),
        "cases": worklist.reports(Report.Origin.CASE),
        "stale": worklist.stale_claims(timezone.localdate()),
        "drafts": worklist.drafts(),
    }
    if shown == "translations":  # reads every text there is, so only where it is wanted
        found["translations"] = worklist.translating()
    pages = {name: Paginator(rows, ON_A_PAGE) for name, rows in found.items()}
    page = pages[shown].get_page(request.GET.get("p"))
    context = admin.site.each_context(request) | {
        "title": _("Work list"),
        "lists": [
            (name, label, pages[name].count if name in pages else "")
            for name, label in LISTS.items()
        ],
        "shown": shown,
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "rows": page.object_list,
        "may_handle": request.user.has_perm("operators.change_report"),
        "may_see_cases": request.user.has_perm("cases.view_case"),
    }
    return TemplateResponse(request, "admin/operators/worklist.html", context)
