"""For looking. Cases belong to people: staff see how far one is and which mails went out.

Never shown: the whole number, the customer number, notes, evidence, the person's whole address.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import backlog, mail_header
from cases.errors import CaseError
from cases.models import Case, CaseEvent, InboundMail, Reminder
from operators.models import Procedure
from simexit.lib.masking import masked


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EventRows(ReadOnly, admin.TabularInline):
    """What happened. Not the facts and the note: they hold the person's words and numbers."""

    model = CaseEvent
    fields = readonly_fields = ("kind", "at", "who", "before", "after")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CaseEvent]:
        events: QuerySet[CaseEvent] = super().get_queryset(request)
        return events.select_related("case").defer("note", "facts")

    @admin.display(description=gettext_lazy("who"))
    def who(self, event: CaseEvent) -> str:
        if event.actor_id is None:
            return _("the clock")
        return _("the person") if event.actor_id == event.case.owner_id else _("somebody else")


class ReminderRows(ReadOnly, admin.TabularInline):
    model = Reminder
    fields = readonly_fields = (
        "kind",
        "due_on",
        "try_at",
        "status",
        "sent_at",
        "attempts",
        "what_went_wrong",
    )

    @admin.display(description=gettext_lazy("error"))
    def what_went_wrong(self, reminder: Reminder) -> str:
        return masked(reminder.error)


