"""The page on where things are, held against where they are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_of_modules_names_each_once() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    [table] = re.findall(r"^\| in `python/ccog` \|.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    named = [name for row in table.splitlines() for name in re.findall(r"`(\w+\.py)`", row)]
    modules = {path.name for path in (ROOT / "python" / "ccog").glob("*.py")} - {"__init__.py"}
    assert sorted(named) == sorted(modules)
