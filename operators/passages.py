"""A few sentences of our own pages, with where they come from. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """text: English, marked for the translators.

    sources: keys of sources.yaml. A passage without one is advice of ours, or says what we do not
    know, and is shown as such.
    """

    text: str
    sources: tuple[str, ...] = ()
