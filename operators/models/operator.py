"""The brands that a person can leave."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from operators.models.reason import Explained
from operators.models.translated import Translated

PUBLISHED = models.Q(procedures__status="published")


class OperatorQuerySet(models.QuerySet["Operator"]):
    def with_checked_day(self) -> Self:
        """Adds `checked_on`, the latest day a published procedure was checked; None without one."""
        # An aggregate drops the order of Meta, so it is named again.
        return self.annotate(
            checked_on=models.Max("procedures__sources__checked_on", filter=PUBLISHED)
        ).order_by("position", "name")

    def for_plan(self, plan: str) -> Self:
        """Those with published steps for this plan."""
        return self.filter(PUBLISHED, procedures__plan=plan)

    def guide_state(self) -> dict[str, Any]:
        """Differs whenever a list of these would show something else. One query.

        What is published never changes, so that its number and the last moment say it all; every
        edit of an operator is in the history.
        """
        edited = Operator.history.order_by("-history_id").values("history_id")[:1]
        return self.aggregate(
            published=models.Count("procedures", filter=PUBLISHED),
            newest=models.Max("procedures__published_at", filter=PUBLISHED),
            edited=models.Max(models.Subquery(edited)),
        )


class Network(models.TextChoices):
    """Whose masts a brand's customers use."""

    PROXIMUS = "proximus", "Proximus"
    ORANGE = "orange", "Orange"
    TELENET = "telenet", "Telenet / BASE"
    DIGI = "digi", "DIGI"


class Operator(Explained, Translated):  # type: ignore[django-manager-missing]  # `procedures`: a later module
    """A brand that sells mobile lines in Belgium, or did."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ABSORBED = "absorbed", _("being taken over")
        DEFUNCT = "defunct", _("no longer exists")
        UNKNOWN = "unknown", _("not known")

    slug = models.SlugField(_("name in addresses"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    legal_name = models.CharField(
        _("company"),
        max_length=200,
        blank=True,
        help_text=_("The company behind the brand, as it belongs in a letter."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.UNKNOWN
    )
    state_note = models.TextField(_("remark on the state"), blank=True)
    state_source_url = models.URLField(_("where the state was read"), max_length=500, blank=True)
    state_checked_on = models.DateField(_("state checked on"), null=True, blank=True)
    network = models.CharField(
        _("network"),
        max_length=10,
        choices=Network.choices,
        blank=True,
        help_text=_("Empty where no source names it. The fact with the source is in a procedure."),
    )
    aliases = models.TextField(
        _("other names"),
        blank=True,
        help_text=_(
            "What people type who look for this brand: older names, misspellings, names in other"
            " scripts. Separated by commas; never shown."
        ),
    )
    position = models.PositiveSmallIntegerField(_("place in lists"), default=100)
    checked_on: date | None  # no column; set by `with_checked_day()`

    history = HistoricalRecords()
    objects: ClassVar[OperatorQuerySet] = OperatorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("operator")
        verbose_name_plural = _("operators")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operators:detail", args=[self.slug])
