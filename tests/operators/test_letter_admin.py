"""Letters in the administration: written as drafts, checked, compared, published, read-only."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from operators import catalogue, letter_files, letter_sample
from operators.letter_text import CONDITION_MEANINGS, PLACEHOLDERS
from operators.models import LetterTemplate, LetterText
from tests.factories import NOW, make_user
from tests.operators.admin import as_sent, signed_in
from tests.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/operators/lettertemplate/"
LANGUAGES = ("en", "zh-hans", "nl", "fr", "de")


@pytest.fixture
def published() -> LetterTemplate:
    letters = letter_files.load(catalogue.sources())
    withdrawal = [one for one in letters if one.kind == "withdrawal"]
    letter_files.import_letters(withdrawal, at=NOW, publish=True)
    return LetterTemplate.objects.get()


@pytest.fixture
def draft(published: LetterTemplate) -> LetterTemplate:
    return published.new_draft()


@pytest.fixture
def as_administrator() -> Client:
    user = make_user("administrator@example.org", is_staff=True, is_superuser=True)
    return signed_in(user)


def page(letter: LetterTemplate, name: str = "change") -> str:
    return f"{LIST}{letter.pk}/{name}/"


def filled(client: Client, letter: LetterTemplate, **typed: str) -> dict[str, Any]:
    """What a browser sends from the page of a draft; typed: by field, `nl_body` for `nl-body`."""
    context = client.get(page(letter)).context
    forms = [context["form"], *(section.form for section in context["sections"])]
    sent = {field.html_name: as_sent(field.value()) for form in forms for field in form}
    changed = {name.replace("_", "-", 1): as_sent(text) for name, text in typed.items()}
    return sent | {"reason": "A test of the page."} | changed


def body(letter: LetterTemplate, language: str) -> str:
    return letter.texts.get(language=language).body


def shown(client: Client, letter: LetterTemplate, name: str = "change", **query: Any) -> str:
    return read(client.get(page(letter, name), query)).text


# --- The list and the page ------------------------------------------------------------------------


def test_the_list_says_kind_version_state_and_day(
    as_editor: Client, draft: LetterTemplate, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        response = as_editor.get(LIST)

    text = read(response).text
    for words in ("Undoing a purchase within 14 days", "draft", "published", "3 March 2026"):
        assert words in text


def test_a_letter_is_found_by_its_words(as_editor: Client, draft: LetterTemplate) -> None:
    found = as_editor.get(LIST, {"q": "domiciliëring", "status__exact": "draft"})
    nothing = as_editor.get(LIST, {"q": "no letter says this"})

    assert page(draft) in found.content.decode()
    assert "0 letters" in read(nothing).text


def test_a_draft_shows_five_languages_and_every_placeholder_with_its_meaning(
    as_editor: Client, draft: LetterTemplate
) -> None:
    response = as_editor.get(page(draft))

    sections = response.context["sections"]
    text = read(response).text
    assert [section.language for section in sections] == list(LANGUAGES)
    assert all(f'name="{code}-body"' in response.content.decode() for code in LANGUAGES)
    assert all(f"{{{name}}}" in text for name in PLACEHOLDERS)
    assert all(f"[{name}]" in text for name in CONDITION_MEANINGS)
    assert "mobile number that the letter is about" in text


def test_the_page_carries_no_script_or_style_of_its_own(
    as_editor: Client, draft: LetterTemplate
) -> None:
    for name in ("change", "preview", "differences", "publish", "history"):
        reader = read(as_editor.get(page(draft, name)))

        assert "inline" not in reader.scripts
        assert reader.inline_styles == reader.handlers == []
        assert len(reader.ids) == len(set(reader.ids))


def test_only_staff_with_the_right_see_letters(
    as_stranger: Client, client: Client, draft: LetterTemplate
) -> None:
    nobody = signed_in(make_user(is_staff=True))

    for name in ("change", "preview", "differences", "publish", "new-draft", "history"):
        assert client.get(page(draft, name)).status_code == 302
        assert as_stranger.get(page(draft, name)).status_code == 302
        assert nobody.get(page(draft, name)).status_code == 403
    assert nobody.post(page(draft), {}).status_code == 403


def test_a_letter_that_does_not_exist_is_not_found(as_editor: Client) -> None:
    for name in ("change", "preview", "differences", "publish", "new-draft"):
        assert as_editor.get(f"{LIST}999/{name}/").status_code == 404
    assert as_editor.post(f"{LIST}x/change/").status_code == 404


# --- Writing --------------------------------------------------------------------------------------


def test_what_an_editor_writes_is_saved_with_its_reason(
    as_editor: Client, editor: User, draft: LetterTemplate
) -> None:
    new = body(draft, "nl").replace("Hierbij herroep ik", "Ik herroep")
    sent = filled(as_editor, draft, nl_body=new, reason="Shorter")

    response = as_editor.post(page(draft), sent | {"sources": ["racine_withdrawal", "bipt_faq22"]})

    assert response.url == page(draft)  # type: ignore[attr-defined]
    draft.refresh_from_db()
    assert (draft.revision, body(draft, "nl")) == (1, new)
    assert sorted(draft.sources) == ["bipt_faq22", "racine_withdrawal"]
    dutch, english = (draft.texts.get(language=code).history for code in ("nl", "en"))
    assert (dutch.latest().history_user, dutch.latest().history_change_reason) == (
        editor,
        "Shorter",
    )
    assert english.count() == 1
    assert LogEntry.objects.get().change_message == "Shorter"


def test_a_page_that_was_not_touched_saves_nothing(
    as_editor: Client, draft: LetterTemplate
) -> None:
    response = as_editor.post(page(draft), filled(as_editor, draft), follow=True)

    draft.refresh_from_db()
    assert "Nothing was changed" in read(response).text
    assert draft.revision == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Ik zeg {alles} op.", "line 3: the placeholder {alles} does not exist"),
        ("Ik zeg {phone_number op.", "line 3: a curly bracket is not closed or not opened"),
        ("Ik zeg phone_number} op.", "line 3: a curly bracket is not closed or not opened"),
        ("[vriend] Ik zeg op.", "line 3: the condition [vriend] does not exist"),
    ],
)
def test_a_line_that_cannot_be_filled_is_refused_beside_its_field(
    as_editor: Client, draft: LetterTemplate, line: str, complaint: str
) -> None:
    before = body(draft, "nl")
    sent = filled(as_editor, draft, nl_body=f"Goedendag.\n\n{line}\nDank u.")

    response = as_editor.post(page(draft), sent)

    dutch = next(one for one in response.context["sections"] if one.language == "nl")
    assert response.status_code == 422
    assert dutch.form.errors == {"body": [complaint]}
    assert complaint in read(response).text
    assert f"<li>{line}</li>" in response.content.decode()  # in the list with the line numbers
    assert body(draft, "nl") == before


def test_a_subject_is_checked_too(as_editor: Client, draft: LetterTemplate) -> None:
    response = as_editor.post(page(draft), filled(as_editor, draft, fr_subject="Fin {nummer}"))

    assert "line 1: the placeholder {nummer} does not exist" in read(response).text


def test_a_language_cannot_be_emptied(as_editor: Client, draft: LetterTemplate) -> None:
    response = as_editor.post(page(draft), filled(as_editor, draft, de_body="", de_subject=""))

    german = next(one for one in response.context["sections"] if one.language == "de")
    assert response.status_code == 422
    assert set(german.form.errors) == {"subject", "body"}


def test_a_reason_is_asked_for(as_editor: Client, draft: LetterTemplate) -> None:
    response = as_editor.post(page(draft), filled(as_editor, draft, nl_body="Kort.", reason=""))

    assert response.status_code == 422
    assert "Say in a few words why you change it." in read(response).text
    assert ">\nKort.</textarea>" in response.content.decode()


def test_a_language_that_is_missing_is_named_and_can_be_written(
    as_editor: Client, draft: LetterTemplate
) -> None:
    chinese = draft.texts.get(language="zh-hans")
    subject, text = chinese.subject, chinese.body
    chinese.delete()

    looked = read(as_editor.get(page(draft)))
    as_editor.post(page(draft), filled(as_editor, draft, nl_subject="Herroeping {phone_number}"))
    still_missing = not draft.texts.filter(language="zh-hans").exists()
    sent = filled(as_editor, draft) | {"zh-hans-subject": subject, "zh-hans-body": as_sent(text)}
    as_editor.post(page(draft), sent)

    assert "Simplified Chinese: is missing" in looked.text
    assert looked.link("Simplified Chinese: is missing").href == "#text-zh-hans"
    assert still_missing
    assert body(draft, "zh-hans") == text
    assert draft.problems() == []


def test_sentences_that_do_not_go_together_are_named_after_saving(
    as_editor: Client, draft: LetterTemplate
) -> None:
    other = body(draft, "fr").replace("{customer_number}", "{iban}")

    response = as_editor.post(page(draft), filled(as_editor, draft, fr_body=other), follow=True)

    text = read(response).text
    assert "It cannot be published yet:" in text
    assert "French: body: line 4: has other placeholders or another condition" in text


def test_what_looks_like_a_template_is_text(as_editor: Client, draft: LetterTemplate) -> None:
    program = filled(as_editor, draft, en_subject="{phone_number} {{ today }} {% now 'Y' %}")
    markup = "<script>alert(1)</script> %(subject)s ${phone_number}"

    refused = as_editor.post(page(draft), program)
    as_editor.post(page(draft), filled(as_editor, draft, en_subject=markup))

    assert "the placeholder {% now 'Y' %} does not exist" in read(refused).text
    preview = as_editor.get(page(draft, "preview")).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; %(subject)s $0470 12 34 56" in preview


# --- Two editors ----------------------------------------------------------------------------------


def test_the_second_editor_is_told_who_changed_what_and_loses_nothing(
    as_editor: Client, as_administrator: Client, draft: LetterTemplate
) -> None:
    french = body(draft, "fr")
    first = filled(as_editor, draft, nl_subject="Eerste {phone_number}", reason="Mine")
    second = filled(as_administrator, draft, de_subject="Zweite {phone_number}")
    as_editor.post(page(draft), first)

    told = as_administrator.post(page(draft), second)
    again = {
        field.html_name: as_sent(field.value())
        for form in (told.context["form"], *(one.form for one in told.context["sections"]))
        for field in form
    }
    stored_before = draft.texts.get(language="de").subject
    as_administrator.post(page(draft), again)

    text = read(told).text
    assert told.status_code == 422
    assert "Nothing was saved: this draft was changed while you had it open." in text
    assert "editor@example.org" in text
    assert "Eerste {phone_number}" in text
    assert "Mine" in text
    assert stored_before.startswith("Widerruf")
    assert draft.texts.get(language="nl").subject == "Eerste {phone_number}"
    assert draft.texts.get(language="de").subject == "Zweite {phone_number}"
    assert body(draft, "fr") == french


def test_where_both_wrote_the_text_of_the_second_stands_in_the_field(
    as_editor: Client, as_administrator: Client, draft: LetterTemplate
) -> None:
    first = filled(as_editor, draft, nl_subject="Eerste {phone_number}")
    second = filled(as_administrator, draft, nl_subject="Tweede {phone_number}")
    as_editor.post(page(draft), first)

    told = as_administrator.post(page(draft), second)

    dutch = next(one for one in told.context["sections"] if one.language == "nl")
    assert dutch.form["subject"].value() == "Tweede {phone_number}"
    assert "Eerste {phone_number}" in read(told).text
    assert draft.texts.get(language="nl").subject == "Eerste {phone_number}"


def test_who_still_writes_when_it_is_published_is_told_and_keeps_the_text(
    as_editor: Client, draft: LetterTemplate
) -> None:
    sent = filled(as_editor, draft, nl_subject="Te laat {phone_number}")
    draft.publish(by=None, at=NOW)

    response = as_editor.post(page(draft), sent)

    assert response.status_code == 422
    assert "Nothing was saved: this version is no draft any more." in read(response).text
    assert "Te laat {phone_number}" in response.content.decode()
    assert draft.texts.get(language="nl").subject != "Te laat {phone_number}"


# --- Preview --------------------------------------------------------------------------------------


def test_the_sample_knows_every_placeholder_in_every_language() -> None:
    for language in LANGUAGES:
        facts = letter_sample.facts(language)

        assert set(facts) == PLACEHOLDERS
        assert all(facts.values())


def test_a_preview_shows_each_sentence_beside_its_english(
    as_editor: Client, draft: LetterTemplate
) -> None:
    text = shown(as_editor, draft, "preview", lang="nl")

    dutch = "Gelieve de dienst uiterlijk op 31 december 2026 stop te zetten."
    english = "Please end the service on 31 December 2026 at the latest."
    assert dutch in text
    assert text.index(dutch) < text.index(english) < text.index("Gelieve mij de herroeping")
    assert "{" not in text
    assert "volmacht" not in text


def test_a_preview_can_be_of_a_letter_with_conditions_or_with_little_known(
    as_editor: Client, draft: LetterTemplate
) -> None:
    mandate = shown(as_editor, draft, "preview", lang="fr", only=["mandate"])
    little = shown(as_editor, draft, "preview", lang="fr", known="required")

    assert "La procuration signée est jointe." in mandate
    assert "BE68 5390 0754 7034" in mandate
    assert "BE68 5390 0754 7034" not in little
    assert "31 décembre 2026" in little


def test_a_preview_of_what_is_missing_or_unknown_says_so(
    as_editor: Client, draft: LetterTemplate
) -> None:
    draft.texts.get(language="zh-hans").delete()

    chinese = shown(as_editor, draft, "preview", lang="zh-hans")
    nonsense = as_editor.get(page(draft, "preview"), {"lang": "xx", "only": ["nobody"]})

    assert "zh-hans: is missing" in chinese
    assert nonsense.status_code == 200


# --- Differences, history, restoring --------------------------------------------------------------


def test_a_draft_is_compared_with_what_is_published_line_by_line(
    as_editor: Client, draft: LetterTemplate
) -> None:
    dutch = draft.texts.get(language="nl")
    dutch.body = dutch.body.replace("Het klantnummer is", "Mijn klantnummer is")
    dutch.save()

    response = as_editor.get(page(draft, "differences"))

    text = response.content.decode()
    assert "From version 1 to version 2" in text
    assert "“Dutch” changed" in text
    assert "<b>Mijn</b>" in text
    assert "“French”" not in text


def test_an_older_version_comes_back_as_a_new_draft(
    as_editor: Client, published: LetterTemplate, draft: LetterTemplate
) -> None:
    dutch = draft.texts.get(language="nl")
    dutch.subject = "Anders {phone_number}"
    dutch.save()
    draft.publish(by=None, at=NOW)
    looked = shown(as_editor, published)
    asked = as_editor.get(page(published, "new-draft"))

    as_editor.post(page(published, "new-draft"))

    restored = LetterTemplate.objects.drafts().get()
    assert "Restore this version as a new draft" in looked
    assert asked.status_code == 200
    assert restored.version == 3
    assert restored.texts.get(language="nl").subject.startswith("Herroeping")
    history = shown(as_editor, restored, "history")
    assert "Copied from version 1." in history
    assert "editor@example.org" in history


def test_there_is_one_draft_at_a_time(
    as_editor: Client, published: LetterTemplate, draft: LetterTemplate
) -> None:
    asked = as_editor.get(page(published, "new-draft"))
    told = as_editor.post(page(published, "new-draft"), follow=True)

    assert page(draft) in asked.content.decode()
    assert "There is a draft already." in read(told).text
    assert LetterTemplate.objects.drafts().get() == draft


def test_the_history_says_who_changed_which_language_and_why(
    as_editor: Client, as_publisher: Client, draft: LetterTemplate
) -> None:
    sent = filled(as_editor, draft, nl_subject="Herroeping {phone_number}", reason="Too long")
    as_editor.post(page(draft), sent)
    draft.refresh_from_db()
    as_publisher.post(page(draft, "publish"), {"reason": "Reads better", "opened_at": "1"})

    text = shown(as_editor, draft, "history")

    for words in (
        "editor@example.org",
        "“Dutch” changed",
        "Reason: Too long",
        "publisher@example.org",
        "Reads better",
        "version 1",
    ):
        assert words in text, words


# --- Publishing -----------------------------------------------------------------------------------


def test_a_publisher_publishes_with_a_reason(
    as_publisher: Client, publisher: User, published: LetterTemplate, draft: LetterTemplate
) -> None:
    asked = as_publisher.get(page(draft, "publish"))
    without = as_publisher.post(page(draft, "publish"), {"reason": "", "opened_at": "0"})

    as_publisher.post(page(draft, "publish"), {"reason": "Shorter", "opened_at": "0"})

    draft.refresh_from_db()
    published.refresh_from_db()
    assert asked.status_code == 200
    assert without.status_code == 422
    assert (draft.status, published.status) == ("published", "retired")
    assert (draft.published_by, draft.change_reason) == (publisher, "Shorter")


def test_an_editor_sees_why_publishing_is_refused_and_whom_to_ask(
    as_editor: Client, publisher: User, draft: LetterTemplate
) -> None:
    looked = shown(as_editor, draft)
    asked = as_editor.get(page(draft, "publish"))
    pressed = as_editor.post(page(draft, "publish"), {"reason": "Mine", "opened_at": "0"})

    assert "Publishing is done by people with the right to publish" in looked
    assert asked.status_code == pressed.status_code == 403
    assert "you may not publish it" in read(pressed).text
    assert "publisher@example.org" in read(pressed).text
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_with_problems_is_not_published(
    as_publisher: Client, draft: LetterTemplate
) -> None:
    draft.texts.get(language="zh-hans").delete()

    looked = shown(as_publisher, draft, "publish")
    pressed = as_publisher.post(
        page(draft, "publish"), {"reason": "Now", "opened_at": "0"}, follow=True
    )

    assert "zh-hans: is missing" in looked
    assert "zh-hans: is missing" in read(pressed).text
    draft.refresh_from_db()
    assert draft.is_draft


def test_only_what_the_publisher_looked_at_is_published(
    as_editor: Client, as_publisher: Client, draft: LetterTemplate
) -> None:
    as_editor.post(page(draft), filled(as_editor, draft, nl_subject="Later {phone_number}"))

    response = as_publisher.post(page(draft, "publish"), {"reason": "Fine", "opened_at": "0"})

    assert response.status_code == 422
    assert "Please look again." in read(response).text
    draft.refresh_from_db()
    assert draft.is_draft


# --- Published ------------------------------------------------------------------------------------


def test_a_published_version_is_shown_and_never_changed(
    as_publisher: Client, as_administrator: Client, published: LetterTemplate
) -> None:
    for client in (as_publisher, as_administrator):
        response = client.get(page(published))
        pressed = client.post(page(published), {"nl-subject": "x", "reason": "x", "opened_at": "0"})

        text = response.content.decode()
        assert "It is never changed." in text
        assert "<textarea" not in text
        assert "Gelieve de dienst uiterlijk op {wanted_end}" in text
        assert catalogue.sources()["racine_withdrawal"].url in text
        assert pressed.status_code == 422
        assert client.get(page(published, "delete")).status_code == 403
        assert client.post(page(published, "delete"), {"post": "yes"}).status_code == 403
    assert LetterText.objects.get(language="nl").subject.startswith("Herroeping")


def test_letters_are_copied_and_never_begun_from_nothing(as_administrator: Client) -> None:
    assert as_administrator.get(f"{LIST}add/").status_code == 403


def test_an_editor_without_the_right_to_copy_is_refused(
    editor: User, as_editor: Client, published: LetterTemplate
) -> None:
    group = editor.groups.get()
    group.permissions.remove(group.permissions.get(codename="add_lettertemplate"))

    assert "Make a new draft" not in shown(as_editor, published)
    assert as_editor.post(page(published, "new-draft")).status_code == 403
