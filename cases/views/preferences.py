"""What a person sets for every case. Address, password and passkeys are allauth's pages.

The columns are the person's, but planned mails move with them: so this door stands here.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import PreferencesForm
from cases import calendar
from cases.models import Reminder, planning
from simexit.lib.http import UserRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: UserRequest) -> HttpResponse:
    user = request.user
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            user.prefer(**form.cleaned_data)
            Reminder.objects.retime(user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("preferences:edit")
        return _page(request, form, status=422)
    form = PreferencesForm(
        initial={
            "language": user.language,
            "mail_hour": user.mail_hour,
            "weekdays": sorted(user.weekdays),
        }
    )
    return _page(request, form)


def _page(request: UserRequest, form: PreferencesForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "calendar": calendar.address(request.user)}
    return render(request, "preferences/edit.html", context, status=status)


@require_POST
@login_required
def stop_reminders(request: UserRequest) -> HttpResponse:
    request.user.stop_reminders(at=timezone.now())
    messages.success(request, _("Stopped. We send you no reminder until you ask for them again."))
    return redirect("preferences:edit")


@require_POST
@login_required
def resume_reminders(request: UserRequest) -> HttpResponse:
    at = timezone.now()
    request.user.resume_reminders()
    for case in request.user.cases.open():
        planning.sync(case, at=at)
    messages.success(request, _("We remind you again, in every open case."))
    return redirect("preferences:edit")


@require_POST
@login_required
def try_address_again(request: UserRequest) -> HttpResponse:
    request.user.try_address_again()
    messages.success(request, _("We try this address again with the next mail that is due."))
    return redirect("preferences:edit")
