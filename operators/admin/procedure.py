"""Procedures. Only a draft can be edited; what is published is shown, and can be copied."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Max, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators import history, languages
from operators.admin.parts import (
    ChannelInline,
    FactInline,
    MaterialInline,
    SourceInline,
    StepInline,
)
from operators.admin.translations import WithTranslations
from operators.forms import ProcedureForm
from operators.models import Procedure
from operators.models.reason import REASON_LENGTH
from operators.rebase import Section, rebase


@admin.register(Procedure)
class ProcedureAdmin(WithTranslations):
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

    class Media:
        js = (forms.Script("simexit/reorder.js", type="module"),)

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
        days = ("confirm_after", "final_bill_after", "no_more_bills_after")
        texts = ["summary_en", days]
        if obj is None:
            return [(None, {"fields": [("operator", "plan"), *texts]})]
        first: list[Any] = [("operator", "plan"), ("version", "status")]
        if not obj.is_draft:
            first += [("published_at", "published_by"), "change_reason"]
        elif self.has_change_permission(request, obj):
            texts += ["reason", "opened_at"]
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
                self._put_on_top(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _put_on_top(self, request: HttpRequest, object_id: str) -> None:
        """Of a page that was opened before the last save, keeps what its editor typed and no more.

        The form then refuses it once, and tells who changed what.
        """
        draft = self.get_object(request, object_id)
        opened = request.POST.get("opened_at", "")
        if (
            draft is None
            or not opened.isdecimal()
            or not self.has_change_permission(request, draft)
        ):
            return
        since = history.since_revision(draft, int(opened))
        if since is None:
            return
        sections = [
            Section(formset.get_default_prefix(), formset)
            for formset, _inline in self.get_formsets_with_inlines(request, draft)
        ]
        form = self.get_form(request, draft, change=True)
        request.POST = rebase(request.POST, draft, since, form, sections)  # type: ignore[assignment]

    def _last_reason(self, request: HttpRequest, draft: Procedure) -> str:
        """What this editor wrote the last time: work on a draft takes many saves."""
        own = Procedure.history.filter(id=draft.pk, history_user=request.user)
        last = own.exclude(history_change_reason=None).order_by("-history_date").first()
        return last.history_change_reason[:REASON_LENGTH] if last else ""

    def save_model(self, request: HttpRequest, obj: Procedure, form: Any, change: bool) -> None:
        if change:
            obj.revision += 1
            obj.because(form.cleaned_data["reason"])
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for one in formset.forms:
            one.instance.because(form.cleaned_data.get("reason", ""))
        super().save_formset(request, form, formset, change)

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
            form = context["adminform"].form
            if not form.is_bound and "reason" in form.fields:
                form.initial["reason"] = self._last_reason(request, obj)
            context |= {
                "may_publish": self.has_publish_permission(request),
                "may_copy": self.has_add_permission(request),
                "problems": self._problems(obj, context["inline_admin_formsets"]),
                "languages": languages.progress([obj])[obj.pk],
                "draft": self._draft_beside(obj),
                "meanwhile": self._meanwhile(form) if getattr(form, "is_stale", False) else [],
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _problems(self, procedure: Procedure, sections: list[Any]) -> list[dict[str, str]]:
        """What stands against publishing a draft, each with the place of its row on the page."""
        if not procedure.is_draft:
            return []
        places = {
            (type(form.instance), form.instance.pk): f"#{form.prefix}"
            for section in sections
            for form in section.formset.initial_forms
        }
        return [
            {"text": problem, "place": places.get((type(problem.claim), _pk(problem.claim)), "")}
            for problem in procedure.problems()
        ]

    def _meanwhile(self, form: Any) -> list[history.Sitting]:
        """What others saved since this page was opened."""
        opened = form.cleaned_data.get("opened_at")
        since = history.since_revision(form.instance, opened) if opened is not None else None
        if since is None:
            return []
        return history.sittings(history.of_procedure_since(form.instance, since))

    def get_inline_formsets(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Folded sections say how many rows they hold."""
        sections = super().get_inline_formsets(*args, **kwargs)
        for section in sections:
            rows = section.formset.initial_form_count()
            section.opts.verbose_name_plural = f"{section.opts.verbose_name_plural} ({rows})"
        return sections

    def response_add(
        self, request: HttpRequest, obj: Procedure, post_url_continue: Any = None
    ) -> Any:
        messages.success(request, _("Saved. Now add its sources, then what they say."))
        return self._to(obj)

    def response_change(self, request: HttpRequest, obj: Procedure) -> HttpResponse:
        if "_publish" in request.POST:
            return redirect("admin:operators_procedure_publish", obj.pk)
        return super().response_change(request, obj)


def _pk(claim: Any) -> int | None:
    return getattr(claim, "pk", None)
