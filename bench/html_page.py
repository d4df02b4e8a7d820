"""One HTML page of a report, with its plots in it."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import performance_page
import plots
from cases import CCOG
from targets import FILE, S3

_STYLE = """
body { font: 15px sans-serif; max-width: 70em; margin: 2em auto }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px }
td, th { padding: .2em .6em; border-bottom: 1px solid #ddd; text-align: right }
td:first-child, th:first-child { text-align: left }
img { max-width: 100% }
"""
_FIGURES = {
    "wall_s": "Wall time",
    "cpu_s": "CPU",
    "peak_bytes": "Peak memory",
    "size_bytes": "Bytes",
}


def write(path: Path, report: dict[str, Any]) -> None:
    """Write it; nothing in it refers to another file."""
    body = [_markdown(performance_page.text(report))]
    for kind in (FILE, S3):
        rows = {name: row for name, row in report["rows"].items() if CCOG in row.get(kind, {})}
        for figure, title in _FIGURES.items() if rows else ():
            body.append(_image(plots.bars(rows, kind, figure, f"{title}, to {kind}")))
    if "scaling" in report:
        body.append(_image(plots.scaling(report["scaling"])))
    text = "\n".join(body)
    path.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>ccog: performance</title>"
        f"<style>{_STYLE}</style><body><h1>Performance</h1>{text}</body></html>\n"
    )


def _image(drawing: Figure) -> str:
    data = base64.b64encode(plots.png(drawing)).decode()
    return f'<img alt="plot" src="data:image/png;base64,{data}">'


def _markdown(text: str) -> str:
    """Turn headings, tables and paragraphs, which is all there is, into HTML."""
    out = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if not lines or lines[0].startswith("!["):
            continue
        if lines[0].startswith("## "):
            out.append(f"<h2>{html.escape(lines[0][3:])}</h2>")
        elif lines[0].startswith("| "):
            rows = [line.strip("| ").split(" | ") for line in lines]
            cells = [(row, "th" if at == 0 else "td") for at, row in enumerate(rows) if at != 1]
            out.append("<table>" + "".join(_row(row, tag) for row, tag in cells) + "</table>")
        else:
            out.append(f"<p>{html.escape(' '.join(lines).strip('*'))}</p>")
    return "\n".join(out)


def _row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"
