from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operators.catalogue_export import export_catalogue


class Command(BaseCommand):
    help = "Writes the published procedures and their translations as files of the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="Where to; files of the same name go.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = export_catalogue(options["folder"])
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(written)} files in {options['folder']}")
