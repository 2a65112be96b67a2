"""The files of the catalogue, what is refused in them, and what an import may touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from operators import catalogue
from operators.catalogue_files import FIELDS, Content
from operators.history import Kind, of_procedure
from operators.models import (
    Channel,
    ChannelKind,
    Fact,
    LetterTemplate,
    Operator,
    Procedure,
    Source,
    Step,
    Tier,
)

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 4, 9, tzinfo=UTC)

FILES = {
    "sources.yaml": """
law:
  url: https://law.example/ending
  title: Ending a contract
  kind: regulator
  published: undated
  checked_on: 2026-03-01
page:
  url: https://acme.example/help
  title: Help
  kind: operator
  published: "2025"
  checked_on: 2026-03-02
""",
    "common.yaml": """
steps:
  line-active:
    kind: line
    title: The line works
    body: Call somebody.
    sources: [law]
  bills:
    plans: [postpaid]
    kind: documents
    title: Bills are saved
materials:
  number:
    name: The number
facts:
  in-writing:
    topic: legal
    text: In writing.
    sources: [law]
""",
    "acme.yaml": """
name: Acme
state: active
procedures:
  postpaid:
    summary: Call or write.
    steps:
      line-active:
        special: Call 1.
        sources: [page]
      points:
        after: line-active
        kind: other
        title: Points are used
    channels:
      hotline:
        kind: hotline
        value: 02 745 95 00
        note: Free.
        sources: [page]
    facts:
      no-fee:
        topic: cost
        text: No fee.
        sources: [page]
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small catalogue of one operator, Acme, that sells subscriptions."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {name}"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def bring_in(folder: Path, *, at: datetime = NOW, publish: bool = True) -> list[str]:
    return [str(each) for each in catalogue.import_catalogue(at, publish=publish, folder=folder)]


def acme(version: int) -> Procedure:
    return Procedure.objects.get(operator__slug="acme", version=version)


def problems(folder: Path) -> list[str]:
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.load(folder)
    return caught.value.problems


# --- What we ship -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> dict[tuple[str, str], Content]:
    """The real procedures, by operator and plan, merged and checked."""
    return {
        (operator.row.slug, content.procedure.plan): content
        for operator in catalogue.load()
        for content in operator.procedures
    }


def texts(row: models.Model) -> Iterator[str]:
    yield from (str(getattr(row, name)) for name in FIELDS[type(row)])


def channels(content: Content) -> list[Channel]:
    return [entry.row for entry in content.entries if isinstance(entry.row, Channel)]


# Each number was read in a source; a new one is added here with its source in the catalogue.
NUMBERS = {
    "015 66 66 66",  # Telenet
    "1999",  # BASE
    "+32 486 19 19 99",
    "5000",  # Orange
    "02 745 95 00",
    "1976",  # Mobile Vikings, and Lycamobile
    "1984",  # JIM Mobile
    "+32 466 00 19 76",  # Lycamobile
    "0800 49 811",
    "+32 2 275 27 27",  # Scarlet
}
PHONE_LIKE = re.compile(r"(?:\+32|\b0)[\d /.]{6,}\d")
COMPANY_NUMBER = re.compile(r"0\d{3}\.\d{3}\.\d{3}")


def test_eighteen_brands_and_the_fallback_have_the_plans_that_they_sell(
    shipped: dict[tuple[str, str], Content],
) -> None:
    plans: dict[str, set[str]] = {operator.row.slug: set() for operator in catalogue.load()}
    for operator, plan in shipped:
        plans[operator].add(plan)

    both = {"proximus", "base", "orange", "mobile-vikings", "jim-mobile", "lycamobile", "other"}
    only = {"carrefour-mobile": {"prepaid"}, "ortel": set()}  # Ortel is gone since 2018
    assert len(plans) == 19
    for operator, sold in plans.items():
        usual = {"postpaid", "prepaid"} if operator in both else {"postpaid"}
        assert sold == only.get(operator, usual), operator


