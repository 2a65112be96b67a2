"""A mail among the evidence: what its header says. The bytes are the evidence's file."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.evidence import Evidence


class MessageQuerySet(models.QuerySet["Message"]):
    def to_settle(self) -> Self:
        """Came in, is kept, and the person has not said yet what it is."""
        return self.filter(came_in=True, settled_at=None, evidence__removed_at=None)

    def counted(self, case: models.OuterRef) -> models.Subquery:
        """How many of these there are in each case of a list, without a query for each."""
        rows = self.filter(evidence__case=case).order_by().values("evidence__case")
        return models.Subquery(rows.annotate(count=models.Count("pk")).values("count"))


class Message(models.Model):
    evidence = models.OneToOneField(Evidence, on_delete=models.CASCADE, related_name="message")
    # As the header says it: a sender can write anything there.
    sender = models.CharField(_("from"), max_length=500, blank=True)
    recipients = models.TextField(_("to"), blank=True, help_text="To and Cc.")
    sent_at = models.DateTimeField(_("date"), null=True)
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    message_id = models.CharField(max_length=998, blank=True, help_text="RFC 5322: of one line.")
    text = models.TextField(_("text"), blank=True, help_text="The beginning, as plain text.")
    attachments = models.JSONField(
        default=list,
        help_text="Of each {name, content_type, size in bytes, sha256}. They lie in the mail. Of a"
        " mail in this mail also {sender, sent_at, subject}.",
    )
    automatic = models.BooleanField(default=False, help_text="It says that a machine answered.")
    came_in = models.BooleanField(default=False, help_text="Sent to the address of the case.")
    settled_at = models.DateTimeField(
        null=True, help_text="When the person said what it is; empty: the case page asks."
    )

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return self.subject
