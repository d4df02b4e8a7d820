"""Compare writers of COGs with the work that none can do without; `./dev bench` runs this."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cases
import contestants
import uploads
from cases import Case

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "python" / "oracle"))
from same_libraries import preloaded  # noqa: E402 - which is there

FOLDER = ROOT / "build" / "bench"
RESULTS = ROOT / "bench" / "results"
BASELINE = "codec-only loop (C++)"
OPTION_WRITERS = ("ccog", "GDAL COG driver")


def measure(case: Case, writer: str, quick: bool, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run one writer once, in a process of its own."""
    raw = cases.raw_file(case, FOLDER)
    if writer == BASELINE:
        command = [
            str(ROOT / "build" / "release" / "codec_loop"),
            *(str(raw), case.dtype, str(case.bands), str(case.size_px), str(case.size_px)),
            *(case.resampling, case.compress, str(case.level or 0), str(case.predictor)),
            *(str(case.options.get(name, 0)) for name in ("quality", "max_z_error")),
        ]
    else:
        program = str(Path(contestants.__file__))
        size = "quick" if quick else "whole"
        command = [sys.executable, program, case.name, writer, size, str(FOLDER)]
    # A second level of threads below the two would measure something else.
    environment = {**environment, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{writer} failed on {case.name}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the median of every figure; None stays None."""
    return {
        name: None if runs[0][name] is None else statistics.median(run[name] for run in runs)
        for name in runs[0]
    }


def table(case: Case, results: dict[str, dict[str, Any]]) -> str:
    """Make the Markdown table of one case."""
    base = results[BASELINE]
    shape = f"{case.bands} × {case.size_px}² {case.dtype}"
    lines = [
        f"{case.name}: {shape}, {case.compress} {case.level}, predictor {case.predictor}, "
        f"chunks of {case.chunk_px}² ({case.chunk_bytes / 1e6:.0f} MB), {cases.THREADS} threads",
        "",
        "| writer | wall s | × | CPU s | × | peak memory MB | chunks a thread | tasks a chunk "
        "| file MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for writer, result in results.items():
        cells = [
            writer,
            f"{result['wall_s']:.2f}",
            f"{result['wall_s'] / base['wall_s']:.2f}",
            f"{result['cpu_s']:.2f}",
            f"{result['cpu_s'] / base['cpu_s']:.2f}",
        ]
        if peak_bytes := result.get("peak_bytes"):
            cells.append(f"{peak_bytes / 1e6:.0f}")
            cells.append(f"{peak_bytes / case.chunk_bytes / cases.THREADS:.1f}")
        else:
            cells += ["", ""]
        tasks = result.get("tasks_per_chunk")
        cells.append("" if tasks is None else f"{tasks:.2f}")
        cells.append(f"{result['size_bytes'] / 1e6:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def paired_ratio(runs: dict[str, list[dict[str, Any]]], figure: str) -> float:
    """Give the median of ccog's figure to GDAL's, each run with the one beside it."""
    pairs = zip(*(runs[writer] for writer in OPTION_WRITERS), strict=True)
    return statistics.median(ours[figure] / gdals[figure] for ours, gdals in pairs)


def option_table(heading: str, results: dict[str, dict[str, Any]]) -> str:
    """Make the Markdown table of options: {row: what `in_turns` returns}."""
    lines = [
        heading,
        "",
        "| option | loop | ccog | GDAL | ccog / GDAL | CPU, ccog / GDAL | MB, ccog | MB, GDAL |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row, result in results.items():
        by_writer = [result["medians"][writer] for writer in (BASELINE, *OPTION_WRITERS)]
        cells = [
            row,
            *(f"{figures['wall_s']:.2f}" for figures in by_writer),
            *(f"{paired_ratio(result['runs'], name):.2f}" for name in ("wall_s", "cpu_s")),
            *(f"{figures['size_bytes'] / 1e6:.1f}" for figures in by_writer[1:]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def in_turns(
    case: Case,
    writers: list[str],
    runs: int,
    quick: bool,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Measure all writers; every run, and the median of each writer."""
    measured: dict[str, list[dict[str, Any]]] = {writer: [] for writer in writers}
    for run in range(runs):
        # Taking turns, so that a slow minute of the machine falls on all of them.
        for writer in writers:
            print(f"{case.name}, run {run + 1} of {runs}: {writer}", file=sys.stderr)
            measured[writer].append(measure(case, writer, quick, environment))
    return {
        "medians": {writer: medians(list_) for writer, list_ in measured.items()},
        "runs": measured,
    }


def machine() -> dict[str, str]:
    """Say where and with what the figures were measured."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    packages = ("ccog", "dask", "numpy", "odc-geo", "rasterio", "rioxarray", "xarray")
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    } | versions


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rasters, one run")
    parser.add_argument("--runs", type=int, help="runs a writer, of which the median counts")
    parser.add_argument("--case", action="append", choices=list(cases.cases(True)))
    parser.add_argument("--writer", action="append", choices=list(contestants.WRITERS))
    parser.add_argument(
        "--table", action="append", choices=["cases", "upload", *cases.option_cases(True)]
    )
    parser.add_argument("--option", action="append", help="rows of those tables, such as LZW")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    runs = args.runs or (1 if args.quick else 3)
    tables = args.table or (
        ["cases"] if args.case else ["cases", "upload", *cases.option_cases(True)]
    )
    report: dict[str, Any] = {"machine": machine(), "runs": runs, "cases": {}, "options": {}}
    if "cases" in tables:
        writers = [BASELINE, *(args.writer or contestants.WRITERS)]
        chosen = cases.cases(args.quick)
        for name in args.case or chosen:
            result = report["cases"][name] = in_turns(chosen[name], writers, runs, args.quick)
            print(f"\n{table(chosen[name], result['medians'])}\n", flush=True)
    if "upload" in tables:
        report["upload"] = uploads.compare(runs, args.quick)
        print(f"\n{uploads.table(report['upload'])}\n", flush=True)
    # Releases of a codec library differ in speed: here it is the writers that are compared.
    same = preloaded()
    libraries = "their own" if same is None else "the same"
    for title, rows in cases.option_cases(args.quick).items():
        if title not in tables:
            continue
        results = {
            row: in_turns(case, [BASELINE, *OPTION_WRITERS], runs, args.quick, same or os.environ)
            for row, case in rows.items()
            if row in (args.option or rows)
        }
        report["options"][title] = results
        heading = (
            f"{title}: loop, ccog and GDAL's COG driver with {libraries} codec libraries, "
            f"{cases.THREADS} threads; wall s; medians of {runs}"
        )
        print(f"\n{option_table(heading, results)}\n", flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    path = RESULTS / f"{stamp}{'-quick' if args.quick else ''}.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    print(f"every run is in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
