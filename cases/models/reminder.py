"""Mails we owe. Rows are the truth: what a row says is due will be sent, however late we wake."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import schedule
from cases.errors import InvalidMove
from cases.models.answer import ANSWERS, ANSWERS_TO_PORT, LABELS_FOR_LIFE, LABELS_FOR_PORT, Answer
from cases.schedule import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def planned(self) -> Self:
        return self.filter(status=Reminder.Status.PLANNED)

    def due(self, at: datetime) -> Self:
        """Rows to be sent at this instant, the one that waits longest first.

        The partial index gives them in this order. Who may be written to is looked up row by row:
        a join would read every case and every person before the first row comes out.
        """
        reachable = User.objects.filter(
            cases=models.OuterRef("case"),
            cases__reminders_stopped_at__isnull=True,
            reminders_stopped_at__isnull=True,
            is_active=True,
        ).exclude(email=models.F("undeliverable_email"))
        due = self.planned().filter(models.Exists(reachable), try_at__lte=at)
        return due.order_by("try_at", "pk")

    def sent_since(self, moment: datetime) -> Self:
        """Rows whose mail left after this instant, or on its calendar day in Belgium."""
        midnight = schedule.mail_time(schedule.today(moment), 0)
        return self.filter(status=Reminder.Status.SENT, sent_at__gte=midnight)

    def stuck(self, at: datetime) -> Self:
        """Rows whose sender must have crashed. The mail may repeat; it can't be lost."""
        return self.filter(
            status=Reminder.Status.SENDING, claimed_at__lt=at - settings.REMINDER_CLAIM_LASTS
        )

    def failed(self) -> Self:
        """Rows that used up their tries: only an administrator gives them new ones."""
        return self.filter(status=Reminder.Status.FAILED)

    def unreported(self) -> Self:
        """Failed rows that no administrator has been told about, the oldest first."""
        return self.failed().filter(reported_at__isnull=True).order_by("pk")

    def update(self, **columns: Any) -> int:
        """Whoever gives a mail another moment counts it, or calendars would not take it over."""
        if "try_at" in columns:
            columns.setdefault("revision", models.F("revision") + 1)
        return super().update(**columns)

    def retime(self, owner: User, *, at: datetime) -> None:
        """The person chose another hour or other weekdays: mails leave then.

        They keep their day as far as it is allowed. What waits already waits till tomorrow at most.
        """
        changed = list(self.planned().filter(case__owner=owner))
        tomorrow = schedule.today(at) + timedelta(days=1)
        for row in changed:
            day = min(schedule.today(row.try_at), max(row.due_on, tomorrow))
            row.try_at = leaves_at(day, owner=owner, at=at)
        self.bulk_update(changed, ["try_at"])


