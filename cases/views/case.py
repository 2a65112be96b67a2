"""The list, the opening, the case page, and one small view per verb.

A verb's view finds the case among those that the person may see, reads the form, acts, answers.
What the case refuses comes back as a sentence; what the form refuses stands beside its field.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, Min, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import forms, schedule
from cases.errors import CaseError
from cases.models import Case, Evidence, Message, Reminder
from cases.views import page
from operators.models import Procedure
from simexit.lib.http import UserRequest

SESSION_KEY = "opening"  # what somebody typed before signing in

P = ParamSpec("P")
View = Callable[..., HttpResponseBase]
Verb = Callable[[dict[str, Any]], object]


def mine(view: Callable[Concatenate[UserRequest, Case, P], HttpResponseBase]) -> View:
    """The view gets the person's own case; a stranger gets 404, somebody signed out the log-in."""

    @wraps(view)
    @login_required
    def find_first(
        request: UserRequest, reference: str, *args: P.args, **rest: P.kwargs
    ) -> HttpResponseBase:
        visible = Case.objects.visible_to(request.user).select_related(
            "owner", "procedure__operator"
        )
        case = get_object_or_404(visible, reference=reference)
        try:
            return view(request, case, *args, **rest)
        except Case.DoesNotExist as gone:  # another tab has deleted it meanwhile
            raise Http404 from gone

    return cast(View, find_first)


# --- List and opening ---------------------------------------------------------------------------


