"""Where a case stands: its status, its dates, what was answered, and what comes next."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases import schedule
from cases.models.check import Check
from cases.models.evidence import Evidence
from operators.models import Channel, ChannelKind, Plan, Procedure, Report


class Status(models.TextChoices):
    PREPARING = "preparing", _("preparing")
    REQUESTED = "requested", _("sent, waiting")
    CONFIRMED = "confirmed", _("confirmed")
    ENDED = "ended", _("line ended")
    CLOSED = "closed", _("closed")
    DROPPED = "dropped", _("dropped")


class Progress(models.Model):
    """The columns that tell how far a case is, and the questions they answer. Only verbs of the
    case write them."""

    Status = Status

    class Goal(models.TextChoices):
        END = "end", _("End the line")
        PORT = "port", _("Keep the number with another operator")
        PAUSE = "pause", _("Pause the line")
        HAND_OVER = "hand_over", _("Hand the line to someone else")
        WITHDRAW = "withdraw", _("Undo a purchase younger than 14 days")
        LOST = "lost", _("The phone or SIM card is lost or stolen")
        DEATH = "death", _("Someone died")
        EASY_SWITCH = "easy_switch", _("Internet or TV moves too")

    class NextAction(models.TextChoices):
        """What the person does now. One at a time; the page and the list lead with it."""

        PREPARE = "prepare", _("Prepare and send")
        AWAIT_CONFIRMATION = "await_confirmation", _("Wait for the written confirmation")
        KEEP_RECEIPT = "keep_receipt", _("Store the written confirmation")
        AWAIT_END = "await_end", _("Wait for the end date")
        CHECK_LINE = "check_line", _("Test whether the line is dead")
        CLAIM_CREDIT = "claim_credit", _("Claim your prepaid credit")
        CHECK_FINAL_BILL = "check_final_bill", _("Check the last bill")
        CHECK_NO_MORE_BILLS = "check_no_more_bills", _("See that nothing is billed any more")
        NOTHING = "nothing", _("Nothing to do")

    procedure = models.ForeignKey(
        Procedure, on_delete=models.PROTECT, related_name="+", verbose_name=_("procedure")
    )
    declined_version = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="The newer version of the procedure that the person did not want to follow.",
    )
    goal = models.CharField(_("goal"), max_length=12, choices=Goal.choices)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status.choices,
        default=Status.PREPARING,
        editable=False,
    )
    # The dates. Calendar days in Belgium.
    opened_on = models.DateField(_("opened on"), editable=False)
    sent_on = models.DateField(_("asked on"), null=True, editable=False)
    wanted_end = models.DateField(_("wanted end date"), null=True, editable=False)
    confirmed_on = models.DateField(_("confirmed on"), null=True, editable=False)
    ends_on = models.DateField(_("ends on"), null=True, editable=False)
    ended_on = models.DateField(_("ended on"), null=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    # How it was sent.
    channel = models.CharField(
        _("channel"), max_length=15, choices=ChannelKind.choices, blank=True, editable=False
    )
    sent_version = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="The version of the procedure that was followed in sending; empty: not known.",
    )
    reference_number = models.CharField(
        _("reference number"), max_length=60, blank=True, editable=False
    )
    spoke_to = models.CharField(_("spoke to"), max_length=100, blank=True, editable=False)
    # What the person answered.
    request_acknowledged = models.BooleanField(null=True, editable=False)
    receipt_elsewhere = models.BooleanField(default=False, editable=False)
    credit_settled = models.BooleanField(default=False, editable=False)
    final_bill_right = models.BooleanField(null=True, editable=False)
    complained_on = models.DateField(_("complained on"), null=True, editable=False)
    complaint_settled = models.BooleanField(default=False, editable=False)
    ombudsman_on = models.DateField(_("with the Ombudsman since"), null=True, editable=False)
    disputed = models.DecimalField(
        _("disputed sum"), max_digits=8, decimal_places=2, null=True, editable=False
    )
    keep_until = models.DateField(
        _("kept until"),
        null=True,
        editable=False,
        help_text="Of a case that is over: from then on its files may be thrown away.",
    )

    # Whether the steps matched. The report knows nothing of the case: here alone is said that
    # there is one, so that it counts once and can be taken back.
    report = models.OneToOneField(
        Report, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def operator_name(self) -> str:
        return self.procedure.operator.name

    @property
    def is_open(self) -> bool:
        return self.status not in (Status.CLOSED, Status.DROPPED)

    @property
    def is_port(self) -> bool:
        return self.goal == self.Goal.PORT

    @property
    def line_dies(self) -> bool:
        """Whether nothing may work afterwards: it is not moved, paused or handed on."""
        return self.goal in (self.Goal.END, self.Goal.WITHDRAW)

    @property
    def end_date(self) -> date | None:
        """The day the line ends, as far as is known: ended, confirmed, or wanted."""
        return self.ended_on or self.ends_on or self.wanted_end

    @property
    def last_bill_expected(self) -> date | None:
        if self.end_date is None:
            return None
        after = self.procedure.final_bill_after
        return schedule.last_bill_expected(self.end_date, final_bill_after=after)

    @property
    def credit_claim_ends(self) -> date | None:
        """A month after the number moved: until then the old operator pays prepaid credit out."""
        return schedule.month_after(self.ended_on) if self.ended_on else None

    @property
    def complaint_year_ends(self) -> date | None:
        """From then on the Ombudsman may refuse the complaint as too old."""
        return schedule.year_after(self.complained_on) if self.complained_on else None

    @property
    def confirm_by(self) -> date | None:
        """The day by which the operator usually confirms; from then on a second letter is due."""
        if self.sent_on is None:
            return None
        return schedule.add_working_days(self.sent_on, self.procedure.confirm_after)

    @property
    def collection_rests_until(self) -> date | None:
        """Up to then at most, a sum in dispute is not collected once the Ombudsman has it."""
        return schedule.months_after(self.ombudsman_on, 4) if self.ombudsman_on else None

    def newer_procedure(self) -> Procedure | None:
        """What is published instead of the version that this case follows, if anything is."""
        own = self.procedure
        published = Procedure.objects.published().filter(operator=own.operator_id, plan=own.plan)
        return published.filter(version__gt=own.version).first()

    def channels_used(self) -> list[Channel]:
        """The ways of this operator that the person may have used: those of the recorded kind, in
        the version that was followed then.

        None where the number moved: then it was another operator that was asked.
        """
        if self.is_port or not self.channel:
            return []
        own = self.procedure
        version = self.sent_version or own.version
        followed = Channel.objects.filter(
            procedure__operator=own.operator_id, procedure__plan=own.plan, kind=self.channel
        )
        return list(followed.filter(procedure__version=version).select_related("procedure"))

    def next_action(self, *, today: date, receipt_kept: bool) -> NextAction:
        """What comes next for the person.

        today: in Belgium. receipt_kept: whether the written confirmation is safe somewhere.
        """
        action = self.NextAction
        match self.status:
            case Status.PREPARING:
                return action.PREPARE
            case Status.REQUESTED | Status.CONFIRMED:
                if self.end_date and self.end_date < today:
                    return action.CHECK_LINE
                if self.status == Status.REQUESTED:
                    return action.AWAIT_CONFIRMATION
                return action.AWAIT_END if receipt_kept else action.KEEP_RECEIPT
            case Status.ENDED:
                return self._next_after_the_end(receipt_kept=receipt_kept)
        return action.NOTHING

    def _next_after_the_end(self, *, receipt_kept: bool) -> NextAction:
        action, plan = self.NextAction, self.procedure.plan
        if self.is_port and plan == Plan.PREPAID and not self.credit_settled:
            return action.CLAIM_CREDIT
        if self.confirmed_on and not receipt_kept:
            return action.KEEP_RECEIPT
        if plan == Plan.POSTPAID and self.final_bill_right is None:
            return action.CHECK_FINAL_BILL
        return action.CHECK_NO_MORE_BILLS

    def questions(self) -> list[str]:
        """What can be looked at now, for the line test and for the last bill.

        A line that is paused or handed on is not tested, and a prepaid card has no bill.
        """
        asked: list[str] = []
        running = {Status.REQUESTED, Status.CONFIRMED, Status.ENDED, Status.CLOSED}
        if self.status in running and (self.is_port or self.line_dies):
            asked += Check.LINE
        if self.status in (Status.ENDED, Status.CLOSED) and self.procedure.plan == Plan.POSTPAID:
            asked += Check.BILL
        return asked

    def has_receipt(self) -> bool:
        """Whether the operator's written confirmation is stored here."""
        return (
            Evidence.objects.kept().filter(case=self.pk, proves=Evidence.Proves.CONFIRMED).exists()
        )

    def has_files(self) -> bool:
        """Whether a file is stored here, or was thrown away so lately that it can be taken back."""
        return Evidence.objects.filter(case=self.pk).exists()

    def facts(self, *, receipt_kept: bool | None = None) -> schedule.Facts:
        """What the schedule looks at. Who knows whether the receipt is kept saves a query."""
        keep_until = self.keep_until if self.keep_until and self.has_files() else None
        if receipt_kept is None:
            receipt_kept = self.receipt_elsewhere or self.has_receipt()
        return schedule.Facts(
            status=self.status,
            goal=self.goal,
            plan=self.procedure.plan,
            opened_on=self.opened_on,
            confirm_after=self.procedure.confirm_after,
            final_bill_after=self.procedure.final_bill_after,
            no_more_bills_after=self.procedure.no_more_bills_after,
            sent_on=self.sent_on,
            channel=self.channel,
            wanted_end=self.wanted_end,
            request_acknowledged=self.request_acknowledged,
            confirmed_on=self.confirmed_on,
            ends_on=self.ends_on,
            ended_on=self.ended_on,
            receipt_kept=receipt_kept,
            credit_settled=self.credit_settled,
            final_bill_right=self.final_bill_right,
            complained_on=self.complained_on,
            complaint_settled=self.complaint_settled,
            keep_until=keep_until,
        )