class Reminder(models.Model):
    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        OVERTAKEN = "overtaken", _("replaced by a later one")
        CANCELLED = "cancelled", _("not needed any more")
        OFF = "off", _("switched off by the person")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        """The same words as `schedule.Kind`, with what the person reads in the list of mails."""

        FINISH_PREPARING = Kind.FINISH_PREPARING, _("Ready to send?")
        CONFIRM_RECEIPT_OF_REQUEST = (
            Kind.CONFIRM_RECEIPT_OF_REQUEST,
            _("Did they say that they have it?"),
        )
        CONFIRM_CANCELLATION = Kind.CONFIRM_CANCELLATION, _("Confirmed in writing?")
        CHECK_LINE = Kind.CHECK_LINE, _("Is the line dead?")
        KEEP_RECEIPT = Kind.KEEP_RECEIPT, _("Is the receipt safe?")
        CLAIM_PREPAID_CREDIT = Kind.CLAIM_PREPAID_CREDIT, _("Prepaid credit claimed?")
        CHECK_FINAL_BILL = Kind.CHECK_FINAL_BILL, _("Is the last bill right?")
        CHECK_NO_MORE_BILLS = Kind.CHECK_NO_MORE_BILLS, _("Is nothing billed any more?")
        OMBUDSMAN_CLOCK = Kind.OMBUDSMAN_CLOCK, _("The year for the Ombudsman runs out")
        OWN_DATE = Kind.OWN_DATE, _("Your own date")
        KEEP_UNTIL = Kind.KEEP_UNTIL, _("Keep your file for longer?")

    class Origin(models.TextChoices):
        SCHEDULE = "schedule", _("by the procedure")
        SNOOZE = "snooze", _("you asked to be reminded later")
        OWN = "own", _("your own date")

    TRIES = 5

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    due_on = models.DateField(_("day"), help_text="In Belgium. Never changes; `try_at` does.")
    try_at = models.DateTimeField(_("leaves at"))
    ordinal = models.PositiveSmallIntegerField(default=1, help_text="The how-manieth of its kind.")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.SCHEDULE)
    note = models.CharField(_("your note"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PLANNED
    )
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often it was given another moment."
    )
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    reported_at = models.DateTimeField(
        _("reported at"), null=True, help_text="When the administrators were told that it failed."
    )
    message_id = models.CharField(max_length=200, blank=True)

    objects: ClassVar[ReminderQuerySet] = ReminderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("due_on", "pk")
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=("case", "kind", "due_on"),
                condition=~models.Q(kind="own_date"),
                name="one_reminder_per_kind_and_day",
            ),
        ]
        indexes = [
            # Partial: the few open rows stay quick to find among millions of sent ones.
            models.Index(
                fields=("try_at", "id"),
                condition=models.Q(status="planned"),
                name="open_reminders_by_time",
            ),
            models.Index(
                fields=("claimed_at",),
                condition=models.Q(status="sending"),
                name="claimed_reminders",
            ),
            models.Index(
                fields=("reported_at",),
                condition=models.Q(status="failed"),
                name="failed_reminders",
            ),
            models.Index(
                fields=("sent_at",),
                condition=models.Q(status="sent"),
                name="sent_reminders_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on}"

    def wake(self, *, owner: User, at: datetime) -> None:
        """What was not needed any more is needed again."""
        try_at = leaves_at(self.due_on, owner=owner, at=at)
        rows = Reminder.objects.filter(pk=self.pk, status=Reminder.Status.CANCELLED)
        rows.update(status=Reminder.Status.PLANNED, try_at=try_at)

    def put_off(self, moment: datetime) -> None:
        """It leaves later; the day it stands for stays."""
        Reminder.objects.filter(pk=self.pk).update(try_at=moment)

    def retry(self, *, at: datetime) -> None:
        """Gives a failed mail all its tries back; it leaves with the next pass.

        Raises InvalidMove unless it has failed and the case still waits for its answer.
        """
        if not self.case.waits_for(self.kind):
            raise InvalidMove(_("The case does not wait for an answer to this mail any more."))
        rows = Reminder.objects.filter(pk=self.pk, status=Reminder.Status.FAILED)
        changed = rows.update(
            status=Reminder.Status.PLANNED, attempts=0, try_at=at, reported_at=None
        )
        if not changed:
            raise InvalidMove(_("This mail has not failed: there is nothing to try again."))

    def again_on(self, day: date, *, by: User | None, at: datetime) -> None:
        """The same question, or the person's own note, once more on that day."""
        if self.kind == Kind.OWN_DATE:
            self.case.add_own_date(day, note=self.note, by=by, at=at)
        else:
            self.case.remind_on(day, kind=self.kind, by=by, at=at)

    @property
    def question(self) -> str:
        """What its mail is about, in a few words."""
        return question(self.kind, moves=self.case.is_port)

    @property
    def answers(self) -> tuple[Answer, ...]:
        kind = Kind(self.kind)
        if self.case.is_port and kind in ANSWERS_TO_PORT:
            return ANSWERS_TO_PORT[kind]
        return ANSWERS[kind]

    def label(self, answer: Answer) -> str:
        """The words of an answer, as they fit this question and this case."""
        if self.case.is_port:
            return str(LABELS_FOR_PORT.get(answer, answer.label))
        if self.kind == Kind.CONFIRM_CANCELLATION and answer == Answer.LINE_DEAD:
            return gettext("It is over already")
        if not self.case.line_dies:
            return str(LABELS_FOR_LIFE.get(answer, answer.label))
        return str(answer.label)

    @property
    def is_settled(self) -> bool:
        """Whether its question was answered, or the case moved on, since its mail was planned."""
        if self.kind == Kind.KEEP_UNTIL and self.case.keep_until:
            first_warning = self.case.keep_until - timedelta(days=schedule.KEEP_WARNINGS[0])
            if self.due_on < first_warning:
                return True  # it spoke of an earlier last day
        return not self.case.waits_for(self.kind)

    def is_too_late(self, *, today: date) -> bool:
        """Whether what the mail asks for can't be asked for in time any more."""
        case = self.case
        last = schedule.last_day(
            self.kind,
            ended_on=case.ended_on,
            complained_on=case.complained_on,
            keep_until=case.keep_until,
        )
        return last is not None and today > last

    @property
    def is_last(self) -> bool:
        """Whether nothing more of this kind is planned by itself, also after a snooze."""
        owed = schedule.owed(self.case.facts(receipt_kept=False))  # or this would not be asked
        days = [p.due_on for p in owed if p.kind == self.kind]
        return not days or self.due_on >= days[-1]


# Who keeps the number waits for no dead line: the same moment, another question.
QUESTIONS_OF_A_MOVE: dict[str, StrPromise] = {
    Kind.FINISH_PREPARING: _("Ready to order the move?"),
    Kind.CONFIRM_RECEIPT_OF_REQUEST: _("Does the new operator have your order?"),
    Kind.CONFIRM_CANCELLATION: _("Has your number moved?"),
    Kind.CHECK_LINE: _("Does your number work with the new SIM card?"),
}


def question(kind: str, *, moves: bool) -> str:
    """What a mail of this kind is about. moves: the number goes to another operator."""
    return str((moves and QUESTIONS_OF_A_MOVE.get(kind)) or Reminder.Kind(kind).label)


def leaves_at(due_on: date, *, owner: User, at: datetime) -> datetime:
    """When a mail for that day leaves, planned at this instant: never in the past, and on a
    weekday that the person allows.

    What was due before it was planned waits for tomorrow, for the person is here just now.
    """
    wanted = _on_an_allowed_day(due_on, owner)
    tomorrow = schedule.today(at) + timedelta(days=1)
    return wanted if wanted >= at else _on_an_allowed_day(tomorrow, owner)


def _on_an_allowed_day(day: date, owner: User) -> datetime:
    return schedule.mail_time(schedule.next_allowed(day, owner.weekdays), owner.mail_hour)
