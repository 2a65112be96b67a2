"""A version of a letter as a whole: its preview is what a made-up person would send."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from operators import history, letter_history, letter_sample
from operators.admin.letter_forms import PreviewForm
from operators.admin.versions import WithVersions
from operators.letter_text import CONDITION_MEANINGS
from operators.models import LetterTemplate


class WithLetterVersions(WithVersions[LetterTemplate]):
    folder = "letter"
    said_once_published = gettext_lazy("Published. New letters say this from now on.")
    entries = staticmethod(letter_history.of_letter)

    class Media:
        css = {"all": ("simexit/letters-admin.css",)}

    def differences(self, old: LetterTemplate, new: LetterTemplate) -> list[history.Difference]:
        return letter_history.between(old, new)

    def _viewable(self, request: HttpRequest, pk: int | str) -> LetterTemplate:
        letter = super()._viewable(request, pk)
        prefetch_related_objects([letter], "texts")
        return letter

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letter that a made-up person would send, in one language, with English beside it."""
        letter = self._viewable(request, pk)
        form = _preview_form(request.GET, letter)
        chosen = form.cleaned_data if form.is_valid() else {}
        language = chosen.get("lang") or settings.LANGUAGE_CODE
        case = letter_sample.SampleCase(
            conditions=frozenset(chosen.get("only", ())),
            only_required=bool(chosen.get("known")),
        )
        context = {
            "title": _("Preview of %(letter)s") % {"letter": letter},
            "form": form,
            "language": language,
            "is_english": language == settings.LANGUAGE_CODE,
            "problems": [
                f"{code}: {problem}"
                for code, found in letter.problems_by_language().items()
                for problem in found
                if code in (language, settings.LANGUAGE_CODE)
            ],
            "parts": [
                letter_sample.beside(letter, part, language, case) for part in ("subject", "body")
            ],
        }
        return self._page(request, letter, "preview", context)


def _preview_form(data: Any, letter: LetterTemplate) -> PreviewForm:
    """Asks for no condition that this letter does not make."""
    form = PreviewForm(data)
    bodies = "\n".join(text.body for text in letter.texts.all())
    fields: Any = form.fields
    fields["lang"].choices = settings.LANGUAGES
    fields["only"].choices = [
        (name, _(meaning))
        for name, meaning in CONDITION_MEANINGS.items()
        if f"[{name}]" in bodies and name != "not deceased"
    ]
    return form
