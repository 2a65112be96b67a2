"""What may stand in a procedure: one set of rules, for the form of an editor and for the catalogue.

Each function raises ValidationError with a sentence that may be shown beside the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

SHORT_NUMBER = re.compile(r"[1-9]\d{3}")  # of an operator's customers, such as 5000
# How these look, for the schema of the catalogue; the functions below ask for more.
NUMBER = r"\+?\d[\d ]*\d"
HTTPS = r"https://\S+"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
PLACEHOLDER = re.compile(r"\{\{|\{%|\b(?:TODO|FIXME|XXX)\b")
LINKS_LEAD_TO = {"http", "https", "mailto", "tel"}

_markdown = MarkdownIt("commonmark", {"html": False})
# It would show a link that it takes for dangerous as plain text; we want to see and refuse it.
_markdown.validateLink = lambda url: True  # type: ignore[method-assign]


def phone_number(value: str) -> None:
    """A Belgian number, or the short one of an operator."""
    if not re.fullmatch(NUMBER, value):
        raise ValidationError(
            _("“%(value)s” is no bare number; remarks belong into the remark."),
            params={"value": value},
        )
    if SHORT_NUMBER.fullmatch(value):
        return
    number = phonenumbers.parse(value, "BE")
    if not phonenumbers.is_valid_number_for_region(number, "BE"):
        raise ValidationError(
            _("“%(value)s” is no phone number that exists in Belgium."), params={"value": value}
        )


def https_address(value: str) -> None:
    if not re.fullmatch(HTTPS, value) or "." not in urlsplit(value).netloc:
        raise ValidationError(
            _("“%(value)s” is no https address."),
            params={"value": value},
        )


def web_address(value: str) -> None:
    """Of a source. Some authorities have never heard of https."""
    if not re.match(r"https?://", value):
        raise ValidationError(
            _("“%(value)s” must begin with https: or http:."), params={"value": value}
        )


def email_address(value: str) -> None:
    try:
        validate_email(value)
    except ValidationError:
        raise ValidationError(
            _("“%(value)s” is no e-mail address."), params={"value": value}
        ) from None


def one_line(value: str) -> None:
    if "\n" in value:
        raise ValidationError(_("“%(value)s” is more than one line."), params={"value": value})


def text(value: str) -> None:
    """A finished text in Markdown: no placeholder, and no link but to a page, a mail or a phone."""
    if found := PLACEHOLDER.search(value):
        raise ValidationError(
            _("“%(found)s” was left in the text. Say it in words, or leave it out."),
            params={"found": found[0]},
        )
    for href in _links(_markdown.parse(value)):
        if urlsplit(href).scheme.lower() not in LINKS_LEAD_TO:
            raise ValidationError(
                _("The link to “%(href)s” must begin with https:, http:, mailto: or tel:."),
                params={"href": href},
            )


def _links(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type == "link_open":
            yield str(token.attrs["href"])
        yield from _links(token.children or ())
