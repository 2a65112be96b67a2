"""What mails are written with: days in words, and the HTML that is made from the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

PARAGRAPH = "margin:0 0 16px"
LIST = "margin:0 0 16px;padding:0 0 0 24px"
ITEM = "margin:0 0 8px"
# What the reader is to copy. The grey of its edge is seen on white and on black.
QUOTE = "margin:0 0 16px;padding:0 0 0 16px;border-left:4px solid #80868f"
LINK = "display:inline-block;padding:8px 0;word-break:break-all"
BREAK = mark_safe("<br>")
BULLET, QUOTED = "- ", ">"


@register.filter
def written_out(value: date | None) -> str:
    """A calendar day with the name of its month, in the order the reader's language has."""
    if value is None:
        return ""
    return date_format(value)


@register.filter
def tidy(text: str) -> str:
    """Without the empty lines that the conditions in a template leave behind."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


@register.filter
def paragraphs(text: str) -> SafeString:
    """The text of a mail as HTML: the two parts can't say different things.

    Empty lines part the paragraphs. Lines that begin with "- " are a list, lines that begin with
    ">" something to copy. An address alone on its line is a link. Every other sign means itself.
    """
    blocks = (block.splitlines() for block in re.split(r"\n{2,}", tidy(text).strip()))
    return format_html_join("\n", "{}", ((_block(lines),) for lines in blocks))


def _block(lines: list[str]) -> SafeString:
    if all(line.startswith(BULLET) for line in lines):
        items = format_html_join(
            "", '<li style="{}">{}</li>', ((ITEM, line.removeprefix(BULLET)) for line in lines)
        )
        return format_html('<ul style="{}">{}</ul>', LIST, items)
    if all(line.startswith(QUOTED) for line in lines):
        words = _broken(line.removeprefix(QUOTED).strip() for line in lines)
        return format_html('<blockquote style="{}">{}</blockquote>', QUOTE, words)
    return format_html('<p style="{}">{}</p>', PARAGRAPH, _broken(map(_linked, lines)))


def _linked(line: str) -> str:
    if not re.fullmatch(r"https?://\S+", line):
        return line
    return format_html('<a href="{}" style="{}">{}</a>', line, LINK, line)


def _broken(lines: Iterable[str]) -> SafeString:
    return format_html_join(BREAK, "{}", ((line,) for line in lines))
