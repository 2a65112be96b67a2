"""The fork before anything else: what a person wants decides what they must not do."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases.models import Case


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return render(request, "cases/start.html")


@require_safe
def start_answer(request: HttpRequest, goal: str) -> HttpResponse:
    if goal not in Case.Goal.values:
        raise Http404(f"{goal} is none of the answers")
    return render(request, f"cases/start/{goal}.html", {"goal": goal})
