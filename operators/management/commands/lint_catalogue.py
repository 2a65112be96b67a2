from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operators import catalogue, catalogue_translations, letter_files


class Command(BaseCommand):
    help = "Says what is wrong with the files in operators/catalogue/; writes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            operators = catalogue.load()
            letter_files.load(catalogue.sources())
        except catalogue.CatalogueError as error:
            raise CommandError(str(error)) from error
        if missing := catalogue_translations.not_translated(operators):
            raise CommandError("\n".join([*missing, "To begin: manage.py update_translations"]))
        procedures = sum(len(operator.procedures) for operator in operators)
        self.stdout.write(f"{len(operators)} operators, {procedures} procedures: no problems.")
