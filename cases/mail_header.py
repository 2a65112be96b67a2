"""What a mail says of itself: who, to whom, when, about what, and what lies in it.

Anybody writes these mails, and much of what arrives is broken. So the parts are found here, with a
bound on their depth and number: the parser of the library follows every nesting, for minutes if
somebody wants it to. It is asked for single headers only. Nothing of the HTML is ever rendered.
"""

from __future__ import annotations

import binascii
import codecs
import hashlib
import html
import quopri
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final, TypeVar

T = TypeVar("T")

MAIL: Final = "message/rfc822"
TEXT_LENGTH: Final = 4000  # letters of the text that are kept; the rest lies in the file
TEXT_BYTES: Final = 200_000  # of a part that is looked at for that text
INTRODUCTION_LENGTH: Final = 1000  # letters above a mail that lies in this one
HEADER_BYTES: Final = 64 * 1024
LINE_LENGTH: Final = 8000  # letters of one header
NAME_LENGTH: Final = 200
DEPTH: Final = 8  # parts in parts; five are seen in real mails
PARTS: Final = 100
YEARS: Final = range(1980, 2100)

BLANK_LINE: Final = re.compile(rb"(?:\A|\r?\n)[ \t]*\r?\n")
# A comment to its end, a declaration, or one tag. No tag reaches over the next "<": so the search
# takes no longer than the page is long.
TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>|<(/?)([a-z][a-z0-9]*)[^<>]*>", re.IGNORECASE | re.DOTALL
)
END_A_LINE: Final = {"br", "p", "div", "tr", "li", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
NOT_TEXT: Final = {"script", "style", "title", "template"}
BASE64: Final = (string.ascii_letters + string.digits + "+/").encode()
NO_BASE64: Final = bytes(set(range(256)) - set(BASE64))
# What senders name and what they mean: the wider alphabet shows the letters of the narrow one too.
WIDER: Final = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
NO_ALPHABET: Final = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is not the text. size: bytes, decoded; sha256: of those.

    The last three are of a mail that lies in this one: what a person forwards as a file.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    sender: str = ""
    sent_at: datetime | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a mail says of itself, which need not be true. Texts are free of control characters."""

    sender: str = ""
    recipients: str = ""
    sent_at: datetime | None = None
    subject: str = ""
    message_id: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A mail or a part of one, split into its header and the bytes below it."""

    header: Message
    body: bytes

    @property
    def content_type(self) -> str:
        return _safely(self.header.get_content_type, "text/plain")[:100]

    @property
    def name(self) -> str:
        return _clean_line(_safely(lambda: self.header.get_filename(""), "") or "")[:NAME_LENGTH]

    @property
    def is_attached(self) -> bool:
        return _safely(self.header.get_content_disposition, None) == "attachment"

    @property
    def is_text(self) -> bool:
        readable = self.content_type in ("text/plain", "text/html")
        return readable and not self.is_attached and not self.name

    def line(self, name: str) -> str:
        """The header of this name as one line of text; empty where there is none."""
        return _line(next(iter(self.lines(name)), ""))

    def lines(self, name: str) -> list[str]:
        """Every header of this name, as it came: bytes that are no ASCII are escaped."""
        return [str(value) for key, value in self.header.raw_items() if key.lower() == name]

    def content(self) -> bytes:
        """The body as it was before it was packed for the road."""
        packing = self.line("content-transfer-encoding").lower()
        if packing == "base64":
            return _from_base64(self.body)
        return quopri.decodestring(self.body) if packing == "quoted-printable" else self.body

    def text(self) -> str:
        """The beginning of a readable part, as plain text."""
        # Packed text is longer: base64 by a third, quoted-printable up to three times.
        short = Part(self.header, self.body[: 3 * TEXT_BYTES])
        charset = _safely(lambda: str(self.header.get_content_charset("")), "")
        text = _decoded(short.content()[:TEXT_BYTES], charset)
        return _clean_text(_without_tags(text) if self.content_type == "text/html" else text)


def read(raw: bytes) -> Header:
    """The header of a mail, its text and its attachments. Raises nothing, whatever it is given."""
    mail = _split(raw)
    parts = list(_leaves(mail))
    inside = [_split(part.content()) for part in parts if part.content_type == MAIL]
    text = _text(parts)
    if inside:
        below = _text(list(_leaves(inside[0])))
        text = f"{text[:INTRODUCTION_LENGTH].rstrip()}\n\n{below}".strip()
    return Header(
        sender=mail.line("from"),
        recipients=", ".join(filter(None, [mail.line("to"), mail.line("cc")])),
        sent_at=_sent_at(mail),
        subject=mail.line("subject"),
        message_id=mail.line("message-id"),
        text=text[:TEXT_LENGTH],
        attachments=tuple(_attachment(part) for part in parts if not part.is_text),
        automatic=_is_automatic(mail),
    )


def shown(raw: bytes) -> str:
    """The lines of the header as plain text, for somebody who looks where a mail came from."""
    border = BLANK_LINE.search(raw, 0, HEADER_BYTES)
    return _clean_text(raw[: border.start() if border else HEADER_BYTES].decode(errors="replace"))


def _split(raw: bytes) -> Part:
    """Header and body. Without a blank line all is header."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    border = BLANK_LINE.search(raw, 0, HEADER_BYTES)
    head, body = (raw[: border.start()], raw[border.end() :]) if border else (raw, b"")
    return Part(BytesHeaderParser().parsebytes(head[:HEADER_BYTES]), body)


def _leaves(mail: Part) -> Iterator[Part]:
    """The parts that hold something, in their order; not those that only hold parts."""
    waiting, seen = [(mail, 0)], 0
    while waiting and seen < PARTS:
        part, depth = waiting.pop()
        boundary = _safely(part.header.get_boundary, None)
        if part.content_type.startswith("multipart/") and boundary and depth < DEPTH:
            inner = [(_split(piece), depth + 1) for piece in _pieces(part.body, boundary)]
            waiting += reversed(inner)
        else:
            seen += 1
            yield part


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the lines that begin with the boundary; a last one may be missing."""
    name = re.escape(
        boundary.encode("ascii", "surrogateescape" if boundary.isascii() else "replace")
    )
    lines = re.compile(rb"(?:\A|\r?\n)--" + name + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    pieces: list[bytes] = []
    start = None
    for line in lines.finditer(body):
        if start is not None:
            pieces.append(_below(body[start : line.start()]))
        start = line.end()
        if line.group(1) or len(pieces) >= PARTS:
            return pieces
    return pieces if start is None else [*pieces, _below(body[start:])]


def _below(piece: bytes) -> bytes:
    """Without the end of the line on which the boundary stood."""
    return piece.removeprefix(b"\r").removeprefix(b"\n")


def _text(parts: list[Part]) -> str:
    """The text that a person would read: the plain one, or what is left of the HTML one."""
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.is_text and part.content_type == wanted and (text := part.text()):
                return text[:TEXT_LENGTH]
    return ""


def _attachment(part: Part) -> Attachment:
    content = part.content()
    mail = _split(content if part.content_type == MAIL else b"")
    return Attachment(
        name=part.name,
        content_type=_clean_line(part.content_type),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sender=mail.line("from"),
        sent_at=_sent_at(mail),
        subject=mail.line("subject"),
    )


def _sent_at(mail: Part) -> datetime | None:
    """The Date; None where it is missing, or cannot be meant."""
    moment = _safely(lambda: parsedate_to_datetime(mail.line("date")), None)
    if moment is None or moment.year not in YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_automatic(mail: Part) -> bool:
    """Whether a machine answered: RFC 3834, and what was usual before it."""
    submitted = mail.line("auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if mail.line("x-autoreply") or mail.line("x-autorespond"):
        return True
    return mail.line("precedence").lower() in ("auto_reply", "bulk", "junk")


# --- Texts ----------------------------------------------------------------------------------------


def _line(raw: str) -> str:
    """A header as one line: unfolded, its words decoded."""
    escaped = raw[:LINE_LENGTH].encode("utf-8", "surrogateescape")
    text = re.sub(r"\s+", " ", _decoded(escaped, "utf-8"))
    words = _safely(lambda: decode_header(text), [(text, None)])
    return _clean_line("".join(_word(word, charset) for word, charset in words))


def _word(word: bytes | str, charset: str | None) -> str:
    if isinstance(word, str):
        return word
    if charset is None:  # between the encoded ones, as the library keeps them
        return word.decode("raw-unicode-escape", "replace")
    return _decoded(word, charset)


def _decoded(content: bytes, charset: str) -> str:
    """These bytes as text. What is named is tried, then what is usual; nothing is refused."""
    known = _safely(lambda: codecs.lookup(charset).name, "ascii")
    named = WIDER.get(known, known)
    # Nobody writes by chance what reads as UTF-8: many name the wrong alphabet, out of habit.
    first = ["utf-8", named] if named == "cp1252" else [named, "utf-8"]
    for name in first:
        text = None if name in NO_ALPHABET else _safely(partial(_strictly, content, name), None)
        if text is not None:
            return text
    return content.decode("cp1252", "replace")


def _strictly(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        if error.start < len(content) - 4:
            raise
        return content[: error.start].decode(charset)  # cut in the middle of its last letter


def _without_tags(markup: str) -> str:
    """The words of an HTML page. No more is promised: what is left may still look like HTML."""
    words, shown_from, hidden_by = [], 0, ""
    for tag in TAG.finditer(markup):
        closes, name = tag.group(1), (tag.group(2) or "").lower()
        if not hidden_by:
            words.append(re.sub(r"\s+", " ", markup[shown_from : tag.start()]))
            words.append("\n" if name in END_A_LINE else "")
            hidden_by = name if name in NOT_TEXT and not closes else ""
        elif closes and name == hidden_by:
            hidden_by = ""
        shown_from = tag.end()
    words.append("" if hidden_by else markup[shown_from:])
    return html.unescape("".join(words))


def _clean_text(text: str) -> str:
    """Without what no person reads: control characters, outer spaces, heaps of empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    shown = "".join(letter for letter in text if letter in "\n\t" or _is_shown(letter))
    lines = "\n".join(line.strip() for line in shown.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _clean_line(text: str) -> str:
    shown = "".join(letter if _is_shown(letter) else " " for letter in text)
    return " ".join(shown.split())


def _is_shown(letter: str) -> bool:
    """Not a control character, half a letter, or one that turns the direction of reading."""
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs") or letter == "\u200d"


def _from_base64(packed: bytes) -> bytes:
    """What is in it, however damaged: what is no base64 is left out."""
    letters = packed.translate(None, NO_BASE64)
    whole = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _safely(ask: Callable[[], T], otherwise: T) -> T:
    """What the library answers. On garbage it raises nearly anything, and no garbage in a header
    may keep a mail from being kept."""
    try:
        return ask()
    except Exception:
        return otherwise
