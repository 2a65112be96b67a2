"""Who keeps the procedures and letters: editors write drafts, publishers also let them out."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

EDITORS = "Procedure editors"
PUBLISHERS = "Publishers"

# No right to delete: an operator stays, a draft is edited.
KEPT = ("operator", "procedure", "lettertemplate")
PARTS = ("step", "channel", "material", "fact", "source")


def make(app: AppConfig) -> None:
    """Makes both groups, or gives them what they lack.

    What an administrator gave a group besides stays; what he took away comes back.
    """
    create_permissions(app, verbosity=0)
    codenames = [f"{verb}_{model}" for verb in ("view", "add", "change") for model in KEPT + PARTS]
    codenames += [f"delete_{model}" for model in PARTS]
    codenames += ["view_report", "change_report"]  # people write them; staff answer
    _give(EDITORS, codenames)
    _give(PUBLISHERS, [*codenames, "publish_procedure", "publish_lettertemplate"])


def _give(name: str, codenames: list[str]) -> None:
    group, _created = Group.objects.get_or_create(name=name)
    group.permissions.add(*_permissions(codenames))


def _permissions(codenames: list[str]) -> QuerySet[Permission]:
    # By content type: another app may have a permission of the same name.
    types = ContentType.objects.filter(app_label="operators")
    return Permission.objects.filter(content_type__in=types, codename__in=codenames)
