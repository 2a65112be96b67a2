"""What is done with a version as a whole: preview, compare, publish, copy, restore."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from operators import history
from operators.admin.page import WithHistory
from operators.forms import PublishForm
from operators.groups import PUBLISHERS
from operators.models import NotPublishable, Plan, Procedure, load_claims
from operators.page import procedure_page
from simexit.lib.http import UserRequest


class WithVersions(WithHistory):
    """The pages of one version beside the one on which it is edited."""

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operators.publish_procedure")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = {
            "publish": self.publish_view,
            "new-draft": self.new_draft_view,
            "differences": self.differences_view,
            "preview": self.preview_view,
        }
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    wrap(view),
                    name=f"operators_procedure_{name.replace('-', '_')}",
                )
                for name, view in pages.items()
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: UserRequest, pk: int) -> HttpResponse:
        """Shows what changed and what is missing; with a reason, publishes."""
        with transaction.atomic():
            if request.method == "POST":
                # Who is editing this draft finishes first, and is then seen.
                Procedure.objects.filter(pk=pk).lock()
            return self._publish(request, pk)

    def _publish(self, request: UserRequest, pk: int) -> HttpResponse:
        procedure = self._viewable(request, pk)
        if not procedure.is_draft:
            messages.warning(request, _("This version is no draft any more."))
            return self._to(procedure)
        if not self.has_publish_permission(request):
            return self._publish_page(request, procedure, form=None, status=403)
        if request.method != "POST":
            return self._publish_page(
                request, procedure, form=PublishForm(revision=procedure.revision)
            )
        form = PublishForm(request.POST, revision=procedure.revision)
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
        published = self._published_beside(procedure)
        context = {
            "title": _("Publish %(procedure)s") % {"procedure": procedure},
            "form": form,
            "problems": procedure.problems(),
            "publishers": self._publishers() if form is None else [],
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
            title = self._title_of_copy(procedure)
            context = {"title": title, "draft": self._draft_beside(procedure)}
            return self._page(request, procedure, "new_draft", context)
        try:
            with transaction.atomic():
                copied = _("Copied from version %(n)s.") % {"n": procedure.version}
                draft = procedure.new_draft(reason=copied)
                self.log_addition(request, draft, copied)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self._to(procedure)
        messages.success(
            request,
            _("This is your draft. The published version stays as it is until you publish this."),
        )
        return self._to(draft)

    def _publishers(self) -> list[str]:
        """Whom an editor can ask."""
        people = get_user_model().objects.filter(is_active=True, groups__name=PUBLISHERS)
        return [str(person) for person in people.order_by("email")]

    def _title_of_copy(self, procedure: Procedure) -> str:
        if procedure.status == Procedure.Status.RETIRED:
            return _("Restore %(procedure)s as a new draft") % {"procedure": procedure}
        return _("New draft from %(procedure)s") % {"procedure": procedure}

    # --- Looking ----------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This version beside another one of the same plan, the older one first."""
        procedure = self._viewable(request, pk)
        others = list(self._peers(procedure).exclude(pk=pk).order_by("-version"))
        other = self._compared_with(request, procedure, others)
        context: dict[str, Any] = {
            "title": _("What is different in %(procedure)s") % {"procedure": procedure},
            "others": others,
            "other": other,
        }
        if other:
            old, new = sorted((procedure, other), key=lambda one: one.version)
            context |= {"old": old, "new": new, "differences": history.between(old, new)}
        return self._page(request, procedure, "differences", context)

    def _compared_with(
        self, request: HttpRequest, procedure: Procedure, others: list[Procedure]
    ) -> Procedure | None:
        """The version that is asked for; else the published one, or the one before this."""
        asked = request.GET.get("with", "")
        published = (one for one in others if one.status == Procedure.Status.PUBLISHED)
        before = (one for one in others if one.version < procedure.version)
        chosen = next((one for one in others if str(one.version) == asked), None)
        return chosen or next(published, None) or next(before, None)

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of this version as a reader sees it, in the language that is asked for."""
        self._viewable(request, pk)
        procedure = Procedure.objects.select_related("operator").get(pk=pk)
        load_claims([procedure])
        names = dict(settings.LANGUAGES)
        language = request.GET.get("lang", "")
        if language not in names:
            language = settings.LANGUAGE_CODE
        banner = render_to_string(
            "admin/operators/procedure/_banner.html",
            {"procedure": procedure, "language": language, "languages": names.items()},
            request,
        )
        with translation.override(language):
            today = timezone.localdate()
            context = procedure_page(procedure, self._choices(procedure), today=today)
            context["banner"] = banner
            page = TemplateResponse(request, "admin/operators/procedure/preview.html", context)
            return page.render()

    def _choices(self, procedure: Procedure) -> list[Procedure]:
        """The plans that a reader would choose between, once this version is published."""
        others = Procedure.objects.published().select_related("operator")
        found = [*others.filter(operator=procedure.operator).exclude(plan=procedure.plan)]
        return sorted([*found, procedure], key=lambda one: Plan.values.index(one.plan))

    # --- Shared -----------------------------------------------------------------------------------

    def _peers(self, procedure: Procedure) -> Any:
        peers = Procedure.objects.filter(operator=procedure.operator, plan=procedure.plan)
        return peers.select_related("operator", "published_by")

    def _draft_beside(self, procedure: Procedure) -> Procedure | None:
        draft: Procedure | None = self._peers(procedure).drafts().exclude(pk=procedure.pk).first()
        return draft

    def _published_beside(self, procedure: Procedure) -> Procedure | None:
        published: Procedure | None = self._peers(procedure).published().first()
        return published

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Above what was changed: the versions, each with what can be done with it."""
        procedure = self.get_object(request, object_id)
        versions = self._peers(procedure).order_by("-version") if procedure else []
        more = {"versions": versions, "may_copy": self.has_add_permission(request)}
        return super().history_view(request, object_id, more | (extra_context or {}))

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
