"""What kind of file somebody brings, told by its bytes; its name is never asked."""

from __future__ import annotations

import re
import unicodedata
from email.parser import BytesHeaderParser
from pathlib import PurePath

import filetype
from django.utils.translation import gettext as _

from cases.errors import RefusedFile

# What a download ends in, by type. Nothing else is kept.
EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "message/rfc822": ".eml",
    "text/plain": ".txt",
}
IMAGES = frozenset(kind for kind in EXTENSIONS if kind.startswith("image/"))
# Every signature is in the first bytes; the header of a mail may carry pages of stamps before it
# says who it is from.
HEAD_BYTES = 64 * 1024
MAIL_HEADERS = {"from", "to", "date", "subject", "message-id", "received"}
CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
MARKUP = re.compile(
    rb"^\s*(\xef\xbb\xbf)?\s*(<|#!)|<(html|script|svg|iframe|body)\b", re.IGNORECASE
)
PAGE_IN_A_PDF = re.compile(rb"<(!doctype|html|script|svg|iframe|body)\b", re.IGNORECASE)
SNIFFED_BY_BROWSERS = 1024  # bytes that decide, where a browser guesses what a file is
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
ARCHIVES = {"application/zip", "application/gzip", "application/x-7z-compressed"} | {
    "application/x-rar-compressed",
    "application/vnd.rar",
    "application/x-tar",
    "application/x-bzip2",
    "application/x-xz",
}
NAME_LENGTH = 120
# Names that Windows keeps for devices, whatever stands behind the dot.
DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)


def sniff(head: bytes) -> str:
    """The media type of a file that begins with these bytes.

    Raises RefusedFile for everything that we do not keep.
    """
    kind = "image/heic" if _is_heif(head) else filetype.guess_mime(head)
    if kind in IMAGES or (kind == "application/pdf" and _is_pdf(head)):
        return str(kind)
    if kind is None and head == head.translate(None, CONTROL_BYTES):
        if _is_mail(head):
            return "message/rfc822"
        if not MARKUP.search(head):
            return "text/plain"
    raise RefusedFile(_reason(kind, head))


def _is_heif(head: bytes) -> bool:
    """Whether these bytes begin a picture as new phones take it; video and AVIF begin alike."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def _is_pdf(head: bytes) -> bool:
    """Whether these bytes begin a PDF and nothing else: a file can be a page, too."""
    beginning = head[:SNIFFED_BY_BROWSERS]
    return head.startswith(b"%PDF-") and not PAGE_IN_A_PDF.search(beginning)


def _is_mail(head: bytes) -> bool:
    """Whether these bytes begin with the header of a mail: three of its usual lines at least."""
    headers = BytesHeaderParser().parsebytes(head)
    return len(MAIL_HEADERS & {name.lower() for name, _value in headers.items()}) >= 3


def _reason(kind: str | None, head: bytes) -> str:
    """Why a file is not kept, and what the person can do instead."""
    if kind in ARCHIVES or head.startswith(b"PK"):
        return _(
            "This is an archive or a document of an office program. Take the files out of the"
            " archive, or save the document as a PDF."
        )
    if MARKUP.search(head) or PAGE_IN_A_PDF.search(head[:SNIFFED_BY_BROWSERS]):
        return _(
            "This is a web page or a drawing, which can run programs. Print it as a PDF, or take a"
            " screenshot."
        )
    return _("This is not a PDF, JPEG, PNG, HEIC, WebP, EML or TXT file, whatever its name says.")


def clean_name(name: str, content_type: str) -> str:
    """The uploaded name as a harmless label: no folders, no control characters, true ending."""
    stem = PurePath(name.replace("\\", "/")).stem
    letters = (c for c in stem if unicodedata.category(c)[0] not in "CZ" or c == " ")
    label = re.sub(r"[\"<>|:*?/]+", "", "".join(letters)).strip(" .")[:NAME_LENGTH]
    return DEVICES.sub(r"_\1", label or "file") + EXTENSIONS[content_type]
