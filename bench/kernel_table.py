"""Run the benchmark of kernels and make a table of their bandwidth beside that of memcpy."""

import json
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parent.parent / "build/release/kernels"
SETS = ("tile", "chunk")

# Below this share of memcpy's bandwidth the table says what bounds a kernel.
GOOD_PERCENT = 70


def measure(quick: bool) -> list[dict[str, Any]]:
    """Measure every kernel; a row for each kernel and type, both working sets in it."""
    seconds = 0.01 if quick else 0.1  # of each kernel; memcpy takes its turns beside it
    output = subprocess.run(
        [PROGRAM, f"--benchmark_min_time={seconds}", "--benchmark_format=json"],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for run in json.loads(output)["benchmarks"]:
        kernel, dtype, working_set, _ = run["name"].split("/")
        row = rows.setdefault(
            (kernel, dtype), {"kernel": kernel, "dtype": dtype, "bound": run.get("label", "")}
        )
        row[working_set] = {
            key: run[key] for key in ("GB/s", "memcpy GB/s", "% of memcpy", "GFLOP/s") if key in run
        }
    return list(rows.values())


def table(report: list[dict[str, Any]]) -> str:
    """Make the Markdown table."""
    lines = [
        "| kernel | type | tile, GB/s | memcpy | % | chunk, GB/s | memcpy | % | what bounds it |",
        "|---|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in report:
        cells = [row["kernel"], row["dtype"]]
        for name in SETS:
            figures = row[name]
            cells += [f"{figures['GB/s']:.1f}", f"{figures['memcpy GB/s']:.0f}"]
            cells.append(f"{figures['% of memcpy']:.0f}")
        slow = min(row[name]["% of memcpy"] for name in SETS) < GOOD_PERCENT
        bound = row["bound"] if slow else ""
        if "GFLOP/s" in row["tile"]:
            bound += f": {row['tile']['GFLOP/s']:.1f} GFLOP/s"
        lines.append(f"| {' | '.join([*cells, bound])} |")
    return "\n".join(lines)
