"""Prints the JSON Schema of the catalogue's files:

python manage.py catalogue_schema > operators/catalogue/schema.json
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from operators.catalogue_schema import as_json


class Command(BaseCommand):
    help = "Prints the JSON Schema of the catalogue's files."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_json(), ending="")
