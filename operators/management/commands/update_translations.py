from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operators import catalogue, catalogue_translations
from operators.catalogue_files import FOLDER


class Command(BaseCommand):
    help = "Brings operators/catalogue/translations/ in line with the English texts."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            operators = catalogue.load()
            catalogue_translations.update(operators, FOLDER)
        except (catalogue.CatalogueError, catalogue_translations.TranslationsError) as error:
            raise CommandError(str(error)) from error
        for line in catalogue_translations.not_translated(operators):
            self.stdout.write(line)
