"""What happened to a case, in order. Events are added and never changed; with the mails that left
they are the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseEventQuerySet(models.QuerySet["CaseEvent"]):
    def undoable_since(self, moment: datetime) -> Self:
        """Presses of the person that changed something, are recent, and still stand."""
        return self.filter(
            kind__in=CaseEvent.UNDOABLE, at__gte=moment, undone_by__isnull=True
        ).order_by("-pk")


class CaseEvent(models.Model):
    class Kind(models.TextChoices):
        OPENED = "opened", _("Case opened")
        MOVED = "moved", _("Moved on")
        ANSWERED = "answered", _("Answered")
        UNDONE = "undone", _("Undone")
        NOTED = "noted", _("Note")
        FILED = "filed", _("Evidence stored")
        SNOOZED = "snoozed", _("Asked to be reminded later")
        STOPPED = "stopped", _("Reminders stopped")
        RESUMED = "resumed", _("Reminders switched on again")
        LETTER = "letter", _("Letter sent")
        SWITCHED = "switched", _("Switched to newer steps")
        STAYED = "stayed", _("Kept the steps")
        REFILED = "refiled", _("Evidence filed under something else")
        REMOVED = "removed", _("Evidence thrown away")
        RESTORED = "restored", _("Evidence taken back")
        CAME_IN = "came_in", _("Mail came in")
        CHECKED = "checked", _("Checked")
        SHARED = "shared", _("Shared by a link")
        UNSHARED = "unshared", _("Link taken back")
        KEPT = "kept", _("Kept for longer")

    UNDOABLE = (Kind.MOVED, Kind.ANSWERED, Kind.SWITCHED, Kind.STAYED)

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Empty where the clock did it.",
    )
    at = models.DateTimeField()
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    facts = models.JSONField(
        default=dict,
        help_text="What changed besides the status: {column: [before, after]}, dates ISO.",
    )
    note = models.TextField(blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, related_name="undone_by"
    )

    objects: ClassVar[CaseEventQuerySet] = CaseEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("case", "-id"), name="timeline_of_a_case")]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.before}→{self.after}"
