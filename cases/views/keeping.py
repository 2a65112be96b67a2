"""How long the files of a case that is over are kept: the person chooses the day."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.keep_form import KeepForm
from cases.models import Case
from cases.views.case import act, mine
from simexit.lib.http import UserRequest


@require_POST
@mine
def keep(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.keep_longer(**data, by=request.user, at=timezone.now())

    return act(request, case, KeepForm, verb, _("Noted. We keep the files until that day."))
