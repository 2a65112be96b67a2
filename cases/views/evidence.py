"""The vault: what a case has stored, new files, and a stored file for its owner.

A file is handed out as a download and never as a page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from redis.exceptions import RedisError

from cases import evidence, forms, schedule, vault
from cases.errors import AlreadyFiled, CaseError, RefusedFile
from cases.evidence_form import RefileForm, VaultForm
from cases.models import Case, Evidence
from cases.views.case import act, mine
from simexit.lib.http import UserRequest

logger = logging.getLogger(__name__)

RATE = "evidence"  # in ACCOUNT_RATE_LIMITS: allauth counts it, file by file
TOO_OFTEN = gettext_lazy(
    "You stored many files in a short time. Please wait a few minutes and try again."
)
FROM_THE_VAULT = "vault"  # in the field `next`; without it the page of the case is answered with
IMAGE, JSON = "image/jpeg", "application/json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one uploaded file. refusal: a sentence; empty where it is stored.

    known: it was there already.
    """

    name: str
    kept: Evidence | None = None
    known: bool = False
    refusal: str = ""

    def as_json(self) -> dict[str, Any]:
        told = {"name": self.name, "stored": self.kept is not None, "sentence": self.sentence}
        return told | ({"url": self.kept.get_absolute_url()} if self.kept else {})

    @property
    def sentence(self) -> str:
        if self.kept is None:
            return self.refusal
        return _("It was there already.") if self.known else _("Stored.")


# --- The vault ------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@mine
def vault_page(request: UserRequest, case: Case) -> HttpResponse:
    """What is stored, and the form for more. Answers with the same page, JSON, or the case."""
    if request.method != "POST":
        return _show(request, case)
    if request.get_preferred_type(["text/html", JSON]) == JSON:
        return _answer_script(request, case)
    if request.POST.get("next") == FROM_THE_VAULT:
        return _answer_page(request, case)
    return _answer_case(request, case)


def _answer_case(request: UserRequest, case: Case) -> HttpResponse:
    """The small form on the page of the case takes one file."""

    def verb(data: dict[str, Any]) -> None:
        count(request)
        evidence.store(
            case, data["file"], proves=data["proves"], by=request.user, at=timezone.now()
        )

    return act(request, case, forms.EvidenceForm, verb, _("Stored. Nobody but you can open it."))


def _answer_page(request: UserRequest, case: Case) -> HttpResponse:
    """Each file is stored on its own; what was typed stays only where none could be."""
    form, outcomes = _store_all(request, case)
    refused = [one for one in outcomes if one.kept is None]
    stored = [one.name for one in outcomes if one.kept and not one.known]
    known = [one.name for one in outcomes if one.known]
    if len(refused) == len(outcomes):
        for one in refused:
            form.add_error("file", f"{one.name}: {one.refusal}")
        return _show(request, case, form=form, status=422)
    if stored:
        told = ngettext(
            "Stored: %(names)s. Nobody but you can open it.",
            "Stored: %(names)s. Nobody but you can open them.",
            len(stored),
        )
        messages.success(request, told % {"names": ", ".join(stored)})
    if known:
        told = _("It was there already: %(names)s.")
        messages.info(request, told % {"names": ", ".join(known)})
    for one in refused:
        told = _("Not stored: %(name)s. %(reason)s")
        messages.error(request, told % {"name": one.name, "reason": one.refusal})
    return redirect("cases:evidence", case.reference)


def _answer_script(request: UserRequest, case: Case) -> HttpResponse:
    form, outcomes = _store_all(request, case)
    answer = {
        "files": [one.as_json() for one in outcomes],
        "errors": {name: [str(text) for text in texts] for name, texts in form.errors.items()},
    }
    stored = any(one.kept for one in outcomes)
    return JsonResponse(answer, status=200 if stored else 422)


def _store_all(request: UserRequest, case: Case) -> tuple[VaultForm, list[Outcome]]:
    """The form, and what became of each file; of none where the form is wrong."""
    now = timezone.now()
    form = VaultForm(request.POST, request.FILES, case=case, today=schedule.today(now))
    if not form.is_valid():
        return form, []
    said = dict(form.cleaned_data)
    uploads = said.pop("file")
    return form, [_store(request, case, upload, said, at=now) for upload in uploads]


