"""The line test and the look at the last bill: questions, and what to do where the answer is no."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import checks, schedule
from cases.check_form import ChecksForm
from cases.checks import Checked
from cases.errors import CaseError
from cases.models import Case, Check
from cases.views.case import mine
from simexit.lib.http import UserRequest


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def ask(request: UserRequest, case: Case) -> HttpResponse:
    """Takes one answer or all at once."""
    now = timezone.now()
    today = schedule.today(now)
    asked = checks.answered(case, case.checks.all())
    if request.method != "POST":
        return _show(request, case, asked, ChecksForm(case=case, today=today, asked=asked))
    form = ChecksForm(request.POST, case=case, today=today, asked=asked)
    if not form.is_valid():
        return _show(request, case, asked, form, status=422)
    answers = {name: result for name, result in form.cleaned_data.items() if result}
    try:
        case.answer_checks(answers, by=request.user, at=now)
    except CaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect("cases:checks", case.reference)


def _show(
    request: UserRequest, case: Case, asked: list[Checked], form: ChecksForm, *, status: int = 200
) -> HttpResponse:
    rows = [(one, form[one.name]) for one in asked]
    line = [one for one in asked if one.name in Check.LINE]
    context = {
        "case": case,
        "form": form,
        "line": [row for row in rows if row[0].name in Check.LINE],
        "bill": [row for row in rows if row[0].name in Check.BILL],
        "line_is_over": bool(line)
        and not case.ended_on
        and all(one.result and not one.is_wrong for one in line),
        "wrong": any(one.is_wrong for one in asked),
    }
    return render(request, "cases/checks.html", context, status=status)
