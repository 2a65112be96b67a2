"""What a person can say to a reminder, and in which words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.schedule import Kind


class Answer(models.TextChoices):
    """What a person can say to a reminder with one press. Values are signed into mailed links."""

    SENT = "sent", _("Yes, I have sent it")
    KEEP_LINE = "keep_line", _("I keep the line after all")
    ACKNOWLEDGED = "acknowledged", _("Yes, they say they have it")
    NOT_ACKNOWLEDGED = "not_acknowledged", _("No, nothing came")
    CONFIRMED = "confirmed", _("Yes, confirmed in writing")
    NOT_CONFIRMED = "not_confirmed", _("No, not yet")
    LINE_DEAD = "line_dead", _("Yes, it is over")
    LINE_ALIVE = "line_alive", _("No, it still works")
    RECEIPT_STORED = "receipt_stored", _("Store the receipt now")
    RECEIPT_ELSEWHERE = "receipt_elsewhere", _("I keep it elsewhere")
    CREDIT_SETTLED = "credit_settled", _("Claimed, or nothing to claim")
    BILL_RIGHT = "bill_right", _("Yes, the last bill is right")
    BILL_WRONG = "bill_wrong", _("No, it is wrong")
    NOTHING_BILLED = "nothing_billed", _("Nothing is billed any more: close my case")
    STILL_BILLED = "still_billed", _("They still bill me")
    COMPLAINT_SETTLED = "complaint_settled", _("Filed with the Ombudsman, or settled")
    DONE = "done", _("Done")
    KEEP = "keep", _("Keep it for another year")
    SNOOZE_3 = "snooze_3", _("Ask me again in 3 days")
    SNOOZE_7 = "snooze_7", _("Ask me again in 7 days")
    SNOOZE_14 = "snooze_14", _("Ask me again in 14 days")
    OWN_DATE = "own_date", _("Remind me on a day that I choose")
    STOP_CASE = "stop_case", _("No more mails about this case")
    STOP_ALL = "stop_all", _("No more reminders at all")


SNOOZE_DAYS = {Answer.SNOOZE_3: 3, Answer.SNOOZE_7: 7, Answer.SNOOZE_14: 14}
LATER = (*SNOOZE_DAYS, Answer.OWN_DATE)
STOP = (Answer.STOP_CASE, Answer.STOP_ALL)

# What is already done comes first: it is the shortest way out of the mail.
ANSWERS: dict[Kind, tuple[Answer, ...]] = {
    Kind.FINISH_PREPARING: (Answer.SENT, Answer.KEEP_LINE),
    Kind.CONFIRM_RECEIPT_OF_REQUEST: (Answer.ACKNOWLEDGED, Answer.NOT_ACKNOWLEDGED),
    Kind.CONFIRM_CANCELLATION: (Answer.CONFIRMED, Answer.LINE_DEAD, Answer.NOT_CONFIRMED),
    Kind.CHECK_LINE: (Answer.LINE_DEAD, Answer.LINE_ALIVE),
    Kind.KEEP_RECEIPT: (Answer.RECEIPT_STORED, Answer.RECEIPT_ELSEWHERE),
    Kind.CLAIM_PREPAID_CREDIT: (Answer.CREDIT_SETTLED,),
    Kind.CHECK_FINAL_BILL: (Answer.BILL_RIGHT, Answer.BILL_WRONG),
    Kind.CHECK_NO_MORE_BILLS: (Answer.NOTHING_BILLED, Answer.STILL_BILLED),
    Kind.OMBUDSMAN_CLOCK: (Answer.COMPLAINT_SETTLED,),
    Kind.OWN_DATE: (Answer.DONE,),
    Kind.KEEP_UNTIL: (Answer.KEEP,),
}

# Who takes the number along asks another operator, and cancels nothing.
ANSWERS_TO_PORT: dict[Kind, tuple[Answer, ...]] = {
    Kind.CONFIRM_CANCELLATION: (Answer.LINE_DEAD, Answer.CONFIRMED, Answer.NOT_CONFIRMED),
}
# Answers that say something else where the number moves, or where the line lives on another way.
LABELS_FOR_PORT = {
    Answer.SENT: _("Yes, I have signed the porting mandate"),
    Answer.LINE_DEAD: _("Yes, my number has moved"),
    Answer.LINE_ALIVE: _("No, not yet"),
    Answer.CONFIRMED: _("Not yet, but the day is confirmed in writing"),
}
LABELS_FOR_LIFE = {
    Answer.LINE_DEAD: _("Yes, it is done"),
    Answer.LINE_ALIVE: _("No, not yet"),
}
