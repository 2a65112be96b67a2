"""A style sheet that lost a brace still loads, and everything below it looks wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

SHEETS = sorted((ROOT / "simexit" / "static" / "simexit").glob("*.css"))
DEEPEST = 2  # a rule inside of @media or @supports


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_brace_of_a_style_sheet_has_its_other_half(sheet: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    depths = [0]
    for brace in re.findall(r"[{}]", css):
        depths.append(depths[-1] + (1 if brace == "{" else -1))

    assert SHEETS
    assert depths[-1] == 0
    assert min(depths) == 0
    assert max(depths) <= DEEPEST
