"""Mail that came in. Stored first, as it came; matched with a case second."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.evidence import Evidence


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def unmatched(self) -> Self:
        """In no case: not looked at yet, refused, or for no case that we know."""
        return self.filter(evidence=None)

    def waiting(self) -> Self:
        """Not looked at yet."""
        return self.unmatched().filter(error="")

    def unknown(self) -> Self:
        """For no case that we know. Of nobody, so the administrators may look."""
        return self.unmatched().filter(case=None).exclude(error="")

    def refused(self) -> Self:
        """For a case that could not take it."""
        return self.unmatched().exclude(case=None).exclude(error="")

    def lapsed(self, at: datetime) -> Self:
        """In no case for so long that it goes."""
        return self.unmatched().filter(received_at__lte=at - InboundMail.UNMATCHED_LASTS)


class InboundMail(models.Model):
    """One mail for one of our addresses. A mail to two cases is two rows.

    The row stays when the mail is filed, so that a second copy is known; its bytes then lie with
    the evidence and not here.
    """

    UNMATCHED_LASTS = timedelta(days=30)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.CharField(
        _("to"), max_length=320, help_text="Our address as the envelope says it, in small letters."
    )
    sender = models.CharField(_("from"), max_length=320, blank=True, help_text="Of the envelope.")
    sha256 = models.CharField(max_length=64, help_text="Of the raw mail.")
    size = models.PositiveIntegerField(help_text="Bytes.")
    raw = models.BinaryField(help_text="The mail as it came; empty once it is filed.")
    received_at = models.DateTimeField(_("received"))
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, null=True, related_name="inbound"
    )
    evidence = models.OneToOneField(
        Evidence, on_delete=models.CASCADE, null=True, related_name="inbound"
    )
    error = models.CharField(
        max_length=300, blank=True, help_text="Why it could not be filed; a sentence."
    )

    objects: ClassVar[InboundMailQuerySet] = InboundMailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-received_at",)
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        constraints = [
            models.UniqueConstraint(fields=("sha256", "recipient"), name="one_copy_of_a_mail")
        ]
        indexes = [
            models.Index(
                fields=("received_at",),
                condition=models.Q(evidence=None),
                name="mails_to_be_matched",
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient} · {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def goes_at(self) -> datetime:
        """When it is deleted, unless a case takes it before."""
        return self.received_at + self.UNMATCHED_LASTS
