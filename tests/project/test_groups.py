"""The two groups that keep the procedures are there after `migrate`, and stay complete."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from operators.groups import EDITORS, PUBLISHERS
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PARTS = {"step", "channel", "material", "fact", "source"}


def permissions(name: str) -> set[str]:
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def test_editors_write_drafts_and_take_parts_away() -> None:
    everything = {"operator", "procedure", "lettertemplate"} | PARTS
    may = {f"{verb}_{model}" for verb in ("view", "add", "change") for model in everything}

    may |= {f"delete_{part}" for part in PARTS} | {"view_report", "change_report"}

    assert permissions(EDITORS) == may


def test_publishers_may_do_the_same_and_publish() -> None:
    publishing = {"publish_procedure", "publish_lettertemplate"}

    assert permissions(PUBLISHERS) == permissions(EDITORS) | publishing


def test_a_publisher_has_the_right_that_publishing_asks_for() -> None:
    editor, publisher = make_user(is_staff=True), make_user(is_staff=True)
    editor.groups.add(Group.objects.get(name=EDITORS))
    publisher.groups.add(Group.objects.get(name=PUBLISHERS))

    assert publisher.has_perm("operators.publish_procedure")
    assert not editor.has_perm("operators.publish_procedure")


def test_migrating_again_gives_back_what_is_lacking_and_takes_nothing() -> None:
    group = Group.objects.get(name=EDITORS)
    before = permissions(EDITORS)
    more = Permission.objects.get(codename="view_case")
    group.permissions.remove(Permission.objects.get(codename="change_step"))
    group.permissions.add(more)
    Group.objects.get(name=PUBLISHERS).delete()

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)

    assert permissions(EDITORS) == before | {"view_case"}
    assert "publish_procedure" in permissions(PUBLISHERS)
    assert Group.objects.count() == 2
