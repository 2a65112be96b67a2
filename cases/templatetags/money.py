"""Euros, as the reader's language writes them."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, to_locale

register = template.Library()


@register.filter
def euros(amount: Decimal) -> str:
    """€12.50 in English, € 12,50 in Dutch."""
    return format_currency(amount, "EUR", locale=to_locale(get_language() or "en"))
