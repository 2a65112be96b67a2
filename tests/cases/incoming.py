"""Mails that come in: real-looking ones from files, and how they get into a case."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from cases import inbound
from cases.models import Case, Evidence, InboundMail
from tests.factories import NOW

DOMAIN = "in.simexit.test"
FOLDER = Path(__file__).parent / "eml"
# In the manner of operators' replies, in four languages; several of them broken as real ones are.
FILES = sorted(FOLDER.glob("*.eml"))
OPERATOR = "service@operator.example"


def raw(name: str) -> bytes:
    """One of the files by the beginning of its name: `raw("05")`."""
    return next(file for file in FILES if file.name.startswith(name)).read_bytes()


def address(case: Case) -> str:
    return f"{inbound.PREFIX}{case.mail_key}@{DOMAIN}"


def receive(
    content: bytes, *recipients: str, sender: str = OPERATOR, at: datetime = NOW
) -> list[InboundMail]:
    """What a mail server brings. Stored, and not looked at yet."""
    return inbound.accept(content, sender=sender, recipients=recipients, at=at)


def make_mail(case: Case, content: bytes = b"", *, at: datetime = NOW) -> Evidence:
    """A mail that came in and lies in the case; the page asks what it is."""
    content = content or raw("05")
    mail = InboundMail.objects.create(
        recipient=address(case),
        sender=OPERATOR,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        raw=content,
        received_at=at,
    )
    inbound.match(mail, at=at)
    return Evidence.objects.get(inbound=mail)
