"""Markdown of people who write procedures: as HTML with a closed list of tags, or as plain text.

Whoever writes a procedure is trusted with words, not with markup: HTML is shown as text, a link may
only lead to a page, a mail or a phone, and passes nothing on to search engines.
"""

from __future__ import annotations

from collections.abc import Iterator

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "blockquote", "a", "h3", "h4", "h5"}
LOWEST_HEADING = 5
SHOWN = {"text", "code_inline", "softbreak", "hardbreak"}
parser = MarkdownIt("commonmark", {"html": False})


def as_html(text: str, top: int) -> SafeString:
    """top: the level of its highest heading."""
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(top - 1 + int(token.tag[1]), LOWEST_HEADING)}"
    return _cleaned(parser.renderer.render(tokens, parser.options, {}))


def line_as_html(line: str) -> SafeString:
    """Emphasis and links, but no list and no heading."""
    return _cleaned(parser.renderInline(line))


def _cleaned(html: str) -> SafeString:
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="nofollow noopener",
    )
    return mark_safe(clean)  # noqa: S308  cleaned by nh3 just above


def plain_text(text: str) -> str:
    """The words alone, in one line."""
    return " ".join(" ".join(_lines(text)).split())


def _lines(text: str) -> Iterator[str]:
    for block in parser.parse(text):
        shown = (child for child in block.children or [] if child.type in SHOWN)
        yield "".join(child.content or " " for child in shown)
