"""The person. Log-in itself is allauth's business; here stands what SimExit asks a person."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simexit.lib.masking import masked

EVERY_WEEKDAY = 0b1111111


def new_calendar_key() -> str:
    """What nobody guesses: 160 bits. Whoever has it reads the dates of a person's cases."""
    return secrets.token_hex(20)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person; without a password, who signs in with a code by mail or a passkey."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Who may do this has the machine: the address needs no code to be believed."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address and nothing else."""

    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.CharField(
        _("language of mails"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
    )
    mail_hour = models.PositiveSmallIntegerField(
        _("hour of mails"),
        default=9,
        validators=[MaxValueValidator(23)],
        help_text=_("Full hour of the day in Belgium."),
    )
    mail_weekdays = models.PositiveSmallIntegerField(
        _("weekdays of mails"),
        default=EVERY_WEEKDAY,
        help_text=_("Days of the week in Belgium: the sum of 1 for Monday, 2, 4, … 64 for Sunday."),
    )
    reminders_stopped_at = models.DateTimeField(
        _("all reminders stopped at"), null=True, blank=True, editable=False
    )
    undeliverable_email = models.EmailField(
        _("refused address"),
        blank=True,
        editable=False,
        help_text=_("The address that a mail server refused for good. Another one is tried anew."),
    )
    undeliverable_reason = models.CharField(
        _("why refused"), max_length=300, blank=True, editable=False
    )
    undeliverable_at = models.DateTimeField(_("refused at"), null=True, editable=False)
    # Made with the account, so that no page has to write when it is only looked at.
    calendar_key = models.CharField(
        max_length=40, unique=True, default=new_calendar_key, editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may enter the administration"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email_whatever_its_case"),
            models.CheckConstraint(condition=models.Q(mail_hour__lte=23), name="hour_of_a_day"),
            # Every number in between is a choice of days; 0 would be none, and mails never leave.
            models.CheckConstraint(
                condition=models.Q(mail_weekdays__gte=1, mail_weekdays__lte=EVERY_WEEKDAY),
                name="at_least_one_weekday",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def prefer(
        self, *, language: str, mail_hour: int, weekdays: Iterable[int] | None = None
    ) -> None:
        """How we write: `mail_hour` is a full hour of the day in Belgium.

        weekdays: as `date.weekday()` counts, Monday is 0; None leaves them as they are.
        """
        self.language, self.mail_hour = language, mail_hour
        if weekdays is not None:
            self.mail_weekdays = sum(1 << day for day in set(weekdays))
        self.save(update_fields=["language", "mail_hour", "mail_weekdays"])

    @property
    def weekdays(self) -> frozenset[int]:
        """On which days mails may leave, as `date.weekday()` counts: Monday is 0."""
        return frozenset(day for day in range(7) if self.mail_weekdays >> day & 1)

    @property
    def masked_email(self) -> str:
        """The address as pages show it: enough to know which one it is."""
        return masked(self.email)

    @property
    def is_undeliverable(self) -> bool:
        """Whether our mails do not reach the person at the address of today."""
        return self.email == self.undeliverable_email

    @property
    def why_undeliverable(self) -> str:
        """What the mail server said. It likes to repeat the address."""
        return masked(self.undeliverable_reason)

    def mark_undeliverable(self, reason: str, *, at: datetime) -> None:
        """A mail server refused this address for good. reason: its code and words."""
        self.undeliverable_email = self.email
        self.undeliverable_reason, self.undeliverable_at = reason[:300], at
        # Not save(): the person may have deleted the account while the mail was on its way.
        User.objects.filter(pk=self.pk).update(
            undeliverable_email=self.undeliverable_email,
            undeliverable_reason=self.undeliverable_reason,
            undeliverable_at=at,
        )

    def try_address_again(self) -> None:
        """The person says that the address works after all."""
        self.undeliverable_email = ""
        self.save(update_fields=["undeliverable_email"])

    def stop_reminders(self, *, at: datetime) -> None:
        """No reminder about any case until the person asks for them again."""
        self.reminders_stopped_at = at
        self.save(update_fields=["reminders_stopped_at"])

    def resume_reminders(self) -> None:
        self.reminders_stopped_at = None
        self.save(update_fields=["reminders_stopped_at"])

    def renew_calendar_key(self) -> None:
        """The feed moves to another address; nothing is left at the old one."""
        self.calendar_key = new_calendar_key()
        self.save(update_fields=["calendar_key"])
