"""Preview, and bringing an older version back."""

from __future__ import annotations

import pytest
from django.test import Client

from operators.models import Procedure
from tests.factories import NOW, make_procedure, make_user
from tests.operators.admin import page, signed_in
from tests.pages import read

pytestmark = pytest.mark.django_db


# --- Preview --------------------------------------------------------------------------------------


def test_a_draft_is_seen_as_a_reader_will_see_it_in_each_language(
    as_editor: Client, draft: Procedure
) -> None:
    step = draft.steps.get(key="logins")
    step.translate("title", "nl", "Verhuis wat aan het nummer hangt")
    step.save()

    dutch = as_editor.get(page(draft, "preview"), {"lang": "nl"})
    french = as_editor.get(page(draft, "preview"), {"lang": "fr"})

    assert read(dutch).language == "nl"
    assert "Verhuis wat aan het nummer hangt" in read(dutch).text
    assert "Preview of a draft. Nobody outside sees it." in read(dutch).text
    assert "Move what hangs on the number" in read(french).text
    assert {f"?lang={code}" for code in ("en", "zh-hans", "nl", "fr", "de")} <= {
        link.href for link in read(french).links
    }
    assert read(french).link("Back to the administration").href == page(draft)


def test_a_preview_says_what_the_public_page_says_once_it_is_published(
    as_editor: Client, client: Client, draft: Procedure
) -> None:
    draft.channels.filter(key="mail").update(value="new@operator.example")
    before = as_editor.get(page(draft, "preview"))
    draft.publish(by=None, at=NOW)

    after = client.get(f"/en/operators/{draft.operator.slug}/postpaid/")

    def said(text: str) -> list[str]:
        return text[
            text.index("Leaving Example Mobile", 200) : text.index("Where we read it")
        ].split()

    assert said(read(before).text) == said(read(after).text)


def test_a_preview_is_for_those_who_may_see_procedures(
    as_stranger: Client, client: Client, draft: Procedure
) -> None:
    nobody = signed_in(make_user(is_staff=True))

    assert client.get(page(draft, "preview")).status_code == 302
    assert as_stranger.get(page(draft, "preview")).status_code == 302
    assert nobody.get(page(draft, "preview")).status_code == 403
    assert nobody.get(page(draft, "differences")).status_code == 403


# --- Bringing an older version back ---------------------------------------------------------------


def test_an_older_version_comes_back_as_a_new_draft(
    as_editor: Client, published: Procedure, draft: Procedure
) -> None:
    draft.channels.filter(key="mail").delete()
    draft.publish(by=None, at=NOW)
    looked = as_editor.get(page(published)).content.decode()
    listed = as_editor.get(page(draft, "history")).content.decode()

    as_editor.post(page(published, "new-draft"))

    restored = Procedure.objects.drafts().get()
    assert "Restore this version as a new draft" in looked
    assert page(published, "new-draft") in listed
    assert restored.version == 3
    assert restored.channels.filter(key="mail").exists()
    history = as_editor.get(page(restored, "history")).content.decode()
    assert "Copied from version 1." in history
    assert "editor@example.org" in history


def test_where_a_draft_exists_restoring_leads_to_it(
    as_editor: Client, published: Procedure, draft: Procedure
) -> None:
    draft.publish(by=None, at=NOW)
    third = draft.new_draft()

    asked = as_editor.get(page(published, "new-draft")).content.decode()

    assert "There is a draft already. Edit that one:" in asked
    assert page(third) in asked


def test_a_copy_keeps_every_language_and_every_number_of_days() -> None:
    procedure = make_procedure(published=False, final_bill_after=40, no_more_bills_after=70)
    procedure.translate("summary", "nl", "Schriftelijk.")
    procedure.save()
    procedure.publish(by=None, at=NOW)

    copy = procedure.new_draft()

    assert (copy.in_language("summary", "nl"), copy.in_english("summary")) == (
        "Schriftelijk.",
        "In writing.",
    )
    assert (copy.final_bill_after, copy.no_more_bills_after) == (40, 70)
    assert copy.translation_state("summary", "nl") == "current"


def test_an_editor_is_told_whom_to_ask_for_publishing(
    as_editor: Client, as_publisher: Client, draft: Procedure
) -> None:
    assert "publisher@example.org" in as_editor.get(page(draft, "publish")).content.decode()
