"""What operators demand of a person who leaves: procedures in versions, each claim with its source.

Nothing here knows about cases. A published procedure is never edited: a change is a new version,
and who follows the old one keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Plan(models.TextChoices):
    POSTPAID = "postpaid", _("Subscription")
    PREPAID = "prepaid", _("Prepaid card")


class Tier(models.TextChoices):
    """How well a claim is known, best first; the order of `RANK`."""

    TESTED = "tested", _("tested by people who left")
    READ = "read", _("read in the source")
    UNVERIFIED = "unverified", _("not verified")


RANK = [Tier.TESTED, Tier.READ, Tier.UNVERIFIED]


class ChannelKind(models.TextChoices):
    """The ways to reach an operator. A case records the one that was used."""

    HOTLINE = "hotline", _("Hotline")
    ONLINE_ACCOUNT = "online_account", _("Online account")
    WEB_FORM = "web_form", _("Online form")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    SHOP = "shop", _("Shop")
    LETTER = "letter", _("Letter")


class NotPublishable(Exception):
    """This procedure can't be published; the text says why and may be shown."""


class OperatorQuerySet(models.QuerySet["Operator"]):
    def with_checked_day(self) -> Self:
        """Adds `checked_on`, the latest day a published procedure was checked; None without one."""
        published = models.Q(procedures__status=Procedure.Status.PUBLISHED)
        # An aggregate drops the order of Meta, so it is named again.
        return self.annotate(
            checked_on=models.Max("procedures__sources__checked_on", filter=published)
        ).order_by("position", "name")


class Operator(models.Model):
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


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    def published(self) -> Self:
        return self.filter(status=Procedure.Status.PUBLISHED)

    def drafts(self) -> Self:
        return self.filter(status=Procedure.Status.DRAFT)

    def lock(self) -> None:
        """Nobody else edits, copies or publishes these until the transaction ends.

        On SQLite the transaction itself does that: there is one writer at a time.
        """
        rows = self.order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))

    def with_claims(self) -> Self:
        """Everything that a page about a procedure shows, in a fixed number of queries."""
        return self.select_related("operator").prefetch_related(
            "steps__sources", "channels__sources", "materials__sources", "facts__sources"
        )


