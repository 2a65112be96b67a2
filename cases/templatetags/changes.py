"""Differences between two versions of a procedure, in words."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from operators.changes import Difference
from operators.history import Kind
from operators.templatetags.texts import day, inline

register = template.Library()


@register.filter
def told(difference: Difference) -> str:
    """Which row it is, what happened to it, and when."""
    sentences = {
        Kind.ADDED: _("%(what)s is new since %(day)s"),
        Kind.CHANGED: _("%(what)s changed on %(day)s"),
        Kind.REMOVED: _("%(what)s is gone since %(day)s"),
    }
    return sentences[difference.kind] % {"what": difference.what, "day": day(difference.on)}


@register.filter
def in_line(text: str) -> SafeString:
    """Some lines of Markdown, each as it stands: out of its list a number must stay a number."""
    return mark_safe("<br>".join(inline(line) for line in text.splitlines()))  # noqa: S308
