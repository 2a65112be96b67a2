"""How fast reminders leave, as ratios measured side by side in one run.

    python -m tests.services redis postgresql -- python -m tests.bench.reminders [--short]

The contenders take turns, a few hundred mails each, so that a machine that slows down slows all
of them. The mail server is a process of its own that throws everything away; where it is the limit,
the printed share of the processor says so.
"""

from __future__ import annotations

import argparse
import os
import resource
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests import services

if TYPE_CHECKING:
    from cases.models import Reminder

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEXT = "This text stands for a reminder of the usual length.\n" * 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of everything")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="run in this process")
    arguments = parser.parse_args()
    if arguments.database:
        measure(short=arguments.short)
        return
    sink_port = services.free_port()
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sink", str(sink_port)], stdout=subprocess.PIPE
    )
    assert sink.stdout
    sink.stdout.readline()
    try:
        for database, url in databases():
            subprocess.run(
                [sys.executable, "-m", "tests.bench.reminders", "--database", database]
                + ["--short"] * arguments.short,
                check=True,
                env={
                    **os.environ,
                    "TEST_DATABASE_URL": url,
                    "SINK_PORT": str(sink_port),
                    "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
                },
            )
        memory(short=arguments.short)
    finally:
        sink.kill()


def databases() -> list[tuple[str, str]]:
    folder = tempfile.mkdtemp(prefix="simexit-bench-")
    found = [("sqlite", f"sqlite:///{folder}/bench.sqlite3")]
    if url := os.environ.get("TEST_DATABASE_URL"):
        # The cluster is empty but for its own database.
        found.append(("postgresql", url.rpartition("/")[0] + "/postgres"))
    return found


# --- In the process of one database ---------------------------------------------------------------