class Procedure(models.Model):
    """How to leave one operator with one kind of plan. Versions: draft, published, retired."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="procedures", verbose_name=_("operator")
    )
    plan = models.CharField(_("plan"), max_length=10, choices=Plan.choices)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    summary = models.TextField(_("in short"), blank=True, help_text=_("Markdown."))
    confirm_after = models.PositiveSmallIntegerField(
        _("days until we ask"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_(
            "Belgian working days after sending, until we ask whether the operator confirmed."
        ),
    )
    catalogue_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="SHA-256 of the catalogue entry this version was made from; empty if by hand.",
    )
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )
    change_reason = models.CharField(_("reason for this version"), max_length=300, blank=True)

    # As long as `change_reason`: PostgreSQL refuses what does not fit.
    history = HistoricalRecords(
        history_change_reason_field=models.CharField(max_length=300, null=True)
    )
    objects: ClassVar[ProcedureQuerySet] = ProcedureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("operator", "plan", "-version")
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        permissions = (("publish_procedure", "Can publish a procedure"),)
        constraints = [
            models.UniqueConstraint(
                fields=("operator", "plan", "version"), name="one_procedure_per_version"
            ),
            models.UniqueConstraint(
                fields=("operator", "plan"),
                condition=models.Q(status="published"),
                name="one_published_procedure_per_plan",
            ),
            models.UniqueConstraint(
                fields=("operator", "plan"),
                condition=models.Q(status="draft"),
                name="one_draft_procedure_per_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(published_at__isnull=False),
                name="published_procedure_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator} · {self.get_plan_display()} · {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_unless_draft()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("operators:procedure", args=[self.operator.slug, self.plan])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def refuse_unless_draft(self) -> None:
        """Raises ValidationError where a published or retired version would be changed."""
        if self.pk and not Procedure.objects.drafts().filter(pk=self.pk).exists():
            raise ValidationError(
                _("A published version is never changed. Make a new draft instead."),
                code="published",
            )

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def checked_on(self) -> date | None:
        """The latest day on which one of the sources was read."""
        return max((source.checked_on for source in self.sources.all()), default=None)

    def steps_for(self, goal: str) -> list[Step]:
        """The steps of a person who wants to `end` the line or `port` the number, in order."""
        return [step for step in self.steps.all() if step.goal in ("any", goal)]

    def claims(self) -> Iterable[Claim]:
        for claims in (self.steps, self.channels, self.materials, self.facts):
            yield from claims.all()

    def problems(self) -> list[str]:
        """What stands against publishing, one sentence each."""
        found = []
        if not self.steps.exists():
            found.append(str(_("There is no step.")))
        if not self.channels.exists():
            found.append(str(_("There is no channel.")))
        told = [
            *self.channels.prefetch_related("sources"),
            *self.facts.prefetch_related("sources"),
        ]
        for claim in told:
            if not claim.sources.all():
                found.append(
                    _("“%(claim)s” has no source.") % {"claim": claim},
                )
        return found

    @transaction.atomic
    def publish(self, *, by: models.Model | None, at: datetime, reason: str = "") -> None:
        """This draft becomes what people see; the version before it is retired, cases keep it.

        Raises NotPublishable if it is no draft any more, or if `problems()` finds something.
        """
        peers = Procedure.objects.filter(operator=self.operator, plan=self.plan)
        peers.lock()  # who is editing this draft finishes first
        retired = list(peers.published())
        if problems := self.problems():
            raise NotPublishable(" ".join(problems))
        peers.published().update(status=self.Status.RETIRED)
        changed = (
            peers.drafts()
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
        for procedure in [self, *retired]:
            procedure.refresh_from_db()
        _record_in_history([self], by=by, at=at, reason=reason)
        successor = str(_("Version %(version)s was published.") % {"version": self.version})
        _record_in_history(retired, by=by, at=at, reason=successor)

    @transaction.atomic
    def new_draft(self) -> Procedure:
        """A copy of this version with all that hangs on it, to be edited and published.

        Raises ValidationError if this operator and plan have a draft already.
        """
        peers = Procedure.objects.filter(operator=self.operator, plan=self.plan)
        peers.lock()  # of two who copy it at once, the second finds the draft of the first
        if peers.drafts().exists():
            raise ValidationError(_("There is a draft already. Edit that one."), code="draft")
        latest = peers.aggregate(version=models.Max("version"))["version"]
        draft = Procedure.objects.create(
            operator=self.operator,
            plan=self.plan,
            version=latest + 1,
            summary=self.summary,
            confirm_after=self.confirm_after,
        )
        sources = {old.pk: old.copy_to(draft) for old in self.sources.all()}
        for claim in self.claims():
            copy = claim.copy_to(draft)
            copy.sources.set(sources[source.pk] for source in claim.sources.all())
        return draft


def _record_in_history(
    procedures: list[Procedure], *, by: models.Model | None, at: datetime, reason: str
) -> None:
    """`update()` sends no signal, so the history of a publication is written here."""
    Procedure.history.bulk_history_create(
        procedures,
        update=True,
        default_user=by,
        default_date=at,
        default_change_reason=reason or None,
    )


class PartOfProcedure(models.Model):
    """A row that belongs to one version of a procedure, and is as fixed as that version."""

    procedure = models.ForeignKey(
        Procedure,
        on_delete=models.CASCADE,
        related_name="%(class)ss",
        verbose_name=_("procedure"),
    )
    key = models.SlugField(
        _("key"), help_text=_("Stays the same from version to version, so that ticks survive.")
    )
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.procedure.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.procedure.refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def copy_to(self, draft: Procedure) -> Self:
        """The same row for another version; without its sources, which are rows there too."""
        values = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key
        }
        copy = type(self)(**values | {"procedure_id": draft.pk})
        copy.save()
        return copy


class Source(PartOfProcedure):
    """Where a claim was seen, and on which day we looked."""

    class Kind(models.TextChoices):
        OPERATOR = "operator", _("the operator")
        REGULATOR = "regulator", _("the regulator")
        LAW = "law", _("the law")
        OMBUDSMAN = "ombudsman", _("the Ombudsman")
        GOVERNMENT = "government", _("the government")
        PRESS = "press", _("the press")
        THIRD_PARTY = "third_party", _("a third party")

    url = models.URLField(_("address"), max_length=500)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("published by"), max_length=12, choices=Kind.choices)
    published = models.CharField(
        _("date of the source"), max_length=60, blank=True, help_text=_("As printed there.")
    )
    checked_on = models.DateField(_("checked on"))
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices, default=Tier.READ)
    note = models.TextField(_("remark"), blank=True)

    class Meta:
        ordering = ("key",)
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.UniqueConstraint(
                fields=("procedure", "key"), name="one_source_per_key_and_procedure"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Takes itself off each claim first, so that the claim's history shows it."""
        self.procedure.refuse_unless_draft()
        for claim in self.procedure.claims():
            if self in claim.sources.all():
                claim.sources.remove(self)
        return super().delete(*args, **kwargs)


