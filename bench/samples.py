"""What the runs of a row come to: medians, spreads, and ratios of neighbouring runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

#: {writer: {figure: what each run had}}; a figure that a writer does not have is None.
Runs = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Sample:
    """The median of some runs, and how far they lie apart."""

    median: float
    least: float
    most: float

    @property
    def spread(self) -> float:
        return self.most - self.least

    def text(self, digits: int = 2) -> str:
        """Give the median and, where there was more than one run, the extremes."""
        if self.spread == 0:
            return f"{self.median:.{digits}f}"
        return f"{self.median:.{digits}f} ({self.least:.{digits}f}..{self.most:.{digits}f})"


def sample(values: Sequence[float]) -> Sample:
    return Sample(statistics.median(values), min(values), max(values))


def of(runs: Runs, writer: str, figure: str) -> Sample | None:
    """Summarize one figure of one writer; None if it has none."""
    values = runs.get(writer, {}).get(figure)
    return sample(values) if values and values[0] is not None else None


def ratio(runs: Runs, writer: str, other: str, figure: str) -> Sample | None:
    """Divide pair by pair, each run by the one beside it."""
    if of(runs, writer, figure) is None or of(runs, other, figure) is None:
        return None
    pairs = zip(runs[writer][figure], runs[other][figure], strict=True)
    return sample([mine / theirs for mine, theirs in pairs])
