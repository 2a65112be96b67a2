"""Notes beside words of the glossary: `{% term "direct-debit" %}direct debit{% endterm %}`.

In a translated sentence the word is marked as a link is in Markdown, with the term's key, so that
translators move the mark along with the word:

    {% terms %}<p>{% translate "Take back the [direct debit](direct-debit)." %}</p>{% endterms %}

Mark a word or two: what can be pressed is never broken over two lines. A browser opens the note by
itself, no script is needed; one that cannot shows a link to the glossary. On one page each term has
one note, however often it is marked.
"""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from operators import guide
from operators.glossary import TERMS, Term

register = template.Library()

MARKED = re.compile(r"\[([^\[\]<>]+)\]\(([a-z-]+)\)")
ALREADY = "terms_explained"  # of a request: the keys whose note stands on the page


@register.simple_block_tag(takes_context=True)
def term(context: template.Context, content: SafeString, key: str) -> SafeString:
    """A word with its note. Raises KeyError for a key that the glossary does not have."""
    found = TERMS[key]
    return format_html("{}{}", _button(found, content), _note(context, found))


@register.simple_block_tag(takes_context=True)
def terms(context: template.Context, content: SafeString) -> SafeString:
    """Text with marked words; the notes stand after it, so that they interrupt no sentence.

    A key that a translation got wrong leaves the word as it is.
    """
    notes: list[SafeString] = []

    def shown(match: re.Match[str]) -> str:
        word, key = match.groups()
        if key not in TERMS:
            return word
        notes.append(_note(context, TERMS[key]))
        return _button(TERMS[key], mark_safe(word))  # noqa: S308  a piece of rendered HTML

    text = MARKED.sub(shown, content)
    return mark_safe(text + "".join(notes))  # noqa: S308  as above


def _button(term: Term, word: SafeString) -> SafeString:
    return format_html(
        '<button type="button" class="term" popovertarget="term-{}" title="{}">{}</button>',
        term.key,
        gettext(term.meaning),
        word,
    )


def _note(context: template.Context, term: Term) -> SafeString:
    """The note itself; nothing where the page has it already."""
    request: Any = getattr(context, "request", None)
    explained: set[str] = vars(request).setdefault(ALREADY, set()) if request else set()
    if term.key in explained:
        return SafeString()
    explained.add(term.key)
    shown = {"term": term, "name": guide.name_of(term), "address": guide.address_of(term)}
    return render_to_string("guide/_term.html", shown)
