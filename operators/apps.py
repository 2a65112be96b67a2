from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OperatorsConfig(AppConfig):
    name = "operators"
    verbose_name = _("Operators and procedures")

    def ready(self) -> None:
        # Django makes permissions after migrating, so groups that hold them are made there too.
        post_migrate.connect(make_groups, sender=self)


def make_groups(sender: AppConfig, **kwargs: Any) -> None:
    """Runs after every `migrate`, and changes nothing where the groups are complete."""
    from operators import groups

    groups.make(sender)
