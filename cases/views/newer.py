"""A newer version of the procedure was published: the person switches to it, or stays."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import forms
from cases.models import Case
from cases.views.case import act, mine
from simexit.lib.http import UserRequest


@require_POST
@mine
def switch(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.switch_procedure(**data, by=request.user, at=timezone.now())

    done = _("You follow the newer steps now. What you ticked is kept.")
    return act(request, case, forms.VersionForm, verb, done)


@require_POST
@mine
def stay(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.stay(**data, by=request.user, at=timezone.now())

    return act(request, case, forms.VersionForm, verb, _("Your case keeps its steps."))
