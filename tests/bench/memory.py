"""Prints the peak memory of one pass, in MiB: python -m tests.bench.memory 1000"""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from cases import reminders
    from tests.bench.load import fill
    from tests.bench.reminders import AT, peak_memory

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    due = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    fill(planned=due, due=due, at=AT)
    sent = 0
    while passed := reminders.send_due(at=AT):
        sent += passed
    assert sent == due
    print(f"{peak_memory():.1f}")
