"""What a deployment may set, and what it must set."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

A_REAL_SITE = {
    "DEBUG": "off",
    "SECRET_KEY": "p1jJm0Xn3vVq9QK7sYw2bT5hR8uZ4cE6gL0aD1fN7iO3kM9xPq",
    "SITE_URL": "https://simexit.example",
    "ALLOWED_HOSTS": "simexit.example",
    "DATABASE_URL": "postgresql://simexit:secret@db.example:5432/simexit",
    "REDIS_URL": "redis://redis.example:6379/0",
    "EMAIL_URL": "smtp+tls://simexit:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "SimExit <hello@simexit.example>",
    "MEDIA_ROOT": "/srv/simexit/media",
}
MANAGE = """
import environ, sys
environ.Env.read_env = lambda *args, **options: None  # a developer's own .env is not the question
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def manage(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process that knows nothing but these variables."""
    surroundings = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "simexit.settings.chosen"}
    return subprocess.run(
        [sys.executable, "-c", MANAGE, *command],
        cwd=ROOT,
        env=surroundings | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", sorted(A_REAL_SITE.keys() - {"DEBUG"}))
def test_a_real_site_does_not_start_without(name: str) -> None:
    unset = {key: value for key, value in A_REAL_SITE.items() if key != name}

    for variables in (unset, unset | {name: ""}):
        stopped = manage("check", **variables)

        assert stopped.returncode != 0
        assert stopped.stderr.splitlines()[-1].count(f"{name} is not set.") == 1


def test_a_real_site_passes_the_checks_of_django() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **A_REAL_SITE)

    assert checked.returncode == 0, checked.stderr


def test_nothing_set_is_a_development_machine() -> None:
    shown = manage("shell", "-c", "from django.conf import settings; print(settings.DEBUG)")

    assert shown.stdout.splitlines()[-1] == "True", shown.stderr


def test_debug_off_in_the_env_file_is_heeded(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "simexit", tmp_path / "simexit")
    (tmp_path / ".env").write_text("DEBUG=off\n")

    asked = subprocess.run(
        [sys.executable, "-c", "import simexit.settings.chosen"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "SECRET_KEY" in asked.stderr


def test_the_example_names_what_the_settings_read() -> None:
    files = ("base", "dev", "production", "chosen")
    read = {
        name
        for file in files
        for name in variables_read((ROOT / f"simexit/settings/{file}.py").read_text())
    }

    lines = (ROOT / ".env.example").read_text()
    named = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", lines, re.MULTILINE)

    assert sorted(named) == sorted(read)


def variables_read(source: str) -> set[str]:
    """The first argument of every `env.something(...)` and `needed(...)`."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and re.fullmatch(r"env\.\w+|needed", ast.unparse(node.func))
        and isinstance(node.args[0], ast.Constant)
    }
