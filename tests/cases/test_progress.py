"""Sending by hand: a terminal sees it count, everything else gets the last line alone."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.mail.backends.locmem import EmailBackend as Outbox
from django.core.management import call_command

from cases import reminders
from cases.management.commands.send_due_reminders import Progress
from tests.factories import NOW, TODAY, make_case

pytestmark = pytest.mark.django_db

LINE = "\r\x1b[K"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def three_mails_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "EVERY", 0)
    for _i in range(3):
        make_case(requested_on=TODAY)


def run(output: StringIO) -> str:
    call_command("send_due_reminders", stdout=output, no_color=True)
    return output.getvalue()


def test_a_terminal_sees_one_line_count_up() -> None:
    assert run(Terminal()) == (f"{LINE}1 of 3 sent{LINE}2 of 3 sent{LINE}3 of 3 sent{LINE}3 sent\n")


def test_a_pass_without_mails_shows_no_line() -> None:
    run(StringIO())

    assert run(Terminal()) == f"{LINE}0 sent\n"


def test_a_fast_pass_writes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "EVERY", 3600)

    assert run(Terminal()) == f"{LINE}1 of 3 sent{LINE}3 sent\n"


def test_a_file_gets_the_last_line_alone() -> None:
    assert run(StringIO()) == "3 sent\n"


def test_mails_that_left_before_the_mail_server_went_away_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What had left before the mail server went away was not in the sum."""
    opened = 0

    def away_at_the_third(backend: Outbox) -> bool:
        nonlocal opened
        opened += 1
        if opened == 3:
            raise ConnectionRefusedError
        return True

    monkeypatch.setattr(Outbox, "open", away_at_the_third)
    seen: list[int] = []

    sent = reminders.send_due(at=NOW.replace(year=2027), progress=seen.append)

    assert (sent, seen) == (2, [1, 2])
