"""What people say about a claim of ours: that it was wrong, or, having left, that it was right.

Nobody's name or address is kept. What is wrong is work for the administrators; what was right makes
a channel *tested*.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from operators.models.parts import Channel
from operators.models.procedure import Procedure


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> Self:
        """What is wrong and nobody has dealt with, the oldest first."""
        return self.filter(status=Report.Status.OPEN).order_by("at", "pk")

    def tests_of(self, channels: models.QuerySet[Channel]) -> models.QuerySet[Channel]:
        """Adds `tested_by` and `tested_on` to channels: how many left by it as described, and when.

        A test belongs to the number or address that was used: a new version with the same one
        keeps it, another number starts at none.
        """
        right = self.filter(
            matched=True,
            origin=Report.Origin.CASE,
            part=Report.Part.CHANNEL,
            key=models.OuterRef("key"),
            value=models.OuterRef("value"),
            procedure__operator=models.OuterRef("procedure__operator"),
            procedure__plan=models.OuterRef("procedure__plan"),
        ).order_by()
        counted = right.values("key").annotate(count=models.Count("pk")).values("count")
        latest = right.values("key").annotate(latest=models.Max("on")).values("latest")
        tested = {  # declared on Channel, which the type checker would take for a clash
            "tested_by": models.functions.Coalesce(models.Subquery(counted), 0),
            "tested_on": models.Subquery(latest),
        }
        return channels.annotate(**tested)

    def say(
        self,
        procedure: Procedure,
        *,
        part: str,
        key: str,
        matched: bool,
        origin: str,
        on: date,
        at: datetime,
        text: str = "",
        language: str = "",
    ) -> Report:
        """Writes down what somebody found. What matched needs no work; what did not does.

        on: the day in Belgium on which it was found. Raises ValidationError for a key that the
        procedure does not have.
        """
        value = ""
        if part:
            claims = {
                claim.key: claim for claim in procedure.claims() if claim._meta.model_name == part
            }
            if key not in claims:
                raise ValidationError(_("This page has no such entry any more."))
            value = getattr(claims[key], "value", "")
        return self.create(
            procedure=procedure,
            part=part,
            key=key,
            value=value,
            matched=matched,
            origin=origin,
            on=on,
            at=at,
            text=text,
            language=language,
            status=Report.Status.DONE if matched else Report.Status.OPEN,
        )


class Report(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", _("to be looked at")
        DONE = "done", _("done")
        DECLINED = "declined", _("nothing to change")

    class Origin(models.TextChoices):
        READER = "reader", _("a reader of the page")
        CASE = "case", _("a person who left")

    class Part(models.TextChoices):
        STEP = "step", _("step")
        CHANNEL = "channel", _("channel")
        MATERIAL = "material", _("material")
        FACT = "fact", _("fact")

    TEXT_LENGTH = 1000

    procedure = models.ForeignKey(
        Procedure, on_delete=models.CASCADE, related_name="reports", verbose_name=_("procedure")
    )
    part = models.CharField(_("part"), max_length=8, choices=Part.choices, blank=True)
    key = models.SlugField(_("key"), blank=True, help_text=_("Empty: the page as a whole."))
    value = models.CharField(
        _("what stood there"), max_length=300, blank=True, help_text=_("The number or address.")
    )
    matched = models.BooleanField(_("matched"))
    origin = models.CharField(_("said by"), max_length=6, choices=Origin.choices)
    text = models.TextField(_("what they say"), max_length=TEXT_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    on = models.DateField(_("found on"), help_text=_("In Belgium."))
    at = models.DateTimeField(_("told at"))
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.OPEN
    )
    answer = models.CharField(_("what was done"), max_length=300, blank=True)
    handled_at = models.DateTimeField(_("handled at"), null=True, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("handled by"),
    )

    objects: ClassVar[ReportQuerySet] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            models.Index(
                fields=("at",), condition=models.Q(status="open"), name="reports_to_be_looked_at"
            ),
            models.Index(
                fields=("key", "value"),
                condition=models.Q(matched=True, origin="case"),
                name="tests_of_channels",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure}: {self.key}".rstrip(": ")

    def handle(self, status: str, *, answer: str, by: models.Model, at: datetime) -> None:
        """An administrator dealt with it, or found that there is nothing to change."""
        Report.objects.filter(pk=self.pk).update(
            status=status, answer=answer, handled_by=by, handled_at=at
        )
