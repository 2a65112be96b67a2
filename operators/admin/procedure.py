"""Procedures. Only a draft can be edited; what is published is shown, and can be copied."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from operators import history
from operators.admin.page import WithHistory
from operators.admin.parts import (
    ChannelInline,
    FactInline,
    MaterialInline,
    SourceInline,
    StepInline,
)
from operators.forms import ProcedureForm, PublishForm
from operators.models import NotPublishable, Procedure
from simexit.lib.http import UserRequest


@admin.register(Procedure)
class ProcedureAdmin(WithHistory):
    form = ProcedureForm
    list_display = (
        "operator",
        "plan",
        "version",
        "status",
        "published_at",
        "published_by",
        "checked_on",
    )
    list_display_links = ("operator", "plan", "version")
    list_filter = ("status", "plan", ("operator", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("operator", "published_by")
    search_fields = ("operator__name", "operator__slug")
    inlines = [StepInline, ChannelInline, MaterialInline, FactInline, SourceInline]
    actions = None
    entries = staticmethod(history.of_procedure)

    # --- The list ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Procedure]:
        procedures: QuerySet[Procedure] = super().get_queryset(request)
        return procedures.annotate(last_checked=Max("sources__checked_on"))

    @admin.display(description=gettext_lazy("checked on"), ordering="last_checked")
    def checked_on(self, procedure: Any) -> Any:
        return procedure.last_checked

    # --- Who may do what --------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Procedure | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Procedure | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operators.publish_procedure")

    # --- The page of one version ------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        procedure = super().get_object(request, object_id, from_field)
        if procedure is not None:
            prefetch_related_objects([procedure], "operator", "sources")
        return procedure

    def get_inlines(self, request: HttpRequest, obj: Procedure | None) -> list[Any]:
        """A new procedure gets its parts on its second page: they belong to a saved version."""
        return list(self.inlines) if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Procedure | None = None) -> Any:
        texts = ["summary", "confirm_after"]
        if obj is None:
            return [(None, {"fields": [("operator", "plan"), *texts]})]
        first: list[Any] = [("operator", "plan"), ("version", "status")]
        if not obj.is_draft:
            first += [("published_at", "published_by"), "change_reason"]
        return [(None, {"fields": [*first, *texts]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Procedure | None = None) -> Any:
        return ("operator", "plan", "version", "status") if obj else ()

    def get_view_on_site_url(self, obj: Procedure | None = None) -> str | None:
        if obj is None or obj.status != Procedure.Status.PUBLISHED:
            return None
        return obj.get_absolute_url()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        with transaction.atomic():
            if request.method == "POST" and object_id and object_id.isdecimal():
                # Nobody publishes this draft while it is being written.
                Procedure.objects.filter(pk=object_id).lock()
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Procedure | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= {
                "may_publish": self.has_publish_permission(request),
                "may_copy": self.has_add_permission(request),
                "problems": obj.problems() if obj.is_draft else [],
                "draft": self._draft_beside(obj),
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_inline_formsets(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Folded sections say how many rows they hold."""
        sections = super().get_inline_formsets(*args, **kwargs)
        for section in sections:
            rows = section.formset.initial_form_count()
            section.opts.verbose_name_plural = f"{section.opts.verbose_name_plural} ({rows})"
        return sections

    def _draft_beside(self, procedure: Procedure) -> Procedure | None:
        peers = Procedure.objects.filter(operator=procedure.operator, plan=procedure.plan)
        return peers.drafts().exclude(pk=procedure.pk).select_related("operator").first()

    def response_add(
        self, request: HttpRequest, obj: Procedure, post_url_continue: Any = None
    ) -> Any:
        messages.success(request, _("Saved. Now add its sources, then what they say."))
        return self._to(obj)

    def response_change(self, request: HttpRequest, obj: Procedure) -> HttpResponse:
        if "_publish" in request.POST:
            return redirect("admin:operators_procedure_publish", obj.pk)
        return super().response_change(request, obj)

    # --- Publishing and copying -------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/publish/", wrap(self.publish_view), name="operators_procedure_publish"),
            path(
                "<int:pk>/new-draft/",
                wrap(self.new_draft_view),
                name="operators_procedure_new_draft",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: UserRequest, pk: int) -> HttpResponse:
        """Shows what changed and what is missing; with a reason, publishes."""
        procedure = self._viewable(request, pk)
        if not procedure.is_draft:
            messages.warning(request, _("This version is no draft any more."))
            return self._to(procedure)
        if not self.has_publish_permission(request):
            return self._publish_page(request, procedure, form=None, status=403)
        if request.method != "POST":
            return self._publish_page(request, procedure, form=PublishForm())
        form = PublishForm(request.POST)
        if not form.is_valid():
            return self._publish_page(request, procedure, form=form, status=422)
        reason = form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                procedure.publish(by=request.user, at=timezone.now(), reason=reason)
                self.log_change(request, procedure, _("Published: %(reason)s") % {"reason": reason})
        except NotPublishable as error:
            messages.error(request, str(error))
            return redirect("admin:operators_procedure_publish", pk)
        messages.success(request, _("Published. Everybody sees this version now."))
        return self._to(procedure)

    def _publish_page(
        self,
        request: HttpRequest,
        procedure: Procedure,
        *,
        form: forms.Form | None,
        status: int = 200,
    ) -> HttpResponse:
        peers = Procedure.objects.filter(operator=procedure.operator, plan=procedure.plan)
        published = peers.published().select_related("operator").first()
        context = {
            "title": _("Publish %(procedure)s") % {"procedure": procedure},
            "form": form,
            "problems": procedure.problems(),
            "published": published,
            "differences": history.between(published, procedure) if published else [],
        }
        return self._page(request, procedure, "publish", context, status=status)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def new_draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks, then copies this version into a draft."""
        procedure = self._viewable(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            title = _("New draft from %(procedure)s") % {"procedure": procedure}
            context = {"title": title, "draft": self._draft_beside(procedure)}
            return self._page(request, procedure, "new_draft", context)
        try:
            with transaction.atomic():
                draft = procedure.new_draft()
                self.log_addition(
                    request, draft, _("Copied from version %(n)s.") % {"n": procedure.version}
                )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self._to(procedure)
        messages.success(
            request,
            _("This is your draft. The published version stays as it is until you publish this."),
        )
        return self._to(draft)

    def _viewable(self, request: HttpRequest, pk: int) -> Procedure:
        procedure = self.get_object(request, str(pk))
        if procedure is None:
            raise Http404(f"there is no procedure {pk}")
        if not self.has_view_or_change_permission(request, procedure):
            raise PermissionDenied
        assert isinstance(procedure, Procedure)
        return procedure

    def _to(self, procedure: Procedure) -> HttpResponse:
        return redirect("admin:operators_procedure_change", procedure.pk)

    def _page(
        self,
        request: HttpRequest,
        procedure: Procedure,
        name: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": procedure,
            "media": self.media,
        }
        template = f"admin/operators/procedure/{name}.html"
        return TemplateResponse(request, template, shared | context, status=status)
