"""What procedures are written in: Markdown from administrators, days, and sources beside claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

import nh3
from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext
from markdown_it import MarkdownIt

from operators import catalogue
from operators.models import RANK, Claim, Source, Tier

register = template.Library()

TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "blockquote", "a", "h3", "h4", "h5"}
LOWEST_HEADING = 5
parser = MarkdownIt("commonmark", {"html": False})


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
    """Markdown as HTML with a closed list of tags; `top` is the level of its highest heading.

    Whoever writes a procedure is trusted with words, not with markup: HTML is shown as text, a
    link may only lead to a page, a mail or a phone, and passes nothing on to search engines.
    """
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(top - 1 + int(token.tag[1]), LOWEST_HEADING)}"
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="nofollow noopener",
    )
    return mark_safe(html)  # noqa: S308  cleaned by nh3 just above


def inline(line: str) -> SafeString:
    """One line of Markdown as HTML: emphasis and links, but no list and no heading."""
    html = nh3.clean(
        parser.renderInline(line),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="nofollow noopener",
    )
    return mark_safe(html)  # noqa: S308  cleaned by nh3 just above


@register.filter
def day(value: date | None) -> str:
    """A calendar day, short and with its year, in the order the reader's language has."""
    if value is None:
        return ""
    return date_format(value, pgettext("format of a day, as in 23 Nov 2026", "j M Y"))


@register.inclusion_tag("operators/_source.html")
def source(*keys: str) -> dict[str, object]:
    """Where a sentence of our own pages comes from, by the keys of the catalogue's sources."""
    known = catalogue.sources()
    return _references([known[key] for key in keys])


@register.inclusion_tag("operators/_source.html")
def sources_of(claim: Claim) -> dict[str, object]:
    """Where a claim about an operator comes from. Prefetch the claim's sources."""
    return _references(claim.sources.all())


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