class Claim(PartOfProcedure):
    """Something we tell people about an operator."""

    _history_m2m_fields = ("sources",)

    position = models.PositiveSmallIntegerField(_("place"), default=0)
    sources = models.ManyToManyField(
        Source, blank=True, related_name="+", verbose_name=_("sources")
    )

    class Meta:
        abstract = True
        ordering = ("position", "pk")

    @property
    def tier(self) -> Tier:
        """The best tier among the sources; without a source a claim is unverified."""
        tiers = {source.tier for source in self.sources.all()}
        return next((tier for tier in RANK if tier in tiers), Tier.UNVERIFIED)

    @property
    def checked_on(self) -> date | None:
        return max((source.checked_on for source in self.sources.all()), default=None)


class Step(Claim):
    """One thing to do, with a tick box in the case."""

    class Kind(models.TextChoices):
        LINE = "line", _("line active, nothing owed")
        LOGINS = "logins", _("what hangs on the number")
        BACKUP = "backup", _("contacts, texts and voicemail")
        CREDIT = "credit", _("credit")
        COSTS = "costs", _("what it will cost")
        DOCUMENTS = "documents", _("documents")
        PORTING = "porting", _("moving the number")
        CHANNEL = "channel", _("choice of channel")
        OTHER = "other", _("other")

    class Goal(models.TextChoices):
        ANY = "any", _("everybody")
        END = "end", _("who ends the line")
        PORT = "port", _("who keeps the number")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OTHER)
    goal = models.CharField(_("for"), max_length=5, choices=Goal.choices, default=Goal.ANY)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown."))
    special = models.TextField(_("special at this operator"), blank=True, help_text=_("Markdown."))

    class Meta(Claim.Meta):
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(
                fields=("procedure", "key"), name="one_step_per_key_and_procedure"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Channel(Claim):
    """A way to reach the operator: a number, an address, a page."""

    Kind = ChannelKind

    kind = models.CharField(_("kind"), max_length=15, choices=ChannelKind.choices)
    value = models.CharField(
        _("number, address or page"),
        max_length=300,
        blank=True,
        help_text=_("Empty where the way exists and its address is not known."),
    )
    hours = models.CharField(_("hours"), max_length=120, blank=True)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    instructions = models.TextField(_("how it goes"), blank=True, help_text=_("Markdown."))

    class Meta(Claim.Meta):
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(
                fields=("procedure", "key"), name="one_channel_per_key_and_procedure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}".strip()

    @property
    def href(self) -> str:
        """The address to open from this channel: a page, a phone call, a mail; else empty."""
        if self.value.startswith("https://"):
            return self.value
        if self.kind == ChannelKind.EMAIL:
            return f"mailto:{self.value}"
        if self.kind == ChannelKind.HOTLINE and re.fullmatch(r"\+?[\d ]+", self.value):
            return f"tel:{self.value.replace(' ', '')}"
        return ""


class Material(Claim):
    """Something to have at hand: a number, a document, a login."""

    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("remark"), blank=True)

    class Meta(Claim.Meta):
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [
            models.UniqueConstraint(
                fields=("procedure", "key"), name="one_material_per_key_and_procedure"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Fact(Claim):
    """A rule or a warning: what it costs, when it ends, how it is confirmed."""

    class Topic(models.TextChoices):
        END_DATE = "end_date", _("End date and notice")
        COST = "cost", _("What it costs")
        CONFIRMATION = "confirmation", _("How it is confirmed")
        CREDIT = "credit", _("Prepaid credit")
        FINAL_BILL = "final_bill", _("The last bill")
        PAUSE = "pause", _("Pausing instead")
        LEGAL = "legal", _("What the law gives you everywhere")
        WARNING = "warning", _("What went wrong for others")

    topic = models.CharField(_("topic"), max_length=12, choices=Topic.choices)
    text = models.TextField(_("text"), help_text=_("Markdown."))

    class Meta(Claim.Meta):
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        constraints = [
            models.UniqueConstraint(
                fields=("procedure", "key"), name="one_fact_per_key_and_procedure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.text[:60]}"
