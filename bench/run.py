"""Compare writers of COGs with the work that none can do without; `./dev bench` runs this.

It measures rows (`cases.py`), tables of options, uploads, kernels and scaling, prints Markdown, and
leaves JSON and an HTML page in bench/results.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import cases
import html_page
import kernel_table
import performance_page
import reports
import scaling_cost
import uploads
from cases import Row
from measure import in_turns, row_in_turns
from option_rows import option_rows
from samples import Runs
from targets import ROOT
from writers import WRITERS

sys.path.append(str(ROOT / "tests" / "python" / "oracle"))
from same_libraries import preloaded

RESULTS = ROOT / "bench" / "results"
#: `--rows promised` and `--rows others` are the two halves of the rows.
SECTIONS = ("promised", "others", "options", "upload", "kernels", "scaling")
#: Runs of the promised rows, and of all else.
RUNS, RUNS_OF_OTHERS = 5, 3

_Out = TypeVar("_Out")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rasters, one run, for a look")
    parser.add_argument("--rows", action="append", choices=SECTIONS, help="these alone")
    parser.add_argument("--case", action="append", help="rows whose names contain this")
    parser.add_argument("--writer", action="append", choices=[cases.LOOP, cases.COPY, *WRITERS])
    parser.add_argument("--runs", type=int, help=f"runs a writer, for {RUNS} of the promised rows")
    parser.add_argument("--runs-of-others", type=int, help=f"for {RUNS_OF_OTHERS} of the others")
    parser.add_argument("--largest", action="store_true", help="scaling up to 65536², 8.6 GB")
    parser.add_argument("--measured", type=Path, metavar="OLD.json", help="in place of measuring")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="print what changed")
    parser.add_argument("--docs", action="store_true", help="put figures and plots into docs/")
    return parser.parse_args()


def measured_rows(args: argparse.Namespace, sections: list[str]) -> Iterator[tuple[str, Any]]:
    """Measure the chosen rows."""

    def is_chosen(row: Row) -> bool:
        wanted = ("promised" if row.promised else "others") in sections
        return wanted and any(part in row.case.name for part in args.case or [""])

    def measured(row: Row) -> dict[str, Any]:
        row = row.quick() if args.quick else row
        return row_in_turns(row, args.writer, _runs(args, row.promised))

    rows = {name: row for name, row in cases.rows().items() if is_chosen(row)}
    return zip(rows, _each(args, measured, list(rows.values())), strict=True)


def _runs(args: argparse.Namespace, promised: bool) -> int:
    if promised:
        return args.runs or (1 if args.quick else RUNS)
    return args.runs_of_others or (1 if args.quick else RUNS_OF_OTHERS)


def measured_options(args: argparse.Namespace) -> Iterator[tuple[tuple[str, str], Runs]]:
    """Measure each option; releases of a codec library differ in speed, so all have the same."""
    environment = preloaded() or os.environ
    chosen = {
        (title, name): row.quick() if args.quick else row
        for title, rows in option_rows().items()
        for name, row in rows.items()
        if any(part in f"{title} {name}" for part in args.case or [""])
    }

    def measured(row: Row) -> Runs:
        return in_turns(row.case, list(row.files), _runs(args, False), environment=environment)

    return zip(chosen, _each(args, measured, list(chosen.values())), strict=True)


def _each(
    args: argparse.Namespace, measured: Callable[[Row], _Out], rows: list[Row]
) -> Iterator[_Out]:
    """Measure one after the other; where times do not count, one imports while another writes."""
    with ThreadPoolExecutor(2 if args.quick else 1) as pool:
        yield from pool.map(measured, rows)


def measured_report(args: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Measure what was chosen, and keep what there is whenever something more is measured."""
    sections = args.rows or [one for one in SECTIONS if not args.case or one in SECTIONS[:2]]
    report: dict[str, Any] = {"machine": reports.machine(), "rows": {}}
    for name, row in measured_rows(args, sections):
        report["rows"][name] = row
        reports.save(path, report)
    if "options" in sections:
        for (title, name), runs in measured_options(args):
            report.setdefault("options", {}).setdefault(title, {})[name] = runs
            reports.save(path, report)
    if "upload" in sections:
        report["upload"] = uploads.compare(_runs(args, False), args.quick)
    if "kernels" in sections:
        report["kernels"] = kernel_table.measure(args.quick)
    if "scaling" in sections:
        report["scaling"] = scaling_cost.measure(_runs(args, False), args.quick, args.largest)
    reports.save(path, report)
    return report


def main() -> None:
    args = arguments()
    RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    path = args.measured or RESULTS / f"{stamp}{'-quick' if args.quick else ''}.json"
    report = reports.load(path) if args.measured else measured_report(args, path)
    print(performance_page.text(report))
    if "upload" in report:
        print(f"\n## upload\n\n{uploads.table(report['upload'])}")
    page = RESULTS / f"{path.stem}.html"
    html_page.write(page, report)
    print(f"\nevery run is in {path}, the plots in {page}")
    if args.compare:
        print(*reports.changes(reports.load(args.compare), report), sep="\n")
    if args.docs:
        performance_page.document(report)


if __name__ == "__main__":
    main()