def test_every_goal_has_its_steps_and_who_keeps_the_number_is_told_not_to_cancel(
    shipped: dict[tuple[str, str], Content],
) -> None:
    for (operator, _plan), content in shipped.items():
        steps = [entry.row for entry in content.entries if isinstance(entry.row, Step)]
        to_end = {step.kind for step in steps if step.goal in ("any", "end")}
        to_port = [step for step in steps if step.goal in ("any", "port")]
        if operator == "tadaam":  # internet from the air: no number that one could keep
            assert {"line", "documents", "channel"} <= to_end
            continue

        assert {"line", "logins", "backup", "documents", "channel"} <= to_end
        assert {"porting", "documents", "logins"} <= {step.kind for step in to_port}
        assert any("Do not cancel" in step.body for step in to_port)
        assert not any(step.kind == Step.Kind.CHANNEL for step in to_port)


def test_prepaid_credit_is_used_up_before_an_end_and_claimed_after_a_move(
    shipped: dict[tuple[str, str], Content],
) -> None:
    for (_operator, plan), content in shipped.items():
        goals = {
            entry.row.key: entry.row.goal
            for entry in content.entries
            if isinstance(entry.row, Step) and entry.row.kind == Step.Kind.CREDIT
        }
        expected = {"auto-top-up": "any", "use-credit": "end", "claim-credit": "port"}
        assert goals == (expected if plan == "prepaid" else {})


def test_every_number_in_a_channel_is_known_and_has_a_source(
    shipped: dict[tuple[str, str], Content],
) -> None:
    for content in shipped.values():
        for entry in content.entries:
            found = {found for text in texts(entry.row) for found in PHONE_LIKE.findall(text)}
            found = {number for number in found if not COMPANY_NUMBER.fullmatch(number)}
            if isinstance(entry.row, Channel) and entry.row.kind == ChannelKind.HOTLINE:
                found |= {entry.row.value} - {""}
            assert found <= NUMBERS
            assert entry.sources or not found


def test_proximus_shows_neither_of_the_two_numbers_that_circulate(
    shipped: dict[tuple[str, str], Content],
) -> None:
    for plan in ("postpaid", "prepaid"):
        content = shipped["proximus", plan]
        (hotline,) = [row for row in channels(content) if row.kind == ChannelKind.HOTLINE]

        assert hotline.value == ""
        assert "could not confirm" in hotline.note
        rows = [entry.row for entry in content.entries] + list(content.sources)
        assert not any("0800" in text for row in rows for text in texts(row))


def test_telenet_is_said_to_be_unconfirmed_with_the_law_as_the_safe_road(
    shipped: dict[tuple[str, str], Content],
) -> None:
    content = shipped["telenet", "postpaid"]
    tiers = {source.key: source.tier for source in content.sources}
    letter, *others = channels(content)

    assert "not confirmed by Telenet" in content.procedure.summary
    assert "end date" in content.procedure.summary
    assert letter.value == "Telenet BV, Liersesteenweg 4, 2800 Mechelen"
    assert {entry.row.key for entry in content.entries if isinstance(entry.row, Fact)} >= {
        "not-confirmed",
        "written-any-means",
        "state-end-date",
        "confirmation-unknown",
    }
    for entry in content.entries:
        if entry.row in others:
            assert {tiers[key] for key in entry.sources} == {Tier.UNVERIFIED}


def test_what_somebody_else_says_about_a_contact_is_not_shown_as_read() -> None:
    known = catalogue.sources()

    assert known["ca_px"].tier == known["ca_base"].tier == Tier.UNVERIFIED
    assert known["px_portin"].tier == known["om_contact_old"].tier == Tier.UNVERIFIED
    assert known["bipt_op_en"].tier == Tier.READ


