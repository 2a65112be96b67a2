from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from operators import catalogue, letter_files


class Command(BaseCommand):
    help = "Makes drafts of the procedures and letters that are new or changed in the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--publish",
            action="store_true",
            help="Publish them too, unless an administrator wrote the version that people see.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            letters = letter_files.load(catalogue.sources())
            at, publish = timezone.now(), options["publish"]
            outcomes = catalogue.import_catalogue(at, publish=publish)
            lines = letter_files.import_letters(letters, at=at, publish=publish)
        except catalogue.CatalogueError as error:
            raise CommandError(str(error)) from error
        for line in [*map(str, outcomes), *lines]:
            self.stdout.write(line)
