"""A version of a procedure as a whole: its preview is the page that readers would get."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from operators import history
from operators.admin.versions import WithVersions
from operators.models import Plan, Procedure, load_claims
from operators.page import procedure_page


class WithProcedureVersions(WithVersions[Procedure]):
    folder = "procedure"
    said_once_published = gettext_lazy("Published. Everybody sees this version now.")
    entries = staticmethod(history.of_procedure)

    def differences(self, old: Procedure, new: Procedure) -> list[history.Difference]:
        return history.between(old, new)

    def _peers(self, version: Procedure) -> Any:
        return super()._peers(version).select_related("operator", "published_by")

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
