"""What README.md and docs/performance.md say of speed, made of docs/performance.json."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import kernel_table
import marked
import readme_section
import reports
import scaling_tables
import tables
from readme_section import promised
from tables import Rows
from targets import FILE, ROOT, S3

DOCS = ROOT / "docs"
REPORT = DOCS / "performance.json"
PAGE, README = DOCS / "performance.md", ROOT / "README.md"
COMMAND = "./dev bench --docs"
PLOT, SCALING_PLOT = DOCS / "performance.svg", DOCS / "performance-scaling.svg"


def _figures(rows: Rows, kind: str) -> str:
    parts = {
        "Wall time": tables.seconds(rows, kind, "wall_s"),
        "CPU": tables.seconds(rows, kind, "cpu_s"),
        "Peak memory of a thread, in raw chunks": tables.memory(rows, kind),
        "Bytes": tables.sizes(rows, kind),
    }
    return "\n\n".join(f"**{title}**\n\n{table}" for title, table in parts.items())


def _machine(report: dict[str, Any]) -> str:
    machine = dict(report["machine"])
    where = f"{machine.pop('cpu')}, {machine.pop('cores')} cores; S3: {machine.pop('server')}"
    return (
        f"{machine.pop('taken')}: {where}; "
        + ", ".join(f"{name} {version}" for name, version in machine.items())
        + "."
    )


def _options(report: dict[str, Any]) -> str:
    found = report.get("options", {})
    return "\n\n".join(f"**{title}**\n\n{tables.options(table)}" for title, table in found.items())


def _scaling(report: dict[str, Any]) -> str:
    if "scaling" not in report:
        return ""
    sizes, crews = (
        make(report["scaling"]) for make in (scaling_tables.sizes, scaling_tables.crews)
    )
    return f"{sizes}\n\n![cost of a gigapixel over size]({SCALING_PLOT.name})\n\n{crews}"


#: What is between which markers of which page.
SECTIONS: dict[tuple[Path, str], Callable[[dict[str, Any]], str]] = {
    (README, "performance"): lambda report: readme_section.section(report, f"docs/{PLOT.name}"),
    (PAGE, "machine"): _machine,
    (PAGE, "files"): lambda report: _figures(report["rows"], FILE),
    (PAGE, "options"): _options,
    (PAGE, "objects"): lambda report: _figures(report["rows"], S3),
    (PAGE, "copies"): lambda report: tables.copies(report["rows"]),
    (PAGE, "Zarr"): lambda report: tables.zarr(report["rows"]),
    (PAGE, "kernels"): lambda report: kernel_table.table(report.get("kernels", [])),
    (PAGE, "scaling"): _scaling,
}


def between(made: str) -> str:
    """Set a section off from its markers."""
    return f"\n{made}\n\n"


def text(report: dict[str, Any]) -> str:
    """Make all sections, one below the other."""
    made = [f"## {name}\n\n{make(report)}" for (_, name), make in SECTIONS.items()]
    return "\n\n".join(made)


def document(report: dict[str, Any]) -> None:
    """Put what was measured into the report that is kept, and that into the pages and plots."""
    import plots  # which takes matplotlib, as the rest does not

    kept = reports.merged(reports.load(REPORT), report)
    reports.save(REPORT, kept)
    kept = reports.load(REPORT)
    for (page, name), make in SECTIONS.items():
        marked.replace(page, name, COMMAND, between(make(kept)))
    plots.save(plots.bars(promised(kept["rows"]), FILE, "wall_s", "Wall time to a file"), PLOT)
    if "scaling" in kept:
        plots.save(plots.scaling(kept["scaling"]), SCALING_PLOT)
