"""What is done with a version as a whole: preview, compare, publish, copy, restore."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from operators import history
from operators.admin.page import WithHistory
from operators.forms import PublishForm
from operators.groups import PUBLISHERS
from operators.models import NotPublishable, Versioned
from simexit.lib.http import UserRequest

Version = TypeVar("Version", bound=Versioned)


class WithVersions(WithHistory, Generic[Version]):
    """The pages of one version beside the one on which it is edited."""

    folder: ClassVar[str]  # of its templates, below admin/operators
    said_once_published: ClassVar[str | Promise]

    def differences(self, old: Version, new: Version) -> list[history.Difference]:
        raise NotImplementedError

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"operators.publish_{self.opts.model_name}")

    def has_copy_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"operators.add_{self.opts.model_name}")

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
                    name=f"operators_{self.opts.model_name}_{name.replace('-', '_')}",
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
                # Who is editing this draft finishes first, and is then seen.
                self.model.objects.filter(pk=pk).lock()
            return self._publish(request, pk)

    def _publish(self, request: UserRequest, pk: int) -> HttpResponse:
        version = self._viewable(request, pk)
        if not version.is_draft:
            messages.warning(request, _("This version is no draft any more."))
            return self._to(version)
        if not self.has_publish_permission(request):
            return self._publish_page(request, version, form=None, status=403)
        if request.method != "POST":
            return self._publish_page(request, version, form=PublishForm(revision=version.revision))
        form = PublishForm(request.POST, revision=version.revision)
        if not form.is_valid():
            return self._publish_page(request, version, form=form, status=422)
        reason = form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                version.publish(by=request.user, at=timezone.now(), reason=reason)
                self.log_change(request, version, _("Published: %(reason)s") % {"reason": reason})
        except NotPublishable as error:
            messages.error(request, str(error))
            return self._to(version, "publish")
        messages.success(request, str(self.said_once_published))
        return self._to(version)

    def _publish_page(
        self,
        request: HttpRequest,
        version: Version,
        *,
        form: PublishForm | None,
        status: int = 200,
    ) -> HttpResponse:
        published = self._peers(version).published().first()
        context = {
            "title": _("Publish %(version)s") % {"version": version},
            "form": form,
            "problems": version.problems(),
            "publishers": self._publishers() if form is None else [],
            "published": published,
            "differences": self.differences(published, version) if published else [],
        }
        return self._page(request, version, "publish", context, status=status)

    def _publishers(self) -> list[str]:
        """Whom an editor can ask."""
        people = get_user_model().objects.filter(is_active=True, groups__name=PUBLISHERS)
        return [str(person) for person in people.order_by("email")]

    # --- Copying ----------------------------------------------------------------------------------

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def new_draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks, then copies this version into a draft."""
        version = self._viewable(request, pk)
        if not self.has_copy_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            context = {"title": _title_of_copy(version), "draft": self._draft_beside(version)}
            return self._page(request, version, "new_draft", context)
        copied = _("Copied from version %(n)s.") % {"n": version.version}
        try:
            with transaction.atomic():
                draft = version.new_draft(reason=copied)
                self.log_addition(request, draft, copied)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self._to(version)
        messages.success(
            request,
            _("This is your draft. The published version stays as it is until you publish this."),
        )
        return self._to(draft)

    # --- Looking ----------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This version beside another one of the same thing, the older one first."""
        version = self._viewable(request, pk)
        others = list(self._peers(version).exclude(pk=pk).order_by("-version"))
        other = _compared_with(request.GET.get("with", ""), version, others)
        context: dict[str, Any] = {
            "title": _("What is different in %(version)s") % {"version": version},
            "others": others,
            "other": other,
        }
        if other:
            old, new = sorted((version, other), key=lambda one: one.version)
            context |= {"old": old, "new": new, "differences": self.differences(old, new)}
        return self._page(request, version, "differences", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What people would get, once this version is published."""
        raise NotImplementedError

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Above what was changed: the versions, each with what can be done with it."""
        version = self.get_object(request, object_id)
        more = {
            "versions": self._peers(version).order_by("-version") if version else [],
            "may_copy": self.has_copy_permission(request),
        }
        return super().history_view(request, object_id, more | (extra_context or {}))

    # --- Shared -----------------------------------------------------------------------------------

    def _peers(self, version: Version) -> Any:
        """Every version of the same thing, with what is shown of each."""
        return version.peers

    def _draft_beside(self, version: Version) -> Version | None:
        draft: Version | None = self._peers(version).drafts().exclude(pk=version.pk).first()
        return draft

    def _viewable(self, request: HttpRequest, pk: int | str) -> Version:
        version: Version | None = self.get_object(request, str(pk))
        if version is None:
            raise Http404(f"there is no {self.opts.verbose_name} {pk}")
        if not self.has_view_or_change_permission(request, version):
            raise PermissionDenied
        return version

    def _to(self, version: Version, page: str = "change") -> HttpResponseRedirect:
        return redirect(f"admin:operators_{self.opts.model_name}_{page}", version.pk)

    def _page(
        self,
        request: HttpRequest,
        version: Version,
        name: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": version,
            "media": self.media,
        }
        template = f"admin/operators/{self.folder}/{name}.html"
        return TemplateResponse(request, template, shared | context, status=status)


def _title_of_copy(version: Versioned) -> str:
    if version.status == Versioned.Status.RETIRED:
        return _("Restore %(version)s as a new draft") % {"version": version}
    return _("New draft from %(version)s") % {"version": version}


def _compared_with(asked: str, version: Version, others: list[Version]) -> Version | None:
    """The version that is asked for; else the published one, or the one before this."""
    published = (one for one in others if one.status == Versioned.Status.PUBLISHED)
    before = (one for one in others if one.version < version.version)
    chosen = next((one for one in others if str(one.version) == asked), None)
    return chosen or next(published, None) or next(before, None)
