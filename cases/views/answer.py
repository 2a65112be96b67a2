"""Answers out of a mail. The signed link is the key: it works without signing in.

GET shows what would be answered and writes nothing, because scanners open every link. POST acts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cases import evidence, forms, reminders, schedule
from cases.errors import BadLink, CaseError, ExpiredLink
from cases.models import Answer, Reminder
from cases.models.reminder import SNOOZE_DAYS, STOP

FORMS: dict[Answer, type[forms.CaseForm]] = {
    Answer.SENT: forms.RequestedForm,
    Answer.KEEP_LINE: forms.DropForm,
    Answer.CONFIRMED: forms.ConfirmedForm,
    Answer.LINE_DEAD: forms.EndedForm,
    Answer.RECEIPT_STORED: forms.EvidenceForm,
    Answer.BILL_WRONG: forms.MaybeComplaintForm,
    Answer.STILL_BILLED: forms.MaybeComplaintForm,
    Answer.OWN_DATE: forms.OwnDateForm,
}


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
    case = reminder.case
    form_class = FORMS.get(choice, forms.ConfirmForm)
    context: dict[str, Any] = {"case": case, "reminder": reminder, "answer": choice}
    today = schedule.today(at)
    if request.method != "POST":
        context["form"] = form_class(case=case, today=today)
        context["settled"] = choice not in STOP and not case.waits_for(reminder.kind)
        return render(request, "cases/answer/ask.html", context)
    form = form_class(request.POST, request.FILES, case=case, today=today)
    if not form.is_valid():
        return render(request, "cases/answer/ask.html", context | {"form": form}, status=422)
    try:
        context["done"] = act(reminder, choice, form.cleaned_data, at=at)
    except CaseError as error:
        context["refusal"] = str(error)
        return render(request, "cases/answer/refused.html", context, status=409)
    return render(request, "cases/answer/done.html", context)


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
            return _(
                "Then send it again another way today: by letter, or in a shop with a receipt."
            )
        case Answer.CONFIRMED:
            case.mark_confirmed(**data, by=by, at=at)
            return _("Noted. Now store the confirmation, so that nobody can deny it.")
        case Answer.NOT_CONFIRMED:
            case.still_waiting(by=by, at=at)
            return _("Noted. We ask again. Without an answer, write a second time.")
        case Answer.LINE_DEAD:
            case.mark_ended(**data, by=by, at=at)
            return _("Noted. The case stays open until nothing is billed any more.")
        case Answer.LINE_ALIVE:
            case.snooze(kind, days=3, by=by, at=at)
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
            case.close(by=by, at=at)
            return _("Your case is closed. Well done.")
        case Answer.STILL_BILLED:
            case.still_billed(**data, by=by, at=at)
            return _("Complain to the operator in writing. We ask you again in two weeks.")
        case Answer.COMPLAINT_SETTLED:
            case.settle_complaint(by=by, at=at)
            return _("Noted.")
        case Answer.DONE:
            return _("Good.")
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
