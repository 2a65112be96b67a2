"""Why a row is changed: asked for by whoever changes it, kept in the history."""

from __future__ import annotations

from django.db import models

REASON_LENGTH = 100  # characters; the column of the history of a part


class Explained(models.Model):
    """A row whose history says why it was changed."""

    reason = ""

    class Meta:
        abstract = True

    def because(self, reason: str) -> None:
        """The reason for the changes that are saved from here on."""
        self.reason = reason[:REASON_LENGTH]
        # The name under which simple-history looks for it.
        self._change_reason = self.reason or None
