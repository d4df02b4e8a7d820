"""What each unit reads of the source's blocks, where those are not the units themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise


@dataclass(frozen=True)
class Reading:
    """What one unit reads of one block, on one axis, in pixels of the level.

    Attributes
    ----------
    block:
        Index of the block.
    begin, end:
        The pixels that are read.
    block_begin, block_end:
        The pixels that the block has.
    home:
        Whether this unit owns more of the block than any other.
    """

    block: int
    begin: int
    end: int
    block_begin: int
    block_end: int
    home: bool

    @property
    def whole(self) -> bool:
        """Whether all of the block is read."""
        return (self.begin, self.end) == (self.block_begin, self.block_end)


def readings(
    sizes_px: Sequence[int], unit_px: int, halo_px: int, before_px: int = 0
) -> list[list[Reading]]:
    """Give the readings of every unit on one axis.

    Parameters
    ----------
    sizes_px:
        Of the blocks; some may have no pixels.
    unit_px:
        Units begin at its multiples.
    halo_px, before_px:
        What a unit may need behind the pixels that it owns, and before them.
    """
    edges = [0, *accumulate(sizes_px)]
    end_px = edges[-1]
    out: list[list[Reading]] = [[] for _ in range(0, end_px, unit_px)]
    for block, (begin, end) in enumerate(pairwise(edges)):
        if begin == end:
            continue
        first = max(0, begin - halo_px) // unit_px
        last = min(end - 1 + before_px, end_px - 1) // unit_px

        def owned_px(unit: int, begin: int = begin, end: int = end) -> int:
            return min(end, (unit + 1) * unit_px) - max(begin, unit * unit_px)

        home = max(range(begin // unit_px, last + 1), key=owned_px)
        for unit in range(first, last + 1):
            read = (
                max(begin, unit * unit_px - before_px),
                min(end, (unit + 1) * unit_px + halo_px),
            )
            if read[0] < read[1]:
                out[unit].append(Reading(block, *read, begin, end, unit == home))
    return out


def travels_whole(row: Reading, column: Reading) -> bool:
    """Whether the unit gets the block itself rather than what a task of its own cuts from it.

    A block goes whole to one unit, the one that reads most of it: that saves a task a block, and
    what the unit does not need of it is less than what it does.
    """
    return (row.whole and column.whole) or (row.home and column.home)


def count_cuts(rows: Sequence[Sequence[Reading]], columns: Sequence[Sequence[Reading]]) -> int:
    """Count the pairs that do not travel whole."""
    return _sum_cuts(rows, columns, lambda _: 1)


def count_cut_px(rows: Sequence[Sequence[Reading]], columns: Sequence[Sequence[Reading]]) -> int:
    """Count the pixels of the pairs that do not travel whole."""
    return _sum_cuts(rows, columns, lambda reading: reading.end - reading.begin)


def _sum_cuts(
    rows: Sequence[Sequence[Reading]],
    columns: Sequence[Sequence[Reading]],
    measure: Callable[[Reading], int],
) -> int:
    """Sum over the pairs that do not travel whole what is the product of both readings' measures.

    Without a look at each pair, of which there may be millions.
    """
    pairs, whole, home, both = 1, 1, 1, 1
    for axis in (rows, columns):
        flat = [(reading, measure(reading)) for unit in axis for reading in unit]
        pairs *= sum(m for _, m in flat)
        whole *= sum(m for reading, m in flat if reading.whole)
        home *= sum(m for reading, m in flat if reading.home)
        both *= sum(m for reading, m in flat if reading.whole and reading.home)
    return pairs - (whole + home - both)
