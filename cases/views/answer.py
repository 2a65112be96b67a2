"""Answers out of a mail. The signed link is the key: it works without signing in.

GET shows what would be answered and writes nothing, because scanners open every link. POST acts.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cases import evidence, forms, reminders, schedule
from cases.errors import BadLink, CaseError, ExpiredLink, InvalidMove, NothingToUndo
from cases.models import Answer, Case, Reminder
from cases.models.answer import LATER, SNOOZE_DAYS, STOP

FORMS: dict[Answer, type[forms.CaseForm]] = {
    Answer.SENT: forms.RequestedForm,
    Answer.KEEP_LINE: forms.DropForm,
    Answer.CONFIRMED: forms.ConfirmedForm,
    Answer.LINE_DEAD: forms.EndedForm,
    Answer.RECEIPT_STORED: forms.EvidenceForm,
    Answer.BILL_WRONG: forms.MaybeComplaintForm,
    Answer.NOTHING_BILLED: forms.CloseForm,
    Answer.STILL_BILLED: forms.MaybeComplaintForm,
    Answer.OWN_DATE: forms.DayForm,
}
UNDO_SALT = "cases.answer.undo"


# The token is the proof that the mail's reader asked; mail programs that unsubscribe for their
# user send a bare POST without any cookie (RFC 8058).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        pk, choice = reminders.read_token(token)
    except ExpiredLink:
        return render(request, "cases/answer/expired.html", status=410)
    except BadLink:
        return render(request, "cases/answer/bad.html", status=404)
    reminder = (
        Reminder.objects.select_related("case__owner", "case__procedure__operator")
        .filter(pk=pk)
        .first()
    )
    if reminder is None:
        return render(request, "cases/answer/bad.html", status=404)
    with translation.override(reminder.case.owner.language):
        return _answer(request, reminder, choice, at=timezone.now())


def _answer(
    request: HttpRequest, reminder: Reminder, choice: Answer, *, at: datetime
) -> HttpResponse:
    context = _about(reminder, choice, at=at)
    form_class = FORMS.get(choice, forms.ConfirmForm)
    today = schedule.today(at)
    settled = choice not in STOP and reminder.is_settled
    if request.method != "POST":
        context |= {"form": form_class(case=reminder.case, today=today), "settled": settled}
        return render(request, "cases/answer/ask.html", context)
    try:
        if "undo" in request.POST:
            undo(reminder.case, request.POST["undo"], at=at)
            context["again"] = reminders.links(reminder, reminder.answers)
            return render(request, "cases/answer/undone.html", context)
        if settled:
            raise InvalidMove(_("This question is settled already."))
        form = form_class(request.POST, request.FILES, case=reminder.case, today=today)
        if not form.is_valid():
            return render(request, "cases/answer/ask.html", context | {"form": form}, status=422)
        done = act(reminder, choice, form.cleaned_data, at=at)
    except CaseError as error:
        context["refusal"] = str(error)
        return render(request, "cases/answer/refused.html", context, status=409)
    context |= {"done": done, "undo": _undo_token(reminder.case, at=at)}
    context |= _what_comes_next(reminder.case, today=today)
    return render(request, "cases/answer/done.html", context)


def _about(reminder: Reminder, choice: Answer, *, at: datetime) -> dict[str, Any]:
    """What every page of an answer shows: the question, this answer, and the ways to the others."""
    others = [answer for answer in reminder.answers if answer != choice]
    later = [answer for answer in LATER if answer != choice]
    return {
        "case": reminder.case,
        "label": reminder.label(choice),
        "is_stop": choice in STOP,
        "title": reminders.title(reminder, at=at),
        "others": reminders.links(reminder, others),
        "later": reminders.links(reminder, later),
    }


def _what_comes_next(case: Case, *, today: date) -> dict[str, Any]:
    kept = case.receipt_elsewhere or case.has_receipt()
    stopped = case.reminders_stopped_at or case.owner.reminders_stopped_at
    mail = None if stopped else case.reminders.planned().order_by("try_at").first()
    return {
        "next_action": case.next_action(today=today, receipt_kept=kept),
        "next_mail_on": schedule.today(mail.try_at) if mail else None,
    }


# --- Taking a press back --------------------------------------------------------------------------


def _undo_token(case: Case, *, at: datetime) -> str:
    """A signed name for what was pressed at this instant; empty if it changed nothing to undo."""
    events = case.events.undoable_since(at).filter(at=at)
    presses = list(events.values_list("pk", flat=True))
    return signing.dumps(presses, salt=UNDO_SALT) if presses else ""


def undo(case: Case, token: str, *, at: datetime) -> None:
    """Takes back what one press on these pages did, if nothing was pressed after it.

    token: from `_undo_token`. Raises CaseError if it is too old, or if it is not the last press.
    """
    try:
        presses = signing.loads(token, salt=UNDO_SALT, max_age=Case.UNDO_LASTS)
    except signing.BadSignature as error:
        raise NothingToUndo(_("There is nothing to undo any more.")) from error
    with transaction.atomic():
        for press in presses:
            case.undo(press=press, by=case.owner, at=at)


# --- The answers ----------------------------------------------------------------------------------


def act(reminder: Reminder, choice: Answer, data: dict[str, Any], *, at: datetime) -> str:
    """Calls the verb that this answer stands for; returns the sentence to show.

    Raises CaseError if the case does not wait for this answer any more.
    """
    case, kind = reminder.case, reminder.kind
    by = case.owner
    match choice:
        case Answer.SENT:
            case.mark_requested(**data, by=by, at=at)
            return _("Noted. We will write to you if the operator stays silent.")
        case Answer.KEEP_LINE:
            case.drop(**data, by=by, at=at)
            return _("The case is dropped. Nothing is deleted.")
        case Answer.ACKNOWLEDGED:
            case.acknowledge_request(received=True, by=by, at=at)
            return _("Good. Keep that message: it proves that they have your request.")
        case Answer.NOT_ACKNOWLEDGED:
            case.acknowledge_request(received=False, by=by, at=at)
            if case.is_port:
                return _("Then ask the new operator today whether it has your order.")
            return _(
                "Then send it again another way today: by letter, or in a shop with a receipt."
            )
        case Answer.CONFIRMED:
            case.mark_confirmed(**data, by=by, at=at)
            return _("Noted. Now store the confirmation, so that nobody can deny it.")
        case Answer.NOT_CONFIRMED:
            case.still_waiting(by=by, at=at)
            if case.is_port:
                return _("Noted. Ask the new operator on which day it moves. We ask you again.")
            return _("Noted. We ask again. Without an answer, write a second time.")
        case Answer.LINE_DEAD:
            case.mark_ended(**data, by=by, at=at)
            return _("Noted. The case stays open until nothing is billed any more.")
        case Answer.LINE_ALIVE:
            case.snooze(kind, days=3, by=by, at=at)
            if case.is_port:
                return _("Ask the new operator why. We ask you again in 3 days.")
            return _("Write to the operator and ask why. We ask you again in 3 days.")
        case Answer.RECEIPT_STORED:
            evidence.store(case, data["file"], proves=data["proves"], by=by, at=at)
            return _("Stored. Nobody but you can open it.")
        case Answer.RECEIPT_ELSEWHERE:
            case.keep_receipt_elsewhere(by=by, at=at)
            return _("Noted. We stop asking for the receipt. Keep it for at least a year.")
        case Answer.CREDIT_SETTLED:
            case.settle_credit(by=by, at=at)
            return _("Noted.")
        case Answer.BILL_RIGHT:
            case.check_final_bill(right=True, by=by, at=at)
            return _("Good. One more question in a month: whether anything is billed after that.")
        case Answer.BILL_WRONG:
            case.check_final_bill(right=False, by=by, at=at)
            if data["complained_on"]:
                case.complain(**data, by=by, at=at)
            return _(
                "Dispute the wrong part in writing and pay the rest. Your case page shows how."
            )
        case Answer.NOTHING_BILLED:
            case.close(**data, by=by, at=at)
            return _("Your case is closed. Well done.")
        case Answer.STILL_BILLED:
            case.still_billed(**data, by=by, at=at)
            return _("Complain to the operator in writing. We ask you again in two weeks.")
        case Answer.COMPLAINT_SETTLED:
            case.settle_complaint(by=by, at=at)
            return _("Noted.")
        case Answer.DONE:
            return _("Good.")
        case Answer.KEEP:
            case.keep_longer(by=by, at=at)
            assert case.keep_until
            return _("We keep your files until %(day)s.") % {"day": date_format(case.keep_until)}
        case Answer.OWN_DATE:
            reminder.again_on(data["day"], by=by, at=at)
            return _("We will write to you on that day.")
        case Answer.STOP_CASE:
            case.stop_reminders(by=by, at=at)
            return _("No more mails about this case. The dates stay on its page.")
        case Answer.STOP_ALL:
            by.stop_reminders(at=at)
            return _("No more reminders. You can switch them on again in your account.")
        case Answer.SNOOZE_3 | Answer.SNOOZE_7 | Answer.SNOOZE_14:
            days = timedelta(days=SNOOZE_DAYS[choice])
            reminder.again_on(schedule.today(at) + days, by=by, at=at)
            return _("We ask you again then.")
