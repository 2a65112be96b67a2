"""What a procedure consists of: steps, channels, materials, facts; and the sources of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from operators.models import rules
from operators.models.procedure import Procedure
from operators.models.reason import Explained
from operators.models.translated import Translated


class Tier(models.TextChoices):
    """How well a claim is known, best first; the order of `RANK`."""

    TESTED = "tested", _("tested by people who left")
    READ = "read", _("read in the source")
    UNVERIFIED = "unverified", _("not verified")


STALE_AFTER = timedelta(days=180)
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


CONTACT_RULES: dict[str, Callable[[str], None]] = {
    ChannelKind.HOTLINE: rules.phone_number,
    ChannelKind.WEB_FORM: rules.https_address,
    ChannelKind.EMAIL: rules.email_address,
}
CONTACT_LOOKS: dict[str, str] = {
    ChannelKind.HOTLINE: rules.NUMBER,
    ChannelKind.WEB_FORM: rules.HTTPS,
    ChannelKind.EMAIL: rules.EMAIL,
}


class PartOfProcedure(Explained):
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
        # Under its plain name a translated text is the reader's; each language has its column.
        plain: list[str] = self.translated_fields() if isinstance(self, Translated) else []
        values = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if not field.primary_key and field.name not in plain
        }
        copy = type(self)(**values | {"procedure_id": draft.pk})
        copy.because(draft.reason)
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

    def clean(self) -> None:
        super().clean()
        try:
            rules.web_address(str(self.url))
        except ValidationError as error:
            raise ValidationError({"url": error}) from error

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Takes itself off each claim first, so that the claim's history shows it."""
        self.procedure.refuse_unless_draft()
        for claim in self.procedure.claims():
            if self in claim.sources.all():
                claim.because(self.reason)
                claim.sources.remove(self)
        return super().delete(*args, **kwargs)


class Claim(PartOfProcedure, Translated):
    """Something we tell people about an operator."""

    _history_m2m_fields = ("sources",)
    must_have_a_source = False

    position = models.PositiveSmallIntegerField(_("place"), default=0)
    sources = models.ManyToManyField(
        Source, blank=True, related_name="+", verbose_name=_("sources")
    )

    class Meta:
        abstract = True
        ordering = ("position", "pk")

    def problems(self) -> Iterator[str]:
        """What stands against publishing it, one sentence each."""
        if self.must_have_a_source and not self.sources.all():
            yield _("“%(claim)s” has no source.") % {"claim": self}
        try:
            self.clean()
        except ValidationError as error:
            for message in error.messages:
                yield _("“%(claim)s”: %(problem)s") % {"claim": self, "problem": message}

    @property
    def tier(self) -> Tier:
        """The best tier among the sources; without a source a claim is unverified."""
        tiers = {source.tier for source in self.sources.all()}
        return next((tier for tier in RANK if tier in tiers), Tier.UNVERIFIED)

    @property
    def checked_on(self) -> date | None:
        """The last day on which a source was read; None without a source."""
        return max((source.checked_on for source in self.sources.all()), default=None)

    def is_stale(self, today: date) -> bool:
        """Whether nobody has looked for so long that it may have changed. today: in Belgium."""
        return self.checked_on is not None and self.checked_on < today - STALE_AFTER


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

    must_have_a_source = True

    Kind = ChannelKind

    # No columns: `Report.objects.tests_of()` sets them.
    tested_by: int = 0
    tested_on: date | None = None

    kind = models.CharField(_("kind"), max_length=15, choices=ChannelKind.choices)
    value = models.CharField(
        _("number, address or page"),
        max_length=300,
        blank=True,
        help_text=_("Empty where the way exists and its address is not known."),
    )
    hours = models.CharField(_("hours"), max_length=120, blank=True)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    instructions = models.TextField(
        _("how it goes"),
        blank=True,
        help_text=_("What to open, press and fill in, as a numbered list. Markdown."),
    )
    say = models.TextField(_("what to say or write"), blank=True, help_text=_("Markdown."))
    bring = models.TextField(_("what to have at hand"), blank=True, help_text=_("Markdown."))
    expect = models.TextField(
        _("what to expect"),
        blank=True,
        help_text=_("Which answer comes, and by when. Markdown."),
    )

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
    def tier(self) -> Tier:
        return Tier.TESTED if self.tested_by else super().tier

    @property
    def checked_on(self) -> date | None:
        """The last day on which a source was read or somebody left by this channel."""
        days = [day for day in (super().checked_on, self.tested_on) if day]
        return max(days, default=None)

    def clean(self) -> None:
        super().clean()
        if not self.value:
            return
        try:
            # As text: a file of the catalogue may hold anything here, and is told so elsewhere.
            CONTACT_RULES.get(str(self.kind), rules.one_line)(str(self.value))
        except ValidationError as error:
            raise ValidationError({"value": error}) from error

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

    must_have_a_source = True

    class Topic(models.TextChoices):
        END_DATE = "end_date", _("End date and notice")
        COST = "cost", _("What it costs")
        CONFIRMATION = "confirmation", _("How it is confirmed")
        CREDIT = "credit", _("Prepaid credit")
        FINAL_BILL = "final_bill", _("The last bill")
        PAUSE = "pause", _("Pausing instead")
        LEGAL = "legal", _("What the law gives you everywhere")
        NETWORK = "network", _("Network and company")
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
