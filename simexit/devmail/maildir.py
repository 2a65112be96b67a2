"""The folder of mails. A Maildir: web and workers write at once, and no reader sees half a mail."""

from __future__ import annotations

import mailbox
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage as OutgoingMessage
from django.core.mail.backends.base import BaseEmailBackend

SHOWN = 200  # mails; the folder keeps all of them


@dataclass(frozen=True, slots=True)
class Mail:
    key: str
    arrived: datetime
    message: EmailMessage

    def body(self, subtype: str) -> str | None:
        """The first part of this kind, `plain` or `html`; None when the mail has none."""
        part = self.message.get_body((subtype,))
        return part.get_content() if part else None


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[OutgoingMessage]) -> int:
        box = folder()
        for message in email_messages:
            box.add(message.message().as_bytes())
        return len(email_messages)


def folder() -> mailbox.Maildir:
    path = Path(settings.MAILBOX_DIR)
    path.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(path)


def newest() -> list[Mail]:
    """The mails of the folder, newest first."""
    files = sorted(_files().items(), key=lambda item: item[1].stat().st_mtime_ns, reverse=True)
    return [_read(key, path) for key, path in files[:SHOWN]]


def find(key: str) -> Mail | None:
    path = _files().get(key)
    return _read(key, path) if path else None


def _files() -> dict[str, Path]:
    root = Path(settings.MAILBOX_DIR)
    return {path.name: path for part in ("new", "cur") for path in root.glob(f"{part}/*")}


def _read(key: str, path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Mail(key, datetime.fromtimestamp(path.stat().st_mtime, UTC), message)
