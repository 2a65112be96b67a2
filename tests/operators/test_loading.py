"""Loading procedures with all they say: few queries, and the same rows as one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from operators.models import Channel, Claim, Plan, Procedure, Report, Source
from tests.factories import NOW, TODAY, add_claims, make_operator, make_procedure

pytestmark = pytest.mark.django_db

AtMost = Callable[[int], object]


def told(claims: Iterable[Claim]) -> list[tuple[str, str, list[str]]]:
    return [
        (type(claim).__name__, claim.key, [source.key for source in claim.sources.all()])
        for claim in claims
    ]


def test_both_plans_of_an_operator_come_in_six_queries_with_all_their_sources(
    django_assert_num_queries: AtMost,
) -> None:
    operator = make_operator()
    make_procedure(operator=operator, plan=Plan.PREPAID)
    draft = make_procedure(operator=operator, published=False)
    more = Source.objects.create(
        procedure=draft, key="a-page", url="https://a.example/", title="A page", checked_on=TODAY
    )
    draft.channels.get(key="letter").sources.add(more)
    add_claims(more, Channel(key="shop", kind=Channel.Kind.SHOP))

    with django_assert_num_queries(6):
        loaded = list(operator.procedures.with_claims())
        together = [told(procedure.claims()) for procedure in loaded]

    fresh = [Procedure.objects.get(pk=procedure.pk) for procedure in loaded]
    assert together == [told(procedure.claims()) for procedure in fresh]
    assert ("Channel", "letter", ["a-page", "terms"]) in told(draft.claims())


def test_a_source_is_read_whole(django_assert_num_queries: AtMost) -> None:
    procedure = make_procedure()

    loaded = Procedure.objects.with_claims().get(pk=procedure.pk)

    with django_assert_num_queries(0):
        source = loaded.facts.all()[0].sources.all()[0]
        assert (source.title, source.checked_on) == ("General terms", TODAY)
    assert source == procedure.sources.get()


def test_a_channel_knows_how_many_left_by_it() -> None:
    procedure = make_procedure()
    Report.objects.say(
        procedure, part="channel", key="mail", matched=True, origin="case", on=TODAY, at=NOW
    )

    loaded = Procedure.objects.with_claims().get(pk=procedure.pk)

    assert [channel.tested_by for channel in loaded.channels.all()] == [1, 0]


def test_nothing_found_costs_one_query(django_assert_num_queries: AtMost) -> None:
    with django_assert_num_queries(1):
        assert list(Procedure.objects.with_claims()) == []
