"""Sends the dossier of a case of 20 files of 10 MB. Prints how many MB went out, and how many more
MB of memory that took than the dossier of an empty case. To be run as a program."""

from __future__ import annotations

import os
import resource
import tempfile

os.environ["DJANGO_SETTINGS_MODULE"] = "simexit.settings.test"
os.environ["TEST_DATABASE_URL"] = "sqlite://:memory:"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from accounts.models import User  # noqa: E402
from cases.models import Case  # noqa: E402
from tests.factories import PDF, make_case, make_evidence, make_user  # noqa: E402

FILES = 20
MEGABYTE = 1024 * 1024
SIZE = 10 * MEGABYTE


def main() -> None:
    call_command("migrate", verbosity=0)
    alice = make_user()
    client = Client(headers={"host": "localhost"})
    client.force_login(alice)
    big = make_big(alice)
    send(client, make_case(owner=alice))
    before = peak()
    sent = send(client, big)
    print(sent / MEGABYTE, peak() - before)


def make_big(alice: User) -> Case:
    case = make_case(owner=alice)
    for number in range(FILES):
        row = make_evidence(case, content=PDF + bytes([number + 40]), proves="other")
        # Grown in the store: what an upload takes is not measured here.
        with row.file.storage.open(row.file.name, "r+b") as file:
            file.truncate(SIZE)
    return case


def send(client: Client, case: Case) -> int:
    """How many bytes the server sends; none of them is kept."""
    response = client.get(f"/en/cases/{case.reference}/dossier.zip")
    return sum(len(chunk) for chunk in response.streaming_content)  # type: ignore[attr-defined]


def peak() -> float:
    """MB of memory that this process has ever had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        main()
