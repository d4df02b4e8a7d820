"""Text between markers in a page, which a command makes and replaces."""

from __future__ import annotations

from pathlib import Path

_END = "<!-- until here -->\n"


def _parts(page: Path, name: str, command: str) -> tuple[str, str, str]:
    """Split a page into what is before, between and after the markers, which stay outside."""
    begin = f"<!-- {name}: made by {command} -->\n"
    before, found, rest = page.read_text().partition(begin)
    between, ended, after = rest.partition(_END)
    if not found or not ended:
        raise ValueError(f"{page} has no text between {begin.strip()} and {_END.strip()}")
    return before + begin, between, _END + after


def between(page: Path, name: str, command: str) -> str:
    return _parts(page, name, command)[1]


def replace(page: Path, name: str, command: str, text: str) -> None:
    before, _, after = _parts(page, name, command)
    page.write_text(before + text + after)
