"""A plot of memory over time, as a small SVG."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

from memory_log import Samples

_POINTS = 240


def _binned(samples: Samples, name: str) -> tuple[list[float], list[float]]:
    """Give the largest of each stretch of time, so that no peak is lost."""
    times_s: list[float] = []
    mib: list[float] = []
    step = max(1, -(-len(samples) // _POINTS))
    for begin in range(0, len(samples), step):
        some = [(at_s, now[name]) for at_s, now in samples[begin : begin + step] if name in now]
        if some:
            times_s.append(some[0][0])
            mib.append(round(max(size for _, size in some) / 2**20, 1))
    return times_s, mib


def draw(samples: Samples, bound_bytes: int, title: str, path: Path) -> None:
    """Draw all processes, and the bound of a worker."""
    mpl.use("svg")
    # The same samples make the same file.
    mpl.rcParams.update({"svg.hashsalt": "ccog", "svg.fonttype": "none", "path.simplify": True})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    for name in samples[0][1]:
        axes.plot(*_binned(samples, name), label=name, linewidth=1)
    axes.axhline(bound_bytes / 2**20, color="black", linestyle="--", linewidth=0.8)
    axes.annotate("bound of a worker", (0, bound_bytes / 2**20), fontsize=8, va="top")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(title=title, xlabel="seconds", ylabel="MiB in memory", ylim=64)
    figure.legend(fontsize=8, loc="outside right upper")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
