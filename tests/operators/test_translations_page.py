"""The texts of a draft in one language, each beside its English."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from operators.models import Operator, Procedure, Step
from tests.factories import make_operator
from tests.operators.admin import filled, number_of, page, signed_in, staff

pytestmark = pytest.mark.django_db


def dutch(procedure: Procedure) -> str:
    return f"/admin/operators/procedure/{procedure.pk}/translations/nl/"


def sent(client: Client, address: str) -> dict[str, Any]:
    """What a browser sends when nothing on the page is touched."""
    return as_shown(client.get(address))


def as_shown(response: Any) -> dict[str, Any]:
    context = response.context
    fields = [*context["head"], *(field for row in context["rows"] for field in row)]
    return {
        field.html_name: "" if field.value() is None else str(field.value())
        for field in fields
        if not field.name.endswith("still_right")
    }


def logins(draft: Procedure) -> Step:
    return draft.steps.get(key="logins")


def test_an_editor_writes_a_text_in_dutch_and_the_history_says_so(
    as_editor: Client, draft: Procedure
) -> None:
    step = logins(draft)
    data = sent(as_editor, dutch(draft)) | {f"step-{step.pk}-title-text": "Verhuis alles"}

    response = as_editor.post(dutch(draft), data)

    assert response.status_code == 302
    step.refresh_from_db()
    draft.refresh_from_db()
    assert (step.title, step.in_language("title", "nl")) == (
        "Move what hangs on the number",
        "Verhuis alles",
    )
    assert step.translation_state("title", "nl") == "current"
    assert draft.revision == 1
    history = as_editor.get(page(draft, "history")).content.decode()
    assert "Title (Dutch)" in history
    assert "Translation into Dutch" in history
    assert "editor@example.org" in history


def test_a_page_that_nobody_typed_on_saves_nothing(as_editor: Client, draft: Procedure) -> None:
    step = logins(draft)
    step.translate("body", "nl", "Een regel.\n\n- En een lijst.")
    step.save()
    records = Step.history.count()

    as_editor.post(dutch(draft), sent(as_editor, dutch(draft)))

    draft.refresh_from_db()
    assert (Step.history.count(), draft.revision) == (records, 0)


def test_an_outdated_text_is_marked_and_can_be_said_to_be_still_right(
    as_editor: Client, draft: Procedure
) -> None:
    step = logins(draft)
    step.translate("title", "nl", "Verhuis alles")
    step.title = "Move everything"
    step.save()
    seen = as_editor.get(page(draft)).content.decode()
    shown = as_editor.get(dutch(draft)).content.decode()
    data = sent(as_editor, dutch(draft)) | {f"step-{step.pk}-title-still_right": "on"}

    as_editor.post(dutch(draft), data)

    assert "1 outdated" in seen
    assert "still right" in shown
    step.refresh_from_db()
    assert step.translation_state("title", "nl") == "current"
    assert "1 outdated" not in as_editor.get(page(draft)).content.decode()


def test_only_what_needs_somebody_is_shown_on_request(as_editor: Client, draft: Procedure) -> None:
    for step in draft.steps.all():
        step.translate("title", "nl", "Titel")
        step.translate("body", "nl", "Tekst")
        step.save()

    rows = as_editor.get(dutch(draft), {"show": "todo"}).context["rows"]
    saved = as_editor.post(
        f"{dutch(draft)}?show=todo", sent(as_editor, f"{dutch(draft)}?show=todo")
    )

    assert {row.of.row._meta.model_name for row in rows} == {"procedure", "material", "fact"}
    assert saved["Location"].endswith("?show=todo")
    assert logins(draft).in_language("title", "nl") == "Titel"


@pytest.mark.parametrize("text", ["{{ name }}", "[hier](javascript:x)", "x" * 121])
def test_a_translation_keeps_to_the_rules(as_editor: Client, draft: Procedure, text: str) -> None:
    step = logins(draft)
    data = sent(as_editor, dutch(draft)) | {f"step-{step.pk}-title-text": text}

    response = as_editor.post(dutch(draft), data)

    assert response.status_code == 422
    assert "Nothing was saved" in response.content.decode()
    step.refresh_from_db()
    assert step.in_language("title", "nl") == ""


def test_an_emptied_translation_is_missing_again(as_editor: Client, draft: Procedure) -> None:
    step = logins(draft)
    step.translate("title", "nl", "Verhuis alles")
    step.save()
    data = sent(as_editor, dutch(draft)) | {f"step-{step.pk}-title-text": ""}

    as_editor.post(dutch(draft), data)

    step.refresh_from_db()
    assert step.translation_state("title", "nl") == "missing"


def test_of_two_translators_the_second_is_told_and_keeps_what_was_typed(
    as_editor: Client, draft: Procedure
) -> None:
    other = signed_in(staff("other@example.org", "Procedure editors"))
    step, material = logins(draft), draft.materials.get()
    first = sent(as_editor, dutch(draft)) | {f"step-{step.pk}-title-text": "Verhuis alles"}
    second = sent(other, dutch(draft)) | {f"material-{material.pk}-name-text": "Klantnummer"}

    as_editor.post(dutch(draft), first)
    told = other.post(dutch(draft), second)
    again = as_shown(told)
    saved = other.post(dutch(draft), again)

    text = told.content.decode()
    assert told.status_code == 422
    assert "Nothing was saved" in text
    assert "editor@example.org" in text
    assert "Klantnummer" in text
    assert saved.status_code == 302
    step.refresh_from_db()
    material.refresh_from_db()
    assert step.in_language("title", "nl") == "Verhuis alles"
    assert material.in_language("name", "nl") == "Klantnummer"


def test_a_published_version_is_read_only_in_every_language(
    as_editor: Client, published: Procedure
) -> None:
    text = as_editor.get(dutch(published)).content.decode()

    assert "never changed, in no language" in text
    assert "<textarea" not in text
    assert as_editor.post(dutch(published), {}).status_code == 403


def test_there_is_no_page_for_english_or_an_unknown_language(
    as_editor: Client, draft: Procedure
) -> None:
    for language in ("en", "it"):
        address = f"/admin/operators/procedure/{draft.pk}/translations/{language}/"
        assert as_editor.get(address).status_code == 404


def test_the_page_takes_a_fixed_number_of_queries(
    as_editor: Client, draft: Procedure, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Step.objects.create(procedure=draft, key=f"more-{number}", title="More")

    with django_assert_max_num_queries(24):
        as_editor.get(dutch(draft))


def test_an_editor_who_reads_the_administration_in_dutch_writes_english_all_the_same(
    editor: User, draft: Procedure
) -> None:
    client = Client(headers={"accept-language": "nl"})
    client.force_login(editor)
    step = logins(draft)
    step.translate("title", "nl", "Verhuis alles")
    step.save()
    data = filled(client, draft)
    data[f"steps-{number_of(data, 'steps', step)}-title_en"] = "Move everything"

    client.post(page(draft), data)

    step.refresh_from_db()
    assert step.in_english("title") == "Move everything"
    assert step.in_language("title", "nl") == "Verhuis alles"
    assert step.translation_state("title", "nl") == "outdated"


def test_the_remark_on_an_operator_has_its_languages_on_its_own_page(as_editor: Client) -> None:
    operator = make_operator("Example", state_note="Until June.")
    address = f"/admin/operators/operator/{operator.pk}/change/"
    data = {
        "name": "Example",
        "state": Operator.State.ABSORBED,
        "state_source_url": "https://operator.example/",
        "state_checked_on": "2026-03-01",
        "network": "orange",
        "aliases": "exemple",
        "state_note_en": "Until June.",
        "state_note_nl": "Tot juni.",
        "position": 7,
        "reason": "Read in the press.",
        "procedures-TOTAL_FORMS": 0,
        "procedures-INITIAL_FORMS": 0,
    }

    response = as_editor.post(address, data)

    assert response.status_code == 302
    operator.refresh_from_db()
    assert operator.in_language("state_note", "nl") == "Tot juni."
    assert operator.translation_state("state_note", "nl") == "current"
    assert (operator.network, operator.aliases) == ("orange", "exemple")
    history = as_editor.get(address.replace("change", "history")).content.decode()
    assert "Remark on the state (Dutch)" in history
    assert "Read in the press." in history
