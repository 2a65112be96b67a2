"""A link under which somebody else may read a case: the Ombudsman, or a friend who helps.

The address is signed with the id of the row. The row can be taken back, ends by itself, and knows
who opened it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case

if TYPE_CHECKING:
    from accounts.models import User


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self, at: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=at)


class ShareLink(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="share_links")
    reader = models.CharField(
        _("for whom"), max_length=100, help_text="As the person calls them: the Ombudsman, Li."
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("until"))
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ShareLinkQuerySet] = ShareLinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-made_at",)
        verbose_name = _("share link")
        verbose_name_plural = _("share links")

    def __str__(self) -> str:
        return self.reader

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at

    def revoke(self, *, by: User, at: datetime) -> None:
        """Nobody opens it any more. A second press changes nothing."""
        ShareLink.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])


class ShareView(models.Model):
    """That somebody opened a link: who they said they are, from where, and when."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="views")
    at = models.DateTimeField()
    name = models.CharField(_("who"), max_length=100, help_text="As the reader says.")
    network = models.CharField(
        max_length=50, help_text="The address without its last part: 203.0.113.0/24."
    )

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.name