def test_a_source_has_all_that_a_page_shows() -> None:
    source = catalogue.sources()["bipt_op_en"]

    assert source.url == "https://bipt.be/operators/contract-termination"
    assert source.title
    assert source.checked_on == date(2026, 11, 23)
    assert source.get_kind_display() == "the regulator"
    assert source.get_tier_display() == "read in the source"


def test_nobody_is_asked_to_send_a_copy_of_an_identity_card(
    shipped: dict[tuple[str, str], Content],
) -> None:
    for content in shipped.values():
        papers = [
            entry.row.body
            for entry in content.entries
            if isinstance(entry.row, Step) and entry.row.key.endswith("documents")
        ]
        assert papers
        assert all("Do not add a copy of your identity card" in body for body in papers)


@pytest.mark.django_db
def test_the_shipped_catalogue_is_published_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_catalogue", publish=True)
    first = capsys.readouterr().out.splitlines()
    call_command("import_catalogue", publish=True)
    second = capsys.readouterr().out.splitlines()

    assert "telenet postpaid: version 1 published" in first
    assert "telenet postpaid: version 1 is there already" in second
    letters = [line for line in first if line.startswith("letter ")]
    assert len(first) - len(letters) == len(second) == Procedure.objects.published().count() == 25
    assert len(letters) == LetterTemplate.objects.published().count()


@pytest.mark.django_db
def test_the_database_says_what_the_files_say(shipped: dict[tuple[str, str], Content]) -> None:
    call_command("import_catalogue")

    for procedure in Procedure.objects.with_claims():
        content = shipped[procedure.operator.slug, procedure.plan]
        assert Content.stored(procedure).digest == procedure.catalogue_digest == content.digest


def test_lint_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("lint_catalogue")

    assert capsys.readouterr().out == "19 operators, 25 procedures: no problems.\n"


# --- Merging ------------------------------------------------------------------------------------


def entries(folder: Path) -> dict[str, Any]:
    (operator,) = catalogue.load(folder)
    (content,) = operator.procedures
    return {entry.row.key: entry for entry in content.entries}


def test_an_operator_changes_a_common_step_and_puts_its_own_behind_it(folder: Path) -> None:
    merged = entries(folder)

    assert list(merged) == [
        "line-active",
        "points",
        "bills",
        "hotline",
        "number",
        "no-fee",
        "in-writing",
    ]
    assert merged["line-active"].row.body == "Call somebody."
    assert merged["line-active"].row.special == "Call 1."
    assert merged["line-active"].sources == ["law", "page"]


def test_a_common_entry_holds_for_its_plans_only(folder: Path) -> None:
    edit(folder, "acme.yaml", "postpaid:", "prepaid:")

    assert "bills" not in entries(folder)


def test_a_common_entry_can_be_left_out(folder: Path) -> None:
    edit(folder, "acme.yaml", "    summary:", "    without: [bills, in-writing]\n    summary:")

    assert not {"bills", "in-writing"} & set(entries(folder))


# --- What is refused ----------------------------------------------------------------------------


