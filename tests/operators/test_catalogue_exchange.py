"""Out of one database and into an empty one; and the files that translators work on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from operators import catalogue, catalogue_translations
from operators.catalogue_export import export_catalogue
from operators.catalogue_files import Content, parse_shared
from operators.models import Operator, Procedure, Source, Step, TranslationState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 4, 9, tzinfo=UTC)


def said() -> dict[tuple[str, str], tuple[int, str, str]]:
    """All that people see of each procedure, as one digest; with its version and its reason."""
    published = Procedure.objects.published().with_claims().prefetch_related("sources")
    return {
        (one.operator.slug, one.plan): (one.version, Content.stored(one).digest, one.change_reason)
        for one in published
    }


def operators() -> list[dict[str, object]]:
    return list(Operator.objects.order_by("slug").values(*_columns()))


def _columns() -> list[str]:
    return [field.name for field in Operator._meta.concrete_fields if field.name != "id"]


def texts(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def empty() -> None:
    Procedure.objects.all().delete()
    Operator.objects.all().delete()


def edited(slug: str, plan: str) -> Procedure:
    """A version that an administrator wrote: changed, added, taken away, put elsewhere."""
    published = Procedure.objects.published().get(operator__slug=slug, plan=plan)
    draft = published.new_draft()
    step = draft.steps.order_by("position")[0]
    step.body = "Look twice:\n\n1. once,  \n2. and: again # with #hash\n\n\"quoted\" 'too' …"
    step.translate("title", "nl", "Kijk twee keer")
    step.save()
    draft.steps.order_by("position").last().delete()  # type: ignore[union-attr]
    Step.objects.create(
        procedure=draft, key="first-of-all", position=0, title="yes", body="2026-01-01"
    )
    fact = draft.facts.order_by("position").last()
    assert fact is not None
    fact.position = 0
    fact.translate("text", "zh-hans", "不收费用。")
    fact.translated_from["text_zh_hans"] = "123456789abc"  # of an older English
    fact.save()
    source = draft.sources.first()
    assert source is not None
    source.title = "Read again"
    source.checked_on = LATER.date()
    source.save()
    Source.objects.create(
        procedure=draft,
        key="unused",
        url="https://example.org/",
        title="Not used yet",
        kind="press",
        checked_on=NOW.date(),
    )
    draft.final_bill_after = 50
    draft.save()
    draft.publish(by=None, at=LATER, reason="Looked again")
    return draft


def test_an_export_of_what_was_imported_says_the_same_as_the_files(tmp_path: Path) -> None:
    catalogue.import_catalogue(NOW, publish=True)
    before, brands = said(), operators()

    export_catalogue(tmp_path)
    empty()
    catalogue.import_catalogue(NOW, publish=True, folder=tmp_path)

    assert said() == before
    assert operators() == brands


def test_what_an_administrator_wrote_comes_back_to_the_letter(tmp_path: Path) -> None:
    catalogue.import_catalogue(NOW, publish=True)
    for slug, plan in (("telenet", "postpaid"), ("base", "prepaid")):
        edited(slug, plan)
    brand = Operator.objects.get(slug="voo")
    brand.name, brand.aliases = "VOO!", "vo, 沃"
    brand.translate("state_note", "fr", "Repris par Orange.")
    brand.save()
    before, brands = said(), operators()

    with translation.override("nl"):
        export_catalogue(tmp_path / "first")
        empty()
        catalogue.import_catalogue(NOW, publish=True, folder=tmp_path / "first")
    export_catalogue(tmp_path / "second")

    assert said() == before
    assert before["telenet", "postpaid"][0] == 2
    assert operators() == brands
    assert texts(tmp_path / "second") == texts(tmp_path / "first")
    row = Procedure.objects.published().get(operator__slug="telenet").facts.order_by("position")[0]
    assert row.in_language("text", "zh-hans") == "不收费用。"
    assert row.translation_state("text", "zh-hans") == TranslationState.OUTDATED


def test_an_export_leaves_out_what_is_common(tmp_path: Path) -> None:
    catalogue.import_catalogue(NOW, publish=True)

    export_catalogue(tmp_path)

    for path in tmp_path.glob("*.yaml"):
        assert "common: false" not in path.read_text(encoding="utf-8"), path.name
    assert parse_shared(tmp_path)["common.yaml"] == parse_shared(catalogue.FOLDER)["common.yaml"]


def test_the_command_writes_the_files_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue.import_catalogue(NOW, publish=True)

    call_command("export_catalogue", tmp_path / "out")

    assert (tmp_path / "out" / "telenet.yaml").exists()
    assert "files in" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(CommandError):
        call_command("export_catalogue", tmp_path / "file")


# --- Translations ---------------------------------------------------------------------------------

SOURCES = """
page:
  url: https://acme.example/help
  title: Help
  kind: operator
  published: "2025"
  checked_on: 2026-03-02
