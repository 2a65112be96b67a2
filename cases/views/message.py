"""What came in by mail: the person says what it is. And the address to which it comes."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import messages
from cases.errors import CaseError
from cases.messages import Place, What
from cases.models import Case, Message
from cases.views.case import mine
from simexit.lib.http import UserRequest


@require_POST
@mine
def settle(request: UserRequest, case: Case, pk: UUID) -> HttpResponseBase:
    """pk: of the evidence. Leads on to what follows from the answer."""
    mails = Message.objects.filter(evidence__case=case, evidence__removed_at=None, came_in=True)
    message = get_object_or_404(mails.select_related("evidence"), evidence=pk)
    message.evidence.case = case
    what = request.POST.get("what", "")
    if what not in What.values:
        flashes.error(request, _("Say what the mail is: press one of the buttons below it."))
        return redirect(f"{case.get_absolute_url()}#mail-{pk}")
    try:
        messages.settle(message, what, by=request.user, at=timezone.now())
    except CaseError as error:
        flashes.error(request, str(error))
        return redirect(case)
    place = messages.place_after(message, what)
    flashes.success(request, _done(place))
    return redirect(_address(case, place))


def _done(place: Place) -> str:
    if place.form == "requested":
        return _("Noted. Now record how and when you sent your request.")
    if place.form == "confirmed":
        return _("Noted. Now fill in the dates that the mail names.")
    return _("Noted. The mail lies with your proof.")


def _address(case: Case, place: Place) -> str:
    wanted = {"open": place.form, "day": place.day}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{case.get_absolute_url()}{'?' if query else ''}{query}#{place.anchor}"


@require_POST
@mine
def renew_address(request: UserRequest, case: Case) -> HttpResponseBase:
    case.renew_mail_key()
    flashes.success(request, _("This case has a new mail address. The old one does not work now."))
    return redirect(f"{case.get_absolute_url()}#mail-address")
