"""Files in the store. Each is named in a row before it is written, and after its own row is gone:
see `cases/models/loose_file.py`. So a crash at any moment leaves no file that nobody knows of.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from cases.errors import RefusedFile
from cases.models import LooseFile


def write(content: File[Any], *, folder: str, at: datetime) -> str:
    """Writes a file under a name that can't be guessed, and returns that name.

    Nobody holds it yet: `claim` it in the transaction that gives the name to a row. To be safe
    against a crash, call this outside of any transaction.
    """
    token = secrets.token_hex(20)
    name = f"{folder}/{token[:2]}/{token}"
    LooseFile.objects.create(name=name, delete_at=at + LooseFile.UPLOAD_LASTS)
    stored = default_storage.save(name, content)
    assert stored == name  # nothing else is called so
    return name


def claim(*names: str, at: datetime) -> None:
    """A row holds these files from now on. Belongs into the transaction that writes that row.

    Raises RefusedFile where the upload took so long that they may be deleted any moment.
    """
    waiting = LooseFile.objects.filter(name__in=names, delete_at__gt=at)
    if waiting.delete()[0] != len(names):
        raise RefusedFile(_("This took too long. Please upload the file once more."))


def release(names: Iterable[str], *, at: datetime) -> None:
    """No row holds these files any more. Belongs into the transaction that takes the rows away."""
    rows = [LooseFile(name=name, delete_at=at) for name in names if name]
    LooseFile.objects.bulk_create(rows, ignore_conflicts=True)


def discard(*names: str, at: datetime) -> None:
    """Nobody will claim these files: they need not wait until an upload is too old."""
    LooseFile.objects.filter(name__in=names).update(delete_at=at)
    sweep_soon(at=at)


def sweep(*, at: datetime) -> int:
    """Deletes the files that no row holds; returns how many. Safe to run twice at once.

    A store that is away costs nothing but a later round: the names stay.
    """
    gone = 0
    for loose in LooseFile.objects.lapsed(at).order_by("pk").iterator():
        default_storage.delete(loose.name)
        loose.delete()
        gone += 1
    return gone


def sweep_soon(*, at: datetime) -> None:
    """Deletes what is due right after this transaction. Beat does it, too, within the hour."""
    transaction.on_commit(lambda: sweep(at=at), robust=True)
