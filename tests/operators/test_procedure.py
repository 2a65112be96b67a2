"""A procedure from draft to retirement: what each verb changes, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from operators.models import (
    Channel,
    ChannelKind,
    Claim,
    Fact,
    Material,
    NotPublishable,
    Procedure,
    Source,
    Step,
    Tier,
)
from tests.factories import NOW, TODAY, make_case, make_procedure, make_user

pytestmark = pytest.mark.django_db

PARTS = [Step, Channel, Material, Fact, Source]


# --- Publishing -----------------------------------------------------------------------------------


def test_publishing_retires_the_version_before_it() -> None:
    first = make_procedure()
    editor = make_user()
    draft = first.new_draft()

    draft.publish(by=editor, at=NOW, reason="The hotline has a new number.")

    first.refresh_from_db()
    assert first.status == Procedure.Status.RETIRED
    assert draft.status == Procedure.Status.PUBLISHED
    assert draft.published_by == editor
    assert draft.published_at == NOW
    assert draft.change_reason == "The hotline has a new number."


def test_a_case_keeps_the_version_it_began_with() -> None:
    first = make_procedure()
    case = make_case(procedure=first)

    first.new_draft().publish(by=None, at=NOW)

    case.refresh_from_db()
    assert case.procedure == first
    assert case.procedure.status == Procedure.Status.RETIRED
    assert case.procedure.steps_for("end")[0].title == "Is the line active?"


def test_other_plans_and_operators_stay_published() -> None:
    first = make_procedure()
    prepaid = make_procedure(operator=first.operator, plan="prepaid")
    elsewhere = make_procedure()

    first.new_draft().publish(by=None, at=NOW)

    assert set(Procedure.objects.published()) > {prepaid, elsewhere}


def test_a_claim_without_a_source_is_not_published() -> None:
    draft = make_procedure(published=False)
    channel = draft.channels.get(key="mail")
    channel.sources.clear()

    with pytest.raises(NotPublishable, match=r"E-mail leave@operator\.example"):
        draft.publish(by=None, at=NOW)

    draft.refresh_from_db()
    assert draft.is_draft


def test_a_procedure_without_steps_or_channels_is_not_published() -> None:
    first = make_procedure()
    draft = first.new_draft()
    for part in [*draft.steps.all(), *draft.channels.all()]:
        part.delete()

    assert draft.problems() == ["There is no step.", "There is no channel."]
    with pytest.raises(NotPublishable):
        draft.publish(by=None, at=NOW)
    first.refresh_from_db()
    assert first.status == Procedure.Status.PUBLISHED


def test_problems_are_found_in_a_fixed_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    draft = make_procedure(published=False)
    for number in range(20):
        Channel.objects.create(procedure=draft, key=f"shop-{number}", kind=ChannelKind.SHOP)

    with django_assert_max_num_queries(8):
        assert len(draft.problems()) == 20


def test_the_second_of_two_who_publish_is_told_and_changes_nothing() -> None:
    draft = make_procedure(published=False)
    same = Procedure.objects.get(pk=draft.pk)
    draft.publish(by=None, at=NOW, reason="first")

    with pytest.raises(NotPublishable):
        same.publish(by=None, at=NOW + timedelta(hours=1), reason="second")

    draft.refresh_from_db()
    assert draft.status == Procedure.Status.PUBLISHED
    assert draft.change_reason == "first"
    assert draft.published_at == NOW


@pytest.mark.django_db(transaction=True)
def test_of_four_who_publish_at_once_one_wins() -> None:
    draft = make_procedure().new_draft()

    outcomes = at_once(4, lambda: Procedure.objects.get(pk=draft.pk).publish(by=None, at=NOW))

    assert sorted(outcomes) == ["NotPublishable", "NotPublishable", "NotPublishable", "done"]
    versions = Procedure.objects.order_by("version").values_list("status", flat=True)
    assert list(versions) == ["retired", "published"]


def test_publishing_is_in_the_history_of_both_versions() -> None:
    first = make_procedure()
    editor = make_user("editor@example.org")
    draft = first.new_draft()
    reason = "Because the operator moved. " * 10  # 280 characters

    draft.publish(by=editor, at=NOW, reason=reason)

    recorded = draft.history.latest("history_id")
    assert (recorded.status, recorded.history_user) == ("published", editor)
    assert recorded.history_change_reason == reason
    recorded = first.history.latest("history_id")
    assert (recorded.status, recorded.history_user) == ("retired", editor)
    assert recorded.history_change_reason == "Version 2 was published."


# --- A published version is never changed ---------------------------------------------------------


def test_a_published_procedure_refuses_to_be_saved_or_deleted() -> None:
    procedure = make_procedure()
    procedure.summary = "Something else"

    with pytest.raises(ValidationError):
        procedure.save()
    with pytest.raises(ValidationError):
        procedure.delete()

    procedure.refresh_from_db()
    assert procedure.summary == "In writing."


@pytest.mark.parametrize("model", PARTS)
def test_a_part_of_a_published_version_refuses_to_be_saved_or_deleted(model: Any) -> None:
    procedure = make_procedure()
    part = model.objects.filter(procedure=procedure).first()

    with pytest.raises(ValidationError):
        part.save()
    with pytest.raises(ValidationError):
        part.delete()
    with pytest.raises(ValidationError):
        model(procedure=procedure, key="new").save()

    assert model.objects.filter(pk=part.pk).exists()


def test_a_retired_version_stays_as_it_was() -> None:
    retired = make_procedure()
    retired.new_draft().publish(by=None, at=NOW)
    step = retired.steps.get(key="logins")

    with pytest.raises(ValidationError):
        step.save()
    with pytest.raises(ValidationError):
        retired.delete()


def test_an_operator_with_procedures_stays() -> None:
    procedure = make_procedure()

    with pytest.raises(ProtectedError):
        procedure.operator.delete()


# --- A new draft ----------------------------------------------------------------------------------


def test_a_new_draft_says_all_that_the_version_before_says() -> None:
    published = make_procedure(confirm_after=5)
    source = published.sources.get(key="terms")

    draft = published.new_draft()

    assert draft.is_draft
    assert (draft.version, draft.summary, draft.confirm_after) == (2, "In writing.", 5)
    for model in PARTS:
        assert content(draft, model) == content(published, model)
    copied = draft.sources.get(key="terms")
    assert copied != source
    assert list(draft.channels.get(key="mail").sources.all()) == [copied]


def test_editing_the_draft_leaves_the_published_version_alone() -> None:
    published = make_procedure()
    before = {model: content(published, model) for model in PARTS}
    draft = published.new_draft()

    channel = draft.channels.get(key="mail")
    channel.value = "other@operator.example"
    channel.save()
    draft.sources.get().delete()

    assert {model: content(published, model) for model in PARTS} == before


def test_a_retired_version_can_be_taken_up_again() -> None:
    first = make_procedure(summary="The old way")
    first.new_draft().publish(by=None, at=NOW)

    draft = first.new_draft()

    assert (draft.version, draft.summary) == (3, "The old way")


def test_there_are_never_two_drafts_of_one_plan() -> None:
    published = make_procedure()
    published.new_draft()

    with pytest.raises(ValidationError, match="There is a draft already"):
        published.new_draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        Procedure.objects.create(operator=published.operator, plan=published.plan, version=9)

    assert Procedure.objects.drafts().count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_four_who_copy_at_once_one_gets_the_draft_and_the_others_a_sentence() -> None:
    published = make_procedure()

    outcomes = at_once(4, lambda: Procedure.objects.get(pk=published.pk).new_draft())

    assert sorted(outcomes) == ["ValidationError", "ValidationError", "ValidationError", "done"]
    assert Procedure.objects.drafts().count() == 1


# --- Claims and their sources ---------------------------------------------------------------------


def test_a_claim_is_as_good_as_its_best_source() -> None:
    draft = make_procedure(published=False)
    step = draft.steps.get(key="logins")
    assert step.tier == Tier.READ

    step.sources.add(
        Source.objects.create(
            procedure=draft,
            key="people",
            url="https://example.org/",
            title="Closed cases",
            kind=Source.Kind.THIRD_PARTY,
            checked_on=TODAY,
            tier=Tier.TESTED,
        )
    )
    assert step.tier == Tier.TESTED

    step.sources.clear()
    assert step.tier == Tier.UNVERIFIED


def test_the_sources_of_a_claim_are_in_its_history() -> None:
    draft = make_procedure(published=False)
    channel = draft.channels.get(key="mail")
    channel.save()

    draft.sources.get().delete()

    latest, before = channel.history.order_by("-history_id")[:2]
    assert list(latest.sources.all()) == []
    assert before.sources.count() == 1


# --- In other words -------------------------------------------------------------------------------


def content(procedure: Procedure, model: Any) -> list[tuple[Any, ...]]:
    """What the rows say, without what makes them rows of one version."""
    own = {"id", "procedure"}
    names = [field.attname for field in model._meta.concrete_fields if field.name not in own]
    return [
        (*(getattr(row, name) for name in names), *sources_of(row))
        for row in model.objects.filter(procedure=procedure)
    ]


def sources_of(row: Any) -> list[str]:
    return [source.key for source in row.sources.all()] if isinstance(row, Claim) else []


def at_once(people: int, act: Callable[[], object]) -> list[str]:
    """Each on a connection of their own: "done", or the name of what was raised."""
    start, outcomes = Barrier(people), []

    def run() -> None:
        start.wait()
        try:
            act()
        except (NotPublishable, ValidationError) as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("done")
        finally:
            connection.close()

    threads = [Thread(target=run) for _number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
