"""The simulation of `./dev simulate` runs, and agrees with a real write where there can be one."""

from __future__ import annotations

from dataclasses import replace

import dask.array as da
import pytest

import ccog
from cluster_clock import Speeds, wall_seconds
from imagined_write import KINDS, Image, ImaginedWrite, Step
from simulate import HEADINGS, IMAGES, row_of

SMALL = Image("small", (8192, 5000), (1024, 1024), 256)


def test_an_imagined_write_has_the_size_of_a_real_one() -> None:
    outcome = ImaginedWrite(SMALL, KINDS["constant"]).run()
    real = ccog.write_ccog(
        da.zeros(SMALL.shape_px, chunks=SMALL.chunk_px, dtype=SMALL.dtype),
        crs="EPSG:3857",
        transform=(1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
        compress="NONE",
        overview_resampling="AVERAGE",
        blocksize=SMALL.tile_px,
    ).compute()
    assert outcome.object_bytes == len(real)
    assert outcome.plan.worst_object_bytes >= len(real)


@pytest.mark.parametrize("kind", KINDS)
def test_imagined_writes_of_all_kinds_of_sizes_finish(kind: str) -> None:
    image = replace(SMALL, shape_px=(20000, 20000))
    outcome = ImaginedWrite(image, KINDS[kind]).run()
    assert 1 <= outcome.parts <= outcome.plan.part_numbers <= 10000
    assert outcome.padding_bytes == 0
    assert sum(step.put_bytes for step in outcome.steps) == outcome.object_bytes
    assert all(step.put_bytes >= 0 for step in outcome.steps)
    assert len(outcome.steps) == outcome.tasks - 1  # all but begin
    assert max(outcome.message_bytes, outcome.merge_bytes) <= outcome.moved_bytes
    assert len(row_of(image, kind, outcome)) == len(HEADINGS)


def test_the_largest_object_has_its_parts_and_its_memory() -> None:
    outcome = ImaginedWrite(IMAGES["48.8"], KINDS["constant"]).run()
    assert outcome.object_bytes > 48 << 40
    assert outcome.parts <= 10000
    assert 4.9 * 2**30 < outcome.largest_part_bytes <= 5 << 30
    assert outcome.padding_bytes == 0
    assert outcome.merge_bytes < 6e9
    assert outcome.root_bytes < 4e9


def test_more_workers_take_less_time_until_the_longest_chain_is_left() -> None:
    speeds = Speeds(source=1, store=1, network=1, encode=1, merge_s=0, finish_s=0, scheduler=1e9)
    units = [Step([], source_bytes=10, hands_on_bytes=2) for _ in range(8)]
    halves = [Step([0, 1, 2, 3], hands_on_bytes=1), Step([4, 5, 6, 7], hands_on_bytes=1)]
    steps = [*units, *halves, Step([8, 9])]
    # A merge gets three of its four inputs from elsewhere, the last step one of two.
    assert wall_seconds(steps, 1, speeds) == pytest.approx(8 * 10 + 2 * 6 + 1)
    assert wall_seconds(steps, 4, speeds) == pytest.approx(2 * 10 + 6 + 1)
    assert wall_seconds(steps, 100, speeds) == pytest.approx(10 + 6 + 1)
    assert wall_seconds(steps, 100, replace(speeds, scheduler=1)) > 10 + 6 + 1 + 8
