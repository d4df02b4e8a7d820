"""What docs/scaling.md says of a large run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import marked

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"


@dataclass(frozen=True)
class Figures:
    """What came of a run; memory is in bytes.

    A worker may take ``bound`` at most: ``base``, what it has before, and ``frontier``, the plan's.
    """

    case: str
    server: str
    size_px: int
    raw_bytes: int
    object_bytes: int
    header_bytes: int
    padding_bytes: int
    tiles: int
    parts: int
    chunk_px: int
    chunks: int
    tasks: int
    bytes_moved: int
    requests: int
    retries: int
    wall_s: float
    base: int
    frontier: int
    bound: int
    peaks: dict[str, int]
    checked: dict[str, int]


def section(figures: Figures) -> str:
    """Make the paragraph, the table and the plot of one case."""
    mib = {name: f"{size / 2**20:,.0f} MiB" for name, size in figures.peaks.items()}
    rows = {
        "image": f"{figures.size_px:,} × {figures.size_px:,} uint8, {_gb(figures.raw_bytes)}, "
        f"{figures.chunks:,} chunks of {figures.chunk_px}²",
        "object": f"{_gb(figures.object_bytes)}, {figures.tiles:,} tiles, header "
        f"{figures.header_bytes / 2**20:.1f} MiB, padding {figures.padding_bytes} bytes",
        "parts": f"{figures.parts:,}, {figures.requests:,} requests, {figures.retries} retries",
        "tasks": f"{figures.tasks:,} beyond the source "
        f"({figures.tasks / figures.chunks:.2f} a chunk), which handed on "
        f"{_gb(figures.bytes_moved)}",
        "memory of workers": f"{mib['worker 1']} and {mib['worker 2']} at most; "
        f"bound {figures.bound / 2**20:,.0f} MiB, {figures.frontier / 2**20:,.0f} of it the plan's",
        "memory of scheduler, client": f"{mib['scheduler']}, {mib['client']} at most",
        "checked": ", ".join(f"{count} {what}" for what, count in figures.checked.items()),
    }
    table = "\n".join(f"| {name} | {text} |" for name, text in rows.items())
    return (
        f"| {figures.case}, to {figures.server} | |\n|---|---|\n{table}\n\n"
        f"![memory over time, {figures.case}](scaling-{figures.case}.svg)\n"
    )


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:,.2f} GB"


def document(figures: Figures) -> None:
    """Replace what the page says of this case."""
    marked.replace(PAGE, figures.case, "./dev large --docs", section(figures))
