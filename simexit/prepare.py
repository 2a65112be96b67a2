"""Makes SimExit ready to serve: translations, tables, and the procedures of the catalogue.

One process for all of it, because loading Django costs more than the work when nothing changed.
"""

import signal
import sys

# Ctrl-C here means stop, not a traceback. Nothing is half done: migrations run in transactions.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import os  # noqa: E402
from io import StringIO  # noqa: E402

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import OperationalError, connection  # noqa: E402

from simexit import translations  # noqa: E402


def main() -> str | None:
    """None, or the sentence that says what is in the way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simexit.settings.chosen")
    translations.compile_all()
    try:
        django.setup()
    except ImproperlyConfigured as error:
        return str(error)
    settings.VAR_DIR.mkdir(exist_ok=True)  # beat keeps its clock there
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return f"The database does not answer: {error}"
    call_command("migrate", verbosity=0, interactive=False)
    try:
        # What it says is for who wrote the catalogue; who starts the site wants to see the site.
        call_command("import_catalogue", "--publish", stdout=StringIO())
    except CommandError as error:
        return f"The catalogue cannot be imported: {error}"
    if not settings.DEBUG:
        call_command("collectstatic", verbosity=0, interactive=False)
    return None


if __name__ == "__main__":
    sys.exit(main())
