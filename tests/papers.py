"""Reads a PDF back with Poppler's programs."""

from __future__ import annotations

import subprocess


def read(made: bytes, *options: str) -> str:
    """All text, with one space between words wherever a line or a number has a gap."""
    return " ".join(run("pdftotext", made, *options).split())


def shows_every_letter(made: bytes) -> bool:
    """typst claims PDF/UA only where each letter has a form of its own, and none is a box."""
    return b"<pdfuaid:part>1</pdfuaid:part>" in made


def run(program: str, made: bytes, *options: str) -> str:
    return subprocess.run(
        [program, *options, "-", *(["-"] if program == "pdftotext" else [])],
        input=made,
        capture_output=True,
        check=True,
    ).stdout.decode(errors="replace")