"""
ACME = """
name: Acme
state: active
procedures:
  postpaid:
    summary: Call.
    steps:
      call: {title: Call}
      again: {title: Call}
    channels:
      hotline: {kind: hotline, value: 02 745 95 00, note: Free., sources: [page]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"sources": SOURCES, "common": "{}", "acme": ACME}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def dutch(folder: Path, *entries: str) -> None:
    (folder / "translations").mkdir(exist_ok=True)
    path = folder / "translations" / "nl.po"
    path.write_text("\n\n".join(['msgid ""\nmsgstr ""', *entries]) + "\n", encoding="utf-8")


def entry(english: str, text: str, above: str = "") -> str:
    return f'{above}msgid "{english}"\nmsgstr "{text}"'


def titles(folder: Path) -> list[str]:
    (operator,) = catalogue.load(folder)
    rows = [entry.row for entry in operator.procedures[0].entries if isinstance(entry.row, Step)]
    return [row.in_language("title", "nl") for row in rows]


def test_one_entry_translates_every_text_that_says_the_same(folder: Path) -> None:
    dutch(folder, entry("Call", "Bel"))

    assert titles(folder) == ["Bel", "Bel"]


def test_an_entry_for_one_place_wins_there(folder: Path) -> None:
    special = entry("Call", "Bel nog eens", 'msgctxt "acme.postpaid.step.again.title"\n')
    dutch(folder, entry("Call", "Bel"), special)

    assert titles(folder) == ["Bel", "Bel nog eens"]


def test_a_fuzzy_entry_is_not_used(folder: Path) -> None:
    dutch(folder, entry("Call", "Schrijf", "#, fuzzy\n"))

    assert titles(folder) == ["", ""]


def test_a_broken_file_is_named_with_its_line(folder: Path) -> None:
    dutch(folder, entry("Call", "Bel"), "Bel ons")

    with pytest.raises(catalogue.CatalogueError, match=r"translations/nl\.po, line \d+: "):
        catalogue.load(folder)


def test_a_text_that_does_not_fit_is_named_with_its_place(folder: Path) -> None:
    dutch(folder, entry("Free.", 301 * "x"))

    with pytest.raises(
        catalogue.CatalogueError,
        match=r"nl\.po: acme\.postpaid\.channel\.hotline\.note has 301 characters, 300 fit",
    ):
        catalogue.load(folder)


def test_what_is_not_translated_is_counted_for_each_file(folder: Path) -> None:
    dutch(folder, entry("Call", "Bel"), entry("Free.", "Gratis."))

    missing = catalogue_translations.not_translated(catalogue.load(folder))

    assert missing == [
        "translations/de.po: 4 texts of acme.yaml are not translated",
        "translations/fr.po: 4 texts of acme.yaml are not translated",
        "translations/nl.po: 1 texts of acme.yaml are not translated",
        "translations/zh-hans.po: 4 texts of acme.yaml are not translated",
    ]


def test_translators_find_new_texts_empty_and_changed_ones_fuzzy(
    folder: Path,
) -> None:
    dutch(folder, entry("Call", "Bel"), entry("Call us first.", "Bel ons eerst."))
    text = (folder / "acme.yaml").read_text(encoding="utf-8")
    text = text.replace("summary: Call.", "summary: Call us at first.")
    (folder / "acme.yaml").write_text(text, encoding="utf-8")

    catalogue_translations.update(catalogue.load(folder), folder)

    written = (folder / "translations" / "nl.po").read_text(encoding="utf-8")
    assert '#, fuzzy\nmsgid "Call us at first."\nmsgstr "Bel ons eerst."' in written
    assert 'msgid "Free."\nmsgstr ""' in written
    assert 'msgid "Call"\nmsgstr "Bel"' in written
    assert titles(folder) == ["Bel", "Bel"]


def test_an_update_of_what_is_up_to_date_changes_nothing(folder: Path) -> None:
    dutch(folder, entry("Call", "Bel"))
    catalogue_translations.update(catalogue.load(folder), folder)
    once = texts(folder)

    catalogue_translations.update(catalogue.load(folder), folder)

    assert texts(folder) == once


def test_a_new_translation_is_a_new_version(folder: Path) -> None:
    catalogue.import_catalogue(NOW, publish=True, folder=folder)
    dutch(folder, entry("Call", "Bel"))

    outcomes = catalogue.import_catalogue(LATER, publish=True, folder=folder)

    assert [str(one) for one in outcomes] == ["acme postpaid: version 2 published"]
