"""What the pages of the guide are made from: the glossary, the questions, the drawings of bills."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise, lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from operators import bills, glossary, questions
from operators.glossary import Term

CUSTOMER_NUMBER = "customer-number"  # the page that says where it stands
_format_lazily = lazy(format_html, SafeString)


def context(page: str) -> dict[str, Any]:
    """What the template of a page needs. Most pages of the guide need nothing."""
    return CONTEXTS[page]() if page in CONTEXTS else {}


# --- The glossary --------------------------------------------------------------------------------


def name_of(term: Term) -> str:
    """The word in the reader's language."""
    return pgettext(glossary.NAME, term.name)


def address_of(term: Term) -> str:
    return f"{reverse('guide:page', args=['glossary'])}#{term.key}"


def _glossary() -> dict[str, Any]:
    terms = sorted(glossary.ALL, key=lambda term: alphabetical(name_of(term)))
    return {"terms": [{"term": term, "name": name_of(term)} for term in terms]}


def alphabetical(name: str) -> tuple[str | bytes, ...]:
    """Sorts names as people look them up: by letter without its accent, Chinese by its sound.

    GB 2312, the beginning of GB 18030, has the characters of daily use in the order of pinyin.
    """
    if (get_language() or "").startswith("zh"):
        return (name.casefold().encode("gb18030"),)
    letters = unicodedata.normalize("NFKD", name.casefold())
    return ("".join(letter for letter in letters if not unicodedata.combining(letter)), name)


# --- Questions -----------------------------------------------------------------------------------


def _questions() -> dict[str, Any]:
    groups = [
        {
            "key": group.key,
            "name": _(group.name),
            "questions": [
                {"question": question, "text": _(question.text), "page": _link(question.page)}
                for question in group.questions
            ],
        }
        for group in questions.GROUPS
    ]
    return {"groups": groups, "faq": faq()}


def _link(page: questions.Page) -> dict[str, str]:
    address = reverse(page.name, args=page.arguments)
    return {"label": _(page.label), "url": f"{address}#{page.part}" if page.part else address}


def faq() -> dict[str, Any]:
    """The questions as schema.org's FAQPage, for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": get_language(),
        "mainEntity": [
            {
                "@type": "Question",
                "name": _(question.text),
                "acceptedAnswer": {
                    "@type": "Answer",
                    "text": "\n".join(_(passage.text) for passage in question.answer),
                },
            }
            for question in questions.QUESTIONS
        ],
    }


# --- Where the customer number stands ------------------------------------------------------------


def _customer_number() -> dict[str, Any]:
    return {
        "general": bills.GENERAL,
        "known": bills.KNOWN,
        "not_known": bills.NOT_KNOWN,
        "words": list(_words_for_it()),
    }


def _words_for_it() -> Iterator[dict[str, str]]:
    for language, words in glossary.TERMS[CUSTOMER_NUMBER].words.items():
        for word in words:
            yield {"language": language, "text": word.text}


def where_it_stands(sentence: str | Promise) -> SafeString:
    """Help for a form's field: a sentence, and a link that leaves the form in its window.

    Lazy, because a form is made before its reader's language is known.
    """
    return _format_lazily(
        '{} <a href="{}" target="_blank" rel="noopener">{}</a>',
        sentence,
        reverse_lazy("guide:page", args=[CUSTOMER_NUMBER]),
        gettext_lazy("Where do I find it? (Opens in a new tab.)"),
    )


CONTEXTS: dict[str, Callable[[], dict[str, Any]]] = {
    "glossary": _glossary,
    "questions": _questions,
    CUSTOMER_NUMBER: _customer_number,
}
