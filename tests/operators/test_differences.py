"""What changed in a text, line by line, and the page that compares two versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from operators import differences, history
from operators.models import Procedure
from tests.factories import NOW
from tests.operators.admin import page


def shown(before: str, after: str) -> list[tuple[str, str]]:
    return [(line.mark.value, line.text) for line in differences.lines(before, after)]


def test_unchanged_lines_far_from_a_change_are_left_out() -> None:
    before = "1. Open\n2. Log in\n3. Choose\n4. Send\n5. Wait\n6. Done"
    after = "1. Open\n2. Log in\n3. Choose\n4. Print\n5. Wait\n6. Done"

    assert shown(before, after) == [
        ("gap", ""),
        ("same", "3. Choose"),
        ("removed", "4. Send"),
        ("added", "4. Print"),
        ("same", "5. Wait"),
        ("gap", ""),
    ]


def test_in_a_reworded_line_the_words_are_marked() -> None:
    _removed, added = differences.lines("Call 1999 before noon.", "Call 5000 before noon.")

    assert [piece.text for piece in added.pieces if piece.changed] == ["5000"]


def test_chinese_is_compared_by_character() -> None:
    _removed, added = differences.lines("请拨打热线电话取消合同", "请拨打客服电话取消合同")

    assert [piece.text for piece in added.pieces if piece.changed] == ["客服"]


def test_a_line_that_was_replaced_is_not_shown_as_reworded() -> None:
    removed, added = differences.lines("Write a letter.", "Nobody answers there any more, ever.")

    assert not any(piece.changed for piece in (*removed.pieces, *added.pieces))


@pytest.mark.django_db
def test_a_draft_is_compared_with_what_is_published(as_editor: Client, draft: Procedure) -> None:
    step = draft.steps.get(key="logins")
    step.body = "Look it up.\nThen write it down."
    step.translate("title", "nl", "Verhuis wat eraan hangt")
    step.save()

    response = as_editor.get(page(draft, "differences"))

    text = response.content.decode()
    assert "From version 1 to version 2" in text
    assert "Then write it down.</ins>" in text
    assert "Title (Dutch)" in text
    assert '<td class="after">Verhuis wat eraan hangt</td>' in text
    assert "translated_from" not in text


@pytest.mark.django_db
def test_an_older_version_can_be_compared_with_any_other(
    as_editor: Client, published: Procedure, draft: Procedure
) -> None:
    draft.channels.filter(key="mail").update(value="second@operator.example")
    draft.publish(by=None, at=NOW)
    third = draft.new_draft()
    third.channels.filter(key="mail").update(value="third@operator.example")

    with_published = as_editor.get(page(published, "differences")).content.decode()
    with_third = as_editor.get(page(published, "differences"), {"with": 3}).content.decode()

    assert "second@operator.example" in with_published
    assert "third@operator.example" in with_third
    assert "From version 1 to version 3" in with_third


@pytest.mark.django_db
def test_comparing_takes_a_fixed_number_of_queries(
    as_editor: Client, draft: Procedure, django_assert_max_num_queries: Any
) -> None:
    for step in draft.steps.all():
        step.body = "Another text."
        step.save()

    with django_assert_max_num_queries(28):
        as_editor.get(page(draft, "differences"))


@pytest.mark.django_db
def test_a_changed_english_text_is_one_change_in_the_history(draft: Procedure) -> None:
    step = draft.steps.get(key="logins")
    step.title = "Move your logins"
    step.because("Clearer")
    step.save()

    changes = history.of_procedure(draft)[0].difference.changes

    assert [change.field for change in changes] == ["Title"]
