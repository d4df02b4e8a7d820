"""Units of several chunks, where part numbers are short and that moves fewer bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ccog import _core
from ccog._source import pixel_bytes
from ccog.errors import LimitError

#: Groups of units that are larger than so many of the smallest parts are so for want of numbers.
_USEFUL_PARTS = 8


def with_fewest_moved(plan: _core.WritePlan, arguments: Mapping[str, Any]) -> _core.WritePlan:
    """Give the plan, or one with larger units; see docs/decisions/0007.

    What a group of units has encoded goes up the merge tree together until it is a part. A larger
    unit gets chunks as they are, and puts the part by itself. It is taken where it moves less and
    no task needs more memory than before, or than `max_task_bytes`.
    """
    if not _lacks_numbers(plan):
        return plan
    bounds = _core.ClusterBounds(plan)
    most_bytes = arguments["max_task_bytes"] or bounds.peak_task_bytes
    best, fewest_bytes = plan, _moved_bytes(plan, bounds, 1)
    for times, other in _larger(arguments):
        bounds = _core.ClusterBounds(other)
        moved_bytes = _moved_bytes(other, bounds, times)
        if bounds.peak_task_bytes <= most_bytes and moved_bytes < fewest_bytes:
            best, fewest_bytes = other, moved_bytes
    return best


def _lacks_numbers(plan: _core.WritePlan) -> bool:
    """Whether several units share a number that would be of use to each."""
    if plan.numbers_per_group == 0 or plan.row_major:
        return False
    rows, columns = plan.stages[0].grid
    groups = (plan.part_numbers - 2) // plan.numbers_per_group
    tile_bytes = plan.planned_object_bytes - plan.worst_header_bytes
    useful_bytes = _USEFUL_PARTS * plan.arguments["limits"].min_part_bytes
    return tile_bytes > groups * useful_bytes and 2 * groups < rows * columns


def _larger(arguments: Mapping[str, Any]) -> Iterator[tuple[int, _core.WritePlan]]:
    """Make plans of units of 2 x 2 chunks, 4 x 4, ... as long as there can be one."""
    height, width = arguments["source_chunk_px"]
    times = 2
    while times * min(height, width) < max(arguments["image_px"]):
        chunk_px = (times * height, times * width)
        try:
            yield times, _core.WritePlan(**{**arguments, "source_chunk_px": chunk_px})
        except LimitError:
            return
        times *= 2


def _moved_bytes(plan: _core.WritePlan, bounds: _core.ClusterBounds, times: int) -> float:
    """Count what moves: all that tasks hand on, and of each unit's chunks all but one."""
    height, width = plan.levels[0]
    image_bytes = height * width * pixel_bytes(plan)
    # A ratio that the plan relies on is among its bounds already.
    ratio = 1.0 if plan.relies_on_ratio else plan.arguments["assume_ratio"] or 1.0
    return float(image_bytes * (1 - 1 / times**2) + bounds.moved_bytes * ratio)
