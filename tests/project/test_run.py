"""`make run`, for real: in a copy of the project, on another port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from simexit import run
from tests.conftest import ROOT
from tests.services import free_port

STARTS_WITHIN = 120  # seconds; 8 on a machine that does nothing else, and tests run side by side
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".env")


@dataclass
class Site:
    process: subprocess.Popen[bytes]
    log: Path
    address: str

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as response:
            return str(response.read().decode())

    def wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError):
                self.get("/health/live/")
                return
            time.sleep(0.1)
        pytest.fail(f"It did not start:\n{self.log.read_text()}", pytrace=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "simexit", ignore=NOT_COPIED))


def start(copy: Path, port: int) -> Site:
    """`make run` with the packages of these tests: installing them again would teach nothing."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(copy)}
    log = copy.parent / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed"],
            cwd=copy,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Site(process, log, f"http://127.0.0.1:{port}")


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


def running_in(folder: Path) -> Iterator[str]:
    """The processes whose working directory is this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                yield (process / "cmdline").read_text().replace("\0", " ")


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks at processes under /proc")
def test_the_site_runs_until_ctrl_c_and_keeps_its_data(copy: Path) -> None:
    """Starts everything twice, which takes seconds: this is the first thing that people see."""
    port = free_port()
    site = start(copy, port)
    site.wait()
    ready = site.get("/health/ready/")
    database = copy / "var/simexit.sqlite3"
    execute(database, "CREATE TABLE kept (id)")
    os.killpg(site.process.pid, signal.SIGINT)
    site.process.wait(20)

    assert "OK" in ready
    assert (
        f"SimExit runs on http://127.0.0.1:{port}, mails are at /dev/mail/" in site.log.read_text()
    )
    assert "Traceback" not in site.log.read_text()
    assert list(running_in(copy)) == []

    again = start(copy, port)
    again.wait()
    again.process.terminate()
    again.process.wait(20)

    execute(database, "SELECT id FROM kept")
    assert "Traceback" not in again.log.read_text()
    assert list(running_in(copy)) == []


def test_a_busy_port_is_told_before_anything_is_done(copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site = start(copy, port)
        code = site.process.wait(20)

    assert code != 0
    assert f"Port {port} is taken by another program." in site.log.read_text()
    assert "Traceback" not in site.log.read_text()
    assert not (copy / "var").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", ""])
def test_a_port_that_is_none_is_told(port: str) -> None:
    asked = subprocess.run(
        [sys.executable, "simexit/lib/port.py", port], cwd=ROOT, capture_output=True, text=True
    )

    assert asked.returncode == 1
    assert "no number from 1 to 65535" in asked.stderr


def test_a_machine_without_a_new_enough_python_is_told(copy: Path) -> None:
    asked = subprocess.run(
        ["make", "run", "PYTHON="], cwd=copy, capture_output=True, text=True, timeout=60
    )

    assert asked.returncode != 0
    assert "SimExit needs Python 3.11 or newer" in asked.stderr


def test_the_receiver_of_mail_runs_where_cases_have_addresses(settings: Settings) -> None:
    settings.INBOUND_DOMAIN = ""
    without = run.processes()
    settings.INBOUND_DOMAIN = "in.simexit.test"

    assert sorted(without) == ["beat", "web", "worker"]
    assert run.processes() == without | {"mail": "exec python manage.py receive_mail"}
