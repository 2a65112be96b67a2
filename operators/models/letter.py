"""The texts of letters, in versions: one template for each kind, with a text in each language.

A published version is never edited: a change is a new version, and a letter that was sent keeps the
words it was sent with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from operators import letter_text
from operators.models.reason import Explained
from operators.models.versions import Versioned, VersionQuerySet


class LetterKind(models.TextChoices):
    CANCELLATION_POSTPAID = "cancellation_postpaid", _("Ending a subscription")
    CANCELLATION_PREPAID = "cancellation_prepaid", _("Ending a prepaid card")
    WITHDRAWAL = "withdrawal", _("Undoing a purchase within 14 days")
    FOLLOW_UP_CALL = "follow_up_call", _("After a call or a visit: what was said")
    SECOND_LETTER = "second_letter", _("Second letter: no confirmation came")
    COMPLAINT_NO_CONFIRMATION = "complaint_no_confirmation", _("Complaint: no confirmation came")
    COMPLAINT_STILL_BILLED = "complaint_still_billed", _("Complaint: still billed")
    COMPLAINT_FEE = "complaint_fee", _("Complaint: charged for leaving")
    COMPLAINT_RESIDUAL_VALUE = "complaint_residual_value", _("Complaint: value of the device")
    COMPLAINT_CREDIT = "complaint_credit", _("Complaint: credit not paid back")
    COMPLAINT_LATE_PORT = "complaint_late_port", _("Complaint: number moved late")
    REFUND_CREDIT = "refund_credit", _("Asking for prepaid credit after a move")
    OMBUDSMAN = "ombudsman", _("Complaint to the Ombudsman")
    PHONE_SCRIPT = "phone_script", _("On the phone: what to say")
    SHOP_SHEET = "shop_sheet", _("In the shop: what to ask")


class LetterTemplate(Versioned):
    """What a letter of one kind says. Versions: draft, published, retired."""

    kind = models.CharField(_("kind"), max_length=30, choices=LetterKind.choices)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Versioned.Status.choices,
        default=Versioned.Status.DRAFT,
        editable=False,
    )
    sources = models.JSONField(
        _("sources"),
        default=list,
        blank=True,
        help_text=_("Keys of the catalogue's sources for what the letter says of the law."),
    )
    revision = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Counts the saves of a draft, so that two editors cannot overwrite each other.",
    )
    catalogue_digest = models.CharField(max_length=64, blank=True, editable=False)
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

    history = HistoricalRecords(
        history_change_reason_field=models.CharField(max_length=300, null=True)
    )
    objects: ClassVar[VersionQuerySet[LetterTemplate]] = VersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("kind", "-version")
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        permissions = (("publish_lettertemplate", "Can publish a letter"),)
        constraints = [
            models.UniqueConstraint(fields=("kind", "version"), name="one_letter_per_version"),
            models.UniqueConstraint(
                fields=("kind",),
                condition=models.Q(status="published"),
                name="one_published_letter_per_kind",
            ),
            models.UniqueConstraint(
                fields=("kind",),
                condition=models.Q(status="draft"),
                name="one_draft_letter_per_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(published_at__isnull=False),
                name="published_letter_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.version}"

    @property
    def peers(self) -> VersionQuerySet[LetterTemplate]:
        """Every version of this kind, this one too."""
        return LetterTemplate.objects.filter(kind=self.kind)

    def text_in(self, language: str) -> LetterText:
        """Prefetch the texts. Raises LetterText.DoesNotExist for a language that is missing."""
        for text in self.texts.all():
            if text.language == language:
                return text
        raise LetterText.DoesNotExist(f"{self.kind} has no text in {language}")

    def problems(self) -> list[str]:
        """What stands against publishing, each with its language and place."""
        return [
            f"{language}: {problem}"
            for language, found in self.problems_by_language().items()
            for problem in found
        ]

    def problems_by_language(self) -> dict[str, list[str]]:
        """The same by language. Sentences are compared once every text is there and can be read."""
        texts = {text.language: text for text in self.texts.all()}
        found = {
            code: texts[code].problems() if code in texts else [str(_("is missing"))]
            for code, _name in settings.LANGUAGES
        }
        if not any(found.values()):
            english = texts[settings.LANGUAGE_CODE]
            found = {code: text.differences_from(english) for code, text in texts.items()}
        return {code: problems for code, problems in found.items() if problems}

    @transaction.atomic
    def rewrite(self, texts: Iterable[LetterText], *, sources: list[str], reason: str) -> None:
        """Saves what was written in this draft; one more revision.

        Raises ValidationError where it is no draft any more.
        """
        self.sources = sources
        self.revision += 1
        _save_because(reason, self, *texts)

    @transaction.atomic
    def new_draft(self, *, reason: str = "") -> LetterTemplate:
        """A copy of this version, to be edited and published. Of an old version it brings back what
        letters said then.

        Raises ValidationError if this kind has a draft already.
        """
        draft = LetterTemplate(kind=self.kind, version=self._number_of_copy(), sources=self.sources)
        texts = [
            LetterText(template=draft, language=old.language, subject=old.subject, body=old.body)
            for old in self.texts.all()
        ]
        _save_because(reason, draft, *texts)
        return draft


def _save_because(reason: str, *rows: LetterTemplate | LetterText) -> None:
    for row in rows:
        row.because(reason)
        row.save()


class LetterText(Explained, models.Model):
    """A letter in one language. Chinese is only read beside the others; no operator gets it."""

    template = models.ForeignKey(
        LetterTemplate, on_delete=models.CASCADE, related_name="texts", verbose_name=_("letter")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(
        _("text"),
        help_text=_(
            "One sentence a line, an empty line begins a paragraph. A sentence whose {placeholder}"
            " is not known is left out."
        ),
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("text of a letter")
        verbose_name_plural = _("texts of letters")
        constraints = [
            models.UniqueConstraint(
                fields=("template", "language"), name="one_text_per_letter_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.language}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.template.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.template.refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        """Raises ValidationError with the line of each placeholder that does not exist."""
        errors: dict[str, list[str]] = {}
        for name in ("subject", "body"):
            try:
                letter_text.parse(getattr(self, name) or "")
            except letter_text.LetterTextError as error:
                errors[name] = error.problems
        if errors:
            raise ValidationError(errors)

    @property
    def paragraphs(self) -> letter_text.Paragraphs:
        return letter_text.parse(self.body)

    def problems(self) -> list[str]:
        try:
            self.clean()
        except ValidationError as error:
            return [
                f"{name}: {message}"
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        return []

    def differences_from(self, english: LetterText) -> list[str]:
        """Where this text does not say the same sentences. Both can be filled."""
        return [
            f"{name}: {problem}"
            for name in ("subject", "body")
            for problem in letter_text.differences(
                letter_text.parse(getattr(english, name)), letter_text.parse(getattr(self, name))
            )
        ]
