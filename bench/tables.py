"""Markdown tables of a report's rows. Seconds, and how many times ours others take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cases
import samples
from cases import CCOG, COPY, LOOP, UNSIGNED, Case
from samples import Runs, Sample
from targets import FILE, S3

#: {name of a case: {"case": its fields, target: Runs}}
Rows = dict[str, dict[str, Any]]

PEERS = (cases.GDAL, cases.RIO_COGEO, cases.RIOXARRAY, cases.ODC_GEO, cases.CSIRO)
ZARRS = (cases.ZARR_ZSTD, cases.ZARR_BLOSC)


def markdown(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Make a table whose first column is text and whose others are numbers."""
    head = list(head)
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *lines])


def _case(row: dict[str, Any]) -> Case:
    return Case(**row["case"])


def _cell(value: Sample | None, digits: int = 2) -> str:
    return "" if value is None else value.text(digits)


def _median(value: Sample | None, digits: int = 2, unit: float = 1) -> str:
    return "" if value is None else f"{value.median / unit:.{digits}f}"


def written(rows: Rows, kind: str) -> list[tuple[str, Case, Runs]]:
    """Give the rows that ccog wrote to that target."""
    found = [(name, _case(row), row.get(kind, {})) for name, row in rows.items()]
    return [(name, case, runs) for name, case, runs in found if CCOG in runs]


def _peers(those: list[tuple[str, Case, Runs]]) -> list[str]:
    return [peer for peer in PEERS if any(peer in runs for _, _, runs in those)]


def seconds(rows: Rows, kind: str, figure: str) -> str:
    """Tabulate ours, ours to the loop's, and each peer's to ours."""
    those = written(rows, kind)
    peers = _peers(those)
    ours = [one for one in (CCOG, UNSIGNED) if any(one in runs for _, _, runs in those)]
    return markdown(
        [
            "case",
            "ccog, s",
            *(f"{one} / loop" for one in ours),
            *(f"{peer} / ccog" for peer in peers),
        ],
        [
            [
                name,
                _cell(samples.of(runs, CCOG, figure)),
                *(_cell(samples.ratio(runs, one, LOOP, figure)) for one in ours),
                *(_cell(samples.ratio(runs, peer, CCOG, figure)) for peer in peers),
            ]
            for name, _, runs in those
        ],
    )


def memory(rows: Rows, kind: str) -> str:
    """Tabulate the peaks above the start, of a thread in raw chunks."""
    those = written(rows, kind)
    peers = _peers(those)

    def chunks(case: Case, runs: Runs, writer: str) -> str:
        peak = samples.of(runs, writer, "peak_bytes")
        return _median(peak, 1, case.chunk_bytes * threads(case))

    def threads(case: Case) -> int:
        return min(cases.THREADS, case.chunks)

    return markdown(
        ["case", "chunk, MB", "ccog, MB a thread", "ccog", *peers],
        [
            [
                name,
                f"{case.chunk_bytes / 1e6:.0f}",
                _median(samples.of(runs, CCOG, "peak_bytes"), 0, 1e6 * threads(case)),
                *(chunks(case, runs, writer) for writer in (CCOG, *peers)),
            ]
            for name, case, runs in those
        ],
    )


def sizes(rows: Rows, kind: str) -> str:
    """Tabulate megabytes."""
    those = written(rows, kind)
    peers = _peers(those)
    return markdown(
        ["case", "ccog, MB", *(f"{peer}, MB" for peer in peers)],
        [
            [
                name,
                *(
                    _median(samples.of(runs, writer, "size_bytes"), 1, 1e6)
                    for writer in (CCOG, *peers)
                ),
            ]
            for name, _, runs in those
        ],
    )


def _beside(rows: Rows, others: tuple[str, ...], share: Callable[[Runs, str], str]) -> list[Any]:
    lines = []
    for kind in (FILE, S3):
        for name, _, runs in written(rows, kind):
            for other in others:
                if other not in runs:
                    continue
                seconds = [_cell(samples.of(runs, one, "wall_s")) for one in (CCOG, other)]
                cpu = [_median(samples.of(runs, one, "cpu_s")) for one in (CCOG, other)]
                size = [
                    _median(samples.of(runs, one, "size_bytes"), 1, 1e6) for one in (CCOG, other)
                ]
                lines.append([name, kind, other, *seconds, share(runs, other), *cpu, *size])
    return lines


_BESIDE = ("ccog, CPU s", "its CPU s", "ccog, MB", "its MB")


def zarr(rows: Rows) -> str:
    """Tabulate the COG with all overviews beside Zarr without any."""
    lines = _beside(
        rows, ZARRS, lambda runs, zarr: _cell(samples.ratio(runs, CCOG, zarr, "wall_s"))
    )
    return markdown(["case", "to", "beside", "ccog, s", "Zarr, s", "ccog / Zarr", *_BESIDE], lines)


def copies(rows: Rows) -> str:
    """Tabulate writes beside copies of the same bytes."""

    def share(runs: Runs, copy: str) -> str:
        return _cell(samples.ratio(runs, copy, CCOG, "wall_s"))

    lines = _beside(rows, (COPY,), share)
    head = ["case", "to", "beside", "ccog, s", "copy, s", "speed, of the copy's", *_BESIDE]
    return markdown(head, lines)


def options(table: dict[str, Runs]) -> str:
    """Tabulate one option a line: {what is in the first column: runs}."""
    gdal = cases.GDAL
    return markdown(
        ["option", "loop, s", "ccog, s", "GDAL, s", "GDAL / ccog", "CPU, GDAL / ccog", "ccog, MB",
         "GDAL, MB"],
        [
            [
                name,
                *(_median(samples.of(runs, writer, "wall_s")) for writer in (LOOP, CCOG, gdal)),
                *(_median(samples.ratio(runs, gdal, CCOG, one)) for one in ("wall_s", "cpu_s")),
                *(_median(samples.of(runs, one, "size_bytes"), 1, 1e6) for one in (CCOG, gdal)),
            ]
            for name, runs in table.items()
        ],
    )  # fmt: skip
