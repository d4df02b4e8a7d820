"""Tables of `scaling_cost.py`."""

from __future__ import annotations

from typing import Any

import samples
from samples import Sample
from tables import markdown

_GIGA = 1e9


def cost(figures: dict[str, list[float]], name: str) -> Sample:
    """Seconds a gigapixel."""
    pairs = zip(figures[name], figures["pixels"], strict=True)
    return samples.sample([seconds / pixels * _GIGA for seconds, pixels in pairs])


def sizes(report: dict[str, Any]) -> str:
    return markdown(
        ["image", "wall, s", "wall s a gigapixel", "CPU s a gigapixel", "GB raw", "GB written"],
        [
            [
                name,
                samples.sample(figures["wall_s"]).text(),
                cost(figures, "wall_s").text(1),
                cost(figures, "cpu_s").text(1),
                f"{2 * figures['pixels'][0] / _GIGA:.2f}",
                f"{figures['size_bytes'][0] / _GIGA:.2f}",
            ]
            for name, figures in report["sizes"].items()
        ],
    )


def crews(report: dict[str, Any]) -> str:
    first = next(iter(report["crews"]))
    return markdown(
        ["who", "wall, s", "times as fast as one thread", "CPU s a gigapixel"],
        [
            [
                name,
                samples.sample(figures["wall_s"]).text(),
                speed.text()
                if (speed := samples.ratio(report["crews"], first, name, "wall_s"))
                else "",
                cost(figures, "cpu_s").text(1),
            ]
            for name, figures in report["crews"].items()
        ],
    )
