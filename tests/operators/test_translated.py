"""Texts in five languages: what falls back, what is missing, what is outdated."""

from __future__ import annotations

import pytest
from django.utils import translation

from operators.models import Report, Step, TranslationState
from tests.factories import NOW, TODAY, make_procedure

pytestmark = pytest.mark.django_db


def a_step() -> Step:
    procedure = make_procedure()
    draft = procedure.new_draft()
    return draft.steps.first()  # type: ignore[return-value]


def test_a_text_is_read_in_the_readers_language_or_else_in_english() -> None:
    step = a_step()
    step.title = "Say goodbye"
    step.translate("title", "nl", "Neem afscheid")
    step.save()

    read = {}
    for language in ("en", "nl", "fr"):
        with translation.override(language):
            read[language] = Step.objects.get(pk=step.pk).title

    assert read == {"en": "Say goodbye", "nl": "Neem afscheid", "fr": "Say goodbye"}


def test_a_translation_is_missing_current_or_of_an_older_english() -> None:
    step = a_step()
    step.title = "Say goodbye"
    before = step.translation_state("title", "nl")

    step.translate("title", "nl", "Neem afscheid")
    written = step.translation_state("title", "nl")
    step.title = "Say farewell"
    after = step.translation_state("title", "nl")

    assert (before, written, after) == (
        TranslationState.MISSING,
        TranslationState.CURRENT,
        TranslationState.OUTDATED,
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_copy_has_every_language_whoever_copies_it(language: str) -> None:
    step = a_step()
    step.translate("title", "nl", "Neem afscheid")
    step.save()
    step.procedure.publish(by=None, at=NOW)

    with translation.override(language):
        copy = step.procedure.new_draft().steps.get(key=step.key)

    assert copy.in_language("title", "nl") == "Neem afscheid"
    assert copy.in_language("title", "fr") == ""
    assert copy.in_english("title") == step.in_english("title")
    assert copy.translation_state("title", "nl") == TranslationState.CURRENT


def test_the_history_keeps_every_language() -> None:
    step = a_step()
    step.translate("title", "nl", "Neem afscheid")
    step.save()

    record = step.history.latest()

    assert (record.title_nl, record.title_fr) == ("Neem afscheid", None)
    assert record.translated_from == step.translated_from


def test_a_channel_is_tested_by_those_who_left_through_the_same_number() -> None:
    procedure = make_procedure()
    channel = procedure.channels.first()
    assert channel is not None
    for _person in range(2):
        Report.objects.say(
            procedure,
            part="channel",
            key=channel.key,
            matched=True,
            origin=Report.Origin.CASE,
            on=TODAY,
            at=NOW,
        )
    draft = procedure.new_draft()

    same = Report.objects.tests_of(draft.channels.filter(key=channel.key)).get()
    draft.channels.filter(key=channel.key).update(value="another")
    other = Report.objects.tests_of(draft.channels.filter(key=channel.key)).get()

    assert (same.tested_by, same.tested_on, same.tier) == (2, TODAY, "tested")
    assert (other.tested_by, other.tested_on) == (0, None)
