"""What is kept in versions: drafts are edited, one version is published, older ones are retired.

The columns stand in each model, in the order in which people read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from operators.models.reason import Explained

Version = TypeVar("Version", bound=models.Model)


class NotPublishable(Exception):
    """This version can't be published; the text says why and may be shown."""


class VersionQuerySet(models.QuerySet[Version]):
    def published(self) -> Self:
        return self.filter(status=Versioned.Status.PUBLISHED)

    def drafts(self) -> Self:
        return self.filter(status=Versioned.Status.DRAFT)

    def lock(self) -> None:
        """Nobody else edits, copies or publishes these until the transaction ends.

        On SQLite the transaction itself does that: there is one writer at a time.
        """
        rows = self.order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))


class Versioned(Explained):
    """A row that is one version of something. A published version is never edited."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    version: models.PositiveIntegerField[Any, Any]
    status: models.CharField[Any, Any]
    revision: models.PositiveIntegerField[Any, Any]
    change_reason: models.CharField[Any, Any]
    history: ClassVar[Any]
    objects: ClassVar[VersionQuerySet[Any]]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def refuse_unless_draft(self) -> None:
        """Raises ValidationError where a published or retired version would be changed."""
        if self.pk and not type(self).objects.drafts().filter(pk=self.pk).exists():
            raise ValidationError(
                _("A published version is never changed. Make a new draft instead."),
                code="published",
            )

    @property
    def is_draft(self) -> bool:
        return bool(self.status == self.Status.DRAFT)

    @property
    def peers(self) -> VersionQuerySet[Any]:
        """Every version of the same thing, this one too."""
        raise NotImplementedError

    def problems(self) -> Sequence[str]:
        """What stands against publishing, one sentence each."""
        raise NotImplementedError

    @transaction.atomic
    def publish(self, *, by: models.Model | None, at: datetime, reason: str = "") -> None:
        """This draft becomes what people get; the version before it is retired.

        Raises NotPublishable if it is no draft any more, or if `problems()` finds something.
        """
        self.peers.lock()  # who is editing this draft finishes first
        retired = list(self.peers.published())
        if problems := self.problems():
            raise NotPublishable(" ".join(problems))
        self.peers.published().update(status=self.Status.RETIRED)
        changed = (
            self.peers.drafts()
            .filter(pk=self.pk)
            .update(
                status=self.Status.PUBLISHED,
                published_at=at,
                published_by=by,
                change_reason=reason or self.change_reason,
            )
        )
        if not changed:
            raise NotPublishable(str(_("This version is no draft any more.")))
        for version in [self, *retired]:
            version.refresh_from_db()
        self._record_in_history([self], by=by, at=at, reason=reason)
        successor = str(_("Version %(version)s was published.") % {"version": self.version})
        self._record_in_history(retired, by=by, at=at, reason=successor)

    @classmethod
    def _record_in_history(
        cls, versions: list[Self], *, by: models.Model | None, at: datetime, reason: str
    ) -> None:
        """`update()` sends no signal, so the history of a publication is written here."""
        cls.history.bulk_history_create(
            versions,
            update=True,
            default_user=by,
            default_date=at,
            default_change_reason=reason or None,
        )

    def new_draft(self, *, reason: str = "") -> Self:
        """A copy of this version with all that hangs on it, to be edited and published.

        Of an old version it brings back what people got then.
        Raises ValidationError if there is a draft already.
        """
        raise NotImplementedError

    def _number_of_copy(self) -> int:
        """Locks the versions: of two who copy one at once, the second finds the draft of the first.

        Raises ValidationError if there is a draft already.
        """
        self.peers.lock()
        if self.peers.drafts().exists():
            raise ValidationError(_("There is a draft already. Edit that one."), code="draft")
        latest: int = self.peers.aggregate(version=models.Max("version"))["version"]
        return latest + 1