def measure(*, short: bool) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.load import fill

    planned, due = (100_000, 1_000) if short else (1_000_000, 10_000)
    say(f"\n{connection.vendor}: {due:,} due among {planned:,} planned")
    call_command("migrate", verbosity=0)
    fill(planned=planned, due=due, at=AT)
    rounds, mails = (3, 100) if short else (5, 400)
    speeds = race(contenders(mails), rounds=rounds, mails=mails)
    report(speeds)
    find_due()
    two_senders(mails=due // 4)
    usual_way(mails=100 if short else 1000, engine_speed=statistics.median(speeds["engine"]))


def contenders(mails: int) -> dict[str, Callable[[int], None]]:
    """Each sends so many mails over one connection of its own."""
    return {
        "raw smtplib loop": raw_loop,
        "send_mass_mail": mass_mail,
        "limit: render, build, send": partial(without_database, rows_in_memory(mails)),
        "engine": engine,
    }


def race(
    contenders: dict[str, Callable[[int], None]], *, rounds: int, mails: int
) -> dict[str, list[float]]:
    """Mails per second of each contender in each round; they take turns."""
    for run in contenders.values():
        run(10)  # templates parsed, modules loaded
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for _round in range(rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run(mails)
            speeds[name].append(mails / (time.perf_counter() - started))
    return speeds


def report(speeds: dict[str, list[float]]) -> None:
    """Medians, and the ratio of the engine to each, pair by pair of the rounds."""
    engine_speeds = speeds["engine"]
    for name, found in speeds.items():
        ratio = statistics.median(a / b for a, b in zip(engine_speeds, found, strict=True))
        say(f"  {name:28} {statistics.median(found):8.0f} mails/s   engine / this {ratio:5.2f}")
    limit, mass = speeds["limit: render, build, send"], speeds["send_mass_mail"]
    share = statistics.median(1 - a / b for a, b in zip(limit, mass, strict=True))
    say(f"  rendering and building take {share:.0%} of the limit's time")


def raw_loop(mails: int) -> None:
    from django.conf import settings

    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        for number in range(mails):
            text = f"From: a@example.org\r\nTo: p{number}@example.org\r\nSubject: x\r\n\r\n{TEXT}"
            server.sendmail("a@example.org", [f"p{number}@example.org"], text)


def mass_mail(mails: int) -> None:
    from django.core.mail import send_mass_mail

    send_mass_mail(
        [("x", TEXT, "a@example.org", [f"p{number}@example.org"]) for number in range(mails)]
    )


def without_database(rows: list[Reminder], mails: int) -> None:
    """The same messages, rendered, built and sent by Django; the rows are in memory."""
    from django.core.mail import get_connection

    from cases import reminders

    connection = get_connection()
    connection.open()
    for row in rows[:mails]:
        message = reminders.compose([row], at=AT)
        message.connection = connection
        message.send()
    connection.close()


def rows_in_memory(number: int) -> list[Reminder]:
    """Read before the clock runs: what is measured against must not wait for a database."""
    from cases.models import Reminder

    rows = Reminder.objects.filter(try_at__gt=AT).order_by("pk")
    return list(rows.select_related("case__owner", "case__procedure__operator")[:number])


def engine(mails: int) -> None:
    from cases import reminders

    sent = reminders.send_due(at=AT + timedelta(minutes=1), limit=mails)
    assert sent == mails, f"{sent} sent, {mails} expected: too few rows are due"


def find_due() -> None:
    """How long the database takes to find the due batch, and to find that there is none."""
    from django.db import connection

    from cases.models import Reminder

    for what, at in (("the due batch", AT), ("that nothing is due", AT - timedelta(days=1))):
        due = Reminder.objects.due(at).values_list("case_id", flat=True)[:100]
        sql, parameters = due.query.sql_with_params()
        times = []
        for _i in range(30):
            started = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                cursor.fetchall()
            times.append(1000 * (time.perf_counter() - started))
        say(f"  finding {what}: {statistics.median(times):.2f} ms")
    say("  " + Reminder.objects.due(AT).values("case_id")[:100].explain().replace("\n", "\n  "))


def usual_way(*, mails: int, engine_speed: float) -> None:
    """One Celery task per mail, where a Redis is lent."""
    from cases.models import Reminder
    from tests.bench import one_task_per_mail

    if not one_task_per_mail.URL:
        return
    pks = list(Reminder.objects.filter(try_at__gt=AT).values_list("pk", flat=True)[:mails])
    speed = one_task_per_mail.mails_per_second(pks)
    ratio = engine_speed / speed
    say(f"  {'one Celery task per mail':28} {speed:8.0f} mails/s   engine / this {ratio:5.2f}")


def memory(*, short: bool) -> None:
    """A hundred times the mails must not take more memory: each size in a process of its own."""
    few, many = (200, 2_000) if short else (1_000, 100_000)
    used = {}
    for due in (few, many):
        folder = tempfile.mkdtemp(prefix="simexit-bench-")
        output = subprocess.run(
            [sys.executable, "-m", "tests.bench.memory", str(due)],
            check=True,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "TEST_DATABASE_URL": f"sqlite:///{folder}/memory.sqlite3",
                "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            },
        ).stdout
        used[due] = float(output)
    say(
        f"\npeak memory of a pass: {used[few]:.0f} MiB for {few:,} due,"
        f" {used[many]:.0f} MiB for {many:,}: ratio {used[many] / used[few]:.2f}"
    )


def two_senders(*, mails: int) -> None:
    """Two processes against one, each with the same number of mails in all."""
    one, two = senders(1, mails), senders(2, mails)
    say(f"  two processes / one: {one / two:.2f}")


def senders(count: int, mails: int) -> float:
    """Seconds that so many processes take to send these mails; the start-up is not counted."""
    command = [sys.executable, "-m", "tests.bench.sender", str(mails // count)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _i in range(count)
    ]
    for process in processes:
        assert process.stdout
        process.stdout.readline()
    started = time.perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout
        process.stdout.readline()
    took = time.perf_counter() - started
    for process in processes:
        process.communicate()
    assert all(process.returncode == 0 for process in processes)
    return took


def peak_memory() -> float:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
