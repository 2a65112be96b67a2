"""People, as far as staff need to see them, and the door of the administration."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from accounts.models import User

admin.site.site_header = admin.site.site_title = "SimExit"
admin.site.index_title = _("Administration")
# Staff sign in where everybody does, so that rate limits, codes and passkeys hold for them too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People sign up and set their mails themselves; a superuser decides who is staff."""

    list_display = ("email", "language", "mail_hour", "date_joined", "is_active", "is_staff")
    list_filter = ("is_staff", "is_active", "language", "groups")
    search_fields = ("email",)
    ordering = ("-date_joined",)
    filter_horizontal = ("groups",)
    actions = None
    fieldsets = [
        (None, {"fields": ["email", "date_joined", "last_login"]}),
        (_("Mails"), {"fields": ["language", "mail_hour", "days", "reminders_stopped_at"]}),
        (
            _("What this person may do"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups"]},
        ),
    ]
    # The address belongs to allauth, which has it confirmed; the rest is the person's choice, and
    # another hour moves mails that are planned.
    readonly_fields = (
        "email",
        "language",
        "mail_hour",
        "days",
        "date_joined",
        "last_login",
        "reminders_stopped_at",
    )

    @admin.display(description=_("weekdays of mails"))
    def days(self, user: User) -> str:
        return ", ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(user.weekdays))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Cases and the history of procedures name people; one who leaves is made inactive."""
        return False


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(mfa_admin.AuthenticatorAdmin):  # type: ignore[misc]  # no types there
    """To take a lost second factor off an account. The secrets themselves are not shown."""

    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
