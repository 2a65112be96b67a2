"""The mails that are planned: switch one off or on, set an own date, stop all of a case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import forms
from cases.models import Case, Reminder, planning
from cases.views.case import act, mine
from simexit.lib.http import UserRequest


@require_POST
@mine
def switch(request: UserRequest, case: Case, pk: int) -> HttpResponse:
    """Switches one planned mail off, or on again."""
    reminder = get_object_or_404(Reminder, case=case, pk=pk)
    planning.switch(reminder, on=request.POST.get("on") == "1", at=timezone.now())
    messages.success(request, _("Changed."))
    return redirect(f"{case.get_absolute_url()}#mails")


@require_POST
@mine
def own_date(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.add_own_date(data["day"], note=data["note"], by=request.user, at=timezone.now())

    return act(request, case, forms.OwnDateForm, verb, _("We will write to you on that day."))


@require_POST
@mine
def stop(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.stop_reminders(by=request.user, at=timezone.now())

    done = _("No more mails about this case. The dates stay on this page.")
    return act(request, case, forms.ConfirmForm, verb, done)


@require_POST
@mine
def resume(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.resume_reminders(by=request.user, at=timezone.now())

    return act(request, case, forms.ConfirmForm, verb, _("We write to you again about this case."))
