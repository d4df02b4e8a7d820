"""What would make a write better, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccog import _core, _graph
from ccog._sample import Sample
from ccog._source import Blocks, unit_bytes
from ccog._table import bytes_text
from ccog.errors import CcogError

#: Readers get the header first, so one of more than this is told of.
_LARGE_HEADER_BYTES = 16 << 20

#: A scheduler handles this many tasks with ease.
_MANY_TASKS = 200_000

#: What a worker's thread usually has.
_USUAL_THREAD_BYTES = 4 << 30

#: Distributed's own bound of what it likes to send at once is of this order.
_LARGE_MESSAGE_BYTES = 1 << 30

_LARGEST_TILE_PX = 4096


def of(
    plan: _core.WritePlan, bounds: _core.ClusterBounds, blocks: Blocks, sample: Sample | None
) -> tuple[str, ...]:
    """Say what a user could change, and what for; nothing where all is well.

    Parameters
    ----------
    sample:
        What was found out of the array, if anything was.
    """
    return (
        *_of_header(plan),
        *_of_chunks(plan, blocks),
        *_of_memory(plan, bounds),
        *_of_rows(plan),
        *_of_parts(plan, sample),
    )


def _of_header(plan: _core.WritePlan) -> Iterator[str]:
    here = plan.worst_header_bytes
    if here <= _LARGE_HEADER_BYTES:
        return
    tile_px = _power_of_two_above(plan.tile_px)
    if tile_px > _LARGEST_TILE_PX:
        return
    there = _changed(plan, tile_px=tile_px)
    if there is not None and there.worst_header_bytes < here:
        yield (
            f"tiles of {plan.tile_px} give a header of {bytes_text(here)}, those of {tile_px} one "
            f"of {bytes_text(there.worst_header_bytes)}: BLOCKSIZE={tile_px}"
        )


def _of_chunks(plan: _core.WritePlan, blocks: Blocks) -> Iterator[str]:
    stage = plan.stages[0]
    unit = _text(stage.unit_px)
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
            f"chunks of {_text(chunk_px)} pixels are not the {unit} that tasks encode, so that "
            f"{moved} of pixels are cut and moved: chunks of {unit} need none of that"
        )
    if stage.hands_on and stage.last_level == stage.first_level and count > 1:
        better = _text(
            tuple(
                min(size, max(2 * plan.tile_px, _power_of_two_near(px)))
                for px, size in zip(stage.unit_px, plan.levels[0], strict=True)
            )
        )
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


def _of_memory(plan: _core.WritePlan, bounds: _core.ClusterBounds) -> Iterator[str]:
    encode, merge = bounds.peak_encode_bytes, bounds.peak_merge_bytes
    if encode > _USUAL_THREAD_BYTES and encode >= merge:
        chunk_px = _power_of_two_near(min(plan.stages[0].unit_px)) // 2
        smaller = _changed(plan, source_chunk_px=(chunk_px, chunk_px))
        if smaller is not None:
            there = _core.ClusterBounds(smaller).peak_encode_bytes
            if there < encode:
                yield (
                    f"the task of a chunk may need {bytes_text(encode)}: chunks of "
                    f"{_text((chunk_px, chunk_px))} need {bytes_text(there)}"
                )
    elif merge > _USUAL_THREAD_BYTES:
        yield (
            f"parts are so large that a task which joins chunks to one may need "
            f"{bytes_text(merge)}: give the workers as much memory a thread, or write several files"
        )
    if bounds.largest_result_bytes > _LARGE_MESSAGE_BYTES:
        yield (
            f"tasks hand on up to {bytes_text(bounds.largest_result_bytes)} at once: a few workers "
            "with many threads each move less of it over the network than many with few"
        )


def _of_rows(plan: _core.WritePlan) -> Iterator[str]:
    stage = plan.stages[0]
    strips = plan.strips(0)
    if strips > 1:
        tasks = stage.grid[0] * stage.grid[1] * strips
        yield (
            f"row-major layout takes the tiles of {strips} strips from each chunk by itself, "
            f"{tasks} tasks at most: chunks of full width, {_text((plan.tile_px, 'all'))} or more, "
            "need none"
        )


def _of_parts(plan: _core.WritePlan, sample: Sample | None) -> Iterator[str]:
    if plan.numbers_per_group == 1:
        yield (
            "part numbers are short, so there is one a group of chunks: where most tiles are "
            "empty, zeros may stand between some"
        )
    if not plan.relies_on_ratio:
        return
    ratio = plan.arguments["assume_ratio"]
    yield (
        "if nothing compressed the object would not fit the store, so parts are planned for tiles "
        f"of {ratio:.3g} of their raw size and a quarter more: where there is room for it, "
        f"assume_ratio={min(1.0, 1.25 * ratio):.3g} is safer"
    )
    if sample is not None and sample.highest > 1.25 * ratio:
        yield (
            f"one of the chunks that were looked at takes {sample.highest:.3g} of its raw size: if "
            "a whole area is like that the write fails, and a larger assume_ratio= would not"
        )


def _changed(plan: _core.WritePlan, **arguments: Any) -> _core.WritePlan | None:
    """Give the plan with other arguments, if there can be one."""
    try:
        return _core.WritePlan(**{**plan.arguments, **arguments})
    except CcogError:
        return None


def _power_of_two_above(size: int) -> int:
    return 1 << size.bit_length()


def _power_of_two_near(size: int) -> int:
    """Give the power of two that is at most a third smaller or larger."""
    return 1 << (size * 4 // 3).bit_length() - 1


def _text(size: tuple[Any, ...]) -> str:
    return f"{size[0]} x {size[1]}"
