"""The administration as editors and publishers use it: through its pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from operators.history import Kind, of_procedure
from operators.models import Channel, Operator, Plan, Procedure, Source
from tests.factories import NOW, TODAY, make_case, make_operator, make_procedure, make_user
from tests.operators.admin import add_row, filled, number_of, page, signed_in

pytestmark = pytest.mark.django_db

DAYS = {"confirm_after": 3, "final_bill_after": 35, "no_more_bills_after": 65}
LIST = "/admin/operators/procedure/"


# --- The list -------------------------------------------------------------------------------------


def test_the_list_says_which_version_stands_and_when_it_was_checked(
    as_editor: Client, draft: Procedure
) -> None:
    response = as_editor.get(LIST)

    text = response.content.decode()
    assert text.count("Example Mobile</a>") >= 2
    assert "3 March 2026" in text
    assert ">published<" in text
    assert ">draft<" in text


def test_the_list_finds_by_operator_and_filters_by_status(
    as_editor: Client, draft: Procedure
) -> None:
    make_procedure(operator=make_operator("Other"))

    found = as_editor.get(LIST, {"q": "example", "status__exact": "draft"})

    assert list(found.context["cl"].queryset) == [draft]


def test_a_longer_list_takes_no_more_queries(
    as_editor: Client, published: Procedure, django_assert_max_num_queries: Any
) -> None:
    for _number in range(8):
        make_procedure(operator=make_operator()).new_draft()

    with django_assert_max_num_queries(12):
        assert as_editor.get(LIST).context["cl"].result_count == 17


# --- Editing a draft ------------------------------------------------------------------------------


def test_an_editor_changes_a_channel_and_the_history_says_who(
    as_editor: Client, draft: Procedure, published: Procedure
) -> None:
    data = filled(as_editor, draft)
    channel = draft.channels.get(key="mail")
    data[f"channels-{number_of(data, 'channels', channel)}-value"] = "bye@operator.example"

    response = as_editor.post(page(draft), data)

    assert response.status_code == 302
    channel.refresh_from_db()
    assert channel.value == "bye@operator.example"
    assert published.channels.get(key="mail").value == "leave@operator.example"
    history = as_editor.get(page(draft, "history")).content.decode()
    assert "editor@example.org" in history
    assert '<td class="before">leave@operator.example</td>' in history
    assert '<td class="after">bye@operator.example</td>' in history
    assert LogEntry.objects.latest("pk").user.email == "editor@example.org"


def test_saving_an_untouched_page_changes_nothing(as_editor: Client, draft: Procedure) -> None:
    draft.steps.filter(key="logins").update(body="One line.\n\n- And a list.\n")
    records = [model.history.count() for model in (Channel, Source)]

    response = as_editor.post(page(draft), filled(as_editor, draft))

    assert response.status_code == 302
    assert [model.history.count() for model in (Channel, Source)] == records
    step = draft.steps.get(key="logins")
    assert step.body == "One line.\n\n- And a list.\n"
    assert not step.history.filter(history_type="~", body=step.body).exists()


def test_an_editor_chooses_among_the_sources_of_this_version_alone(
    as_editor: Client, draft: Procedure, published: Procedure
) -> None:
    mine, other = draft.sources.get(), published.sources.get()
    response = as_editor.get(page(draft))
    section = response.context["inline_admin_formsets"][0]

    offered = [pk for pk, _label in section.formset.forms[0].fields["sources"].choices]
    data = filled(as_editor, draft)
    data["steps-0-sources"] = [str(other.pk)]
    refused = as_editor.post(page(draft), data)

    assert offered == [mine.pk]
    assert refused.status_code == 200
    assert "Select a valid choice" in refused.content.decode()


def test_taking_a_source_off_a_claim_is_in_the_history(as_editor: Client, draft: Procedure) -> None:
    data = filled(as_editor, draft)
    step = draft.steps.get(key="logins")
    data[f"steps-{number_of(data, 'steps', step)}-sources"] = []

    as_editor.post(page(draft), data)

    assert list(step.sources.all()) == []
    entry = of_procedure(draft)[0]
    assert (entry.difference.what, entry.difference.kind) == ("Step", Kind.CHANGED)
    change = entry.difference.changes[0]
    assert (change.field, change.before, change.after) == ("Sources", "General terms", "")
    assert entry.by == "editor@example.org"


def test_removing_a_source_is_in_the_history_of_the_claims_that_rest_on_it(
    as_editor: Client, draft: Procedure
) -> None:
    data = filled(as_editor, draft)
    data["sources-0-DELETE"] = "on"

    assert as_editor.post(page(draft), data).status_code == 302

    changes = [
        (entry.difference.what, entry.difference.kind.value, change.field, change.before)
        for entry in of_procedure(draft)
        if entry.difference.kind is not Kind.ADDED
        for change in entry.difference.changes
    ]
    assert ("Fact", "changed", "Sources", "General terms") in changes
    assert ("Source", "removed", "Title", "General terms") in changes
    assert draft.sources.count() == 0


def test_a_new_row_gets_a_key_and_a_place_of_its_own(as_editor: Client, draft: Procedure) -> None:
    data = filled(as_editor, draft)
    title = "Is the line active? Ask über all of it, and then ask once more"
    add_row(data, "steps", title_en=title, kind="other", goal="any")
    add_row(data, "steps", title_en=title, kind="other", goal="any")
    add_row(data, "facts", topic="end_date", text_en="At once.")

    response = as_editor.post(page(draft), data)

    assert response.status_code == 302
    first, second = draft.steps.filter(title=title)
    assert first.key == "is-the-line-active-ask-uber-all-of-it-an"
    assert second.key == "is-the-line-active-ask-uber-all-of-it-an-2"
    assert [first.position, second.position] == [4, 5]
    assert draft.facts.get(text="At once.").key == "end-date-2"


def test_the_key_of_a_saved_row_stays(as_editor: Client, draft: Procedure) -> None:
    data = filled(as_editor, draft)
    step = draft.steps.get(key="logins")
    number = number_of(data, "steps", step)
    data[f"steps-{number}-key"] = "renamed"
    data[f"steps-{number}-title_en"] = "Another title"

    as_editor.post(page(draft), data)

    step.refresh_from_db()
    assert (step.key, step.title) == ("logins", "Another title")


def test_a_row_without_what_it_needs_is_shown_again(as_editor: Client, draft: Procedure) -> None:
    data = filled(as_editor, draft)
    add_row(data, "sources", title="", url="https://operator.example/", tier="read")

    response = as_editor.post(page(draft), data)

    assert response.status_code == 200
    assert "Please correct the errors below." in response.content.decode()
    assert draft.sources.count() == 1


def test_a_page_with_more_rows_takes_no_more_queries(
    as_editor: Client, draft: Procedure, django_assert_max_num_queries: Any
) -> None:
    source = draft.sources.get()
    for number in range(30):
        channel = Channel.objects.create(procedure=draft, key=f"shop-{number}", kind="shop")
        channel.sources.add(source)

    with django_assert_max_num_queries(32):
        assert as_editor.get(page(draft)).status_code == 200
    with django_assert_max_num_queries(32):
        as_editor.get(page(draft, "history"))


def test_a_claim_whose_source_is_missing_is_pointed_out(
    as_editor: Client, draft: Procedure
) -> None:
    draft.channels.get(key="letter").sources.clear()

    response = as_editor.get(page(draft))

    assert "It cannot be published yet" in response.content.decode()
    assert "“Letter Example Street 1, 1000 Brussels” has no source." in response.content.decode()


# --- What is published ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["editor", "publisher", "superuser"])
def test_a_published_version_can_only_be_looked_at(
    who: str, editor: User, publisher: User, published: Procedure
) -> None:
    people = {
        "editor": editor,
        "publisher": publisher,
        "superuser": make_user(is_staff=True, is_superuser=True),
    }
    client = signed_in(people[who])
    response = client.get(page(published))
    text = response.content.decode()

    assert "It is never changed" in text
    assert "Make a new draft" in text
    assert f"/operators/{published.operator.slug}/postpaid/" in text
    assert "<textarea" not in text
    assert client.post(page(published), {"summary": "Other"}).status_code == 403
    assert client.post(page(published, "delete"), {"post": "yes"}).status_code == 403
    published.refresh_from_db()
    assert published.summary == "In writing."


def test_a_retired_version_can_only_be_looked_at(
    as_publisher: Client, published: Procedure, draft: Procedure
) -> None:
    draft.publish(by=None, at=NOW)

    assert "This version is retired" in as_publisher.get(page(published)).content.decode()
    assert as_publisher.post(page(published), {"summary": "Other"}).status_code == 403


def test_looking_at_a_published_version_takes_a_fixed_number_of_queries(
    as_editor: Client, draft: Procedure, django_assert_max_num_queries: Any
) -> None:
    source = draft.sources.get()
    for number in range(30):
        channel = Channel.objects.create(procedure=draft, key=f"shop-{number}", kind="shop")
        channel.sources.add(source)
    draft.publish(by=None, at=NOW)

    with django_assert_max_num_queries(26):
        assert as_editor.get(page(draft)).status_code == 200


# --- A new draft ----------------------------------------------------------------------------------


def test_a_new_draft_is_made_by_a_press_and_not_by_a_look(
    as_editor: Client, published: Procedure
) -> None:
    asked = as_editor.get(page(published, "new-draft"))
    assert "A copy of version 1 is made" in asked.content.decode()
    assert Procedure.objects.drafts().count() == 0

    response = as_editor.post(page(published, "new-draft"))

    draft = Procedure.objects.drafts().get()
    assert response["Location"] == page(draft)
    assert draft.version == 2
    entry = LogEntry.objects.latest("pk")
    assert (entry.object_id, entry.change_message) == (str(draft.pk), "Copied from version 1.")
    assert as_editor.get(page(draft)).status_code == 200


def test_a_second_draft_is_refused_with_a_way_to_the_first(
    as_editor: Client, published: Procedure, draft: Procedure
) -> None:
    looked = as_editor.get(page(published)).content.decode()
    asked = as_editor.get(page(published, "new-draft")).content.decode()
    pressed = as_editor.post(page(published, "new-draft"), follow=True).content.decode()

    assert page(draft) in looked
    assert page(draft) in asked
    assert "There is a draft already. Edit that one." in pressed
    assert Procedure.objects.drafts().count() == 1


# --- Publishing -----------------------------------------------------------------------------------


def test_an_editor_cannot_publish_and_sees_why(as_editor: Client, draft: Procedure) -> None:
    seen = as_editor.get(page(draft)).content.decode()
    asked = as_editor.get(page(draft, "publish"))
    pressed = as_editor.post(page(draft, "publish"), {"reason": "I want it"})

    assert "members of the group “Publishers”" in seen
    assert "_publish" not in seen
    assert (asked.status_code, pressed.status_code) == (403, 403)
    assert "you may not publish it" in pressed.content.decode()
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_publisher_publishes_with_a_reason_and_old_cases_stay_where_they_are(
    as_publisher: Client, publisher: User, published: Procedure, draft: Procedure
) -> None:
    case = make_case(procedure=published)
    before = [channel.value for channel in published.channels.all()]
    draft.channels.filter(key="mail").update(value="new@operator.example")
    asked = as_publisher.get(page(draft, "publish")).content.decode()

    response = as_publisher.post(page(draft, "publish"), {"reason": "A new address."})

    assert '<td class="after">new@operator.example</td>' in asked
    assert response["Location"] == page(draft)
    draft.refresh_from_db()
    published.refresh_from_db()
    case.refresh_from_db()
    assert (draft.status, draft.published_by, draft.change_reason) == (
        "published",
        publisher,
        "A new address.",
    )
    assert published.status == "retired"
    assert [channel.value for channel in published.channels.all()] == before
    assert case.procedure == published
    assert LogEntry.objects.latest("pk").change_message == "Published: A new address."
    for version in (draft, published):
        history = as_publisher.get(page(version, "history")).content.decode()
        assert "publisher@example.org" in history
    assert "A new address." in as_publisher.get(page(draft, "history")).content.decode()


def test_a_publisher_has_to_say_why(as_publisher: Client, draft: Procedure) -> None:
    response = as_publisher.post(page(draft, "publish"), {"reason": " "})

    assert response.status_code == 422
    assert "Say in a sentence what changed, and why." in response.content.decode()
    draft.refresh_from_db()
    assert draft.is_draft


def test_what_is_missing_is_shown_and_not_published(as_publisher: Client, draft: Procedure) -> None:
    draft.facts.get().sources.clear()

    asked = as_publisher.get(page(draft, "publish")).content.decode()
    pressed = as_publisher.post(page(draft, "publish"), {"reason": "New"}, follow=True)

    assert "has no source." in asked
    assert 'name="reason"' not in asked
    assert "has no source." in pressed.content.decode()
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_publisher_saves_and_goes_on_to_publishing(
    as_publisher: Client, draft: Procedure
) -> None:
    data = filled(as_publisher, draft) | {"summary_en": "By letter.", "_publish": "1"}

    response = as_publisher.post(page(draft), data)

    assert response["Location"] == page(draft, "publish")
    draft.refresh_from_db()
    assert (draft.summary, draft.status) == ("By letter.", "draft")


def test_publishing_twice_is_told(as_publisher: Client, draft: Procedure) -> None:
    as_publisher.post(page(draft, "publish"), {"reason": "Once"})

    again = as_publisher.post(page(draft, "publish"), {"reason": "Twice"}, follow=True)

    assert "This version is no draft any more." in again.content.decode()
    draft.refresh_from_db()
    assert draft.change_reason == "Once"


# --- A first version, and operators ---------------------------------------------------------------


def test_an_editor_begins_the_first_version_of_a_plan(as_editor: Client) -> None:
    operator = make_operator("Fresh")
    data = {"operator": operator.pk, "plan": Plan.PREPAID} | DAYS

    response = as_editor.post(f"{LIST}add/", data)

    procedure = Procedure.objects.get(operator=operator)
    assert response["Location"] == page(procedure)
    assert (procedure.version, procedure.status, procedure.plan) == (1, "draft", "prepaid")


def test_a_plan_that_has_a_version_is_not_begun_again(
    as_editor: Client, published: Procedure
) -> None:
    data = {"operator": published.operator.pk, "plan": published.plan} | DAYS

    response = as_editor.post(f"{LIST}add/", data)

    assert response.status_code == 200
    assert "Make a new draft from it." in response.content.decode()
    assert page(published) in response.content.decode()
    assert Procedure.objects.count() == 1


def test_the_history_of_an_operator_says_who_changed_what(
    as_editor: Client, published: Procedure
) -> None:
    operator = published.operator
    change = f"/admin/operators/operator/{operator.pk}/change/"
    data = {
        "name": "Example Mobile",
        "legal_name": "Example NV",
        "state": Operator.State.ABSORBED,
        "state_note_en": "Until June.",
        "reason": "Read in the press.",
        "position": 7,
        "procedures-TOTAL_FORMS": 0,
        "procedures-INITIAL_FORMS": 0,
    }

    response = as_editor.post(change, data)

    assert response.status_code == 302
    history = as_editor.get(change.replace("change", "history")).content.decode()
    assert '<td class="before">active</td>' in history
    assert '<td class="after">being taken over</td>' in history
    assert "editor@example.org" in history
    assert page(published) in as_editor.get(change).content.decode()


# --- Who gets in ----------------------------------------------------------------------------------


def test_staff_sign_in_where_everybody_does(client: Client) -> None:
    response = client.get(LIST, follow=True)

    path, _status = response.redirect_chain[-1]
    assert path.startswith("/en/accounts/login/?next=")
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_who_is_no_staff_stays_out(as_stranger: Client, published: Procedure) -> None:
    response = as_stranger.get(page(published), follow=True)

    assert response.status_code == 403


def test_staff_without_a_group_see_nothing(published: Procedure) -> None:
    client = signed_in(make_user(is_staff=True))

    for name in ("change", "history", "publish", "new-draft"):
        assert client.get(page(published, name)).status_code == 403
    assert client.post(page(published, "new-draft")).status_code == 403


def test_a_version_that_does_not_exist_is_not_found(as_publisher: Client) -> None:
    assert as_publisher.get(f"{LIST}999/publish/").status_code == 404
    assert as_publisher.post(f"{LIST}999/new-draft/").status_code == 404


def test_the_pages_of_the_admin_bear_our_name(as_editor: Client) -> None:
    assert "SimExit" in as_editor.get(reverse("admin:index")).content.decode()


def test_a_source_needs_the_day_it_was_checked(as_editor: Client, draft: Procedure) -> None:
    data = filled(as_editor, draft)
    row = {"title": "Page", "url": "https://operator.example/", "kind": "operator", "tier": "read"}
    add_row(data, "sources", **row)
    refused = as_editor.post(page(draft), data)
    data["sources-1-checked_on"] = TODAY.isoformat()
    saved = as_editor.post(page(draft), data)

    assert (refused.status_code, saved.status_code) == (200, 302)
    assert draft.sources.get(title="Page").checked_on == date(2026, 3, 3)
    assert draft.sources.get(title="Page").key == "page"
