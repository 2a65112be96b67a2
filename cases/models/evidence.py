"""A file that proves something. The row knows what it is; the bytes lie under a random name."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def random_path(evidence: Evidence, filename: str) -> str:
    """Where the bytes go: nothing of the uploaded name, nothing that can be guessed."""
    token = secrets.token_hex(20)
    return f"evidence/{token[:2]}/{token}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def kept(self) -> Self:
        """What counts as proof: without what the person threw away."""
        return self.filter(removed_at=None)

    def removed(self) -> Self:
        """Thrown away, and still there to be taken back."""
        return self.filter(removed_at__isnull=False)

    def lapsed(self, at: datetime) -> Self:
        """Thrown away so long ago that it goes for good."""
        return self.filter(removed_at__lte=at - Evidence.REMOVAL_LASTS)


class Evidence(models.Model):
    REMOVAL_LASTS = timedelta(days=30)  # until then a person can take back what was thrown away

    class Proves(models.TextChoices):
        SENT = "sent", _("that it was sent")
        RECEIVED = "received", _("that the operator received it")
        CONFIRMED = "confirmed", _("that the operator confirmed in writing")
        LINE_DEAD = "line_dead", _("that the line is dead")
        FINAL_BILL = "final_bill", _("the last bill")
        STILL_BILLED = "still_billed", _("that they still bill")
        PAID = "paid", _("that you paid")
        OTHER = "other", _("something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="evidence")
    letter = models.ForeignKey(
        "cases.Letter",
        on_delete=models.SET_NULL,
        null=True,
        related_name="files",
        help_text="What it belongs to: the receipt of its sending, for one.",
    )
    proves = models.CharField(_("this proves"), max_length=12, choices=Proves.choices)
    day = models.DateField(_("day"), null=True, help_text="Of what it shows. In Belgium.")
    note = models.CharField(_("note"), max_length=300, blank=True)
    file = models.FileField(upload_to=random_path, max_length=100)
    preview = models.FileField(
        upload_to=random_path,
        max_length=100,
        blank=True,
        help_text="A small JPEG of an image; empty for what is no image.",
    )
    name = models.CharField(max_length=200, help_text="As the person called it, cleaned.")
    content_type = models.CharField(max_length=60, help_text="From the bytes, not from the name.")
    size = models.PositiveIntegerField(help_text="Bytes, as stored.")
    sha256 = models.CharField(max_length=64, help_text="Of what is stored.")
    original_sha256 = models.CharField(
        max_length=64, help_text="Of what was uploaded: an image is written anew without its place."
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, help_text="Thrown away; empty: it is kept.")

    objects: ClassVar[EvidenceQuerySet] = EvidenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("uploaded_at", "name")
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(
                fields=("case", "original_sha256", "proves"),
                condition=models.Q(removed_at=None),
                name="one_file_proves_a_thing_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cases:evidence-file", args=[self.case.reference, self.pk])

    @property
    def ending(self) -> str:
        """What kind of file it is, for a place too small for words: PDF, EML."""
        return self.name.rpartition(".")[2].upper()

    @property
    def gone_on(self) -> datetime | None:
        """When what was thrown away goes for good."""
        return self.removed_at and self.removed_at + self.REMOVAL_LASTS
