"""Ground control points and rational polynomials: what is given, checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import InvalidArgumentError

__all__ = ["ControlPoint", "control_points", "rational_polynomials"]

#: TIFF holds six numbers a point in one tag, of at most 65,535 that GDAL reads.
_MOST_POINTS = 65535 // 6

_COEFFICIENTS = ("LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF")
_NUMBERS = tuple(
    f"{what}_{kind}"
    for kind in ("OFF", "SCALE")
    for what in ("LINE", "SAMP", "LAT", "LONG", "HEIGHT")
)
_ERRORS = ("ERR_BIAS", "ERR_RAND")


class ControlPoint(NamedTuple):
    """A pixel position (its upper left corner is whole) and where it lies."""

    row: float
    col: float
    x: float
    y: float
    z: float = 0.0


def control_points(given: Any) -> tuple[tuple[ControlPoint, ...], Any]:
    """Check ground control points; second, their CRS where it came with them, else None.

    Parameters
    ----------
    given
        rasterio's `GroundControlPoint`, or (row, col, x, y) or (row, col, x, y, z); or those with
        their CRS, as ``dataset.gcps`` of rasterio is; or GeoJSON as rioxarray and odc-geo write it.
    """
    crs = None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError as error:
            raise InvalidArgumentError(f"gcps={given[:80]!r} is no GeoJSON: {error}") from error
    if isinstance(given, Mapping):
        given = [_of_feature(feature) for feature in given.get("features", ())]
    elif isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], (list, tuple)):
        given, crs = given
    points = tuple(_point(value) for value in given)
    if not points:
        raise InvalidArgumentError("gcps= has no point: leave it out")
    if len(points) > _MOST_POINTS:
        raise InvalidArgumentError(
            f"gcps= has {len(points)} points: GDAL's GeoTIFF holds at most {_MOST_POINTS}"
        )
    return points, crs


def _of_feature(feature: Any) -> tuple[Any, ...]:
    try:
        properties = feature["properties"]
        return properties["row"], properties["col"], *feature["geometry"]["coordinates"]
    except (KeyError, TypeError) as error:
        raise InvalidArgumentError(
            f"gcps: {feature!r} is no GeoJSON point with properties row and col"
        ) from error


def _point(value: Any) -> ControlPoint:
    if hasattr(value, "row") and not isinstance(value, ControlPoint):
        value = (value.row, value.col, value.x, value.y, value.z)
    try:
        numbers = [0.0 if number is None else float(number) for number in value]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (4, 5) or not all(map(math.isfinite, numbers)):
        raise InvalidArgumentError(
            f"gcps: {value!r}: expected a rasterio GroundControlPoint or the finite numbers "
            "(row, col, x, y) or (row, col, x, y, z)"
        )
    return ControlPoint(*numbers)


def rational_polynomials(given: Any) -> dict[str, str]:
    """Check rational polynomial coefficients and return them as GDAL's domain RPC has them.

    Parameters
    ----------
    given : rasterio.rpc.RPC or mapping
        With GDAL's names (LINE_OFF, …), values as numbers, lists or text.
    """
    items = given.to_gdal() if hasattr(given, "to_gdal") else given
    if not isinstance(items, Mapping):
        raise InvalidArgumentError(f"rpcs={given!r}: expected a rasterio RPC or a mapping")
    items = {str(key).upper(): value for key, value in items.items()}
    known = (*_ERRORS, *_NUMBERS, *_COEFFICIENTS)
    missing = [name for name in known[2:] if items.get(name) is None]
    unknown = [name for name in items if name not in known]
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)}"
        raise InvalidArgumentError(f"rpcs= {wrong}; GeoTIFF holds {', '.join(known)}")
    return {
        name: _numbers(name, items[name], 20 if name in _COEFFICIENTS else 1)
        for name in known
        if items.get(name) is not None
    }


def _numbers(name: str, value: Any, count: int) -> str:
    parts = value
    if isinstance(value, str):
        parts = value.split()[:count]  # a unit may follow
    elif not hasattr(value, "__len__"):
        parts = [value]
    try:
        numbers = [float(number) for number in parts]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise InvalidArgumentError(
            f"rpcs: {name}={value!r}: expected {count} finite number{'s' if count > 1 else ''}"
        )
    return " ".join(repr(number) for number in numbers)
