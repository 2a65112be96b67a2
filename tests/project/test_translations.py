"""What a reader would see in English: in the templates, and in the files of the translators."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from simexit import translations
from tests.conftest import ROOT

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Good day"
msgstr "Goeiedag"
"""


def test_no_template_has_words_outside_of_translation() -> None:
    assert list(translations.untranslated_templates(ROOT / "templates")) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("<p>Good day</p>", 1),
        ("{% if case %}\n<p>{{ case }}</p>\n<p>Good day</p>{% endif %}", 3),
        ('<p>{% translate "Good day" %} to you</p>', 1),
        ("{% blocktranslate %}Good\nday{% endblocktranslate %}\n<b>Good day</b>", 3),
        ('<img alt="A letter" src="{{ src }}">', 1),
        ('<a aria-label="Close">x</a>', 1),
    ],
)
def test_words_outside_of_translation_are_found_with_their_line(source: str, line: int) -> None:
    assert [found for found, _text in translations.untranslated(source)] == [line]


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Good day" %}</p>',
        "<p>{% blocktranslate trimmed %}Good <b>day</b>{% endblocktranslate %}</p>",
        '<a href="https://example.org/good/day" class="good day">{{ label }}</a>',
        "<p>SimExit · 12 MB · PDF</p>",
        "{# Good day #}{% comment %}Good day{% endcomment %}",
        "<code>make run</code>",
    ],
)
def test_what_is_translated_or_needs_none_is_let_through(source: str) -> None:
    assert translations.untranslated(source) == []


def test_what_translators_write_is_what_django_reads(tmp_path: Path) -> None:
    po = translations.po_file("nl", tmp_path)
    po.parent.mkdir(parents=True)
    po.write_text(PO)

    translations.compile_all(tmp_path)

    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Good day") == "Goeiedag"


def test_only_what_changed_is_compiled_again(tmp_path: Path) -> None:
    po = translations.po_file("nl", tmp_path)
    po.parent.mkdir(parents=True)
    po.write_text(PO)
    translations.compile_all(tmp_path)
    first = po.with_suffix(".mo").stat()

    translations.compile_all(tmp_path)
    assert po.with_suffix(".mo").stat().st_ino == first.st_ino

    os.utime(po, ns=(first.st_mtime_ns + 1, first.st_mtime_ns + 1))
    translations.compile_all(tmp_path)
    assert po.with_suffix(".mo").stat().st_ino != first.st_ino


def test_what_translators_left_out_is_named() -> None:
    wanted, told = Catalog(), Catalog()
    for text in ("said", "not said", "unsure", "new", ("one day", "%(n)s days")):
        wanted.add(text, locations=[("templates/base.html", 1)])
    told.add("said", "gezegd")
    told.add("not said", "")
    told.add("unsure", "onzeker", flags=["fuzzy"])
    told.add(("one day", "%(n)s days"), ("een dag", ""))

    assert list(translations.untold(wanted, told)) == [
        "not translated: not said (templates/base.html)",
        "fuzzy: unsure (templates/base.html)",
        "not collected: new (templates/base.html)",
        "not translated: one day (templates/base.html)",
    ]


def test_who_only_looks_what_is_missing_changes_no_file() -> None:
    before = {path: path.read_bytes() for path in translations.LOCALE.rglob("*.po")}

    list(translations.missing())

    assert {path: path.read_bytes() for path in translations.LOCALE.rglob("*.po")} == before
