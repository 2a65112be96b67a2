"""What the pages of the guide are made from: the glossary, the questions."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from operators import glossary, questions
from operators.glossary import Term


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


CONTEXTS: dict[str, Callable[[], dict[str, Any]]] = {
    "glossary": _glossary,
    "questions": _questions,
}
