from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from operators import catalogue


class Command(BaseCommand):
    help = "Makes drafts of the procedures that are new or changed in operators/catalogue/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--publish",
            action="store_true",
            help="Publish them too, unless an administrator wrote the version that people see.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcomes = catalogue.import_catalogue(timezone.now(), publish=options["publish"])
        except catalogue.CatalogueError as error:
            raise CommandError(str(error)) from error
        for outcome in outcomes:
            self.stdout.write(str(outcome))
