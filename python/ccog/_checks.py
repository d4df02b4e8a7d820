"""Whether chunks are what the source's metadata promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ccog import _core
from ccog._arrays import Array
from ccog._patch import Patch
from ccog.errors import InvalidArgumentError


def check_source(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    arrays: Sequence[Array],
    columns: int,
) -> None:
    """Compare what a unit's rectangle is made of, row by row, with the plan."""
    y0, x0, own_height, own_width = plan.unit_owned(stage, row, column)
    height = sum(array.shape[1] for array in arrays[::columns])
    width = sum(array.shape[2] for array in arrays[:columns])
    bands = plan.source_bands(stage)
    promised = (np.dtype(plan.dtype), bands, own_height, own_width)
    for array in arrays:
        if (array.dtype, array.shape[0], height, width) != promised:
            raise InvalidArgumentError(
                f"chunk ({row}, {column}) of level {plan.stages[stage].first_level}, at pixel "
                f"y={y0} x={x0}, came as {array.dtype} with {array.shape[0]} bands of "
                f"{height} x {width} pixels; its metadata promised {plan.dtype} with "
                f"{bands} bands of {own_height} x {own_width}"
            )


def check_patches(
    plan: _core.WritePlan, stage: int, row: int, column: int, patches: Iterable[Patch]
) -> None:
    """Compare what a unit reads of chunks that are not its rectangle with the plan."""
    source_bands = plan.source_bands(stage)
    for array, place in ((patch.array, patch.place) for patch in patches):
        promised = (np.dtype(plan.dtype), (source_bands, place.height, place.width))
        if (array.dtype, array.shape) != promised:
            bands, height, width = array.shape
            raise InvalidArgumentError(
                f"chunk ({row}, {column}) of level {plan.stages[stage].first_level}: what it "
                f"reads at pixel y={place.y} x={place.x} came as {array.dtype} with {bands} bands "
                f"of {height} x {width} pixels; the source's metadata promised {plan.dtype} with "
                f"{source_bands} bands of {place.height} x {place.width}"
            )