# Nine names, each nine times the one before it: 400 million entries in half a kilobyte.
BOMB = (
    "[&a0 [x, x], "
    + ", ".join(f"&a{n} [{', '.join(9 * [f'*a{n - 1}'])}]" for n in range(1, 10))
    + "]"
)


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("acme.yaml", "state: active", "state: [active", "acme.yaml, line 4: "),
        ("acme.yaml", "state: active", "state: awake", "acme.yaml: state: Value 'awake'"),
        ("acme.yaml", "state: active", "stat: active", "acme.yaml: unknown key “stat”"),
        ("acme.yaml", "state: active", "name: B", "acme.yaml, line 3: duplicate key “name”"),
        ("acme.yaml", "name: Acme", "name: 7", "acme.yaml: name: is no text"),
        ("acme.yaml", "name: Acme", "", "acme.yaml: name: This field cannot be blank."),
        ("acme.yaml", "postpaid:", "monthly:", "acme.yaml: procedures: “monthly” is not known"),
        ("acme.yaml", "topic: cost", "topic: price", "facts.no-fee.topic: Value 'price'"),
        ("acme.yaml", "special:", "specials:", "steps.line-active: unknown key “specials”"),
        ("acme.yaml", "after: line-active", "after: nothing", "points.after: “nothing”"),
        ("acme.yaml", "kind: hotline", "kind: phone", "channels.hotline.kind: Value 'phone'"),
        ("acme.yaml", "02 745 95 00", "02 745 (free)", "channels.hotline.value: “02 745 (free)”"),
        ("acme.yaml", "sources: [page]", "sources: [paper]", "“paper” is not known"),
        ("acme.yaml", "sources: [page]", "sources: []", "channels.hotline: has no source"),
        ("acme.yaml", "sources: [page]", "sources: page", "hotline.sources: is no list"),
        ("acme.yaml", "channels:", "without: [x]\n    channels:", "without: “x” is not known"),
        ("common.yaml", "kind: line", "kind: lines", "common.yaml: steps.line-active.kind: Value"),
        ("common.yaml", "plans: [postpaid]", "plans: [all]", "bills.plans: “all” is not known"),
        ("common.yaml", "materials:", "things:", "common.yaml: “things” is not known"),
        ("sources.yaml", "2026-03-01", "yesterday", "sources.yaml: law.checked_on: "),
        ("sources.yaml", "https://law.example", "law", "sources.yaml: law.url: "),
        ("sources.yaml", "page:", "law:", "sources.yaml, line 8: duplicate key “law”"),
        ("sources.yaml", "2026-03-01", "2026-02-31", "sources.yaml: day is out of range"),
        (
            "acme.yaml",
            "state: active",
            "state: !!python/name:os.system",
            "acme.yaml, line 3: could",
        ),
        ("acme.yaml", "state: active", "[a]: b", "acme.yaml, line 3: found unhashable key"),
        ("acme.yaml", "state: active", "state: " + 30 * "[", "acme.yaml, line 3: is too deep"),
        ("acme.yaml", "state: active", "state: &x [*x]", "acme.yaml, line 3: is too large"),
        ("acme.yaml", "state: active", f"state: {BOMB}", "acme.yaml, line 3: is too large"),
        ("acme.yaml", "Call or write.", 5_000_000 * "x", "acme.yaml: is too large, 5,000,"),
        ("acme.yaml", "Call or write.", "\0", "acme.yaml: unacceptable character #x0000"),
        ("acme.yaml", "    facts:", "  postpaid:\n    facts:", "duplicate key “postpaid”"),
        (
            "acme.yaml",
            "    facts:",
            "    version: two\n    facts:",
            "procedures.postpaid.version: ",
        ),
        ("acme.yaml", "    facts:", "    version: -1\n    facts:", "procedures.postpaid.version: "),
        (
            "acme.yaml",
            "    facts:",
            "    common: 0\n    facts:",
            "common: is neither true nor false",
        ),
        (
            "acme.yaml",
            "    facts:",
            "    sources: {own: {url: x}}\n    facts:",
            "sources.own.url: ",
        ),
    ],
)
@pytest.mark.django_db
def test_a_mistake_is_named_with_its_file_and_nothing_is_brought_in(
    folder: Path, name: str, old: str, new: str, complaint: str
) -> None:
    edit(folder, name, old, new)

    found = problems(folder)
    with pytest.raises(catalogue.CatalogueError):
        bring_in(folder)

    assert any(complaint in problem for problem in found), found
    assert all(problem.split(":")[0].split(",")[0] in FILES for problem in found)
    assert not Operator.objects.exists()


@pytest.mark.django_db
def test_one_broken_file_keeps_the_others_out_too(folder: Path) -> None:
    (folder / "zeta.yaml").write_text("name: Zeta\nprocedures: [", encoding="utf-8")

    with pytest.raises(catalogue.CatalogueError, match=r"zeta\.yaml"):
        bring_in(folder)

    assert not Operator.objects.exists()


