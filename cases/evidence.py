"""Files that prove something: what we accept, how they are stored.

The type comes from the bytes. What could run in a browser is not on the list at all, and nothing
is ever served except as a download to the owner.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from email.parser import BytesHeaderParser
from pathlib import PurePath
from typing import TYPE_CHECKING

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from cases import mail_header, messages
from cases.errors import RefusedFile
from cases.mail_header import Header
from cases.models import Case, CaseEvent, Evidence, Letter
from cases.models.planning import sync

if TYPE_CHECKING:
    from accounts.models import User

# What a download ends in, by type. Nothing else is kept.
EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/heic": ".heic",
    "message/rfc822": ".eml",
    "text/plain": ".txt",
}
HEAD_BYTES = 8192  # enough for every signature, and for the header of a mail
MAIL_HEADERS = {"from", "to", "date", "subject", "message-id", "received"}
CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
MARKUP = re.compile(rb"^\s*(<|#!)|<(html|script|svg|iframe|body)\b", re.IGNORECASE)
NAME_LENGTH = 120


def sniff(head: bytes) -> str:
    """The media type of a file that begins with these bytes; its name is never asked.

    Raises RefusedFile for everything that we do not keep.
    """
    kind = filetype.guess_mime(head)
    if kind in EXTENSIONS:
        return str(kind)
    if kind is None and head == head.translate(None, CONTROL_BYTES):
        if _is_mail(head):
            return "message/rfc822"
        if not MARKUP.search(head):
            return "text/plain"
    raise RefusedFile(
        _("This is not a PDF, JPEG, PNG, HEIC, EML or TXT file, whatever its name says.")
    )


def _is_mail(head: bytes) -> bool:
    """Whether these bytes begin with the header of a mail: three of its usual lines at least."""
    headers = BytesHeaderParser().parsebytes(head)
    return len(MAIL_HEADERS & {name.lower() for name, _value in headers.items()}) >= 3


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
    content_type = sniff(upload.read(HEAD_BYTES))
    upload.seek(0)
    return content_type


def clean_name(name: str, content_type: str) -> str:
    """The uploaded name as a harmless label: no folders, no control characters, true ending."""
    stem = PurePath(name.replace("\\", "/")).stem
    letters = (c for c in stem if unicodedata.category(c)[0] not in "CZ" or c == " ")
    label = re.sub(r"[\"<>|:*?/]+", "", "".join(letters)).strip(" .")[:NAME_LENGTH]
    return (label or "file") + EXTENSIONS[content_type]


def store(
    case: Case,
    upload: UploadedFile[bytes],
    *,
    proves: str,
    letter: Letter | None = None,
    is_mail: bool = False,
    by: User,
    at: datetime,
) -> Evidence:
    """Keeps the file for this case; the same file for the same purpose is kept once.

    letter: the one of this case that the file belongs to. is_mail: a mail server brought it, so
    that there is no need to look what it is.

    Raises RefusedFile for an empty, too large or unknown kind of file.
    """
    content_type = mail_header.MAIL if is_mail else check(upload)
    header = messages.header_of(upload, content_type)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    with transaction.atomic():
        case.hold()
        kept = case.evidence.kept().filter(original_sha256=sha256, proves=proves).first()
        kept = kept or _keep(
            case, upload, content_type, sha256, header, proves=proves, by=by, at=at
        )
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
    upload: UploadedFile[bytes],
    content_type: str,
    sha256: str,
    header: Header | None,
    *,
    proves: str,
    by: User,
    at: datetime,
) -> Evidence:
    upload.seek(0)
    evidence = Evidence.objects.create(
        case=case,
        proves=proves,
        file=upload,
        name=clean_name(upload.name or "", content_type),
        content_type=content_type,
        size=upload.size or 0,
        sha256=sha256,
        original_sha256=sha256,
        uploaded_by=by,
        uploaded_at=at,
    )
    messages.record(evidence, header)
    CaseEvent.objects.create(
        case=case,
        kind=CaseEvent.Kind.FILED,
        actor=by,
        at=at,
        before=case.status,
        after=case.status,
        note=f"{evidence.name} · {sha256}",
    )
    sync(case, at=at)
    return evidence
