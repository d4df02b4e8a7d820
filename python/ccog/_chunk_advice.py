"""What chunks and tiles would suit each other better, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccog import _core, _graph
from ccog._alternatives import (
    LARGEST_TILE_PX,
    changed,
    halving_chunk_px,
    power_of_two_near,
    size_text,
)
from ccog._source import Blocks, chunks_of, unit_bytes
from ccog._table import bytes_text

#: A scheduler handles this many tasks with ease.
_MANY_TASKS = 200_000


def of_chunks(plan: _core.WritePlan, blocks: Blocks) -> Iterator[str]:
    """Say where chunks are no units, do not halve, or are too many."""
    stage = plan.stages[0]
    unit = size_text(stage.unit_px)
    count = stage.grid[0] * stage.grid[1]
    chunk_px = max(blocks.heights_px), max(blocks.widths_px)
    whole = all(size % px == 0 for size, px in zip(stage.unit_px, chunk_px, strict=True))
    if whole and chunk_px != stage.unit_px:
        yield (
            f"part numbers are short, so that a task encodes {unit} pixels, several chunks: chunks "
            "of that size would not have to be moved to one another"
        )
    elif not _graph.are_units(blocks, stage):
        moved = bytes_text(_graph.cut_bytes(plan, blocks))
        yield (
            f"chunks of {size_text(chunk_px)} pixels are not the {unit} that tasks encode, so that "
            f"{moved} of pixels are cut and moved: chunks of {unit} need none of that"
        )
    if not _halves(stage) and plan.tile_px == _shared_tile_px(plan):
        better = size_text(halving_chunk_px(plan, stage.unit_px, plan.tile_px))
        if better != unit:
            yield (
                f"chunks of {unit} pixels do not halve into whole tiles, so that each level takes "
                f"tasks of its own: those of {better} halve"
            )
    if count > _MANY_TASKS:
        yield (
            f"{count} chunks of {bytes_text(unit_bytes(plan))} make as many tasks and more, which "
            "is much for Dask's scheduler: larger chunks make fewer"
        )


def of_tiles(plan: _core.WritePlan, blocks: Blocks) -> Iterator[str]:
    """Say where overviews have tiles of another size, so that few chunks are whole ones of both."""
    stage = plan.stages[0]
    tile_px = _shared_tile_px(plan)
    if tile_px == plan.tile_px or (_halves(stage) and _graph.are_units(blocks, stage)):
        return
    chunk_px = halving_chunk_px(plan, stage.unit_px, tile_px)
    there = changed(plan, tile_px=tile_px, source_chunk_px=chunk_px)
    if there is None:
        return
    units = Blocks((), *map(chunks_of, plan.levels[0], there.stages[0].unit_px))
    here_costs, there_costs = _costs(plan, blocks), _costs(there, units)
    if there_costs < here_costs:
        (tasks, task_bytes), (better_tasks, better_bytes) = here_costs, there_costs
        yield (
            f"BLOCKSIZE={plan.tile_px} is no power of two, so that overviews have tiles of another "
            f"size and few chunks are whole tiles of both, which takes {tasks} tasks of up to "
            f"{bytes_text(task_bytes)}: BLOCKSIZE={tile_px} and chunks of {size_text(chunk_px)} "
            f"take {better_tasks} of up to {bytes_text(better_bytes)}"
        )


def _costs(plan: _core.WritePlan, blocks: Blocks) -> tuple[int, int]:
    """Count tasks, and bytes that one of them may need."""
    return _graph.count_tasks(plan, blocks), _core.ClusterBounds(plan).peak_task_bytes


def _halves(stage: Any) -> bool:
    """Whether a unit makes more than one level, or is the only one."""
    return bool(
        not stage.hands_on
        or stage.last_level > stage.first_level
        or stage.grid[0] * stage.grid[1] == 1
    )


def _shared_tile_px(plan: _core.WritePlan) -> int:
    """Give the size nearest to that of the tiles which overviews have too: a power of two."""
    return min(LARGEST_TILE_PX, power_of_two_near(plan.tile_px))