def test_all_problems_are_named_at_once(folder: Path) -> None:
    edit(folder, "acme.yaml", "state: active", "state: awake")
    edit(folder, "acme.yaml", "topic: cost", "topic: price")

    assert len(problems(folder)) == 2


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "common.yaml").unlink()

    assert problems(folder) == ["common.yaml: is missing"]


def test_lint_ends_with_the_problems(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(folder, "acme.yaml", "state: active", "state: awake")
    load = catalogue.load
    monkeypatch.setattr(catalogue, "load", lambda: load(folder))

    with pytest.raises(CommandError, match=r"acme\.yaml: state: ") as caught:
        call_command("lint_catalogue")

    assert caught.value.returncode == 1


def test_lint_misses_what_is_not_translated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = catalogue.load
    monkeypatch.setattr(catalogue, "load", lambda: load(folder))

    with pytest.raises(CommandError, match=r"translations/nl\.po: \d+ texts of acme\.yaml are not"):
        call_command("lint_catalogue")


# --- What an import may touch -------------------------------------------------------------------


@pytest.mark.django_db
def test_an_import_alone_makes_a_draft_with_all_its_rows(folder: Path) -> None:
    assert bring_in(folder, publish=False) == ["acme postpaid: version 1 made as a draft"]

    draft = acme(1)
    assert draft.is_draft
    assert [step.key for step in draft.steps.all()] == ["line-active", "points", "bills"]
    assert draft.channels.get().value == "02 745 95 00"
    assert {source.key for source in draft.steps.all()[0].sources.all()} == {"law", "page"}
    assert draft.problems() == []


@pytest.mark.django_db
def test_every_new_row_has_its_line_in_the_history(folder: Path) -> None:
    bring_in(folder)

    for model in (Operator, Procedure, Source, Step, Channel, Fact):
        for row in model._default_manager.all():
            reasons = {line.history_change_reason for line in row.history.all()}
            assert reasons == {"catalogue"}


@pytest.mark.django_db
def test_a_second_import_makes_nothing(folder: Path) -> None:
    bring_in(folder)

    assert bring_in(folder, at=LATER) == ["acme postpaid: version 1 is there already"]
    assert Procedure.objects.get().published_at == NOW


@pytest.mark.django_db
def test_a_change_is_published_and_the_old_version_stays_as_it_was(folder: Path) -> None:
    bring_in(folder)
    edit(folder, "acme.yaml", "No fee.", "A fee.")
    edit(folder, "acme.yaml", "    summary:", "    change_reason: The fee\n    summary:")

    assert bring_in(folder, at=LATER) == ["acme postpaid: version 2 published"]

    old, new = acme(1), acme(2)
    assert (old.status, new.status) == ("retired", "published")
    assert (old.published_at, new.published_at) == (NOW, LATER)
    assert old.facts.get(key="no-fee").text == "No fee."
    assert new.facts.get(key="no-fee").text == "A fee."
    assert new.change_reason == "The fee"


@pytest.mark.django_db
def test_the_reason_alone_is_no_change(folder: Path) -> None:
    bring_in(folder)
    edit(folder, "acme.yaml", "    summary:", "    change_reason: None\n    summary:")

    assert bring_in(folder) == ["acme postpaid: version 1 is there already"]


@pytest.mark.django_db
def test_a_version_that_an_administrator_wrote_is_never_superseded(folder: Path) -> None:
    bring_in(folder)
    by_hand = acme(1).new_draft()
    by_hand.publish(by=None, at=LATER)
    edit(folder, "acme.yaml", "No fee.", "A fee.")

    assert bring_in(folder) == [
        "acme postpaid: version 3 made as a draft: version 2 was made by hand"
    ]
    assert Procedure.objects.published().get() == by_hand


@pytest.mark.django_db
def test_a_draft_of_ours_that_was_edited_before_publishing_is_an_administrators(
    folder: Path,
) -> None:
    bring_in(folder, publish=False)
    draft = acme(1)
    fact = draft.facts.get(key="no-fee")
    fact.text = "No fee, says the shop."
    fact.save()
    draft.publish(by=None, at=NOW)
    edit(folder, "acme.yaml", "No fee.", "A fee.")

    bring_in(folder)

    assert Procedure.objects.published().get().version == 1
    assert acme(2).is_draft


@pytest.mark.django_db
def test_a_draft_in_the_way_is_left_alone(folder: Path) -> None:
    bring_in(folder)
    draft = acme(1).new_draft()
    edit(folder, "acme.yaml", "No fee.", "A fee.")

    assert bring_in(folder) == ["acme postpaid: version 2 is a draft, skipped"]
    assert Procedure.objects.count() == 2
    assert draft.facts.get(key="no-fee").text == "No fee."


@pytest.mark.django_db
def test_a_draft_of_ours_waits_for_a_person(folder: Path) -> None:
    bring_in(folder, publish=False)

    assert bring_in(folder, publish=True) == ["acme postpaid: version 1 waits as a draft"]
    assert acme(1).is_draft


@pytest.mark.django_db
def test_an_operator_that_exists_keeps_what_an_administrator_wrote(folder: Path) -> None:
    Operator.objects.create(slug="acme", name="Acme & Sons")

    bring_in(folder)

    assert Operator.objects.get().name == "Acme & Sons"
    assert Operator.objects.get().state == Operator.State.UNKNOWN


@pytest.mark.django_db
def test_an_operator_that_nobody_edited_is_brought_up_to_date(folder: Path) -> None:
    bring_in(folder)
    edit(folder, "acme.yaml", "state: active", "state: absorbed\nnetwork: orange")

    bring_in(folder, at=LATER)

    operator = Operator.objects.get()
    assert (operator.state, operator.network) == ("absorbed", "orange")
    assert {line.history_change_reason for line in operator.history.all()} == {"catalogue"}
    assert operator.history.count() == 2


@pytest.mark.django_db
def test_an_operator_that_an_administrator_edited_stays(folder: Path) -> None:
    bring_in(folder)
    operator = Operator.objects.get()
    operator.name = "Acme & Sons"
    operator.save()
    edit(folder, "acme.yaml", "state: active", "state: absorbed")

    bring_in(folder, at=LATER)

    assert Operator.objects.get().state == "active"


@pytest.mark.django_db
def test_a_version_that_is_named_is_kept_where_it_is_free(folder: Path) -> None:
    edit(folder, "acme.yaml", "    summary:", "    version: 7\n    summary:")

    assert bring_in(folder) == ["acme postpaid: version 7 published"]


@pytest.mark.django_db
def test_a_version_that_says_something_else_here_becomes_a_draft_and_says_so(folder: Path) -> None:
    edit(folder, "acme.yaml", "    summary:", "    version: 1\n    summary:")
    bring_in(folder)
    edit(folder, "acme.yaml", "No fee.", "A fee.")

    assert bring_in(folder, at=LATER) == [
        "acme postpaid: version 2 made as a draft: version 1 says something else here"
    ]
    assert Procedure.objects.published().get().version == 1


@pytest.mark.django_db
def test_a_source_that_is_taken_from_an_imported_claim_leaves_a_trace(folder: Path) -> None:
    bring_in(folder, publish=False)
    draft = acme(1)

    draft.sources.get(key="page").delete()

    changes = [
        (entry.difference.what, change.field, change.before, change.after)
        for entry in of_procedure(draft)
        if entry.difference.kind is not Kind.ADDED
        for change in entry.difference.changes
    ]
    assert ("Step", "Sources", "Ending a contract\nHelp", "Ending a contract") in changes
    assert ("Channel", "Sources", "Help", "") in changes
