"""Who may import whom. The layers, from the top:

doors    views, admin, api, tasks, commands    everything below, never each other; views may queue
outside  reminders, letters, evidence, ...     the models and the world outside
models                                         other apps below theirs
pure     schedule, errors, costs, ...           no Django

operators and accounts never import cases; simexit.lib imports no app and no settings module, but
may name their types.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

APPS = ("accounts", "operators", "cases")
BELOW_CASES = ("accounts", "operators")
DOORS = ("views", "admin", "api", "tasks", "management")
PURE = (
    "cases.schedule",
    "cases.errors",
    "cases.costs",
    "cases.end_date",
    "cases.mail_header",
    "operators.letter_text",
    "operators.glossary",
    "operators.questions",
    "operators.bills",
    "operators.passages",
)
# Wiring and machinery of Django that is neither a door nor behind one.
ANYWHERE = (
    "urls",
    "guide_urls",
    "letters_urls",
    "preferences_urls",
    "share_urls",
    "apps",
    "migrations",
)


@dataclass(frozen=True)
class Import:
    importer: str
    imported: str
    line: int
    hidden: bool = False  # inside a function
    for_types: bool = False  # below `if TYPE_CHECKING`

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def test_the_layers_hold() -> None:
    assert [str(breach) for breach in breaches(ROOT)] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("cases/views/case.py", "from cases.admin import CaseAdmin"),
        ("cases/views/case.py", "from cases import api"),
        ("cases/tasks.py", "from cases.views import case"),
        ("cases/admin.py", "import cases.tasks"),
        ("cases/management/commands/close.py", "from cases import tasks"),
        ("cases/models/case.py", "from cases import reminders"),
        ("cases/models/case.py", "from cases.views import case"),
        ("cases/reminders.py", "from cases import tasks"),
        ("cases/forms.py", "from cases.views import case"),
        ("cases/schedule.py", "from django.utils import timezone"),
        ("cases/errors.py", "from cases.models import Case"),
        ("cases/costs.py", "from django.utils.translation import gettext"),
        ("operators/models.py", "from cases.models import Case"),
        ("operators/catalogue.py", "from operators.views import home"),
        ("accounts/views.py", "import cases"),
        ("simexit/lib/mail.py", "from cases.models import Case"),
        ("simexit/lib/mail.py", "from simexit.settings import base"),
        ("cases/models/case.py", "def close():\n    from cases.models.event import CaseEvent"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str) -> None:
    write(tmp_path, file, line)

    assert len(list(breaches(tmp_path))) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("cases/views/case.py", "from cases.tasks import send_due_reminders"),
        ("cases/views/case.py", "from cases.views import page"),
        ("cases/views/case.py", "from cases import evidence, forms"),
        ("cases/urls.py", "from cases.views import case"),
        ("cases/tasks.py", "from cases import reminders"),
        ("cases/models/case.py", "from operators.models import Procedure"),
        ("cases/models/case.py", "from cases import schedule"),
        ("cases/schedule.py", "import holidays"),
        ("cases/apps.py", "def ready():\n    from cases import checks"),
        ("simexit/lib/urls.py", "from django.conf import settings"),
        ("simexit/lib/http.py", "if TYPE_CHECKING:\n    from accounts.models import User"),
    ],
)
def test_what_is_allowed_is_let_through(tmp_path: Path, file: str, line: str) -> None:
    write(tmp_path, file, line)

    assert list(breaches(tmp_path)) == []


def write(root: Path, file: str, source: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True)
    path.write_text(source + "\n")


def breaches(root: Path) -> Iterator[Import]:
    for package in (*APPS, "simexit"):
        for path in sorted((root / package).rglob("*.py")):
            yield from (found for found in imports(root, path) if forbidden(found))


def imports(root: Path, path: Path) -> Iterator[Import]:
    """Every import of a file. `from a import b` counts as `a.b`: b may be a module."""
    importer = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(), str(path))
    hidden = below(tree, lambda node: isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for_types = below(
        tree, lambda node: isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [name.name for name in names]
            case ast.ImportFrom(module=module, names=names, level=0):
                modules = [f"{module}.{name.name}" for name in names]
            case _:
                continue
        for imported in modules:
            yield Import(importer, imported, node.lineno, node in hidden, node in for_types)


def below(tree: ast.AST, chosen: Callable[[ast.AST], bool]) -> set[ast.AST]:
    """Every node below the chosen ones."""
    return {node for top in ast.walk(tree) if chosen(top) for node in ast.walk(top)}


def forbidden(found: Import) -> bool:
    importer, imported = found.importer, found.imported
    if found.hidden and not importer.endswith(".apps"):
        return True
    if within(importer, "simexit.lib"):
        return within(imported, *APPS, "simexit.settings") and not found.for_types
    if within(importer, *BELOW_CASES) and within(imported, "cases"):
        return True
    if within(importer, *PURE):
        return within(imported, "django", *APPS) and not within(imported, *PURE)
    app, layer = split(importer)
    if app not in APPS or layer in ANYWHERE:
        return False
    other_app, other_layer = split(imported)
    if other_layer in DOORS and other_app in APPS:
        same_door = (app, layer) == (other_app, other_layer)
        return not same_door and (layer, other_layer) != ("views", "tasks")
    if layer == "models":
        return other_app in APPS and other_layer != "models" and not within(imported, *PURE)
    return False


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def split(module: str) -> tuple[str, str]:
    """The app, and the file or folder in it: `cases.views.case` is ("cases", "views")."""
    parts = module.split(".")
    return parts[0], parts[1] if len(parts) > 1 else ""
