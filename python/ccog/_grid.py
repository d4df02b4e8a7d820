"""From coordinates and a stored GeoTransform to one affine transform, or a clear error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError

__all__ = ["Affine6", "Axis", "affine6", "affine_from_axes", "affine_from_mesh", "regular_axis"]

#: a, b, c, d, e, f of ``x = a·column + b·row + c``, ``y = d·column + e·row + f``: the order of the
#: `affine` package and rasterio; pixel corners, so that (c, f) is the outer corner of pixel (0, 0).
Affine6 = tuple[float, float, float, float, float, float]

#: How far, in pixels, a coordinate may be from its place in a regular grid.
TOLERANCE_PX = 0.01

_REMEDY = "resample to a regular grid, or pass transform= to place the image yourself"


@dataclass(frozen=True)
class Axis:
    """One axis of a regular grid.

    `edge` is the outer edge of pixel 0, `step` the signed pixel size, and `tolerance_px` how far
    off, in pixels, either end may be for want of digits in the coordinates.
    """

    edge: float
    step: float
    tolerance_px: float = TOLERANCE_PX


def affine6(transform: Sequence[float]) -> Affine6:
    """Check a transform in the order of the `affine` package (6 numbers, or its 9)."""
    numbers = tuple(float(value) for value in transform)
    if len(numbers) == 9 and numbers[6:] == (0.0, 0.0, 1.0):
        numbers = numbers[:6]
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
        raise InvalidArgumentError(
            f"transform={numbers}: expected the six finite numbers (a, b, c, d, e, f) of an "
            "affine.Affine; use affine.Affine.from_gdal(...) for GDAL's order"
        )
    a, b, c, d, e, f = numbers
    if a * e - b * d == 0.0:
        raise InvalidArgumentError(f"transform={numbers} maps the image onto a line or a point")
    return a, b, c, d, e, f


def regular_axis(name: str, values: npt.NDArray[Any], step_hint: float | None) -> Axis:
    """Fit a regular axis through pixel centres.

    Parameters
    ----------
    name : str
        Of the coordinate, for errors.
    values : array of shape (n,)
        Pixel centres.
    step_hint : float or None
        Signed pixel size for n = 1, where the centres do not tell.

    Raises
    ------
    InvalidArgumentError
        Not finite, not regular (naming index and deviation in pixels), or n = 1 without a hint.
    """
    if values.dtype.kind not in "iuf":
        raise InvalidArgumentError(
            f"coordinate {name!r} is {values.dtype}, not numbers: pass transform="
        )
    centres = values.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(centres))
    if bad.size:
        raise InvalidArgumentError(
            f"coordinate {name!r} is {centres[bad[0]]} at index {bad[0]}: pass transform="
        )
    if centres.size == 1:
        if not step_hint:
            raise InvalidArgumentError(
                f"coordinate {name!r} has one pixel, so its size is unknown: pass transform="
            )
        return Axis(float(centres[0]) - step_hint / 2, step_hint)
    first = float(centres[0])
    step = (float(centres[-1]) - first) / (centres.size - 1)
    if step == 0.0:
        raise InvalidArgumentError(f"coordinate {name!r} repeats {first} at both ends: {_REMEDY}")
    # What float32 coordinates can express is coarser than the tolerance on large values.
    ulp = float(np.spacing(np.abs(values).max())) if values.dtype.kind == "f" else 0.0
    tolerance_px = min(TOLERANCE_PX + ulp / abs(step), 0.25)
    off_px = np.abs((centres - first) / step - np.arange(centres.size))
    worst = int(off_px.argmax())
    if off_px[worst] > tolerance_px:
        # The first and last centres fix the line, so one jump shows everywhere: name the jump.
        gaps = np.diff(centres)
        usual = float(np.median(gaps)) or step
        gaps_px = np.abs(gaps / usual - 1.0)
        jump = int(gaps_px.argmax()) + 1
        raise InvalidArgumentError(
            f"coordinate {name!r} is not regular: it is {off_px[worst]:.3g} pixels off at index "
            f"{worst}, and the step to index {jump} is off by {gaps_px[jump - 1]:.3g} pixels; "
            f"{_REMEDY}"
        )
    return Axis(first - step / 2, step, tolerance_px)


def affine_from_axes(
    x: Axis, y: Axis, stored: Affine6 | None, width_px: int, height_px: int
) -> Affine6:
    """Join two axes; `stored` lends its exact numbers where it describes the same pixels.

    Coordinates win: a GeoTransform outlives slicing, flipping and coarsening unchanged.
    """
    if stored is not None and stored[1] == stored[3] == 0.0:
        x = _exact(x, Axis(stored[2], stored[0]), width_px)
        y = _exact(y, Axis(stored[5], stored[4]), height_px)
    return x.step, 0.0, x.edge, 0.0, y.step, y.edge


def _exact(fitted: Axis, stored: Axis, size_px: int) -> Axis:
    """The stored axis, shifted by pixels or flipped, if it is the fitted one but for noise."""
    step = math.copysign(stored.step, fitted.step)
    if abs(fitted.step / step - 1.0) * size_px > fitted.tolerance_px:
        return fitted
    shift_px = (fitted.edge - stored.edge) / stored.step
    if abs(shift_px - round(shift_px)) > fitted.tolerance_px:
        return fitted
    return Axis(stored.edge + round(shift_px) * stored.step, step)


def affine_from_mesh(x: npt.NDArray[Any], y: npt.NDArray[Any], stored: Affine6 | None) -> Affine6:
    """Fit an affine transform through the pixel centres of a rotated grid.

    Parameters
    ----------
    x, y : array of shape (height, width)
        World coordinates of every pixel centre.
    stored : tuple or None
        Taken as it is where it describes the same pixels; needed where a side is one pixel.
    """
    height_px, width_px = x.shape
    rows = np.unique(np.linspace(0, height_px - 1, 65).round().astype(int))
    columns = np.unique(np.linspace(0, width_px - 1, 65).round().astype(int))
    lattice = np.ix_(rows, columns)
    here = np.stack([x[lattice], y[lattice]]).astype(np.float64)
    steps = []
    for size_px, index in ((width_px, (0, -1)), (height_px, (-1, 0))):
        if size_px > 1:
            steps.append((here[:, index[0], index[1]] - here[:, 0, 0]) / (size_px - 1))
        elif stored is not None:
            steps.append(
                np.array([stored[0], stored[3]] if index[0] == 0 else [stored[1], stored[4]])
            )
        else:
            raise InvalidArgumentError("a rotated grid of one row or column: pass transform=")
    (a, d), (b, e) = steps
    c, f = here[:, 0, 0] - (steps[0] + steps[1]) / 2
    fitted = affine6((a, b, c, d, e, f))
    if stored is not None and _deviation_px(stored, here, rows, columns) <= TOLERANCE_PX:
        return stored
    deviation_px = _deviation_px(fitted, here, rows, columns)
    if not deviation_px <= TOLERANCE_PX:
        raise InvalidArgumentError(
            f"the 2-D coordinates are {deviation_px:.3g} pixels off a regular grid; {_REMEDY}"
        )
    return fitted


def _deviation_px(
    transform: Affine6,
    centres: npt.NDArray[np.float64],
    rows: npt.NDArray[Any],
    columns: npt.NDArray[Any],
) -> float:
    a, b, c, d, e, f = transform
    column, row = columns[np.newaxis, :] + 0.5, rows[:, np.newaxis] + 0.5
    off = np.hypot(a * column + b * row + c - centres[0], d * column + e * row + f - centres[1])
    return float(off.max() / math.sqrt(abs(a * e - b * d)))
