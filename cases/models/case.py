"""One person's attempt to leave with one SIM card: its status, its verbs, its facts.

All changes go through the verbs. Each writes an event and brings the reminders in line, in one
transaction. Who acts (`by`) and when (`at`) come in; they are not looked up.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from cases import schedule
from cases.errors import InvalidMove, NothingToUndo, StaleCase
from cases.models import planning
from cases.models.event import CaseEvent
from cases.models.evidence import Evidence
from cases.models.progress import Progress, Status
from cases.models.reminder import Reminder, leaves_at
from operators.models import DIGEST_LENGTH, Procedure, Report, Step

if TYPE_CHECKING:
    from accounts.models import User

# Read out on the phone: no 0 and O, no 1, I and L. 12 of 31 letters are 59 bits.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

# Capitals and small letters are the same in the name of a mailbox. 80 bits.
MAIL_KEY_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

CENT = Decimal("0.01")
SHORTEST_TO_HIDE = 4  # letters; a shorter customer number stands in other numbers by chance


def new_reference() -> str:
    """A random name for a case, like `K7F3-9QWD-2MXA`."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _i in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def new_mail_key() -> str:
    """What makes the mail address of a case private: case+<key>@..."""
    return "".join(secrets.choice(MAIL_KEY_ALPHABET) for _i in range(16))


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any) -> Self:
        """The cases of this person; of nobody for somebody who is not signed in."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def open(self) -> Self:
        return self.exclude(status__in=[Status.CLOSED, Status.DROPPED])

    def over(self) -> Self:
        return self.filter(status__in=[Status.CLOSED, Status.DROPPED])

    def kept_until(self, day: date) -> Self:
        """Cases that are over, whose files are kept up to this day or an earlier one."""
        files = Evidence.objects.kept().filter(case=models.OuterRef("pk"))
        return self.over().filter(models.Exists(files), keep_until__lte=day)

    @transaction.atomic
    def start(
        self,
        *,
        owner: User,
        procedure: Procedure,
        goal: str,
        phone_number: str,
        customer_number: str = "",
        at: datetime,
    ) -> Case:
        """Opens a case. It keeps this version of the procedure, whatever is published later."""
        case = self.create(
            owner=owner,
            procedure=procedure,
            goal=goal,
            phone_number=phone_number,
            customer_number=customer_number,
            opened_on=schedule.today(at),
        )
        CaseEvent.objects.create(
            case=case, kind=CaseEvent.Kind.OPENED, actor=owner, at=at, after=case.status
        )
        planning.sync(case, at=at)
        return case


class Case(Progress):
    MOVES: ClassVar = {
        (Status.PREPARING, Status.REQUESTED),
        (Status.PREPARING, Status.DROPPED),
        (Status.REQUESTED, Status.CONFIRMED),
        (Status.REQUESTED, Status.ENDED),
        (Status.REQUESTED, Status.DROPPED),
        (Status.CONFIRMED, Status.ENDED),
        (Status.ENDED, Status.CLOSED),
    }
    REOPENINGS: ClassVar = {
        (Status.CLOSED, Status.ENDED),
        (Status.DROPPED, Status.PREPARING),
        (Status.DROPPED, Status.REQUESTED),
    }
    RUNNING: ClassVar = {Status.REQUESTED, Status.CONFIRMED, Status.ENDED}
    UNDO_LASTS = timedelta(hours=24)
    ASK_AFTER_BILL = 14  # calendar days until we ask again, after a bill that should not have come
    ASK_WEEKLY = 7  # calendar days between questions once the planned ones are used up

    reference = models.CharField(
        _("reference"), max_length=20, unique=True, default=new_reference, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="cases",
        verbose_name=_("person"),
    )
    phone_number = PhoneNumberField(_("mobile number"))
    customer_number = models.CharField(_("customer number"), max_length=40, blank=True)
    drop_reason = models.CharField(_("why dropped"), max_length=300, blank=True, editable=False)
    reminders_stopped_at = models.DateTimeField(null=True, editable=False)
    mail_key = models.CharField(max_length=16, unique=True, default=new_mail_key, editable=False)

    objects: ClassVar[CaseQuerySet] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status__in=("requested", "confirmed", "ended", "closed"))
                | (models.Q(sent_on__isnull=False) & ~models.Q(channel="")),
                name="a_sent_case_has_its_day_and_channel",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="confirmed")
                | models.Q(confirmed_on__isnull=False, ends_on__isnull=False),
                name="a_confirmed_case_has_its_days",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=("ended", "closed"))
                | models.Q(ended_on__isnull=False),
                name="an_ended_case_has_its_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="closed") | models.Q(closed_on__isnull=False),
                name="a_closed_case_has_its_day",
            ),
        ]
        indexes = [models.Index(fields=("owner", "status"), name="cases_of_a_person")]

    def __str__(self) -> str:
        return f"{self.reference} · {self.operator_name}"

    def get_absolute_url(self) -> str:
        return reverse("cases:detail", args=[self.reference])

    # --- Questions ------------------------------------------------------------------------------

    @property
    def last_digits(self) -> str:
        return str(self.phone_number)[-3:]

    @property
    def masked_number(self) -> str:
        """The number as pages show it: enough to tell one's lines apart, too little to dial."""
        national: str = self.phone_number.as_national.replace(" ", "")
        return f"{national[:4]} •• •• {national[-3:]}"

    def waits_for(self, kind: str) -> bool:
        """Whether an answer to a reminder of this kind still means something."""
        if kind == Reminder.Kind.OWN_DATE:
            return self.is_open
        return kind in {planned.kind for planned in schedule.owed(self.facts())}

    def undoable_event(self, *, at: datetime) -> CaseEvent | None:
        return self.events.undoable_since(at - self.UNDO_LASTS).first()

    # --- Verbs that move the status -------------------------------------------------------------

    @transaction.atomic
    def mark_requested(
        self,
        *,
        sent_on: date,
        channel: str,
        wanted_end: date | None = None,
        reference_number: str = "",
        spoke_to: str = "",
        by: User | None,
        at: datetime,
    ) -> None:
        """The cancellation was sent; from here on the operator's time runs."""
        self._move(
            Status.REQUESTED,
            by=by,
            at=at,
            sent_on=sent_on,
            channel=channel,
            sent_version=self.procedure.version,
            wanted_end=wanted_end,
            reference_number=reference_number,
            spoke_to=spoke_to,
        )

    @transaction.atomic
    def mark_confirmed(
        self, *, confirmed_on: date, ends_on: date, by: User | None, at: datetime
    ) -> None:
        """The operator confirmed in writing and named the day on which the line ends."""
        self._move(Status.CONFIRMED, by=by, at=at, confirmed_on=confirmed_on, ends_on=ends_on)

    @transaction.atomic
    def mark_ended(self, *, ended_on: date, by: User | None, at: datetime) -> None:
        """The line is dead, or the number works at the new operator."""
        self._move(Status.ENDED, by=by, at=at, ended_on=ended_on)

    @transaction.atomic
    def close(
        self,
        *,
        matched: bool | None = None,
        match_note: str = "",
        match_channel: str = "",
        by: User | None,
        at: datetime,
    ) -> None:
        """Nothing is billed any more. What proof is missing, the certificate says.

        matched: whether the steps were as described; None: the person does not say. match_note:
        what was different. match_channel: key of the channel that was used, where there are
        several of its kind. A case says it once, also when it is closed again.
        """
        today = schedule.today(at)
        facts: dict[str, Any] = {"closed_on": today, "keep_until": self._kept_from(today)}
        # Asked of the row: another tab may have said it, and opened the case again.
        unsaid = Case.objects.filter(pk=self.pk, report=None)
        if matched is not None and unsaid.exists():
            report = self._say(matched, match_note, key=match_channel, at=at)
            facts["report_id"] = report.pk
        self._move(Status.CLOSED, by=by, at=at, **facts)

    def _say(self, matched: bool, note: str, *, key: str, at: datetime) -> Report:
        """Tells the administrators, without a word of who it was."""
        used = [one for one in self.channels_used() if key in ("", one.key)]
        channel = used[0] if len(used) == 1 else None
        return Report.objects.say(
            channel.procedure if channel else self.procedure,
            part=Report.Part.CHANNEL if channel else "",
            key=channel.key if channel else "",
            matched=matched,
            origin=Report.Origin.CASE,
            on=schedule.today(at),
            at=at,
            text="" if matched else self._without_the_person(note),
            language="" if matched else self.owner.language,
        )

    def _without_the_person(self, text: str) -> str:
        """The text without this person's numbers and address, should they stand in it."""
        subscriber = str(self.phone_number).removeprefix("+32")
        gap = r"\W{0,3}"  # bounded: a text of a thousand spaces must not keep a worker busy
        number = rf"(?:\+?(?:00)?32{gap})?(?:0{gap})?" + gap.join(subscriber)
        known = [self.owner.email, self.customer_number]
        words = [re.escape(word) for word in known if len(word) >= SHORTEST_TO_HIDE]
        return re.sub("|".join([number, *words]), "•••", text, flags=re.IGNORECASE)

    @transaction.atomic
    def drop(self, *, reason: str = "", by: User | None, at: datetime) -> None:
        """The person keeps the line, pauses it, or leaves it another way."""
        keep_until = self._kept_from(schedule.today(at))
        self._move(Status.DROPPED, by=by, at=at, drop_reason=reason, keep_until=keep_until)

    def _kept_from(self, day: date) -> date:
        """Up to when the files of a case that is over on that day are kept."""
        return schedule.months_after(day, settings.KEEP_CASES_MONTHS)

    @transaction.atomic
    def reopen(self, *, by: User | None, at: datetime) -> None:
        """Billed again after closing; or a dropped case goes on where it was.

        A new bill is a new dispute, with a complaint and a year of its own. What was complained
        about before stays among the events.
        """
        if self.status == Status.DROPPED:
            moves = self.events.filter(kind=CaseEvent.Kind.MOVED, after=Status.DROPPED)
            dropped = moves.last()
            to = self.Status(dropped.before if dropped else Status.PREPARING)
            self._move(to, self.REOPENINGS, by=by, at=at, drop_reason="", keep_until=None)
        else:
            facts = {"closed_on": None, "keep_until": None, "final_bill_right": False}
            facts |= {"complained_on": None, "complaint_settled": False, "ombudsman_on": None}
            self._move(Status.ENDED, self.REOPENINGS, by=by, at=at, disputed=None, **facts)
            self._keep_asking(Reminder.Kind.CHECK_NO_MORE_BILLS, days=self.ASK_AFTER_BILL, at=at)

    @transaction.atomic
    def undo(self, *, press: int | None = None, by: User | None, at: datetime) -> None:
        """Takes back the last press of the last 24 hours: status, facts and reminders.

        press: primary key of the event that the person saw as the last one. A button pressed twice
        takes back one press and not two.
        Raises NothingToUndo if there is none, StaleCase if another tab was faster.
        """
        event = self.undoable_event(at=at)
        if event is None:
            raise NothingToUndo(_("There is nothing to undo any more."))
        if press is not None and press != event.pk:
            raise StaleCase(_("This case was changed meanwhile. Please look again."))
        facts = {name: before for name, (before, _after) in event.facts.items()}
        self._write(status=event.before, **facts)
        if "report_id" in event.facts:
            Report.objects.filter(pk=event.facts["report_id"][1]).delete()
        try:
            with transaction.atomic():
                self._note_event(
                    CaseEvent.Kind.UNDONE, by=by, at=at, before=event.after, undoes=event
                )
        except IntegrityError as error:
            raise StaleCase(_("This was undone already.")) from error
        planning.sync(self, at=at)

    # --- Verbs that record an answer ------------------------------------------------------------

    def acknowledge_request(self, *, received: bool, by: User | None, at: datetime) -> None:
        """The operator's automatic receipt came, or did not."""
        self._answer({Status.REQUESTED}, by=by, at=at, request_acknowledged=received)

    def keep_receipt_elsewhere(self, *, by: User | None, at: datetime) -> None:
        """The written confirmation is kept outside SimExit."""
        allowed = {Status.CONFIRMED, Status.ENDED}
        self._answer(allowed, by=by, at=at, receipt_elsewhere=True)

    def settle_credit(self, *, by: User | None, at: datetime) -> None:
        """The prepaid credit was claimed from the old operator, or there is none."""
        self._answer({Status.ENDED}, by=by, at=at, credit_settled=True)

    def check_final_bill(self, *, right: bool, by: User | None, at: datetime) -> None:
        """The last bill was looked at."""
        self._answer({Status.ENDED}, by=by, at=at, final_bill_right=right)

    def complain(self, *, complained_on: date, by: User | None, at: datetime) -> None:
        """A written complaint went to the operator; the Ombudsman's year runs from here."""
        filed = bool(self.ombudsman_on and self.ombudsman_on >= complained_on)
        facts = {"complained_on": complained_on, "complaint_settled": filed}
        self._answer(self.RUNNING, by=by, at=at, **facts)

    def settle_complaint(self, *, by: User | None, at: datetime) -> None:
        """Filed with the Ombudsman, or settled with the operator."""
        self._answer(self.RUNNING, by=by, at=at, complaint_settled=True)

    def file_with_ombudsman(self, *, filed_on: date, by: User | None, at: datetime) -> None:
        """The Ombudsman has the complaint since that day: its year needs no watching any more."""
        facts = {"ombudsman_on": filed_on, "complaint_settled": True}
        self._answer(self.RUNNING, by=by, at=at, **facts)

    def dispute(self, *, amount: Decimal | None, by: User | None, at: datetime) -> None:
        """The sum that the operator asks for and the person does not owe.

        amount: in euros, of a bill or of several; None: nothing is in dispute any more.
        """
        disputed = None if amount is None else amount.quantize(CENT)
        self._answer(self.RUNNING, by=by, at=at, disputed=disputed)

    @transaction.atomic
    def still_waiting(self, *, by: User | None, at: datetime) -> None:
        """The operator has not confirmed yet. The question comes again, weekly after the last."""
        self._answer({Status.REQUESTED}, by=by, at=at)
        self._keep_asking(Reminder.Kind.CONFIRM_CANCELLATION, days=self.ASK_WEEKLY, at=at)

    def answer_check(self, *, question: str, result: str, by: User | None, at: datetime) -> None:
        """Answers one question of a rung, as `answer_checks` does."""
        self.answer_checks({question: result}, by=by, at=at)

    @transaction.atomic
    def answer_checks(self, results: Mapping[str, str], *, by: User | None, at: datetime) -> None:
        """Answers questions of the rungs, in one event. The same answers once more change nothing.

        results: by question. Raises InvalidMove for a question that this case does not have, or
        not yet.
        """
        self.hold()
        if not results.keys() <= set(self.questions()):
            raise InvalidMove(_("This question is not open for this case any more."))
        known = dict(self.checks.values_list("question", "result"))
        facts = {
            question: [known.get(question, ""), result]
            for question, result in results.items()
            if known.get(question) != result
        }
        for question, (_before, result) in facts.items():
            self.checks.update_or_create(question=question, defaults={"result": result, "at": at})
        if facts:
            self._note_event(CaseEvent.Kind.CHECKED, by=by, at=at, facts=facts)

    @transaction.atomic
    def still_billed(self, *, complained_on: date | None, by: User | None, at: datetime) -> None:
        """The operator bills on. A complaint starts the Ombudsman's year; we ask again."""
        self.check_final_bill(right=False, by=by, at=at)
        if complained_on:
            self.complain(complained_on=complained_on, by=by, at=at)
        self.snooze(Reminder.Kind.CHECK_NO_MORE_BILLS, days=self.ASK_AFTER_BILL, by=by, at=at)

    @transaction.atomic
    def set_customer_number(self, number: str, *, by: User, at: datetime) -> None:
        """The number on the bill, which came later than the case."""
        self._write(customer_number=number)

    @transaction.atomic
    def renew_mail_key(self) -> None:
        """The mail address of the case that others know stops working, and there is a new one."""
        self._write(mail_key=new_mail_key())

    @transaction.atomic
    def note(self, *, text: str, by: User, at: datetime) -> None:
        """Something worth keeping, in the person's words."""
        self._note_event(CaseEvent.Kind.NOTED, by=by, at=at, note=text)

    @transaction.atomic
    def tick(self, *, step: str, done: bool, at: datetime) -> None:
        """A step is done, or not after all. Pressing twice changes nothing.

        step: the key of a step of the pinned procedure. Raises InvalidMove for any other.
        """
        if not self.procedure.steps.filter(key=step).exists():
            raise InvalidMove(_("This step does not belong to your case."))
        if done:
            StepTick.objects.get_or_create(case=self, step=step, defaults={"at": at})
        else:
            self.ticks.filter(step=step).delete()

    # --- Verbs about a case that is over --------------------------------------------------------

    @transaction.atomic
    def keep_longer(self, *, until: date | None = None, by: User | None, at: datetime) -> None:
        """The files of a case that is over are kept up to this day. What was thrown away because
        its time was over, and is still there, comes back.

        until: None for another year. Raises InvalidMove for a case that is open.
        """
        self.hold()
        if self.is_open:
            raise InvalidMove(_("This case is open: all of its files are kept."))
        today = schedule.today(at)
        until = until or schedule.year_after(max(self.keep_until or today, today))
        changes = self._changes({"keep_until": until})
        if self.keep_until != until:
            self._write(keep_until=until)
            self._note_event(CaseEvent.Kind.KEPT, by=by, at=at, facts=changes, note=str(until))
        self._take_back_what_lapsed(by=by, at=at)
        planning.sync(self, at=at)

    def _take_back_what_lapsed(self, *, by: User | None, at: datetime) -> None:
        lapses = self.events.filter(kind=CaseEvent.Kind.REMOVED, actor=None).values("at")
        for file in self.evidence.removed().filter(removed_at__in=lapses):
            same = {"original_sha256": file.original_sha256, "proves": file.proves}
            if self.evidence.kept().filter(**same).exists():
                continue  # stored once more meanwhile
            self.evidence.filter(pk=file.pk).update(removed_at=None)
            note = f"{file.name} · {file.sha256}"
            self._note_event(CaseEvent.Kind.RESTORED, by=by, at=at, note=note)

    # --- Verbs about a newer version of the procedure -------------------------------------------

    @transaction.atomic
    def switch_procedure(self, *, version: int, by: User | None, at: datetime) -> None:
        """From here on the case follows this newer version: its steps, contacts and days of mails.

        version: the one that the person saw. Ticks stay where the step does. Raises InvalidMove
        unless it is the published one of this operator and plan, and newer than the case's own.
        """
        newer = self._offered(version)
        self._remember_what_was_ticked()
        self._follow(CaseEvent.Kind.SWITCHED, version, by=by, at=at, procedure_id=newer.pk)
        planning.sync(self, at=at)

    @transaction.atomic
    def stay(self, *, version: int, by: User | None, at: datetime) -> None:
        """The case keeps its version, and this newer one is not offered again.

        Raises InvalidMove as `switch_procedure` does.
        """
        self._offered(version)
        if self.declined_version != version:
            self._follow(CaseEvent.Kind.STAYED, version, by=by, at=at, declined_version=version)

    def _offered(self, version: int) -> Procedure:
        self.hold()
        if not self.is_open:
            raise InvalidMove(_("This step is not possible for this case any more."))
        newer = self.newer_procedure()
        if newer is None or newer.version != version:
            raise InvalidMove(_("These are not the newest steps any more. Please look again."))
        return newer

    def _follow(
        self, kind: str, version: int, *, by: User | None, at: datetime, **columns: int
    ) -> None:
        changes = self._changes(columns)
        self._write(**columns)
        self._note_event(kind, by=by, at=at, facts=changes, note=str(version))

    def _remember_what_was_ticked(self) -> None:
        """So that a step can be marked that says something else than when it was ticked."""
        words = {step.key: step.wording() for step in self.procedure.steps.all()}
        for tick in self.ticks.filter(wording="", step__in=words):
            self.ticks.filter(pk=tick.pk).update(wording=words[tick.step])

    # --- Verbs about the mails ------------------------------------------------------------------

    @transaction.atomic
    def snooze(self, kind: str, *, days: int, by: User | None, at: datetime) -> None:
        """The same question again in so many calendar days, and not before."""
        self.remind_on(schedule.today(at) + timedelta(days=days), kind=kind, by=by, at=at)

    @transaction.atomic
    def remind_on(self, day: date, *, kind: str, by: User | None, at: datetime) -> None:
        """The question of this kind on that day, and not before.

        Raises InvalidMove if the case does not wait for an answer of this kind any more.
        """
        self.hold()
        if not self.waits_for(kind):
            raise InvalidMove(_("This question is settled: there is nothing to remind you of."))
        self._ask_on(day, kind=kind, at=at)
        self._note_event(CaseEvent.Kind.SNOOZED, by=by, at=at, note=f"{kind} {day}")

    def _keep_asking(self, kind: str, *, days: int, at: datetime) -> None:
        """The same question in so many calendar days, where no other of its kind is to come."""
        if not self.reminders.planned().filter(kind=kind).exists():
            self._ask_on(schedule.today(at) + timedelta(days=days), kind=kind, at=at)

    def _ask_on(self, day: date, *, kind: str, at: datetime) -> None:
        """Of several such wishes the last one holds."""
        earlier = self.reminders.planned().filter(kind=kind, origin=Reminder.Origin.SNOOZE)
        earlier.exclude(due_on=day).update(
            status=Reminder.Status.CANCELLED, origin=Reminder.Origin.SCHEDULE
        )
        Reminder.objects.update_or_create(
            case=self,
            kind=kind,
            due_on=day,
            defaults={
                "origin": Reminder.Origin.SNOOZE,
                "status": Reminder.Status.PLANNED,
                "try_at": leaves_at(day, owner=self.owner, at=at),
            },
        )
        planning.sync(self, at=at)

    @transaction.atomic
    def add_own_date(self, day: date, *, note: str, by: User | None, at: datetime) -> None:
        """A mail on a day that the person chose, with the person's own words."""
        self.hold()
        if not self.is_open:
            raise InvalidMove(_("This case is closed. Reopen it to set a date."))
        Reminder.objects.create(
            case=self,
            kind=Reminder.Kind.OWN_DATE,
            origin=Reminder.Origin.OWN,
            due_on=day,
            note=note,
            try_at=leaves_at(day, owner=self.owner, at=at),
        )

    @transaction.atomic
    def stop_reminders(self, *, by: User | None, at: datetime) -> None:
        """No more mails about this case. The rows stay, so that resuming loses none."""
        self._write(reminders_stopped_at=at)
        self._note_event(CaseEvent.Kind.STOPPED, by=by, at=at)

    @transaction.atomic
    def resume_reminders(self, *, by: User | None, at: datetime) -> None:
        self._write(reminders_stopped_at=None)
        self._note_event(CaseEvent.Kind.RESUMED, by=by, at=at)
        planning.sync(self, at=at)

    # --- How a verb is written down -------------------------------------------------------------

    def hold(self) -> None:
        """Reads what other tabs did to this row, and keeps them off until the transaction ends."""
        columns = [f.name for f in self._meta.concrete_fields if f.name != "owner"]
        rows = Case.objects.select_for_update(no_key=True)
        procedure = self.procedure
        self.refresh_from_db(fields=columns, from_queryset=rows)
        if self.procedure_id == procedure.pk:
            self.procedure = procedure  # still the same: nothing to look up

    def _move(
        self,
        to: Status,
        among: set[tuple[Status, Status]] = MOVES,
        *,
        by: User | None,
        at: datetime,
        **facts: Any,
    ) -> None:
        """The only way from one status to another."""
        if (self.status, to) not in among:
            raise InvalidMove(_("This step is not possible for this case any more."))
        before, changes = self.status, self._changes(facts)
        self._write(status=to, **facts)
        self._note_event(CaseEvent.Kind.MOVED, by=by, at=at, before=before, facts=changes)
        planning.sync(self, at=at)

    @transaction.atomic
    def _answer(self, allowed: set[Status], *, by: User | None, at: datetime, **facts: Any) -> None:
        if self.status not in allowed:
            raise InvalidMove(_("This question is not open for this case any more."))
        changes = self._changes(facts)
        self._write(**facts)
        if changes and all(old == new for old, new in changes.values()):
            return  # pressed twice: there is nothing new to undo
        self._note_event(CaseEvent.Kind.ANSWERED, by=by, at=at, facts=changes)
        planning.sync(self, at=at)

    def _write(self, **columns: Any) -> None:
        """The old status is in the WHERE, so two tabs can't both win."""
        rows = Case.objects.filter(pk=self.pk, status=self.status)
        if not rows.update(**{"status": self.status} | columns):
            raise StaleCase(_("This case was changed meanwhile. Please look again."))
        self.refresh_from_db(fields=list(columns))

    def _changes(self, facts: dict[str, Any]) -> dict[str, list[Any]]:
        """Before and after of each column, as JSON can hold it."""
        pairs = {name: [getattr(self, name), value] for name, value in facts.items()}
        changes: dict[str, list[Any]] = json.loads(json.dumps(pairs, cls=DjangoJSONEncoder))
        return changes

    def _note_event(
        self, kind: str, *, by: User | None, at: datetime, before: str = "", **more: Any
    ) -> CaseEvent:
        return CaseEvent.objects.create(
            case=self,
            kind=kind,
            actor=by,
            at=at,
            before=before or self.status,
            after=self.status,
            **more,
        )


class StepTick(models.Model):
    """A step that the person ticked off. By key, so that it survives a switch of version."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ticks")
    step = models.SlugField()
    at = models.DateTimeField()
    wording = models.CharField(
        max_length=DIGEST_LENGTH,
        blank=True,
        help_text="Digest of what was ticked, once the case follows a newer version. Else empty.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("case", "step"), name="one_tick_per_case_and_step")
        ]

    def __str__(self) -> str:
        return self.step

    def is_outdated(self, step: Step) -> bool:
        """Whether the step says something else than when it was ticked."""
        return bool(self.wording) and self.wording != step.wording()
