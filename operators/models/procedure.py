"""How to leave one operator: a procedure in versions. A published version is never edited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from operators.models.loading import load_claims
from operators.models.operator import Operator
from operators.models.translated import OTHER_LANGUAGES, SOURCE_LANGUAGE, Translated, column
from operators.models.versions import Versioned, VersionQuerySet

if TYPE_CHECKING:
    from operators.models.parts import Claim, Step


LANGUAGES = (SOURCE_LANGUAGE, *OTHER_LANGUAGES)


class Plan(models.TextChoices):
    POSTPAID = "postpaid", _("Subscription")
    PREPAID = "prepaid", _("Prepaid card")


class Problem(str):
    """A sentence about what stands against publishing, and the claim that it is about."""

    claim: Claim | None

    def __new__(cls, text: Any, claim: Claim | None = None) -> Self:
        problem = super().__new__(cls, text)
        problem.claim = claim
        return problem


class ProcedureQuerySet(VersionQuerySet["Procedure"]):
    _claims_wanted = False

    def with_claims(self) -> Self:
        """Everything that a page about a procedure shows, in six queries, see `loading.py`."""
        chosen = self.select_related("operator")
        chosen._claims_wanted = True
        return chosen

    def with_state(self) -> Self:
        """Adds what tells whether a page about them would show something else.

        What is published never changes, so that the versions themselves say most of it.
        """
        edited = Operator.history.filter(id=models.OuterRef("operator_id"))
        right = models.Q(operator__procedures__reports__matched=True)
        return self.annotate(
            operator_edited=models.Subquery(
                edited.order_by("-history_id").values("history_id")[:1]
            ),
            tests=models.Count("operator__procedures__reports", filter=right),
            last_test=models.Max("operator__procedures__reports", filter=right),
        )

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._claims_wanted = self._claims_wanted
        return clone  # type: ignore[no-any-return]

    def _fetch_all(self) -> None:
        fresh = self._result_cache is None
        super()._fetch_all()
        if fresh and self._claims_wanted and self._result_cache:
            load_claims(self._result_cache)


class Procedure(Versioned, Translated):
    """How to leave one operator with one kind of plan. Versions: draft, published, retired."""

    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="procedures", verbose_name=_("operator")
    )
    plan = models.CharField(_("plan"), max_length=10, choices=Plan.choices)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Versioned.Status.choices,
        default=Versioned.Status.DRAFT,
        editable=False,
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
    final_bill_after = models.PositiveSmallIntegerField(
        _("days until the last bill"),
        default=35,
        validators=[MinValueValidator(1), MaxValueValidator(180)],
        help_text=_("Calendar days after the end, until we ask whether the last bill is right."),
    )
    no_more_bills_after = models.PositiveSmallIntegerField(
        _("days until nothing is billed"),
        default=65,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_(
            "Calendar days after the end, until we ask whether nothing is billed any more."
        ),
    )
    revision = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Counts the saves of a draft, so that two editors cannot overwrite each other.",
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

    # No columns: `with_state()` sets them.
    operator_edited: int | None
    tests: int
    last_test: int | None

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

    def get_absolute_url(self) -> str:
        return reverse("operators:procedure", args=[self.operator.slug, self.plan])

    @property
    def peers(self) -> ProcedureQuerySet:
        """Every version for this operator and plan, this one too."""
        return Procedure.objects.filter(operator=self.operator, plan=self.plan)

    @property
    def state(self) -> tuple[object, ...]:
        """Differs whenever a page about this version would show something else."""
        return self.pk, self.published_at, self.operator_edited, self.tests, self.last_test

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

    def problems(self) -> list[Problem]:
        """What stands against publishing, one sentence each."""
        claims = [
            claim
            for part in (self.steps, self.channels, self.materials, self.facts)
            for claim in part.prefetch_related("sources")
        ]
        kinds = {claim._meta.model_name for claim in claims}
        found = [
            Problem(sentence)
            for kind, sentence in (
                ("step", _("There is no step.")),
                ("channel", _("There is no channel.")),
            )
            if kind not in kinds
        ]
        for claim in claims:
            found += [Problem(sentence, claim) for sentence in claim.problems()]
        return found

    @transaction.atomic
    def new_draft(self, *, reason: str = "") -> Procedure:
        """A copy of this version with all that hangs on it, to be edited and published.

        Of an old version it brings back what people read then.
        Raises ValidationError if this operator and plan have a draft already.
        """
        number = self._number_of_copy()
        draft = Procedure(operator=self.operator, plan=self.plan, version=number)
        for name in self._kept_by_a_copy():
            setattr(draft, name, getattr(self, name))
        draft.because(reason)
        draft.save()
        sources = {old.pk: old.copy_to(draft) for old in self.sources.all()}
        for claim in self.claims():
            copy = claim.copy_to(draft)
            copy.sources.set(sources[source.pk] for source in claim.sources.all())
        return draft

    @classmethod
    def _kept_by_a_copy(cls) -> list[str]:
        # Each language has its column; under its plain name a text would be the reader's.
        texts = [column(field, code) for field in cls.translated_fields() for code in LANGUAGES]
        days = ["confirm_after", "final_bill_after", "no_more_bills_after"]
        return [*texts, "translated_from", *days]
