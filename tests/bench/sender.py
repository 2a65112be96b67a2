"""One sender of the measurement: says that it is ready, waits for a line, sends so many mails."""

from __future__ import annotations

import sys
from datetime import timedelta

import django

if __name__ == "__main__":
    django.setup()
    from cases import reminders
    from tests.bench.reminders import AT, engine

    engine(1)
    print("ready", flush=True)
    sys.stdin.readline()
    reminders.send_due(at=AT + timedelta(minutes=1), limit=int(sys.argv[1]) - 1)
    print("done", flush=True)