@require_safe
@login_required
def case_list(request: UserRequest) -> HttpResponse:
    receipts = Evidence.objects.kept().filter(case=OuterRef("pk"), proves=Evidence.Proves.CONFIRMED)
    cases = (
        Case.objects.visible_to(request.user)
        .select_related("procedure__operator")
        .annotate(
            receipt_stored=Exists(receipts),
            came_in=Message.objects.to_settle().counted(OuterRef("pk")),
            next_mail=Min("reminders__try_at", filter=Q(reminders__status=Reminder.Status.PLANNED)),
        )
    )
    today = schedule.today(timezone.now())
    rows = [page.row(case, today=today) for case in cases]
    context = {
        "open_rows": sorted(
            (row for row in rows if row.case.is_open), key=lambda row: row.sort_key
        ),
        "done_rows": [row for row in rows if not row.case.is_open],
    }
    return render(request, "cases/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Opens a case; somebody without an account fills the form first and signs up after it."""
    owner = request.user if request.user.is_authenticated else None
    if request.method != "POST":
        typed = request.session.get(SESSION_KEY)
        form = _typed_before(typed, owner) if typed and owner else _prefilled(request, owner)
        return render(request, "cases/new.html", {"form": form, "kept": bool(typed and owner)})
    form = forms.OpeningForm(request.POST, owner=owner)
    if not form.is_valid():
        return render(request, "cases/new.html", {"form": form}, status=422)
    if owner is None:
        request.session[SESSION_KEY] = request.POST.dict()
        messages.info(
            request, _("Almost there: give your e-mail address, so that we can remind you.")
        )
        return redirect(reverse("account_signup") + "?next=" + reverse("cases:new"))
    case = Case.objects.start(
        owner=owner,
        procedure=form.cleaned_data["procedure"],
        goal=form.cleaned_data["goal"],
        phone_number=form.cleaned_data["phone_number"],
        customer_number=form.cleaned_data["customer_number"],
        at=timezone.now(),
    )
    request.session.pop(SESSION_KEY, None)
    messages.success(request, _("Your case is open. Its reference is %s.") % case.reference)
    return redirect(case)


def _prefilled(request: HttpRequest, owner: Any) -> forms.OpeningForm:
    known = ("operator", "plan", "goal")
    # slugify: an address may hold anything, and PostgreSQL stops at a NUL.
    initial = {name: slugify(request.GET[name]) for name in known if name in request.GET}
    if "operator" in initial and "plan" not in initial:
        published = Procedure.objects.published().filter(operator__slug=initial["operator"])
        plans = list(published.values_list("plan", flat=True))
        if len(plans) == 1:
            initial["plan"] = plans[0]
    return forms.OpeningForm(initial=initial, owner=owner)


def _typed_before(typed: dict[str, str], owner: Any) -> forms.OpeningForm:
    """The form as it was filled before signing in, with what is wrong now, if anything."""
    form = forms.OpeningForm(typed, owner=owner)
    return form if not form.is_valid() else forms.OpeningForm(initial=typed, owner=owner)


# --- The case -------------------------------------------------------------------------------------


@require_safe
@mine
def detail(request: UserRequest, case: Case) -> HttpResponse:
    return page.show(request, case)


@require_safe
@mine
def certificate(request: UserRequest, case: Case) -> HttpResponse:
    """The four dates and the four proofs on one page to print; what is missing stands there too."""
    return render(request, "cases/certificate.html", page.certificate(case, at=timezone.now()))


# --- Verbs ----------------------------------------------------------------------------------------


@require_POST
@mine
def mark_requested(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.mark_requested(**data, by=request.user, at=timezone.now())

    done = _("Noted. We will write to you if the operator stays silent.")
    return act(request, case, forms.RequestedForm, verb, done)


@require_POST
@mine
def mark_confirmed(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.mark_confirmed(**data, by=request.user, at=timezone.now())

    return act(
        request, case, forms.ConfirmedForm, verb, _("Noted. Now store the confirmation here.")
    )


@require_POST
@mine
def mark_ended(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.mark_ended(**data, by=request.user, at=timezone.now())

    done = _("Noted. The case stays open until nothing is billed any more.")
    return act(request, case, forms.EndedForm, verb, done)


@require_POST
@mine
def close(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.close(**data, by=request.user, at=timezone.now())

    done = _("Your case is closed. Print or save the certificate below.")
    return act(request, case, forms.CloseForm, verb, done)


@require_POST
@mine
def drop(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.drop(**data, by=request.user, at=timezone.now())

    return act(request, case, forms.DropForm, verb, _("The case is dropped. Nothing is deleted."))


@require_POST
@mine
def reopen(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.reopen(by=request.user, at=timezone.now())

    if case.status != Case.Status.CLOSED:
        return act(request, case, forms.ConfirmForm, verb, _("The case is open again."))
    done = _("The case is open again. Store the bill, then take the next step.")
    return act(request, case, forms.ConfirmForm, verb, done, to="cases:escalation")


@require_POST
@mine
def undo(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.undo(**data, by=request.user, at=timezone.now())

    return act(request, case, forms.UndoForm, verb, _("Undone."))


@require_POST
@mine
def tick(request: UserRequest, case: Case, key: str) -> HttpResponse:
    try:
        case.tick(step=key, done=request.POST.get("done") == "1", at=timezone.now())
    except CaseError as error:
        messages.error(request, str(error))
    return redirect(f"{case.get_absolute_url()}#steps")


@require_POST
@mine
def note(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.note(**data, by=request.user, at=timezone.now())

    return act(request, case, forms.NoteForm, verb, _("Noted."))


@require_POST
@mine
def customer_number(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.set_customer_number(data["customer_number"], by=request.user, at=timezone.now())

    return act(request, case, forms.CustomerNumberForm, verb, _("Noted."))


@require_POST
@mine
def keep_receipt_elsewhere(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.keep_receipt_elsewhere(by=request.user, at=timezone.now())

    done = _("Noted. We stop asking for the receipt. Keep it for at least a year.")
    return act(request, case, forms.ConfirmForm, verb, done)


@require_POST
@mine
def settle_credit(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        case.settle_credit(by=request.user, at=timezone.now())

    return act(request, case, forms.ConfirmForm, verb, _("Noted."))


@require_POST
@mine
def final_bill(request: UserRequest, case: Case) -> HttpResponse:
    def verb(data: dict[str, Any]) -> None:
        right = request.POST.get("right") == "1"
        case.check_final_bill(right=right, by=request.user, at=timezone.now())

    return act(request, case, forms.ConfirmForm, verb, _("Noted."))


# --- How every verb's view goes -------------------------------------------------------------------


def act(
    request: UserRequest,
    case: Case,
    form_class: type[forms.CaseForm],
    verb: Verb,
    done: str,
    *,
    show: Callable[..., HttpResponse] = page.show,
    to: str = "cases:detail",
) -> HttpResponse:
    """Reads the form, calls the verb; answers with `done`, the refusal, or the page again.

    show: the page with that form. to: the name of the address to go to after it.
    """
    today = schedule.today(timezone.now())
    form = form_class(request.POST, request.FILES, case=case, today=today)
    if not form.is_valid():
        return show(request, case, form, status=422)
    try:
        verb(form.cleaned_data)
    except CaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(to, case.reference)
