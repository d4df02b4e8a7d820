"""What README.md says of speed: one table, one plot, and what else bounds are set for."""

from __future__ import annotations

from typing import Any

import cases
import samples
import tables
from cases import CCOG, COPY, LOOP, UNSIGNED
from samples import Runs
from tables import Rows
from targets import FILE, S3

#: A peer that takes less than so many times our time is named, for it is near or ahead.
_NEAR = 1.05
#: Bound of a thread's memory: so many raw chunks, and so many bytes.
_CHUNKS, _BYTES = 2, 64 << 20


def promised(rows: Rows) -> Rows:
    """Give the rows that bounds are set for."""
    return {name: rows[name] for name, row in cases.rows().items() if row.promised and name in rows}


def section(report: dict[str, Any], plot: str) -> str:
    """Make the section; nothing where none of its rows was measured."""
    rows = promised(report["rows"])
    if not rows:
        return ""
    lines = [_near(rows), _loop(rows), _zarr(rows), _copies(rows), _memory(report["rows"])]
    return (
        f"{_head(report)}\n\n{_table(rows)}\n\n![wall time, times ccog's]({plot})\n\n"
        + "\n".join(f"- {line}" for line in lines if line)
    )


def _head(report: dict[str, Any]) -> str:
    machine = report["machine"]
    written = [row[FILE] for row in report["rows"].values() if FILE in row]
    runs = max(len(figures["wall_s"]) for row in written for figures in row.values())
    return (
        f"Wall seconds of whole writes to a local file, two threads on {machine['cores']} cores "
        f"({machine['cpu']}), medians of up to {runs}\nruns taken in turns, as "
        "`./dev bench --docs` measured them ([how, and all of it](docs/performance.md)). The codec "
        "loop is the work that nobody\ncan do without, in C++ with the library's own code: read, "
        "reduce, predict, compress, discard."
    )


def _table(rows: Rows) -> str:
    every = (LOOP, CCOG, *tables.PEERS)
    writers = [one for one in every if any(one in row.get(FILE, {}) for row in rows.values())]

    def seconds(runs: Runs, writer: str) -> str:
        found = samples.of(runs, writer, "wall_s")
        return "" if found is None else f"{found.median:.2f}"

    return tables.markdown(
        ["raster, codec, overviews, chunks", *writers],
        [
            [name, *(seconds(row.get(FILE, {}), one) for one in writers)]
            for name, row in rows.items()
        ],
    )


def _near(rows: Rows) -> str:
    """Name the peers that are near or ahead, at either target."""
    found = []
    for name, row in rows.items():
        for kind in (FILE, S3):
            for peer in tables.PEERS:
                times = samples.ratio(row.get(kind, {}), peer, CCOG, "wall_s")
                if times is not None and times.median < _NEAR:
                    found.append(f"{peer} on {name} to {_to(kind)} ({times.median:.2f} ×)")
    if not found:
        return f"No peer takes less than {_NEAR} times ccog's wall time on any of these rows."
    return f"Near or ahead, with less than {_NEAR} times ccog's wall time: {', '.join(found)}."


def _to(kind: str) -> str:
    return "a file" if kind == FILE else "S3"


def _loop(rows: Rows) -> str:
    signed, unsigned = _times_loop(rows, CCOG), _times_loop(rows, UNSIGNED)
    if not signed:
        return ""
    beside = f"; with payloads unsigned {unsigned}" if unsigned else ""
    return f"CPU of a write to an S3 server on this machine, over the loop's: {signed}{beside}."


def _times_loop(rows: Rows, writer: str) -> str:
    """List the CPU of a writer over the loop's, of the rows that are compressed."""
    return ", ".join(
        f"{times.median:.2f} ({name})"
        for name, row in rows.items()
        if (times := samples.ratio(row.get(S3, {}), writer, LOOP, "cpu_s")) is not None
        and cases.rows()[name].case.compress != "NONE"
    )


def _zarr(rows: Rows) -> str:
    found = [
        f"{times.median:.2f} of {zarr} to {_to(kind)}"
        for kind in (FILE, S3)
        for row in rows.values()
        for zarr in tables.ZARRS
        if (times := samples.ratio(row.get(kind, {}), CCOG, zarr, "wall_s")) is not None
    ]
    if not found:
        return ""
    return (
        "Wall time with all overviews, beside `xarray.to_zarr` of the same terrain in the same "
        f"chunks without any: {', '.join(found)}."
    )


def _copies(rows: Rows) -> str:
    found = [
        f"{100 * times.median:.0f} % to {_to(kind)}"
        for kind in (FILE, S3)
        for row in rows.values()
        if (times := samples.ratio(row.get(kind, {}), COPY, CCOG, "wall_s")) is not None
    ]
    if not found:
        return ""
    return f"COMPRESS=NONE, of the speed of a plain copy of the same bytes: {', '.join(found)}."


def _memory(rows: Rows) -> str:
    """Count the rows that keep to the bound."""
    kept, most, count = 0, 0.0, 0
    for _, case, runs in (one for kind in (FILE, S3) for one in tables.written(rows, kind)):
        peak = samples.of(runs, CCOG, "peak_bytes")
        if peak is None:
            continue
        a_thread = peak.median / min(cases.THREADS, case.chunks)
        count += 1
        kept += a_thread <= _CHUNKS * case.chunk_bytes + _BYTES
        most = max(most, a_thread / (_CHUNKS * case.chunk_bytes + _BYTES))
    if not count:
        return ""
    return (
        f"Peak memory of a thread is within {_CHUNKS} raw chunks and {_BYTES >> 20} MiB in {kept} "
        f"of {count} rows of all tables; the most is {most:.2f} of that."
    )
