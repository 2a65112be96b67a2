"""What the pages of operators and procedures share: the history that says what changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.http import HttpRequest, HttpResponse

from operators import history
from operators.forms import TextField

SITTINGS_ON_A_PAGE = 30


class WithHistory(admin.ModelAdmin):
    """Its history says what changed: before and after, in the row and in all that hangs on it."""

    object_history_template = "admin/operators/history.html"
    formfield_overrides = {
        models.TextField: {
            "form_class": TextField,
            "widget": AdminTextareaWidget(attrs={"rows": 6}),
        },
        models.URLField: {"assume_scheme": "https"},
    }
    entries: Callable[[Any], list[history.Entry]]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        # Read as a plain function: as a method it would be handed this admin first.
        sittings = history.sittings(type(self).entries(found)) if found else []
        pages = self.get_paginator(request, sittings, SITTINGS_ON_A_PAGE)  # type: ignore[arg-type]
        page = pages.get_page(request.GET.get("p", 1))
        context = {
            "sittings": page,
            "page_range": pages.get_elided_page_range(page.number),
            "media": self.media,
        }
        return super().history_view(request, object_id, context | (extra_context or {}))
