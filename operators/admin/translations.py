"""The texts of a draft in one language, each beside its English."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from operators import history, languages
from operators.admin.procedure_versions import WithProcedureVersions
from operators.forms import TranslationForm, TranslationsForm
from operators.models import OTHER_LANGUAGES, Procedure
from simexit.lib.http import UserRequest


class WithTranslations(WithProcedureVersions):
    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/translations/<str:language>/",
                self.admin_site.admin_view(self.translations_view),
                name="operators_procedure_translations",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def translations_view(self, request: UserRequest, pk: int, language: str) -> HttpResponse:
        """English beside one other language; of a draft to write in, else to look at."""
        if language not in OTHER_LANGUAGES:
            raise Http404(f"nothing is translated into {language}")
        with transaction.atomic():
            if request.method == "POST":
                Procedure.objects.filter(pk=pk).lock()
            procedure = self._viewable(request, pk)
            if request.method == "POST":
                return self._save_translations(request, procedure, language)
        return self._translations_page(request, procedure, language)

    def _save_translations(
        self, request: UserRequest, procedure: Procedure, language: str
    ) -> HttpResponse:
        if not self.has_change_permission(request, procedure):
            raise PermissionDenied
        head = TranslationsForm(request.POST, revision=procedure.revision)
        rows = [
            TranslationForm(request.POST, text=text)
            for text in languages.texts(procedure, language)
        ]
        if not all([head.is_valid(), *(row.is_valid() for row in rows)]):
            return self._translations_page(
                request, procedure, language, head=head, rows=rows, status=422
            )
        changed = [row for row in rows if row.is_to_be_saved]
        if changed:
            reason = head.cleaned_data["reason"]
            texts = [(row.of, row.cleaned_data["text"]) for row in changed]
            languages.save(procedure, texts, reason=reason)
            self.log_change(request, procedure, reason)
        messages.success(
            request,
            ngettext("%(count)s text saved.", "%(count)s texts saved.", len(changed))
            % {"count": len(changed)},
        )
        query = "?show=todo" if request.GET.get("show") == "todo" else ""
        here = reverse("admin:operators_procedure_translations", args=[procedure.pk, language])
        return redirect(f"{here}{query}")

    def _translations_page(
        self,
        request: HttpRequest,
        procedure: Procedure,
        language: str,
        *,
        head: TranslationsForm | None = None,
        rows: list[TranslationForm] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        name = str(dict(settings.LANGUAGES)[language])
        may_write = self.has_change_permission(request, procedure)
        if head is None:
            reason = _("Translation into %(language)s") % {"language": name}
            head = TranslationsForm(revision=procedure.revision, initial={"reason": reason})
        if rows is None:
            rows = [TranslationForm(text=text) for text in languages.texts(procedure, language)]
        todo = request.GET.get("show") == "todo"
        context: dict[str, Any] = {
            "title": _("%(procedure)s in %(language)s")
            % {"procedure": procedure, "language": name},
            "language": language,
            "language_name": name,
            "languages": languages.progress([procedure])[procedure.pk],
            "head": head,
            "rows": [row for row in rows if not todo or row.needs_somebody],
            "todo": todo,
            "may_write": may_write,
            "meanwhile": self._changed_meanwhile(procedure, head),
            "broken": any(row.errors for row in rows),
        }
        return self._page(request, procedure, "translations", context, status=status)

    def _changed_meanwhile(self, procedure: Procedure, head: forms.Form) -> list[history.Sitting]:
        """What others saved since the page was opened, where that is why nothing was saved."""
        opened = getattr(head, "stale_since", None)
        since = history.since_revision(procedure, opened) if opened is not None else None
        if since is None:
            return []
        return history.sittings(history.of_procedure_since(procedure, since))
