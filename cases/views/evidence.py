"""Hands a stored file to its owner, as a download and never as a page."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cases.models import Case
from simexit.lib.http import UserRequest


@require_safe
@login_required
def download(request: UserRequest, reference: str, pk: UUID) -> HttpResponseBase:
    case = get_object_or_404(Case.objects.visible_to(request.user), reference=reference)
    evidence = get_object_or_404(case.evidence.kept(), pk=pk)
    return handed_out(evidence.file, name=evidence.name, content_type=evidence.content_type)


def handed_out(file: FieldFile, *, name: str, content_type: str) -> FileResponse:
    """A file as a download. The caller has looked whose it is."""
    response = FileResponse(
        file.open("rb"), as_attachment=True, filename=name, content_type=content_type
    )
    # Whatever the bytes turn out to be, no browser runs them on our address.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
