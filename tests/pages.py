"""Reads a page as a browser without scripts would: headings, links, what it must not carry."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple, Protocol

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
DATA = ("application/json", "application/ld+json")  # a block of data that no browser runs


class Response(Protocol):
    content: bytes


class Link(NamedTuple):
    text: str
    href: str
    rel: str


class PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[tuple[int, str]] = []
        self.links: list[Link] = []
        self.ids: list[str] = []
        self.scripts: list[str] = []  # addresses; "inline" for one that stands in the page
        self.inline_styles: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []  # what is being read: (tag, text so far)
        self._link = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.handlers += [name for name in given if name.startswith("on")]
        if "id" in given:
            self.ids.append(given["id"])
        if "style" in given:
            self.inline_styles.append(f"<{tag} style>")
        if tag == "style":
            self.inline_styles.append("<style>")
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "script" and given.get("type") not in DATA:
            self.scripts.append(given.get("src") or "inline")
        if tag in HEADINGS or tag == "a":
            self._open.append((tag, ""))
        if tag == "a":
            self._link = (given.get("href", ""), given.get("rel", ""))

    def handle_data(self, data: str) -> None:
        self.text += data
        self._open = [(tag, text + data) for tag, text in self._open]

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        text = " ".join(self._open.pop()[1].split())
        if tag == "a":
            self.links.append(Link(text, *self._link))
        else:
            self.headings.append((int(tag[1]), text))

    @property
    def levels(self) -> list[int]:
        return [level for level, _text in self.headings]

    def link(self, text: str) -> Link:
        """The first link whose text is this."""
        return next(link for link in self.links if link.text == text)


def read(response: Response) -> PageReader:
    reader = PageReader()
    reader.feed(response.content.decode())
    return reader


class Field(NamedTuple):
    """One field of a form as it is shown: all its words, and what is typed or chosen in it."""

    text: str
    value: str


class FieldReader(HTMLParser):
    """Finds the element that crispy puts around a field, `div_id_<name>`, and reads inside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.text = ""
        self.value: str | None = None
        self._depth = 0
        self._textarea = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id") == f"div_id_{self.name}":
            self._depth = 1
            return
        if not self._depth:
            return
        if tag == "div":
            self._depth += 1
        chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
        if (tag == "input" and chosen) or (tag == "option" and "selected" in given):
            self.value = given.get("value", "")
        if tag == "textarea":
            self._textarea, self.value = True, ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.value = (self.value or "") + data
        elif self._depth:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = False
        if tag == "div" and self._depth:
            self._depth -= 1


def field(response: Response, name: str) -> Field:
    """What a page shows of a field: its label, help and error, and what is typed in it."""
    reader = FieldReader(name)
    reader.feed(response.content.decode())
    assert reader.text, f"The page has no field {name}"
    return Field(" ".join(reader.text.split()), reader.value or "")
