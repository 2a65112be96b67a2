"""Operators, each with its versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from operators import history
from operators.admin.page import WithHistory
from operators.forms import OperatorForm
from operators.models import Operator, Procedure


class ProcedureRows(admin.TabularInline):
    """The versions of an operator, each a link to its page."""

    model = Procedure
    fields = readonly_fields = ("plan", "version", "status", "published_at", "change_reason")
    show_change_link = True
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Operator)
class OperatorAdmin(WithHistory):
    form = OperatorForm
    list_display = ("name", "legal_name", "state", "network", "state_checked_on", "position")
    list_filter = ("state", "network")
    search_fields = ("name", "legal_name", "slug", "aliases")
    fieldsets = [
        (None, {"fields": ["name", "slug", "legal_name", "network", "aliases", "position"]}),
        (
            _("State"),
            {"fields": ["state", "state_source_url", "state_checked_on", "state_note_en"]},
        ),
        (
            _("Remark on the state in other languages"),
            {"classes": ["collapse"], "fields": [*OperatorForm.NOTES, "still_right"]},
        ),
        (None, {"fields": ["reason"]}),
    ]
    inlines = [ProcedureRows]
    actions = None
    entries = staticmethod(history.of_operator)

    def view_on_site(self, operator: Operator) -> str:
        return operator.get_absolute_url()

    def get_inlines(self, request: HttpRequest, obj: Operator | None) -> list[Any]:
        return [ProcedureRows] if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Operator | None = None) -> Any:
        """The address of a page that people have saved stays as it is."""
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Operator | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}
