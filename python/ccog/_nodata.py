"""The nodata value: what an array says it is, and what a pixel can hold."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["FILL_NAMES", "check_nodata", "find_nodata"]

#: Attributes that may have it; xarray takes the first two away where it masks.
FILL_NAMES = ("_FillValue", "missing_value", "fill_value", "nodata")


def find_nodata(data: DataArray, dtype: np.dtype[Any]) -> Any:
    """Return the nodata value the array says it has (unchecked), or None."""
    for name in FILL_NAMES:
        if data.attrs.get(name) is not None:
            return _one_value(name, data.attrs[name])
    for name in FILL_NAMES[:2]:
        if data.encoding.get(name) is not None:
            # xarray has replaced the fill value by NaN, and scaled what is left.
            return math.nan if dtype.kind in "fc" else _one_value(name, data.encoding[name])
    values = data.attrs.get("nodatavals")  # of xarray's old open_rasterio, one a band
    if values is not None and np.size(values):
        return _one_value("nodatavals", values)
    return None


def _one_value(name: str, given: Any) -> Any:
    values = np.asarray(given).ravel()
    if values.size == 0 or any(value != values[0] and value == value for value in values):
        raise InvalidArgumentError(
            f"{name}={given!r}: a GeoTIFF has one nodata value for all bands; pass nodata="
        )
    return values[0].item() if isinstance(values[0], np.generic) else values[0]


def check_nodata(value: Any, dtype: np.dtype[Any]) -> int | float:
    """Return `value` as a pixel of `dtype` holds it, or raise."""
    message = f"nodata={value!r} cannot be a pixel of type {dtype}: "
    if isinstance(value, str):
        try:
            value = int(value) if dtype.kind in "iu" else float(value)
        except ValueError:
            raise InvalidArgumentError(message + "it is not a number") from None
    if isinstance(value, (bool, np.bool_)):
        raise InvalidArgumentError(message + "it is a boolean")
    if dtype.kind in "fc":
        return _held_by_float(value, np.zeros(0, dtype).real.dtype, message)
    try:
        whole = operator.index(value) if not _is_whole_float(value) else int(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            message + "it is not a whole number; pass nodata=, or convert the data to floats"
        ) from None
    limits = np.iinfo(dtype)
    if not limits.min <= whole <= limits.max:
        raise InvalidArgumentError(
            message + f"the range is {limits.min} to {limits.max}; pass nodata=, or change dtype"
        )
    return whole


def _held_by_float(value: Any, dtype: np.dtype[Any], message: str) -> float:
    if isinstance(value, (complex, np.complexfloating)):
        if value.imag != 0 and not math.isnan(value.real):
            raise InvalidArgumentError(message + "a GeoTIFF has a real one, of the real parts")
        value = value.real
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(message + "it is not a number; pass nodata=") from None
    with np.errstate(over="ignore"):
        held = float(np.asarray(number).astype(dtype))
    if math.isinf(held) and not math.isinf(number):
        raise InvalidArgumentError(message + "out of range; pass another, or change dtype")
    return held


def _is_whole_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and float(value).is_integer()
