"""Whether chunks are what the source's metadata promised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccog import _core
from ccog._piece import Array
from ccog._unit_source import Place
from ccog.errors import InvalidArgumentError


def check_source(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    arrays: Sequence[Array],
    columns: int,
) -> None:
    height = sum(array.shape[1] for array in arrays[::columns])
    width = sum(array.shape[2] for array in arrays[:columns])
    for array in arrays:
        check_chunk(plan, stage, row, column, array, height, width)


def check_chunk(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    array: Array,
    height: int | None = None,
    width: int | None = None,
) -> None:
    """Compare what is known of a chunk, one of whose pieces `array` is, with the plan."""
    y0, x0, own_height, own_width = plan.unit_owned(stage, row, column)
    height = own_height if height is None else height
    width = own_width if width is None else width
    promised = (np.dtype(plan.dtype), plan.source_bands, own_height, own_width)
    if (array.dtype, array.shape[0], height, width) != promised:
        raise InvalidArgumentError(
            f"chunk ({row}, {column}) of level {plan.stages[stage].first_level}, at pixel "
            f"y={y0} x={x0}, came as {array.dtype} with {array.shape[0]} bands of "
            f"{height} x {width} pixels; its metadata promised {plan.dtype} with "
            f"{plan.source_bands} bands of {own_height} x {own_width}"
        )


def check_blocks(
    plan: _core.WritePlan,
    row: int,
    column: int,
    arrays: Sequence[Array],
    places: Sequence[Place],
) -> None:
    for array, place in zip(arrays, places, strict=True):
        promised = (np.dtype(plan.dtype), (plan.source_bands, place.height, place.width))
        if (array.dtype, array.shape) != promised:
            bands, height, width = array.shape
            raise InvalidArgumentError(
                f"chunk ({row}, {column}) of level 0: what it reads at pixel y={place.y} "
                f"x={place.x} came as {array.dtype} with {bands} bands of {height} x {width} "
                f"pixels; the source's metadata promised {plan.dtype} with {plan.source_bands} "
                f"bands of {place.height} x {place.width}"
            )
