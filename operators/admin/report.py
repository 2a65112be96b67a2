"""What people report about a procedure: looked at, and answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from operators.forms import HandleForm
from operators.models import Report
from simexit.lib.http import UserRequest


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """Its texts are people's own and stay as they are; only what was done is written."""

    list_display = ("procedure", "part", "key", "matched", "origin", "status", "on")
    list_display_links = ("procedure",)
    list_filter = (
        "status",
        "origin",
        "matched",
        ("procedure__operator", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("procedure__operator",)
    search_fields = ("text", "key", "value", "procedure__operator__name")
    date_hierarchy = "on"
    actions = ("mark_done", "mark_declined")
    change_form_template = "admin/operators/report/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Report | None = None) -> Any:
        return [field.name for field in Report._meta.fields if field.name != "id"]

    def get_urls(self) -> list[URLPattern]:
        handle = self.admin_site.admin_view(self.handle_view)
        return [
            path("<int:pk>/handle/", handle, name="operators_report_handle"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        if request.method == "POST":
            raise PermissionDenied  # what was done is said by its own address
        more = {"show_save": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, more | (extra_context or {}))

    # --- Dealing with it --------------------------------------------------------------------------

    @method_decorator(require_POST)
    def handle_view(self, request: UserRequest, pk: int) -> HttpResponse:
        """One report, with a sentence about what was done."""
        report = get_object_or_404(Report, pk=pk)
        if not self.has_change_permission(request, report):
            raise PermissionDenied
        form = HandleForm(request.POST)
        if form.is_valid():
            self._handle(request, report, **form.cleaned_data)
            messages.success(request, _("Noted."))
        else:
            messages.error(request, _("Say in a sentence what was done, or why nothing is."))
        back = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
            return redirect(back)
        return redirect("admin:operators_report_change", pk)

    def _handle(self, request: UserRequest, report: Report, *, status: str, answer: str) -> None:
        report.handle(status, answer=answer, by=request.user, at=timezone.now())
        self.log_change(request, report, answer)

    @admin.action(description=gettext_lazy("Done"), permissions=["change"])
    def mark_done(self, request: UserRequest, reports: QuerySet[Report]) -> None:
        self._handle_all(request, reports, Report.Status.DONE)

    @admin.action(description=gettext_lazy("Nothing to change"), permissions=["change"])
    def mark_declined(self, request: UserRequest, reports: QuerySet[Report]) -> None:
        self._handle_all(request, reports, Report.Status.DECLINED)

    def _handle_all(self, request: UserRequest, reports: QuerySet[Report], status: str) -> None:
        waiting = list(reports.filter(status=Report.Status.OPEN))
        for report in waiting:
            self._handle(request, report, status=status, answer=str(Report.Status(status).label))
        self.message_user(
            request,
            ngettext("%(count)s report.", "%(count)s reports.", len(waiting))
            % {"count": len(waiting)},
        )
