"""The interface in other languages: the gettext files, and what is still missing in them.

People edit `simexit/locale/<language>/LC_MESSAGES/django.po`; Django reads the `.mo` beside it.
That one is made on every machine, by `compile_all`, and is no part of the repository.

    python -m simexit.translations collect    brings the .po files in line with code and templates
    python -m simexit.translations check      fails on what is missing, and says where
    python -m simexit.translations compile    makes the .mo files

`collect` and `check` read the sources by GNU gettext (Debian's package `gettext`).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.core.management import call_command
from django.test.utils import override_settings

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "simexit" / "locale"
LANGUAGES = ("zh_Hans", "nl", "fr", "de")
# Django would write what stands near a folder of this name into it, wherever it was sent.
IGNORED = ("tests", "var", ".venv", "locale")
FIRST = datetime(2026, 11, 24, tzinfo=UTC)

# For developers and machines; and the page for when nothing works, which says it in each language
# by itself.
NOT_FOR_READERS = ("devmail/", "robots.txt", "500.html")
WORDS = re.compile(r"[^\W\d_]{2,}")  # a text that has them wants to be translated
SAID_IN_EVERY_LANGUAGE = re.compile(
    r"SimExit|Sim$|Exit$|itsme|PDF|ZIP|SHA-256|SHA256|e?SIM|CSV|JSON|API|YAML|OpenAPI|IBAN|kB|MB|GB|EUR"
)
TRANSLATED = re.compile(
    r"{%-?\s*(?:blocktranslate|blocktrans)\b.*?{%-?\s*end(?:blocktranslate|blocktrans)\s*%}"
    r"|{%\s*block bodyclass\s*%}.*?{%\s*endblock\s*%}"
    r"|{%\s*comment\s.*?{%\s*endcomment\s*%}|{#.*?#}",
    re.DOTALL,
)
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
A_TAG_OF_ATTRIBUTES = re.compile(r"^\s*[\w-]+=\"")  # a partial with the attributes of an element
READ_ALOUD = ("alt", "title", "placeholder", "aria-label")  # attributes that people read


def po_file(language: str, folder: Path = LOCALE) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    language = path.parent.parent.name
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.locale = language  # the head of a new file names none, and it decides on plurals
    catalog.fuzzy = False
    return catalog


def write(path: Path, catalog: Catalog) -> None:
    """Always in the same form, so that a change shows only what was changed."""
    with path.open("wb") as file:
        write_po(file, catalog, width=100, include_lineno=False, ignore_obsolete=True)


# --- What Django reads ----------------------------------------------------------------------------


def compile_all(folder: Path = LOCALE) -> None:
    """Makes every .mo that is missing or older than its .po. Safe to run twice at once."""
    for path in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        # In one move: another process must not read half a file.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            write_mo(file, read(path))
        Path(file.name).chmod(0o644)
        Path(file.name).replace(compiled)


# --- What stands in code and templates ------------------------------------------------------------


def collect(folder: Path = LOCALE, *, languages: tuple[str, ...] = LANGUAGES) -> None:
    """Brings the .po files in line with what code and templates say. Needs Django set up."""
    if not shutil.which("xgettext"):
        sys.exit("GNU gettext is missing. On Debian and Ubuntu: apt install gettext")
    for language in languages:
        path = po_file(language, folder)
        if not path.exists():  # with a head that knows the plurals of the language
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, Catalog(locale=language))
    with override_settings(LOCALE_PATHS=[str(folder)]):
        call_command(
            "makemessages",
            locale=list(languages),
            ignore_patterns=list(IGNORED),
            add_location="file",
            no_obsolete=True,
            verbosity=0,
        )
    for language in languages:
        path = po_file(language, folder)
        catalog = read(path)
        for message in catalog:  # what a text was before says git, and in a readable form
            message.user_comments = [
                line for line in message.user_comments if not line.startswith("|")
            ]
        catalog.header_comment = "# The interface of SimExit."
        catalog.project, catalog.version = "SimExit", "1"
        catalog.last_translator = catalog.language_team = ""
        catalog.creation_date = catalog.revision_date = FIRST  # a date would clash in every merge
        write(path, catalog)


def missing() -> Iterator[str]:
    """A line for each thing that a reader would see in English."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        collect(fresh, languages=LANGUAGES[:1])
        wanted = read(po_file(LANGUAGES[0], fresh))
    for language in LANGUAGES:
        yield from (f"{language}: {line}" for line in untold(wanted, read(po_file(language))))
    yield from untranslated_templates(ROOT / "templates")


def untold(wanted: Catalog, told: Catalog) -> Iterator[str]:
    """A line for each text of the first that the second does not say in its language."""
    known = {_key(message): message for message in told}
    for message in wanted:
        problem = _problem(known.get(_key(message)))
        if message.id and problem:
            where = message.locations[0][0] if message.locations else "?"
            yield f"{problem}: {_first_line(message)} ({where})"


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _problem(known: Message | None) -> str:
    if known is None:
        return "not collected"
    if known.fuzzy:
        return "fuzzy"
    told = known.string if isinstance(known.string, tuple | list) else (known.string,)
    return "" if all(told) else "not translated"


def _first_line(message: Message) -> str:
    return _key(message)[1].strip().splitlines()[0][:70]


# --- What stands in templates outside of every tag ------------------------------------------------


def untranslated_templates(folder: Path) -> Iterator[str]:
    """A line for each text of a template that no tag translates."""
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
        name = path.relative_to(folder).as_posix()
        if name.startswith(NOT_FOR_READERS):
            continue
        for line, text in untranslated(path.read_text()):
            yield f"templates/{name}:{line}: not for translation: {text[:70]}"


def untranslated(source: str) -> list[tuple[int, str]]:
    """The texts of a template outside of every tag that translates, each with its line."""
    parser = _Texts()
    parser.feed(TAG.sub(_blank, TRANSLATED.sub(_blank, source)))
    parser.close()
    return [(line, text) for line, text in parser.found if _is_for_readers(text)]


def _blank(match: re.Match[str]) -> str:
    """Nothing but its lines, so that those after it keep their number."""
    return "\n" * match[0].count("\n")


def _is_for_readers(text: str) -> bool:
    named = SAID_IN_EVERY_LANGUAGE.sub("", text)
    return WORDS.search(named) is not None and not A_TAG_OF_ATTRIBUTES.match(text)


class _Texts(HTMLParser):
    """Collects what a reader reads: text, and the attributes that are read aloud."""

    SILENT = ("script", "style", "code", "kbd", "samp")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in self.SILENT
        for name, value in attrs:
            if name in READ_ALOUD and value:
                self.found.append((self.getpos()[0], value))

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            before = data[: len(data) - len(data.lstrip())]
            self.found.append((self.getpos()[0] + before.count("\n"), data.strip()))


def main(verb: str) -> str | None:
    """None, or what is in the way."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simexit.settings.test")
    django.setup()
    match verb:
        case "compile":
            compile_all()
        case "collect":
            collect()
        case "check":
            return "\n".join(missing()) or None
        case _:
            return __doc__
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
