"""Lends a command a real Redis and a real PostgreSQL, made for it and thrown away after it.

    python -m tests.services redis postgresql -- python -m pytest
    python -m tests.services --install

The command finds them in TEST_REDIS_URL and TEST_DATABASE_URL. `--install` fetches what the suite
needs from apt where it may. Where something is missing, tests that need it are skipped, with one
clear line; with CI=true that is a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

START_TAKES = 30  # seconds, at most
STOP_TAKES = 10
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@dataclass(frozen=True)
class Part:
    """A program that the suite needs and pip cannot install."""

    name: str
    program: Callable[[], str | None]
    packages: tuple[str, ...]


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def postgres_program(name: str) -> str | None:
    """Debian keeps the programs of the server out of the PATH, a folder for each version."""
    found = shutil.which(name)
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        found = found or shutil.which(name, path=str(folder))
    return found


PARTS = {
    "redis": Part("Redis", lambda: shutil.which("redis-server"), ("redis-server",)),
    "postgresql": Part("PostgreSQL", lambda: postgres_program("initdb"), ("postgresql",)),
    "chromium": Part("Chromium", chromium, ("chromium", "fonts-noto-cjk")),
    "gettext": Part("GNU gettext", lambda: shutil.which("xgettext"), ("gettext",)),
    "poppler": Part("Poppler", lambda: shutil.which("pdftotext"), ("poppler-utils",)),
}


def main(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--install"]:
        return install()
    border = arguments.index("--")
    wanted, command = arguments[:border], arguments[border + 1 :]
    missing = [PARTS[name] for name in wanted if not PARTS[name].program()]
    if missing and IN_CI:
        stop(f"{listed(missing)} missing, and CI must skip nothing.")
    if PARTS["postgresql"] in missing:
        say("PostgreSQL is missing, so the run on PostgreSQL is skipped.")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        if "redis" in wanted and PARTS["redis"] not in missing:
            os.environ["TEST_REDIS_URL"] = stack.enter_context(redis())
        if "postgresql" in wanted:
            os.environ["TEST_DATABASE_URL"] = stack.enter_context(postgresql())
        return run(command)


def run(command: Sequence[str]) -> int:
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except KeyboardInterrupt:  # the command was interrupted too, and tidies up
        return process.wait()
    finally:
        process.kill()


@contextmanager
def redis() -> Iterator[str]:
    """The address of an empty Redis."""
    port = free_port()
    with own_folder() as (folder, user):
        command = [
            *("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
        ]
        with server(command, port, folder, user):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty PostgreSQL that forgets everything when the power fails."""
    port = free_port()
    with own_folder() as (folder, user):
        data = folder / "data"
        subprocess.run(
            [
                *(postgres_program("initdb") or "initdb", "--pgdata", str(data), "--no-sync"),
                *("--username", "simexit", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8"),
            ],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **as_user(user),
        )
        command = [
            *(postgres_program("postgres") or "postgres", "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
            *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
            *("-c", "log_min_messages=fatal", "-c", "log_min_error_statement=fatal"),
        ]
        with server(command, port, folder, user):
            yield f"postgresql://simexit@127.0.0.1:{port}/simexit"


@contextmanager
def server(command: Sequence[str], port: int, folder: Path, user: str | None) -> Iterator[None]:
    """Runs in a session of its own: Ctrl-C stops the tests first, and then this stops it."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **as_user(user),
        )
    try:
        if not listens(port, process):
            stop(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TAKES)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def own_folder() -> Iterator[tuple[Path, str | None]]:
    """A folder to throw away, and who runs in it: PostgreSQL refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="simexit-service-"))
    user = None
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_user(user: str | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def queue_folders(root: str | Path) -> dict[str, object]:
    """Celery's transport options for an embedded broker with its files below this folder."""
    queue, control = Path(root, "queue"), Path(root, "control")
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "polling_interval": 0.1,  # seconds
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Waits until something answers on the port; False when it ended instead."""
    deadline = time.monotonic() + START_TAKES
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def install() -> int:
    missing = [part for part in PARTS.values() if not part.program()]
    if not missing:
        return 0
    packages = [package for part in missing for package in part.packages]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {listed(missing)} ...")
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            got = subprocess.run(
                [*apt, *step], env=quietly, stdin=subprocess.DEVNULL, stdout=sys.stderr
            )
            if got.returncode:
                stop(f"apt-get could not install {' '.join(packages)}.")
        return 0
    advice = f"On Debian and Ubuntu: apt install {' '.join(packages)}"
    if IN_CI:
        stop(f"{listed(missing)} missing, and CI must skip nothing. {advice}")
    say(f"{listed(missing)} missing: the tests that need it are skipped. {advice}")
    return 0


def listed(parts: Sequence[Part]) -> str:
    return ", ".join(part.name for part in parts)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def stop(sentence: str) -> NoReturn:
    sys.exit(sentence)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
