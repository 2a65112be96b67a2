"""What is done with a version of a letter as a whole: preview, compare, publish, copy, restore."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from operators import letter_history, letter_sample
from operators.admin.letter_forms import PreviewForm
from operators.admin.page import WithHistory
from operators.forms import PublishForm
from operators.groups import PUBLISHERS
from operators.letter_text import CONDITION_MEANINGS
from operators.models import LetterTemplate, NotPublishable
from simexit.lib.http import UserRequest


class WithLetterVersions(WithHistory):
    """The pages of one version beside the one on which it is written."""

    entries = staticmethod(letter_history.of_letter)
    object_history_template = "admin/operators/letter/history.html"

    class Media:
        css = {"all": ("simexit/letters-admin.css",)}

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operators.publish_lettertemplate")

    def has_copy_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operators.add_lettertemplate")

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
                    name=f"operators_lettertemplate_{name.replace('-', '_')}",
                )
                for name, view in pages.items()
            ),
            *super().get_urls(),
        ]

    # --- Publishing -------------------------------------------------------------------------------

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: UserRequest, pk: int) -> HttpResponse:
        """Shows what changed and what is missing; with a reason, publishes."""
        with transaction.atomic():
            if request.method == "POST":
                # Who is saving this draft finishes first, and is then seen.
                LetterTemplate.objects.filter(pk=pk).lock()
            return self._publish(request, pk)

    def _publish(self, request: UserRequest, pk: int) -> HttpResponse:
        letter = self._viewable(request, pk)
        if not letter.is_draft:
            messages.warning(request, _("This version is no draft any more."))
            return self._to(letter)
        if not self.has_publish_permission(request):
            return self._publish_page(request, letter, form=None, status=403)
        if request.method != "POST":
            return self._publish_page(request, letter, form=PublishForm(revision=letter.revision))
        form = PublishForm(request.POST, revision=letter.revision)
        if not form.is_valid():
            return self._publish_page(request, letter, form=form, status=422)
        reason = form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                letter.publish(by=request.user, at=timezone.now(), reason=reason)
                self.log_change(request, letter, _("Published: %(reason)s") % {"reason": reason})
        except NotPublishable as error:
            messages.error(request, str(error))
            return redirect("admin:operators_lettertemplate_publish", pk)
        messages.success(request, _("Published. New letters say this from now on."))
        return self._to(letter)

    def _publish_page(
        self,
        request: HttpRequest,
        letter: LetterTemplate,
        *,
        form: PublishForm | None,
        status: int = 200,
    ) -> HttpResponse:
        published = letter.peers.published().prefetch_related("texts").first()
        context = {
            "title": _("Publish %(letter)s") % {"letter": letter},
            "form": form,
            "problems": letter.problems(),
            "publishers": self._publishers() if form is None else [],
            "published": published,
            "differences": letter_history.between(published, letter) if published else [],
        }
        return self._page(request, letter, "publish", context, status=status)

    def _publishers(self) -> list[str]:
        """Whom an editor can ask."""
        people = get_user_model().objects.filter(is_active=True, groups__name=PUBLISHERS)
        return [str(person) for person in people.order_by("email")]

    # --- Copying ----------------------------------------------------------------------------------

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def new_draft_view(self, request: UserRequest, pk: int) -> HttpResponse:
        """Asks, then copies this version into a draft."""
        letter = self._viewable(request, pk)
        if not self.has_copy_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            context = {"title": _title_of_copy(letter), "draft": self._draft_beside(letter)}
            return self._page(request, letter, "new_draft", context)
        copied = _("Copied from version %(n)s.") % {"n": letter.version}
        try:
            with transaction.atomic():
                draft = letter.new_draft(reason=copied)
                self.log_addition(request, draft, copied)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self._to(letter)
        messages.success(
            request,
            _("This is your draft. The published version stays as it is until you publish this."),
        )
        return self._to(draft)

    # --- Looking ----------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This version beside another one of the same kind, the older one first."""
        letter = self._viewable(request, pk)
        others = list(letter.peers.exclude(pk=pk).order_by("-version").prefetch_related("texts"))
        other = _compared_with(request.GET.get("with", ""), letter, others)
        context: dict[str, Any] = {
            "title": _("What is different in %(letter)s") % {"letter": letter},
            "others": others,
            "other": other,
        }
        if other:
            old, new = sorted((letter, other), key=lambda one: one.version)
            context |= {
                "old": old,
                "new": new,
                "differences": letter_history.between(old, new),
            }
        return self._page(request, letter, "differences", context)

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

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Above what was changed: the versions, each with what can be done with it."""
        letter = self.get_object(request, object_id)
        more = {
            "letters": letter.peers.order_by("-version") if letter else [],
            "may_copy": self.has_copy_permission(request),
        }
        return super().history_view(request, object_id, more | (extra_context or {}))

    # --- Shared -----------------------------------------------------------------------------------

    def _viewable(self, request: HttpRequest, pk: int | str) -> LetterTemplate:
        letter = self.get_object(request, str(pk))
        if letter is None:
            raise Http404(f"there is no letter {pk}")
        if not self.has_view_or_change_permission(request, letter):
            raise PermissionDenied
        assert isinstance(letter, LetterTemplate)
        prefetch_related_objects([letter], "texts")
        return letter

    def _draft_beside(self, letter: LetterTemplate) -> LetterTemplate | None:
        return letter.peers.drafts().exclude(pk=letter.pk).first()

    def _to(self, letter: LetterTemplate) -> HttpResponseRedirect:
        return redirect("admin:operators_lettertemplate_change", letter.pk)

    def _page(
        self,
        request: HttpRequest,
        letter: LetterTemplate,
        name: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": letter,
            "media": self.media,
        }
        template = f"admin/operators/letter/{name}.html"
        return TemplateResponse(request, template, shared | context, status=status)


def _title_of_copy(letter: LetterTemplate) -> str:
    if letter.status == LetterTemplate.Status.RETIRED:
        return _("Restore %(letter)s as a new draft") % {"letter": letter}
    return _("New draft from %(letter)s") % {"letter": letter}


def _compared_with(
    asked: str, letter: LetterTemplate, others: list[LetterTemplate]
) -> LetterTemplate | None:
    """The version that is asked for; else the published one, or the one before this."""
    published = (one for one in others if one.status == LetterTemplate.Status.PUBLISHED)
    before = (one for one in others if one.version < letter.version)
    chosen = next((one for one in others if str(one.version) == asked), None)
    return chosen or next(published, None) or next(before, None)


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
