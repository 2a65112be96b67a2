"""A file that proves something. The row knows what it is; the bytes lie under a random name."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def random_path(evidence: Evidence, filename: str) -> str:
    """Where the bytes go: nothing of the uploaded name, nothing that can be guessed."""
    token = secrets.token_hex(20)
    return f"evidence/{token[:2]}/{token}"


class Evidence(models.Model):
    class Proves(models.TextChoices):
        SENT = "sent", _("that it was sent")
        RECEIVED = "received", _("that the operator received it")
        CONFIRMED = "confirmed", _("that the operator confirmed in writing")
        LINE_DEAD = "line_dead", _("that the line is dead")
        FINAL_BILL = "final_bill", _("the last bill")
        STILL_BILLED = "still_billed", _("that they still bill")
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
    file = models.FileField(upload_to=random_path, max_length=100)
    name = models.CharField(max_length=200, help_text="As the person called it, cleaned.")
    content_type = models.CharField(max_length=60, help_text="From the bytes, not from the name.")
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ("uploaded_at", "name")
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(
                fields=("case", "sha256", "proves"), name="one_file_proves_a_thing_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cases:evidence-file", args=[self.case.reference, self.pk])
