"""What a reader is told about a newer version: what changed for them, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from operators.changes import Difference, for_reader, versions_between
from operators.history import Kind
from operators.models import Procedure, Step
from tests.factories import NOW, TODAY, make_newer, make_procedure, moment

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def changed(old: Procedure, new: Procedure, *, goal: str = "end") -> list[Difference]:
    return for_reader(versions_between(old, new), goal=goal)


def only(differences: list[Difference]) -> Difference:
    (one,) = differences
    return one


def test_a_changed_step_is_named_by_its_number_with_what_is_gone_and_what_is_new() -> None:
    old = make_procedure()
    new = make_newer(old, {"logins": {"body": "Look it up.\n\nAsk for a code."}}, at=NOW + DAY)

    one = only(changed(old, new))

    assert (one.kind, one.what, one.name) == (
        Kind.CHANGED,
        "Step 2",
        "Move what hangs on the number",
    )
    assert one.on == TODAY + DAY
    assert [(change.label, change.gone, change.new) for change in one.changes] == [
        ("Text", "", "Ask for a code.")
    ]


@pytest.mark.parametrize(
    ("key", "values", "what", "label"),
    [
        ("mail", {"value": "bye@operator.example"}, "E-mail", "Number, address or page"),
        ("mail", {"say": "I end my line."}, "E-mail", "What to say or write"),
        ("mail", {"bring": "Your customer number."}, "E-mail", "What to have at hand"),
        ("mail", {"expect": "An answer within a day."}, "E-mail", "What to expect"),
        ("mail", {"kind": "chat"}, "Chat", "Kind"),
        ("customer-number", {"name": "Client number"}, "To have at hand", "Name"),
        ("end-date", {"text": "A month's notice."}, "End date and notice", "Text"),
    ],
)
def test_contacts_rules_and_things_at_hand_are_told_too(
    key: str, values: dict[str, Any], what: str, label: str
) -> None:
    old = make_procedure()
    new = make_newer(old, {key: values})

    one = only(changed(old, new))

    assert one.what == what
    assert [change.label for change in one.changes] == [label]


def test_other_days_of_our_mails_are_told() -> None:
    old = make_procedure()
    new = make_newer(old, confirm_after=5)

    (change,) = only(changed(old, new)).changes

    assert (change.label, change.gone, change.new) == ("Days until we ask", "3", "5")


def test_a_line_more_at_the_top_of_a_list_is_one_new_line() -> None:
    old = make_procedure()
    steps = "1. Press 2.\n2. Say your number."
    longer = "1. Call 0800 33 800.\n2. Press 2.\n3. Say your number."
    before = make_newer(old, {"mail": {"instructions": steps}})
    after = make_newer(before, {"mail": {"instructions": longer}})

    (change,) = only(changed(before, after)).changes

    assert (change.gone, change.new) == ("", "1. Call 0800 33 800.")


def test_another_number_of_the_hotline_is_never_taken_for_the_number_of_a_line() -> None:
    old = make_newer(make_procedure(), {"mail": {"kind": "hotline", "value": "0800 33 800"}})
    new = make_newer(old, {"mail": {"value": "0800 33 801"}})

    (change,) = only(changed(old, new)).changes

    assert (change.gone, change.new) == ("0800 33 800", "0800 33 801")


def test_sources_order_and_translations_do_not_bother_the_reader() -> None:
    old = make_procedure()
    draft = old.new_draft()
    for step in draft.steps.all():
        step.position = 9 - step.position if step.key == "logins" else step.position
        step.translate("title", "nl", f"Vertaald: {step.title}")
        step.sources.clear()
        step.save()
    draft.sources.create(key="more", url="https://a.example", title="More", checked_on=TODAY)
    draft.publish(by=None, at=NOW)

    with translation.override("nl"):
        assert changed(old, draft) == []


def test_the_reader_compares_texts_in_the_own_language_where_both_are_translated() -> None:
    old = make_procedure()
    first = old.new_draft()
    step = first.steps.get(key="logins")
    step.translate("body", "nl", "Zoek het op.")
    step.save()
    first.publish(by=None, at=NOW)
    second = first.new_draft()
    step = second.steps.get(key="logins")
    step.body_en = "Look it up today."
    step.translate("body", "nl", "Zoek het vandaag op.")
    step.save()
    second.publish(by=None, at=NOW)
    third = make_newer(second, {"logins": {"body_en": "Look it up now."}})

    with translation.override("nl"):
        (translated,) = only(changed(first, second)).changes
        (outdated,) = only(changed(second, third)).changes

    assert (translated.gone, translated.new) == ("Zoek het op.", "Zoek het vandaag op.")
    assert (translated.language, outdated.language) == ("nl", "en")
    assert (outdated.gone, outdated.new) == ("Look it up today.", "Look it up now.")


def test_steps_of_another_goal_are_left_out_and_not_counted() -> None:
    old = make_procedure()
    new = make_newer(old, {"order-porting": {"title": "Order the move first"}})

    assert changed(old, new) == []
    assert only(changed(old, new, goal="port")).what == "Step 3"


def test_what_came_and_what_went_is_told_with_its_day() -> None:
    old = make_procedure(at=moment(TODAY))
    draft = old.new_draft()
    draft.steps.get(key="line-active").delete()
    Step.objects.create(procedure=draft, key="bank", position=9, title="Tell the bank", body="Go.")
    draft.publish(by=None, at=moment(TODAY + DAY))

    found = {one.kind: one for one in changed(old, draft)}

    assert found.keys() == {Kind.ADDED, Kind.REMOVED}
    assert (found[Kind.ADDED].what, found[Kind.ADDED].name) == ("Step 3", "Tell the bank")
    assert [change.new for change in found[Kind.ADDED].changes] == ["Go."]
    assert (found[Kind.REMOVED].what, found[Kind.REMOVED].name) == ("Step 1", "Is the line active?")
    assert found[Kind.REMOVED].changes == []


def test_each_change_has_the_day_of_the_version_that_made_it() -> None:
    old = make_procedure()
    second = make_newer(old, {"logins": {"body": "Now."}}, at=NOW + DAY)
    third = make_newer(second, {"mail": {"value": "bye@operator.example"}}, at=NOW + 9 * DAY)

    days = {one.what: one.on for one in changed(old, third)}

    assert days == {"Step 2": TODAY + DAY, "E-mail": TODAY + 9 * DAY}


def test_what_was_changed_and_changed_back_is_no_difference() -> None:
    old = make_procedure()
    second = make_newer(old, {"logins": {"body": "Now."}})
    third = make_newer(second, {"logins": {"body": "Look it up."}})

    assert changed(old, third) == []


def test_comparing_costs_the_same_for_two_versions_and_for_many(
    django_assert_num_queries: Any,
) -> None:
    old = make_procedure()
    new = make_newer(old, {"logins": {"body": "Now."}})
    with django_assert_num_queries(5):
        changed(old, new)
    for number in range(3):
        new = make_newer(new, {"logins": {"body": f"Now {number}."}})

    with django_assert_num_queries(5):
        changed(old, new)
