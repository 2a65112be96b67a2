"""Files that prove something: accepted, prepared, and filed in a case.

The type comes from the bytes. What could run in a browser is not on the list at all, and nothing
is ever served except as a download to the owner.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from cases import file_types, files, images, mail_header, messages, virus_scan
from cases.errors import RefusedFile
from cases.mail_header import Header
from cases.models import Case, CaseEvent, Evidence, Letter
from cases.models.planning import sync

FOLDER = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A file that passed every check and lies in the store. No row holds it yet: see `file`.

    size: bytes, as stored. content, preview: names in the store.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    original_sha256: str
    content: str
    preview: str = ""
    header: Header | None = None  # of a mail


def check(upload: UploadedFile[bytes]) -> str:
    """The media type of an upload that may be kept. Raises RefusedFile with the reason."""
    if not upload.size:
        raise RefusedFile(_("This file is empty."))
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        raise RefusedFile(
            _("This file has %(size)s. At most %(limit)s fit: take a smaller picture or a PDF.")
            % {
                "size": filesizeformat(upload.size),
                "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES),
            }
        )
    upload.seek(0)
    content_type = file_types.sniff(upload.read(file_types.HEAD_BYTES))
    upload.seek(0)
    return content_type


def store(
    case: Case,
    upload: UploadedFile[bytes],
    *,
    proves: str,
    letter: Letter | None = None,
    day: date | None = None,
    note: str = "",
    is_mail: bool = False,
    by: User,
    at: datetime,
) -> Evidence:
    """Keeps the file for this case; the same file for the same purpose is kept once.

    is_mail: a mail server brought it, so that there is no need to look what it is.

    Call it outside of any transaction; who needs one calls `accept` before it and `file` in it.
    Raises RefusedFile with the reason for what is not kept.
    """
    accepted = accept(upload, is_mail=is_mail, owner=case.owner, at=at)
    return file(case, accepted, proves=proves, letter=letter, day=day, note=note, by=by, at=at)


def accept(
    upload: UploadedFile[bytes], *, is_mail: bool = False, owner: User, at: datetime
) -> Accepted:
    """Looks at a file, writes an image anew, and puts it into the store.

    Waits for the scanner and for the store, so it belongs outside of any transaction.
    Raises RefusedFile for what is empty, too large, of no kind that we keep, damaged or infected,
    and where the owner's space is full.
    """
    content_type = mail_header.MAIL if is_mail else check(upload)
    refuse_above_limit(owner, upload.size or 0)
    virus_scan.scan(upload)
    original_sha256, size = _sha256(upload), upload.size or 0
    name = upload.name or ""
    if content_type not in file_types.IMAGES:
        return Accepted(
            name=file_types.clean_name(name, content_type),
            content_type=content_type,
            size=size,
            sha256=original_sha256,
            original_sha256=original_sha256,
            header=messages.header_of(upload, content_type),
            content=files.write(upload, folder=FOLDER, at=at),
        )
    with images.rewritten(upload, at_most=settings.EVIDENCE_MAX_BYTES) as image:
        return Accepted(
            name=file_types.clean_name(name, image.content_type),
            content_type=image.content_type,
            size=image.content.size,
            sha256=_sha256(image.content),
            original_sha256=original_sha256,
            preview=files.write(image.preview, folder=FOLDER, at=at),
            content=files.write(image.content, folder=FOLDER, at=at),
        )


def _sha256(content: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def space_used(owner: User) -> int:
    """Bytes of all files of a person, with those thrown away that can still be taken back."""
    stored = Evidence.objects.filter(case__owner=owner).aggregate(bytes=Sum("size"))
    return stored["bytes"] or 0


def refuse_above_limit(owner: User, more: int) -> None:
    """more: bytes that are to be added. Raises RefusedFile where they don't fit any more."""
    used, limit = space_used(owner), settings.EVIDENCE_MAX_BYTES_PER_PERSON
    if used + more > limit:
        raise RefusedFile(
            _(
                "You have stored %(used)s of %(limit)s, and this file has %(size)s. Throw away"
                " files that you do not need: their space is free after 30 days."
            )
            % {
                "used": filesizeformat(used),
                "limit": filesizeformat(limit),
                "size": filesizeformat(more),
            }
        )


@transaction.atomic
def file(
    case: Case,
    accepted: Accepted,
    *,
    proves: str,
    letter: Letter | None = None,
    day: date | None = None,
    note: str = "",
    by: User,
    at: datetime,
) -> Evidence:
    """Gives an accepted file its row in the case, or finds the same one that is there already.

    letter: the one of this case that the file belongs to. day: of what it shows, in Belgium.

    Raises RefusedFile where another file was faster and the owner's space is full now.
    """
    case.hold()
    same = case.evidence.kept().filter(original_sha256=accepted.original_sha256, proves=proves)
    kept = same.first()
    if kept:
        files.discard(accepted.content, accepted.preview, at=at)
    else:
        kept = _keep(case, accepted, proves=proves, day=day, note=note, by=by, at=at)
    if letter:
        attach(kept, letter)
    return kept


def attach(kept: Evidence, letter: Letter) -> None:
    """Lays a file of the case to one of its letters. One that lies with another stays there."""
    free = Evidence.objects.filter(pk=kept.pk, case=letter.case_id, letter=None)
    if free.update(letter=letter):
        kept.letter = letter


def _keep(
    case: Case,
    accepted: Accepted,
    *,
    proves: str,
    day: date | None,
    note: str,
    by: User,
    at: datetime,
) -> Evidence:
    # Two files at once, in two cases of one person, wait for each other here.
    User.objects.select_for_update(no_key=True).get(pk=case.owner_id)
    refuse_above_limit(case.owner, accepted.size)
    files.claim(*filter(None, (accepted.content, accepted.preview)), at=at)
    evidence = Evidence.objects.create(
        case=case,
        proves=proves,
        day=day,
        note=note,
        file=accepted.content,
        preview=accepted.preview,
        name=accepted.name,
        content_type=accepted.content_type,
        size=accepted.size,
        sha256=accepted.sha256,
        original_sha256=accepted.original_sha256,
        uploaded_by=by,
        uploaded_at=at,
    )
    messages.record(evidence, accepted.header)
    CaseEvent.objects.create(
        case=case,
        kind=CaseEvent.Kind.FILED,
        actor=by,
        at=at,
        before=case.status,
        after=case.status,
        note=f"{evidence.name} · {accepted.sha256}",
    )
    sync(case, at=at)
    return evidence
