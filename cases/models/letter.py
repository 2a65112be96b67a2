"""A letter of a case. Until it is sent it may be thrown away; from then on nothing changes."""

from __future__ import annotations

import secrets
import uuid
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.errors import InvalidMove
from cases.models.event import CaseEvent
from operators.models import ChannelKind, LetterKind, LetterTemplate


def random_path(letter: Letter, filename: str) -> str:
    """Where the paper goes: nothing that can be guessed."""
    token = secrets.token_hex(20)
    return f"letters/{token[:2]}/{token}"


class LetterQuerySet(models.QuerySet["Letter"]):
    def sent(self) -> Self:
        return self.filter(sent_on__isnull=False)

    def prepared(self) -> Self:
        """Written and not sent yet."""
        return self.filter(sent_on__isnull=True)

    def update(self, **columns: Any) -> int:
        """Raises ValidationError if one of these was sent."""
        self._refuse_sent()
        return super().update(**columns)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raises ValidationError if one of these was sent."""
        self._refuse_sent()
        return super().delete()

    def erase(self) -> None:
        """Deletes letters with the case they belong to, those that were sent, too.

        The one lawful way: `cases/erasure.py`, in its transaction, with the papers.
        """
        super().delete()

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Raises ValidationError: a letter is frozen one by one."""
        raise ValidationError(_("Letters are not changed in bulk."))

    def _refuse_sent(self) -> None:
        if self.sent().exists():
            raise ValidationError(_("A letter that was sent is never changed."), code="sent")


class Letter(models.Model):
    """What was written for a case, and, once sent, the proof of what was said when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="letters")
    template = models.ForeignKey(
        LetterTemplate, on_delete=models.PROTECT, related_name="+", verbose_name=_("version")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=LetterKind.choices)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    recipient = models.TextField(_("to"), blank=True)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    reader = models.CharField(
        _("read in"), max_length=10, blank=True, choices=settings.LANGUAGES, default=""
    )
    sides = models.JSONField(
        default=list,
        help_text="Paragraphs of [sentence, what it means in the language of the reader].",
    )
    paper = models.FileField(upload_to=random_path, max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes of the PDF.")
    sha256 = models.CharField(max_length=64, help_text="Of the PDF.")
    wanted_end = models.DateField(_("wanted end"), null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("written at"))
    sent_on = models.DateField(_("sent on"), null=True, help_text="In Belgium.")
    channel = models.CharField(_("channel"), max_length=15, choices=ChannelKind.choices, blank=True)
    registered_number = models.CharField(
        _("number of the registered mail"), max_length=40, blank=True
    )

    objects: ClassVar[LetterQuerySet] = LetterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("made_at", "pk")
        verbose_name = _("letter of a case")
        verbose_name_plural = _("letters of cases")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_on__isnull=True) | ~models.Q(channel=""),
                name="sent_letter_has_its_channel",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: what was written is written."""
        if not self._state.adding:
            raise ValidationError(_("A letter is never changed. Write another one."), code="sent")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("cases:letter", args=[self.case.reference, self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.is_sent:
            raise ValidationError(_("A letter that was sent is never changed."), code="sent")
        return super().delete(*args, **kwargs)

    @property
    def is_sent(self) -> bool:
        return self.sent_on is not None

    def freeze(
        self, *, sent_on: date, channel: str, registered_number: str, by: User, at: datetime
    ) -> None:
        """It was sent; the timeline says so. Raises InvalidMove if it was before."""
        changed = Letter.objects.prepared().filter(pk=self.pk)
        if not changed.update(
            sent_on=sent_on, channel=channel, registered_number=registered_number
        ):
            raise InvalidMove(_("This letter was sent already."))
        self.refresh_from_db()
        CaseEvent.objects.create(
            case=self.case,
            kind=CaseEvent.Kind.LETTER,
            actor=by,
            at=at,
            before=self.case.status,
            after=self.case.status,
            note=f"{self.kind} · {self.sha256}",
        )