def _store(
    request: UserRequest,
    case: Case,
    upload: UploadedFile[bytes],
    said: dict[str, Any],
    *,
    at: datetime,
) -> Outcome:
    name = upload.name or ""
    try:
        count(request)
        kept = evidence.store(case, upload, **said, by=request.user, at=at)
    except RefusedFile as error:
        return Outcome(name, refusal=str(error))
    return Outcome(name, kept, known=kept.uploaded_at != at)


def count(request: UserRequest) -> None:
    """One more file of this person. Raises RefusedFile where there were many a moment ago.

    Where the cache is away nobody counts: a receipt can't wait, and a person has so much room and
    no more.
    """
    try:
        counted = ratelimit.consume(request, action=RATE)
    except RedisError as error:
        logger.warning("The cache is away, files are not counted: %s", error)
        return
    if not counted:
        raise RefusedFile(TOO_OFTEN)


def _show(
    request: UserRequest, case: Case, *, form: VaultForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    kept = list(case.evidence.kept())
    form = form or VaultForm(case=case, today=schedule.today(now))
    if request.GET.get("proves") in Evidence.Proves.values:
        form.initial["proves"] = request.GET["proves"]
    groups = [
        (proves, [file for file in kept if file.proves == proves]) for proves in Evidence.Proves
    ]
    context = {
        "case": case,
        "form": form,
        "count": len(kept),
        "groups": [(proves, files) for proves, files in groups if files],
        "removed": case.evidence.removed().order_by("-removed_at"),
        "used": evidence.space_used(case.owner),
        "limit": settings.EVIDENCE_MAX_BYTES_PER_PERSON,
        "limit_each": settings.EVIDENCE_MAX_BYTES,
        "from_the_vault": FROM_THE_VAULT,
    }
    return render(request, "cases/evidence/vault.html", context, status=status)


# --- One file, afterwards -------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@mine
def move(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    """What it proves, of which day, and a note; and from here it is thrown away."""
    kept, now = get_object_or_404(case.evidence.kept(), pk=pk), timezone.now()
    data = request.POST if request.method == "POST" else None
    form = RefileForm(data, case=case, today=schedule.today(now), evidence=kept)
    if form.is_valid():
        try:
            vault.refile(case, pk, **form.cleaned_data, by=request.user, at=now)
        except AlreadyFiled as error:
            form.add_error("proves", str(error))
        except CaseError as error:
            messages.error(request, str(error))
            return redirect("cases:evidence", case.reference)
        else:
            messages.success(request, _("Noted."))
            return redirect("cases:evidence", case.reference)
    context = {"case": case, "file": kept, "form": form}
    status = 422 if data is not None else 200
    return render(request, "cases/evidence/move.html", context, status=status)


@require_POST
@mine
def throw_away(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    def verb() -> None:
        vault.throw_away(case, pk, by=request.user, at=timezone.now())

    return _change(request, case, pk, verb, _("Thrown away. For 30 days you can take it back."))


@require_POST
@mine
def take_back(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    def verb() -> None:
        vault.take_back(case, pk, by=request.user, at=timezone.now())

    return _change(request, case, pk, verb, _("Taken back. It proves again what it did."))


def _change(
    request: UserRequest, case: Case, pk: UUID, verb: Callable[[], None], done: str
) -> HttpResponse:
    get_object_or_404(case.evidence, pk=pk)
    try:
        verb()
    except CaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("cases:evidence", case.reference)


# --- Handing out ----------------------------------------------------------------------------------


@require_safe
@mine
def download(request: UserRequest, case: Case, pk: UUID) -> HttpResponseBase:
    kept = get_object_or_404(case.evidence.kept(), pk=pk)
    return handed_out(kept.file, name=kept.name, content_type=kept.content_type)


@require_safe
@mine
def preview(request: UserRequest, case: Case, pk: UUID) -> HttpResponseBase:
    """A small JPEG of an image, for the list."""
    kept = get_object_or_404(case.evidence.kept(), pk=pk)
    if not kept.preview:
        raise Http404(f"{kept.pk} is no image")
    return handed_out(kept.preview, name="preview.jpg", content_type=IMAGE)


def handed_out(file: FieldFile, *, name: str, content_type: str) -> FileResponse:
    """A file as a download. The caller has looked whose it is."""
    response = FileResponse(
        file.open("rb"), as_attachment=True, filename=name, content_type=content_type
    )
    # Whatever the bytes turn out to be, no browser runs them on our address, and no other site
    # shows them or measures them.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
