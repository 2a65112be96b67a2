"""No file without a row: not after a crash in the middle, and not after its row is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from cases import files
from cases.errors import RefusedFile
from cases.models import LooseFile

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def write(text: str = "proof") -> str:
    return files.write(ContentFile(text.encode()), folder="evidence", at=NOW)


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_that_no_row_took_is_deleted_after_an_hour(media_root: Path) -> None:
    write()

    assert files.sweep(at=NOW + timedelta(minutes=59)) == 0
    assert len(stored(media_root)) == 1
    assert files.sweep(at=NOW + timedelta(minutes=61)) == 1
    assert stored(media_root) == []
    assert not LooseFile.objects.exists()


def test_a_file_that_a_row_took_stays(media_root: Path) -> None:
    name = write()

    files.claim(name, at=NOW)

    assert files.sweep(at=NOW + timedelta(days=365)) == 0
    assert default_storage.open(name).read() == b"proof"


def test_a_transaction_that_is_taken_back_leaves_the_file_to_the_sweep(media_root: Path) -> None:
    name = write()

    with pytest.raises(ZeroDivisionError):
        _claim_and_stumble(name)

    assert files.sweep(at=NOW + timedelta(hours=2)) == 1
    assert stored(media_root) == []


def test_an_upload_that_took_too_long_is_refused_with_a_sentence() -> None:
    name = write()

    with pytest.raises(RefusedFile, match="once more"):
        files.claim(name, at=NOW + timedelta(hours=2))


def test_what_a_row_gave_back_is_deleted_at_once_and_only_once(media_root: Path) -> None:
    name = write()
    files.claim(name, at=NOW)

    files.release([name, ""], at=NOW)
    files.release([name], at=NOW)

    assert files.sweep(at=NOW) == 1
    assert stored(media_root) == []


def test_a_store_that_is_away_keeps_the_name_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    name = write()
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", _no_answer)
        with pytest.raises(OSError):
            files.sweep(at=NOW + timedelta(hours=2))

    assert LooseFile.objects.filter(name=name).exists()
    assert files.sweep(at=NOW + timedelta(hours=2)) == 1


@transaction.atomic
def _claim_and_stumble(name: str) -> None:
    files.claim(name, at=NOW)
    raise ZeroDivisionError


def _no_answer(name: str) -> None:
    raise OSError("no answer")
