"""Plots of a report."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import samples
from cases import CCOG, LOOP
from scaling_tables import cost

#: So that two drawings of the same figures are the same file.
plt.rcParams["svg.hashsalt"] = "ccog"
_COLORS = {LOOP: "0.75", CCOG: "tab:blue"}
_OTHERS = ("tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown", "tab:pink", "tab:olive")


def bars(rows: dict[str, dict[str, Any]], kind: str, figure: str, title: str) -> Figure:
    """Draw one figure of all who wrote each row, as a multiple of ccog's."""
    those = {name: row[kind] for name, row in rows.items() if CCOG in row.get(kind, {})}
    writers = list(dict.fromkeys(writer for runs in those.values() for writer in runs))
    colors = dict(zip([one for one in writers if one not in _COLORS], _OTHERS * 2, strict=False))
    colors |= _COLORS
    drawing, axes = plt.subplots(figsize=(9, 0.8 + 1.1 * len(those)), layout="constrained")
    height, seen = 0.85 / max(len(writers), 1), set()
    for at, runs in enumerate(those.values()):
        here = [one for one in writers if samples.of(runs, one, figure) is not None]
        for place, writer in enumerate(here):
            times = samples.ratio(runs, writer, CCOG, figure)
            if times is None:
                continue
            below, above = times.median - times.least, times.most - times.median
            axes.barh(
                at + (place - (len(here) - 1) / 2) * height,
                times.median,
                height * 0.9,
                xerr=[[below], [above]],
                color=colors[writer],
                error_kw={"elinewidth": 0.8},
                label=None if writer in seen else writer,
            )
            seen.add(writer)
    axes.axvline(1, color=_COLORS[CCOG], linewidth=0.8)
    axes.set_yticks(range(len(those)), list(those))
    axes.invert_yaxis()
    axes.set_xlabel("times ccog's")
    axes.set_title(title)
    axes.legend(fontsize="small")
    return drawing


def scaling(report: dict[str, Any]) -> Figure:
    """Draw the cost of a gigapixel over the size."""
    drawing, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    for figure, label in (("cpu_s", "CPU"), ("wall_s", "wall, 2 threads")):
        costs = [cost(figures, figure) for figures in report["sizes"].values()]
        spread = [[c.median - c.least for c in costs], [c.most - c.median for c in costs]]
        at = range(len(costs))
        axes.errorbar(at, [c.median for c in costs], spread, marker="o", capsize=3, label=label)
    axes.set_xticks(range(len(report["sizes"])), list(report["sizes"]))
    axes.set_ylim(bottom=0)
    axes.set_ylabel("seconds a gigapixel")
    axes.legend()
    return drawing


def save(drawing: Figure, path: Path) -> None:
    drawing.savefig(path, metadata={"Date": None})
    plt.close(drawing)


def png(drawing: Figure) -> bytes:
    out = io.BytesIO()
    drawing.savefig(out, dpi=110, format="png")
    plt.close(drawing)
    return out.getvalue()
