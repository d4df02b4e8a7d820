"""Tasks that cut from the source's blocks what units read, where the blocks are not the units."""

from __future__ import annotations

from itertools import product
from typing import Any

from dask._task_spec import Task, TaskRef

from ccog._overlap import Reading, count_cut_px, count_cuts, readings, travels_whole
from ccog._patch import Place, cut
from ccog._source import Blocks
from ccog._unit_source import Graph, Key, UnitSource


def add(graph: Graph, stage: Any, blocks: Blocks, token: str) -> dict[tuple[int, int], UnitSource]:
    """Add a task for each part of a block that a unit reads, halos included; say who reads what."""
    sources: dict[tuple[int, int], UnitSource] = {}
    rows, columns = _readings_of(blocks, stage)
    for row, reading_rows in enumerate(rows):
        for column, reading_columns in enumerate(columns):
            keys: list[Key] = []
            places: list[Place] = []
            patches: list[Key] = []
            for y, x in product(reading_rows, reading_columns):
                block = blocks.keys[y.block][x.block]
                at = Place(
                    y.block_begin,
                    x.block_begin,
                    y.block_end - y.block_begin,
                    x.block_end - x.block_begin,
                )
                if travels_whole(y, x):
                    keys.append(block)
                    places.append(at)
                    continue
                wanted = Place(y.begin, x.begin, y.end - y.begin, x.end - x.begin)
                key = (f"ccog-cut-{token}", row, column, y.block, x.block)
                graph[key] = Task(key, cut, TaskRef(block), at, (wanted,))
                patches.append(key)
            sources[row, column] = UnitSource(
                tuple(keys), len(reading_columns), tuple(places), tuple(patches)
            )
    return sources


def count(blocks: Blocks, stage: Any) -> int:
    """Count the tasks of `add`."""
    return count_cuts(*_readings_of(blocks, stage))


def count_px(blocks: Blocks, stage: Any) -> int:
    """Count the pixels that the tasks of `add` cut."""
    return count_cut_px(*_readings_of(blocks, stage))


def _readings_of(blocks: Blocks, stage: Any) -> tuple[list[list[Reading]], list[list[Reading]]]:
    rows, columns = (
        readings(sizes, unit, halo, before)
        for sizes, unit, halo, before in zip(
            (blocks.heights_px, blocks.widths_px),
            stage.unit_px,
            stage.halo_px,
            stage.halo_before_px,
            strict=True,
        )
    )
    return rows, columns
