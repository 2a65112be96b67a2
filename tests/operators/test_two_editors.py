"""Two editors with the same draft open: the second is told, and nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from operators.models import Procedure
from tests.factories import make_procedure
from tests.operators.admin import add_row, as_sent, filled, number_of, page, signed_in, staff


@pytest.fixture
def as_other(db: None) -> Client:
    return signed_in(staff("other@example.org", "Procedure editors"))


def shown(response: Any) -> dict[str, Any]:
    """What a browser sends from the page that it got back."""
    forms = [response.context["adminform"].form]
    for section in response.context["inline_admin_formsets"]:
        forms += [section.formset.management_form, *section.formset.forms]
    return {
        field.html_name: as_sent(field.value())
        for form in forms
        for field in form
        if not field.field.disabled and field.name != "DELETE"
    }


def field(data: dict[str, Any], draft: Procedure, section: str, key: str, name: str) -> str:
    return f"{section}-{number_of(data, section, getattr(draft, section).get(key=key))}-{name}"


@pytest.mark.django_db
def test_the_second_editor_is_told_who_changed_what_and_nothing_is_saved(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    first, second = filled(as_editor, draft), filled(as_other, draft)
    first[field(first, draft, "channels", "mail", "value")] = "first@operator.example"
    second[field(second, draft, "steps", "logins", "title_en")] = "Typed by the second"

    as_editor.post(page(draft), first | {"reason": "They moved."})
    told = as_other.post(page(draft), second)

    text = told.content.decode()
    assert told.status_code == 200
    assert "Nothing was saved: this draft was changed while you had it open." in text
    assert "editor@example.org" in text
    assert "They moved." in text
    assert '<td class="after">first@operator.example</td>' in text
    assert "Typed by the second" in text
    assert draft.steps.get(key="logins").title == "Move what hangs on the number"


@pytest.mark.django_db
def test_after_looking_the_second_saves_on_top_and_both_changes_stay(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    first, second = filled(as_editor, draft), filled(as_other, draft)
    first[field(first, draft, "channels", "mail", "value")] = "first@operator.example"
    first["summary_en"] = "By letter."
    second[field(second, draft, "steps", "logins", "title_en")] = "Typed by the second"
    second["confirm_after"] = "5"

    as_editor.post(page(draft), first)
    told = as_other.post(page(draft), second)
    saved = as_other.post(page(draft), shown(told))

    assert saved.status_code == 302
    draft.refresh_from_db()
    assert draft.channels.get(key="mail").value == "first@operator.example"
    assert draft.steps.get(key="logins").title == "Typed by the second"
    assert (draft.summary, draft.confirm_after, draft.revision) == ("By letter.", 5, 2)


@pytest.mark.django_db
def test_where_both_wrote_the_second_keeps_their_own_text_and_sees_the_other(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    first, second = filled(as_editor, draft), filled(as_other, draft)
    name = field(first, draft, "channels", "mail", "value")

    as_editor.post(page(draft), first | {name: "first@operator.example"})
    told = as_other.post(page(draft), second | {name: "second@operator.example"})
    as_other.post(page(draft), shown(told))

    assert '<td class="after">first@operator.example</td>' in told.content.decode()
    assert shown(told)[name] == "second@operator.example"
    assert draft.channels.get(key="mail").value == "second@operator.example"


@pytest.mark.django_db
def test_rows_that_both_added_and_sources_that_one_took_off_survive(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    first, second = filled(as_editor, draft), filled(as_other, draft)
    add_row(first, "steps", title_en="Of the first", kind="other", goal="any")
    first[field(first, draft, "facts", "end-date", "sources")] = []
    add_row(second, "steps", title_en="Of the second", kind="other", goal="any")

    as_editor.post(page(draft), first)
    told = as_other.post(page(draft), second)
    as_other.post(page(draft), shown(told))

    titles = set(draft.steps.values_list("title_en", flat=True))
    assert {"Of the first", "Of the second"} <= titles
    assert draft.steps.count() == 6
    assert list(draft.facts.get().sources.all()) == []


@pytest.mark.django_db
def test_a_row_that_the_first_removed_comes_back_if_the_second_wrote_in_it(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    first, second = filled(as_editor, draft), filled(as_other, draft)
    for key in ("logins", "line-active"):
        first[field(first, draft, "steps", key, "DELETE")] = "on"
    second[field(second, draft, "steps", "logins", "title_en")] = "Still needed"

    as_editor.post(page(draft), first)
    told = as_other.post(page(draft), second)
    saved = as_other.post(page(draft), shown(told))

    assert saved.status_code == 302
    assert draft.steps.get(key="logins").title == "Still needed"
    assert not draft.steps.filter(key="line-active").exists()


@pytest.mark.django_db
def test_a_translation_saved_meanwhile_is_told_too_and_kept(
    as_editor: Client, as_other: Client, draft: Procedure
) -> None:
    step = draft.steps.get(key="logins")
    second = filled(as_other, draft)
    second[field(second, draft, "steps", "logins", "title_en")] = "Typed by the second"
    dutch = f"/admin/operators/procedure/{draft.pk}/translations/nl/"
    head = {"opened_at": 0, "reason": "Dutch"}

    as_editor.post(dutch, head | {f"step-{step.pk}-title-text": "Verhuis"})
    told = as_other.post(page(draft), second)
    as_other.post(page(draft), shown(told))

    assert "Title (Dutch)" in told.content.decode()
    step.refresh_from_db()
    assert (step.title, step.in_language("title", "nl")) == ("Typed by the second", "Verhuis")


@pytest.mark.django_db
def test_a_publisher_lets_out_only_what_was_looked_at(
    as_editor: Client, as_publisher: Client, draft: Procedure
) -> None:
    looked = as_publisher.get(page(draft, "publish")).context["form"]["opened_at"].value()
    data = filled(as_editor, draft)
    data[field(data, draft, "channels", "mail", "value")] = "late@operator.example"
    as_editor.post(page(draft), data)

    told = as_publisher.post(page(draft, "publish"), {"reason": "New", "opened_at": looked})
    again = told.context["form"]["opened_at"].value()
    as_publisher.post(page(draft, "publish"), {"reason": "New", "opened_at": again})

    assert told.status_code == 422
    assert "was changed while you looked at it" in told.content.decode()
    assert "late@operator.example" in told.content.decode()
    draft.refresh_from_db()
    assert draft.status == "published"


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_told() -> None:
    draft = make_procedure().new_draft()
    clients = [signed_in(staff(f"{name}@example.org", "Procedure editors")) for name in "ab"]
    pages = [filled(client, draft) | {"summary_en": f"By {client!r}."} for client in clients]
    start = Barrier(2)

    def save(number: int) -> int:
        try:
            start.wait(timeout=10)
            return clients[number].post(page(draft), pages[number]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(save, range(2)))

    draft.refresh_from_db()
    assert answers == [200, 302]
    assert draft.revision == 1
