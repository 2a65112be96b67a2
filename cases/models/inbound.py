"""Mail that came in. Stored first, as it came; matched with a case second."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.evidence import Evidence


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def unmatched(self) -> Self:
        """Not looked at yet, or for no case that we know."""
        return self.filter(evidence=None)


class InboundMail(models.Model):
    """One mail for one of our addresses. A mail to two cases is two rows.

    The row stays when the mail is filed, so that a second copy is known; its bytes then lie with
    the evidence and not here.
    """

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
