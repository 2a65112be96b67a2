"""What allauth asks us: the language of a new person, and the links in its mails."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import passthrough_next_redirect_url
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from accounts.models import User
from simexit.lib.urls import absolute


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = get_language() or user.language
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Adds links that lead on to where the person was going, such as a case filled in."""
        super().send_mail(
            template_prefix,
            email,
            context
            | {
                "site_url": settings.SITE_URL,
                "login_url": self._link("account_login"),
                "signup_url": self._link("account_signup"),
            },
        )

    def _link(self, name: str) -> str:
        path = passthrough_next_redirect_url(self.request, reverse(name), REDIRECT_FIELD_NAME)
        return absolute(path)
