"""SimExit as somebody gets it who has just cloned it: `make run`, seen from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from tests import services

ROOT = Path(__file__).resolve().parents[2]
# What every shell has. Nothing that the tests set for themselves may reach the product.
SHELL = ("PATH", "HOME", "LANG", "TMPDIR")
START_TAKES = 120  # seconds at most; longer only where the parts have to be installed first
STOP_TAKES = 30
TAIL = 40  # lines of the log that a failure shows


def clone(folder: Path) -> Path:
    """A copy of the working tree without what git ignores: no data, no environment."""
    ignored = [line.strip().strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", *filter(None, ignored)))
    return folder


class Product:
    """One installation in a folder of its own, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = services.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {name: os.environ[name] for name in SHELL if name in os.environ}
        self.lines: list[str] = []

    def start(self) -> None:
        """Returns when the product says that it runs."""
        self._ready = Event()
        # A session of its own, as a terminal has: the signal of Ctrl-C goes to all of it.
        self._make = subprocess.Popen(
            ["make", "run", f"PORT={self.port}", f"VENV={sys.prefix}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait(START_TAKES)
        assert f"SimExit runs on {self.url}" in self.log, f"It did not start:\n{self.log}"

    def _read(self) -> None:
        assert self._make.stdout
        for line in self._make.stdout:
            self.lines.append(line.rstrip())
            if "SimExit runs on" in line:
                self._ready.set()
        self._ready.set()

    def interrupt(self) -> int:
        """Ctrl-C. Returns the exit code of `make run`, once nothing holds its output any more."""
        os.killpg(self._make.pid, signal.SIGINT)
        code = self._make.wait(STOP_TAKES)
        self._reader.join(STOP_TAKES)
        assert not self._reader.is_alive(), f"Something still writes to the terminal:\n{self.log}"
        return code

    def kill(self) -> None:
        """For a test that failed half way: nothing may be left, however it stands."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.lines:
            self._make.wait(STOP_TAKES)

    def processes(self) -> list[int]:
        """Every process that works in the product's folder."""
        return [int(process.name) for process in self._in_the_folder()]

    def _in_the_folder(self) -> Iterator[Path]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink().is_relative_to(self.folder):
                    yield process
            except OSError:  # ended meanwhile, or somebody else's
                continue

    @property
    def log(self) -> str:
        return "\n".join(self.lines[-TAIL:])

    def manage(self, *arguments: str, **environment: str) -> str:
        """Runs `manage.py` beside the running product and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env={**self.environment, "PORT": str(self.port), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stderr}"
        return done.stdout
