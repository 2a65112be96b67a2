"""The letters of a case: which one, its words, the paper, and the record that it was sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import evidence, forms, letter_kinds, letters, schedule, talk
from cases.errors import CaseError, RefusedFile, SentBefore
from cases.letter_beginning import from_case
from cases.letter_form import LetterForm
from cases.letter_kinds import ENDING
from cases.models import Case, Evidence, Letter
from cases.views import letter_page
from cases.views.case import mine
from cases.views.evidence import count, handed_out
from operators.models import ChannelKind, LetterKind
from simexit.lib.http import UserRequest

# --- Which one ------------------------------------------------------------------------------------


@require_safe
@mine
def letter_list(request: UserRequest, case: Case) -> HttpResponse:
    """What was written, what was sent, and what can be written now."""
    offered = letter_page.offered()
    fitting = [kind for kind in letter_kinds.fitting(case) if kind in offered]
    rest = [kind for kind in offered if kind not in fitting]
    context = {
        "case": case,
        "prepared": case.letters.prepared().order_by("-made_at"),
        "sent": case.letters.sent().order_by("-sent_on", "-made_at"),
        "fitting": letter_kinds.choices(fitting),
        "groups": letter_kinds.groups(rest, plan=case.procedure.plan),
    }
    return render(request, "cases/letters/list.html", context)


# --- Writing --------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@mine
def new(request: UserRequest, case: Case, kind: str) -> HttpResponse:
    """As without a case, filled with what the case knows; and it can be kept."""
    template = letter_page.template_of(kind)
    channels = letter_page.channels_of(case.procedure)
    begun = from_case(case, channels, kind=kind, reader=letter_page.reader())
    form = letter_page.form_for(request, template, begun)
    context = {
        "case": case,
        "kind": LetterKind(kind),
        "form": form,
        "harmful": case.is_port and kind in ENDING,
    }
    if not form.is_bound:
        return render(request, "cases/letters/form.html", context)
    if not form.is_valid():
        return render(request, "cases/letters/form.html", context, status=422)
    wish = request.POST.get("do")
    if wish == letter_page.PAPER and not form.spoken:
        return letter_page.paper_of(form)
    if wish == letter_page.KEEP and not form.spoken:
        return _keep(request, case, form)
    context |= letter_page.letter_shown(form, channels)
    return render(request, "cases/letters/shown.html", context)


def _keep(request: UserRequest, case: Case, form: LetterForm) -> HttpResponse:
    kept = letters.keep(
        case,
        form.template,
        form.wanted(),
        reader=letter_page.reader(),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Kept in your case. Now send it, and record here that you did."))
    return redirect(kept)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@mine
def write_down(request: UserRequest, case: Case) -> HttpResponse:
    """Right after a call or a visit: who, when, which number, what was promised."""
    now = timezone.now()
    posted = request.method == "POST"
    form = forms.TalkForm(request.POST if posted else None, case=case, today=schedule.today(now))
    if request.GET.get("where") == ChannelKind.SHOP:
        form.initial["channel"] = ChannelKind.SHOP
    if form.is_valid():
        try:
            talk.write_down(case, talk.Talk(**form.cleaned_data), by=request.user, at=now)
        except RefusedFile:
            form.add_error("said", _("Please write plain words: this looks like a program."))
        except CaseError as error:
            form.add_error(None, str(error))
        else:
            done = _("Stored as a file of your case. Now write the same day what was said.")
            messages.success(request, done)
            return redirect("cases:letters", case.reference)
    context = {"case": case, "form": form}
    return render(request, "cases/letters/talk.html", context, status=422 if posted else 200)


# --- One letter -----------------------------------------------------------------------------------


@require_safe
@mine
def letter(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    return _show(request, _letter(case, pk))


@require_safe
@mine
def paper(request: UserRequest, case: Case, pk: UUID) -> HttpResponseBase:
    """The PDF as it was kept; what was sent is, byte for byte, what its SHA-256 says."""
    kept = _letter(case, pk)
    name = f"{kept.kind.replace('_', '-')}-{schedule.today(kept.made_at)}.pdf"
    return handed_out(kept.paper, name=name, content_type="application/pdf")


@require_POST
@mine
def mark_sent(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    """It left. Asks first where another one of its kind did."""
    kept, now = _letter(case, pk), timezone.now()
    form = forms.LetterSentForm(request.POST, request.FILES, case=case, today=schedule.today(now))
    if not form.is_valid():
        return _show(request, kept, sent_form=form, status=422)
    data = form.cleaned_data
    proof = data.pop("proof")
    try:
        if proof:
            count(request)
        accepted = evidence.accept(proof, owner=case.owner, at=now) if proof else None
        with transaction.atomic():
            letters.send(kept, letters.Sending(**data), by=request.user, at=now)
            if accepted:
                proves = Evidence.Proves.SENT
                evidence.file(case, accepted, proves=proves, letter=kept, by=request.user, at=now)
    except RefusedFile as error:
        form.add_error("proof", str(error))
        return _show(request, kept, sent_form=form, status=422)
    except SentBefore as error:
        return _show(request, kept, sent_form=form, sent_before=str(error), status=422)
    except CaseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted. From now on nothing changes this letter."))
    return redirect(kept)


@require_POST
@mine
def throw_away(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    kept = _letter(case, pk)
    try:
        letters.throw_away(kept, at=timezone.now())
    except CaseError as error:
        messages.error(request, str(error))
        return redirect(kept)
    messages.success(request, _("The letter is thrown away."))
    return redirect("cases:letters", case.reference)


@require_POST
@mine
def add_file(request: UserRequest, case: Case, pk: UUID) -> HttpResponse:
    """A receipt, a screenshot or the notes of a call are laid to the letter."""
    kept, now = _letter(case, pk), timezone.now()
    form = forms.LetterFileForm(request.POST, request.FILES, case=case, today=schedule.today(now))
    if not form.is_valid():
        return _show(request, kept, file_form=form, status=422)
    data = form.cleaned_data
    if data["stored"]:
        evidence.attach(data["stored"], kept)
    if data["file"]:
        try:
            count(request)
            evidence.store(
                case, data["file"], proves=data["proves"], letter=kept, by=request.user, at=now
            )
        except RefusedFile as error:
            form.add_error("file", str(error))
            return _show(request, kept, file_form=form, status=422)
    messages.success(request, _("It lies with the letter now."))
    return redirect(kept)


def _letter(case: Case, pk: UUID) -> Letter:
    kept = get_object_or_404(case.letters.select_related("template"), pk=pk)
    kept.case = case  # with its operator, which the letter would ask for again
    return kept


def _show(
    request: UserRequest,
    kept: Letter,
    *,
    sent_form: forms.LetterSentForm | None = None,
    file_form: forms.LetterFileForm | None = None,
    sent_before: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of a letter, with the form that was refused, if one was."""
    case, today = kept.case, schedule.today(timezone.now())
    context = {
        "case": case,
        "letter": kept,
        "sides": [[letters.Side(*pair) for pair in paragraph] for paragraph in kept.sides],
        "reader": kept.reader,
        "files": list(kept.files.kept()),
        "sent_form": sent_form or forms.LetterSentForm(case=case, today=today),
        "file_form": file_form or forms.LetterFileForm(case=case, today=today),
        "file_refused": file_form is not None,
        "sent_before": sent_before,
        "follows": LetterKind(kept.kind) in letters.CANCELLATIONS
        and case.status == Case.Status.PREPARING,
        **letter_page.ways(kept, letter_page.channels_of(case.procedure)),
    }
    return render(request, "cases/letters/letter.html", context, status=status)
