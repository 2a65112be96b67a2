"""What a mail server says about a person, fit to be shown to staff."""

import pytest

from simexit.lib.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna@example.be", "a•••@example.be"),
        ("<x.y+z@a-b.example.be>", "<x•••@a-b.example.be>"),
        ("no number 550 here", "no number 550 here"),
        ("0470/98.76.54 and +32 470 98 76 54", "••• and •••"),
        ("Errno 111 on 127.0.0.1:25", "Errno 111 on 127.0.0.1:25"),
    ],
)
def test_addresses_and_numbers_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
