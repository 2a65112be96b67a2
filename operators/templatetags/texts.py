"""What procedures are written in: Markdown from administrators, days, and sources beside claims."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Literal, Protocol

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from operators import catalogue
from operators.markdown import as_html, line_as_html
from operators.models import RANK, SOURCE_LANGUAGE, Claim, Fact, Source, Tier, Translated

register = template.Library()

NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class Reference(Protocol):
    """A source as a page shows it; a row of a procedure and a shared one of the catalogue alike."""

    url: str
    title: str
    kind: str
    published: str
    checked_on: date
    tier: str


@register.filter
def markdown(text: str, top: int = 3) -> SafeString:
    """Markdown as HTML; `top` is the level of its highest heading."""
    return as_html(text, top)


def inline(line: str) -> SafeString:
    """One line of Markdown as HTML: emphasis and links, but no list and no heading."""
    return line_as_html(line)


@register.filter
def day(value: date | None) -> str:
    """A calendar day, short and with its year, in the order the reader's language has."""
    if value is None:
        return ""
    return date_format(value, "SHORT_DATE_FORMAT")


@register.inclusion_tag("operators/_source.html")
def source(*keys: str) -> dict[str, object]:
    """Where a sentence of our own pages comes from, by the keys of the catalogue's sources."""
    return sources_named(keys)


@register.inclusion_tag("operators/_source.html")
def sources_named(keys: Iterable[str]) -> dict[str, object]:
    """The same for keys that a rule names."""
    known = catalogue.sources()
    return _references([known[key] for key in keys])


@register.inclusion_tag("operators/_source.html")
def sources_of(
    claim: Claim, today: date | Literal[""] | None = None, report: str = ""
) -> dict[str, object]:
    """Where a claim about an operator comes from. Prefetch the claim's sources.

    today: in Belgium; with it an old claim is marked. report: address of the form for readers who
    found it wrong; with it the form is linked.
    """
    part = str(claim._meta.model_name)
    shown = _references(claim.sources.all()) | {
        "tier": claim.tier,
        "checked_on": claim.checked_on,
        "tested_by": getattr(claim, "tested_by", 0),
        "tested_on": getattr(claim, "tested_on", None),
        "stale": is_stale(claim, today),
        "about": claim.get_topic_display() if isinstance(claim, Fact) else str(claim),
    }
    if report:
        shown["report"] = f"{report}?{urlencode({'part': part, 'key': claim.key})}"
    return shown


@register.filter
def is_stale(claim: Claim, today: date | Literal[""] | None) -> bool:
    """Whether nobody has looked at it for so long that it may have changed.

    A template that has no `today` passes an empty text.
    """
    return claim.is_stale(today) if today else False


@register.simple_tag
def lang_of(row: Translated, field: str) -> SafeString:
    """The `lang` attribute of a text that may have fallen back to English; none on English pages.

    In English nothing else is ever shown.
    """
    language = get_language() or SOURCE_LANGUAGE
    if language == SOURCE_LANGUAGE:
        return SafeString()
    found = language if row.in_language(field, language) else SOURCE_LANGUAGE
    return format_html(' lang="{}"', found)


@register.filter
def json_ld(data: dict[str, object]) -> SafeString:
    """A block of data for search engines. No browser runs it, and nothing in it can end it."""
    text = json.dumps(data, ensure_ascii=False).translate(NO_MARKUP)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  as above


def _references(found: Iterable[Reference]) -> dict[str, object]:
    references = [
        {
            "url": one.url,
            "title": one.title,
            "publisher": Source.Kind(one.kind).label,
            "published": one.published,
        }
        for one in found
    ]
    tiers = {one.tier for one in found}
    return {
        "references": references,
        "tier": next((tier for tier in RANK if tier in tiers), Tier.UNVERIFIED),
        "checked_on": max((one.checked_on for one in found), default=None),
    }
