"""What would make a write better, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from ccog import _core
from ccog._alternatives import (
    LARGEST_TILE_PX,
    changed,
    halving_chunk_px,
    power_of_two_above,
    power_of_two_near,
    size_text,
)
from ccog._chunk_advice import of_chunks, of_tiles
from ccog._sample import Sample
from ccog._source import Blocks
from ccog._table import THREADS, bytes_text

#: Readers get the header first, so one of more than this is told of.
_LARGE_HEADER_BYTES = 16 << 20

#: What a worker's thread usually has.
_USUAL_THREAD_BYTES = 4 << 30

#: Distributed's own bound of what it likes to send at once is of this order.
_LARGE_MESSAGE_BYTES = 1 << 30

#: For less than this there is room in any cluster.
_MUCH_WAITING_BYTES = 1 << 30


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
        *of_chunks(plan, blocks),
        *of_tiles(plan, blocks),
        *_of_memory(plan, bounds),
        *_of_rows(plan),
        *_of_waiting_tiles(plan, bounds),
        *_of_parts(plan, sample),
    )


def _of_header(plan: _core.WritePlan) -> Iterator[str]:
    here = plan.worst_header_bytes
    if here <= _LARGE_HEADER_BYTES:
        return
    tile_px = power_of_two_above(plan.tile_px)
    if tile_px > LARGEST_TILE_PX:
        return
    there = changed(plan, tile_px=tile_px)
    if there is not None and there.worst_header_bytes < here:
        yield (
            f"tiles of {plan.tile_px} give a header of {bytes_text(here)}, those of {tile_px} one "
            f"of {bytes_text(there.worst_header_bytes)}: BLOCKSIZE={tile_px}"
        )


def _of_memory(plan: _core.WritePlan, bounds: _core.ClusterBounds) -> Iterator[str]:
    encode, merge = bounds.peak_encode_bytes, bounds.peak_merge_bytes
    if encode > _USUAL_THREAD_BYTES and encode >= merge:
        chunk_px = power_of_two_near(min(plan.stages[0].unit_px)) // 2
        smaller = changed(plan, source_chunk_px=(chunk_px, chunk_px))
        if smaller is not None:
            there = _core.ClusterBounds(smaller).peak_encode_bytes
            if there < encode:
                yield (
                    f"the task of a chunk may need {bytes_text(encode)}: chunks of "
                    f"{size_text((chunk_px, chunk_px))} need {bytes_text(there)}"
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
            f"{tasks} tasks at most: chunks of full width, {size_text((plan.tile_px, 'all'))} or "
            "more, need none"
        )


def _of_waiting_tiles(plan: _core.WritePlan, bounds: _core.ClusterBounds) -> Iterator[str]:
    """Say what row-major layout keeps of tiles whose rows are not whole, and what keeps half."""
    here_bytes = bounds.frontier_bytes(THREADS[0])
    if plan.strips(0) == 0 or here_bytes < _MUCH_WAITING_BYTES:
        return
    height_px, width_px = plan.stages[0].unit_px
    image_width_px = plan.levels[0][1]
    as_many_px = max(plan.tile_px, height_px * width_px // image_width_px), image_width_px
    wide_px = halving_chunk_px(plan, as_many_px, plan.tile_px)[0], image_width_px
    others = changed(plan, source_chunk_px=wide_px), changed(plan, row_major=False)
    remedies = []
    for other in others:
        if other is None:
            continue
        there = _core.ClusterBounds(other)
        there_bytes = there.frontier_bytes(THREADS[0])
        fits = there.peak_task_bytes <= max(bounds.peak_task_bytes, _USUAL_THREAD_BYTES)
        if fits and 2 * there_bytes <= here_bytes:
            unit = size_text(other.stages[0].unit_px)
            option = f"chunks of full width, {unit}" if other.row_major else "layout='chunk'"
            remedies.append(f"{bytes_text(there_bytes)} with {option}")
    if remedies:
        yield (
            "row-major layout lets encoded tiles wait for those of all chunks beside theirs, so "
            f"that {bytes_text(here_bytes)} are alive with {THREADS[0]} threads: it would be "
            + ", or ".join(remedies)
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
