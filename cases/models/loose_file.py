"""Names of files that no row holds: not yet, or not any more.

A database can take a change back and a store of files cannot. So a file is named here before it
is written, and its name goes in the transaction that gives it to a row. A file whose row goes is
named here in the same transaction. What stands here for longer than an upload may take is deleted
from the store: nothing that a person threw away, or that a crash left over, stays on a disk.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models


class LooseFileQuerySet(models.QuerySet["LooseFile"]):
    def lapsed(self, at: datetime) -> Self:
        """Those that may be deleted from the store."""
        return self.filter(delete_at__lte=at)


class LooseFile(models.Model):
    UPLOAD_LASTS = timedelta(hours=1)  # longer than any request, and than a mail takes to be read

    name = models.CharField(max_length=100, unique=True, help_text="In the default storage.")
    delete_at = models.DateTimeField(db_index=True)

    objects: ClassVar[LooseFileQuerySet] = LooseFileQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name
