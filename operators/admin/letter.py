"""Letters: the texts that people send. Only a draft is written in; what is published is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from operators import history, letter_history, letter_sample
from operators.admin.letter_forms import LetterForm, LetterTextForm
from operators.admin.letter_versions import WithLetterVersions
from operators.catalogue_files import sources
from operators.letter_text import CONDITION_MEANINGS, PLACEHOLDER_MEANINGS
from operators.models import LetterTemplate, LetterText
from simexit.lib.http import UserRequest


@dataclass(frozen=True, slots=True)
class Section:
    """The letter in one language, on the page on which it is written."""

    language: str
    name: str
    form: LetterTextForm
    problems: list[str]


@admin.register(LetterTemplate)
class LetterAdmin(WithLetterVersions):
    list_display = ("kind", "version", "status", "published_at", "published_by")
    list_display_links = ("kind", "version")
    list_filter = ("status", "kind")
    list_select_related = ("published_by",)
    search_fields = ("kind", "texts__subject", "texts__body")
    actions = None

    # --- Who may do what --------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The catalogue brings the first version of each kind; every later one is a copy."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: LetterTemplate | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(
        self, request: HttpRequest, obj: LetterTemplate | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    # --- The page of one version ------------------------------------------------------------------

    def change_view(
        self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        with transaction.atomic():
            if request.method == "POST" and object_id.isdecimal():
                # Nobody saves or publishes this draft while it is being saved.
                LetterTemplate.objects.filter(pk=object_id).lock()
            letter = self._viewable(request, object_id)
            if request.method == "POST":
                return self._save(request, letter)
        return self._letter_page(request, letter, LetterForm(letter=letter), _text_forms(letter))

    def _save(self, request: UserRequest, letter: LetterTemplate) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        form, texts = LetterForm(request.POST, letter=letter), _text_forms(letter, request.POST)
        if not all([form.is_valid(), *(text.is_valid() for text in texts)]):
            return self._letter_page(request, letter, form, texts, status=422)
        changed = [text.instance for text in texts if text.has_changed()]
        if not changed and not form.has_changed_sources:
            messages.info(request, _("Nothing was changed, so nothing was saved."))
            return self._after(request, letter)
        reason = form.cleaned_data["reason"]
        letter.rewrite(changed, sources=form.cleaned_data["sources"], reason=reason)
        self.log_change(request, letter, reason)
        messages.success(request, _("Saved."))
        return self._after(request, letter)

    def _after(self, request: HttpRequest, letter: LetterTemplate) -> HttpResponseRedirect:
        for name in ("publish", "preview"):
            if f"_{name}" in request.POST:
                return self._to(letter, name)
        return self._to(letter)

    def _letter_page(
        self,
        request: HttpRequest,
        letter: LetterTemplate,
        form: LetterForm,
        texts: list[LetterTextForm],
        *,
        status: int = 200,
    ) -> HttpResponse:
        # Of what was sent and refused, the fields themselves say what is wrong.
        problems = {} if form.is_bound or not letter.is_draft else letter.problems_by_language()
        names = dict(settings.LANGUAGES)
        sample = letter_sample.facts(settings.LANGUAGE_CODE)
        known = sources()
        context = {
            "title": str(letter),
            "form": form,
            "sections": [
                Section(code, str(names[code]), text, problems.get(code, []))
                for text in texts
                for code in [text.instance.language]
            ],
            "problems": bool(problems),
            "wrong": form.errors or any(text.errors for text in texts),
            "meanwhile": self._meanwhile(form),
            "placeholders": [
                (name, _(meaning), sample[name]) for name, meaning in PLACEHOLDER_MEANINGS.items()
            ],
            "conditions": [(name, _(meaning)) for name, meaning in CONDITION_MEANINGS.items()],
            "sources": [
                {"title": known[key].title, "url": known[key].url}
                if key in known
                else {"title": key}
                for key in letter.sources
            ],
            "draft": self._draft_beside(letter),
            "may_write": form.is_bound or self.has_change_permission(request, letter),
            "may_publish": self.has_publish_permission(request),
            "may_copy": self.has_copy_permission(request),
            "may_delete": self.has_delete_permission(request, letter),
        }
        return self._page(request, letter, "change", context, status=status)

    def _meanwhile(self, form: LetterForm) -> list[history.Sitting]:
        """What others saved since this page was opened."""
        if form.stale_since is None:
            return []
        return history.sittings(letter_history.since_revision(form.letter, form.stale_since))


def _text_forms(letter: LetterTemplate, data: Any = None) -> list[LetterTextForm]:
    """One for each language, English first, also for one that was never written."""
    stored = {text.language: text for text in letter.texts.all()}
    return [
        LetterTextForm(data, text=stored.get(code) or LetterText(template=letter, language=code))
        for code, _name in settings.LANGUAGES
    ]