class OldVersionFilter(admin.SimpleListFilter):
    """Open cases that follow a version which people do not see any more, counted per version."""

    title = gettext_lazy("older version")
    parameter_name = "old_version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        counts = Counter(
            _on_old_versions(Case.objects.all()).values_list("procedure_id", flat=True)
        )
        versions = Procedure.objects.filter(pk__in=counts).select_related("operator")
        named = [(str(one.pk), f"{one} ({counts[one.pk]})") for one in versions]
        every = _("any of them (%(number)s)") % {"number": counts.total()}
        return [("any", every), *named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        value = self.value()
        if not value:
            return queryset
        old = _on_old_versions(queryset)
        return old.filter(procedure_id=value) if value.isdecimal() else old


def _on_old_versions(cases: QuerySet[Case]) -> QuerySet[Case]:
    over = [Case.Status.CLOSED, Case.Status.DROPPED]
    return cases.filter(procedure__status=Procedure.Status.RETIRED).exclude(status__in=over)


@admin.register(Case)
class CaseAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "reference",
        "operator",
        "plan",
        "goal",
        "status",
        "opened_on",
        "sent_on",
        "ends_on",
        "person",
    )
    list_filter = (
        "status",
        "goal",
        "procedure__plan",
        OldVersionFilter,
        ("procedure__operator", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("procedure__operator", "owner")
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Search by reference, such as K7F3-9QWD-2MXA.")
    fields = readonly_fields = (
        "reference",
        "person",
        "procedure",
        "goal",
        "number",
        "status",
        "opened_on",
        "sent_on",
        "channel",
        "wanted_end",
        "confirmed_on",
        "ends_on",
        "ended_on",
        "closed_on",
        "complained_on",
        "reminders_stopped_at",
    )
    inlines = [EventRows, ReminderRows]
    actions = None
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        cases: QuerySet[Case] = super().get_queryset(request)
        return cases.select_related("procedure__operator", "owner")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters of the list: an address typed by hand must not search for numbers."""
        allowed = lookup.startswith(("status__", "goal__", "procedure__", "old_version"))
        return allowed and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("operator"), ordering="procedure__operator__name")
    def operator(self, case: Case) -> str:
        return case.operator_name

    @admin.display(description=gettext_lazy("plan"), ordering="procedure__plan")
    def plan(self, case: Case) -> str:
        return case.procedure.get_plan_display()

    @admin.display(description=gettext_lazy("person"))
    def person(self, case: Case) -> str:
        return masked(case.owner.email)

    @admin.display(description=gettext_lazy("mobile number"))
    def number(self, case: Case) -> str:
        return case.masked_number


class MomentFilter(admin.SimpleListFilter):
    """What the overview above the list counts."""

    title = gettext_lazy("moment")
    parameter_name = "moment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", gettext_lazy("due now")), ("today", gettext_lazy("sent today"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Reminder]
    ) -> QuerySet[Reminder] | None:
        at, rows = timezone.now(), Reminder.objects
        if self.value() == "due":
            return queryset.filter(
                Q(pk__in=rows.due(at).values("pk")) | Q(pk__in=rows.stuck(at).values("pk"))
            )
        if self.value() == "today":
            return queryset.filter(pk__in=rows.sent_since(at).values("pk"))
        return queryset


@admin.register(Reminder)
class ReminderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "kind",
        "for_case",
        "status",
        "try_at",
        "attempts",
        "what_went_wrong",
        "sent_at",
    )
    list_filter = (MomentFilter, "status", "kind", "origin")
    list_select_related = ("case__procedure__operator",)
    search_fields = ("case__reference",)
    search_help_text = gettext_lazy("Search by the reference of the case.")
    fields = readonly_fields = (
        "for_case",
        "kind",
        "ordinal",
        "origin",
        "due_on",
        "try_at",
        "status",
        "claimed_at",
        "sent_at",
        "attempts",
        "what_went_wrong",
        "reported_at",
    )
    ordering = ("-try_at", "-pk")
    actions = ["try_again"]
    change_list_template = "admin/cases/reminder/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with how the sender is doing above it."""
        at = timezone.now()
        now = backlog.backlog(at)
        overview = {
            "backlog": now,
            "due": backlog.counted(now.due),
            "failed": backlog.counted(now.failed),
            "sent_today": backlog.counted(backlog.sent_today(at)),
        }
        return super().changelist_view(request, overview | (extra_context or {}))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters of the list: an address typed by hand must not search for words."""
        allowed = lookup.startswith(("status__", "kind__", "origin__", MomentFilter.parameter_name))
        return allowed and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("case"), ordering="case__reference")
    def for_case(self, reminder: Reminder) -> SafeString:
        url = reverse("admin:cases_case_change", args=[reminder.case_id])
        return format_html('<a href="{}">{}</a>', url, reminder.case)

    @admin.display(description=gettext_lazy("error"))
    def what_went_wrong(self, reminder: Reminder) -> str:
        return masked(reminder.error)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("cases.change_reminder")

    @admin.action(description=gettext_lazy("Try again (mails that failed)"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Reminder]) -> None:
        for reminder in chosen.select_related("case__owner", "case__procedure__operator"):
            try:
                reminder.retry(at=timezone.now())
            except CaseError as error:
                messages.error(request, f"{reminder.case.reference}, {reminder}: {error}")
            else:
                self.log_change(request, reminder, _("Tried again."))
                messages.success(
                    request,
                    _("%(case)s, %(reminder)s: leaves with the next pass, within a minute.")
                    % {"case": reminder.case.reference, "reminder": reminder},
                )


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnly, admin.ModelAdmin):
    """Mails for no case that we know. What is for a case is its owner's and never here."""

    list_display = ("recipient", "sender", "received_at", "size", "goes_at")
    search_fields = ("recipient", "sender")
    date_hierarchy = "received_at"
    fields = readonly_fields = ("recipient", "sender", "received_at", "goes_at", "size", "header")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundMail]:
        mails: QuerySet[InboundMail] = super().get_queryset(request)
        # Looked at on a page of its own: the list must not read megabytes of each.
        return mails.filter(pk__in=InboundMail.objects.unknown()).defer("raw")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("cases.delete_inboundmail")

    @admin.display(description=gettext_lazy("deleted on"), ordering="received_at")
    def goes_at(self, mail: InboundMail) -> str:
        return date_format(timezone.localtime(mail.goes_at), "DATE_FORMAT")

    @admin.display(description=gettext_lazy("header"))
    def header(self, mail: InboundMail) -> SafeString:
        """As it came, as text. The words of the mail are left out: it may be somebody's letter."""
        return format_html("<pre>{}</pre>", mail_header.shown(bytes(mail.raw)))
