"""What may stand in a procedure, in the form of an editor beside the field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from operators.models import Channel, Procedure, rules
from tests.operators.admin import filled, number_of, page


@pytest.mark.parametrize("value", ["02 745 95 00", "+32 486 19 19 99", "0800 95 960", "5000"])
def test_a_belgian_number_or_a_short_one_is_let_through(value: str) -> None:
    rules.phone_number(value)


@pytest.mark.parametrize("value", ["02 745 95", "+44 20 7946 0958", "123", "5000 (free)", "ask"])
def test_a_number_that_nobody_can_call_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        rules.phone_number(value)


@pytest.mark.parametrize(
    "text",
    [
        "[The page](https://operator.example/), [write](mailto:a@b.example), [call](tel:5000).",
        "A {brace}, a price of 5 {EUR} and a hundred % are no placeholders.",
        "",
    ],
)
def test_a_finished_text_is_let_through(text: str) -> None:
    rules.text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear {{ name }}",
        "{% if x %}",
        "TODO: ask them",
        "The fee is XXX euro.",
        "[here](javascript:alert(1))",
        "[here](/operators/)",
        "[here][1]\n\n[1]: ftp://operator.example/",
        "<data:text/html,x>",
    ],
)
def test_what_was_left_in_a_text_and_links_to_elsewhere_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rules.text(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("section", "key", "changes", "said"),
    [
        ("channels", "mail", {"value": "nobody"}, "“nobody” is no e-mail address."),
        ("channels", "mail", {"kind": "hotline", "value": "12"}, "no phone number that exists"),
        ("channels", "mail", {"kind": "web_form", "value": "http://a.be/"}, "is no https address"),
        ("channels", "mail", {"say_en": "Hello {{ name }}"}, "“{{” was left in the text"),
        ("steps", "logins", {"body_en": "[x](javascript:y)"}, "must begin with https:"),
        ("facts", "end-date", {"text_en": "TODO"}, "“TODO” was left in the text"),
        ("sources", "terms", {"url": "ftp://operator.example/x"}, "must begin with https:"),
        ("sources", "terms", {"checked_on": "2999-01-01"}, "This day has not come yet."),
    ],
)
def test_a_mistake_is_told_beside_the_field_and_nothing_is_saved(
    as_editor: Client,
    draft: Procedure,
    section: str,
    key: str,
    changes: dict[str, Any],
    said: str,
) -> None:
    data = filled(as_editor, draft)
    number = number_of(data, section, getattr(draft, section).get(key=key))
    data |= {f"{section}-{number}-{name}": value for name, value in changes.items()}

    response = as_editor.post(page(draft), data)

    formset = next(
        one.formset
        for one in response.context["inline_admin_formsets"]
        if one.formset.prefix == section
    )
    assert list(formset.forms[number].errors) == [list(changes)[-1]]
    assert said in str(formset.forms[number].errors).replace("&quot;", '"')
    draft.refresh_from_db()
    assert draft.revision == 0


@pytest.mark.django_db
def test_a_source_may_be_checked_today_and_not_tomorrow(
    as_editor: Client, draft: Procedure
) -> None:
    data = filled(as_editor, draft)
    today = timezone.localdate()

    answers = []
    for day in (today + timedelta(days=1), today):
        data["sources-0-checked_on"] = day.isoformat()
        answers.append(as_editor.post(page(draft), data).status_code)

    assert answers == [200, 302]


@pytest.mark.django_db
def test_what_breaks_a_rule_stands_against_publishing_with_a_link_to_its_row(
    as_editor: Client, draft: Procedure
) -> None:
    Channel.objects.filter(procedure=draft, key="mail").update(value="nobody")

    seen = as_editor.get(page(draft)).content.decode()

    assert '<a href="#channels-0">“E-mail nobody”: “nobody” is no e-mail address.</a>' in seen
    assert 'id="channels-0"' in seen
