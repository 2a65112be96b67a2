"""Deleting for good: what goes is said first, and its name has to be typed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import erasure
from cases.erasure_form import EraseAccountForm, EraseCaseForm
from cases.models import Case
from cases.views.case import mine
from simexit.lib.http import UserRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete_account(request: UserRequest) -> HttpResponse:
    user = request.user
    form = EraseAccountForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        erasure.erase_account(user, at=timezone.now())
        logout(request)
        return redirect("preferences:deleted")
    context = {"form": form, "extent": erasure.extent(Case.objects.visible_to(user))}
    status = 422 if form.is_bound else 200
    return render(request, "preferences/delete.html", context, status=status)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Goodbye. It says nothing about anybody, and may be looked at by everybody."""
    return render(request, "preferences/deleted.html")


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def delete_case(request: UserRequest, case: Case) -> HttpResponse:
    form = EraseCaseForm(request.POST if request.method == "POST" else None, case=case)
    if form.is_valid():
        reference = case.reference
        erasure.erase_case(case, at=timezone.now())
        messages.success(
            request, _("Case %(reference)s is deleted, with its files.") % {"reference": reference}
        )
        return redirect("cases:list")
    context = {
        "case": case,
        "form": form,
        "extent": erasure.extent(Case.objects.filter(pk=case.pk)),
    }
    status = 422 if form.is_bound else 200
    return render(request, "cases/erasure/case.html", context, status=status)
