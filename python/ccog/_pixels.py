"""An array's pixels as (y, x) or (band, y, x), of a type that is taken; none is read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from xarray import DataArray

_INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
_DTYPES = (*_INTEGERS, "float32", "float64", "complex64", "complex128")


def is_instance(data: Any, module: str, name: str) -> bool:
    """`isinstance` without the import: what was never imported has no instances."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(data, getattr(loaded, name))


def check_dtype(data: Any) -> np.dtype[Any]:
    """Return the type of the samples, or say what to convert them to."""
    if not hasattr(data, "dtype") or not hasattr(data, "shape"):
        raise InvalidArgumentError(
            "expected an xarray.DataArray, a dask array or a NumPy array, "
            f"not {type(data).__name__}"
        )
    if isinstance(data, np.ma.MaskedArray):
        raise InvalidArgumentError(
            "masked arrays are not taken: pass data.filled(value) and nodata=value, or "
            "mask=~numpy.ma.getmaskarray(data)"
        )
    dtype: np.dtype[Any] = np.dtype(data.dtype)
    if dtype.newbyteorder("=").name in _DTYPES:
        return dtype
    remedy = {
        "b": '.astype("uint8")',
        "c": '.astype("complex128")',
        "f": '.astype("float32")' if dtype.itemsize < 8 else '.astype("float64")',
        "M": '.astype("int64")',
        "m": '.astype("int64")',
    }.get(dtype.kind, "numbers, such as .astype('float64')")
    raise InvalidArgumentError(
        f"data of type {dtype} is not taken: use {remedy}; taken are {', '.join(_DTYPES)}"
    )


def band_first(data: DataArray) -> tuple[Any, Any]:
    """The pixels as (y, x) or (band, y, x), and the name of the band dimension (None for 2-D)."""
    from ._xarray import lazily_chunked, spatial_dims

    y_dim, x_dim = spatial_dims(data)
    others = [dim for dim in data.dims if dim not in (y_dim, x_dim)]
    if len(others) > 1:
        raise InvalidArgumentError(
            f"dimensions {data.dims}: at most one beside {y_dim} and {x_dim} (the band); select "
            "from the others with .isel(...), or drop those of one element with .squeeze()"
        )
    # Chunked first, for transposing forgets the chunks of the file.
    array = lazily_chunked(data).transpose(*others, y_dim, x_dim).data
    return plain(array), others[0] if others else None


def plain(array: Any) -> Any:
    """Check that an array is Dask's or NumPy's, of two or three dimensions.

    Two stay two: a band axis put before them would cost Dask one more task a chunk.
    """
    if not isinstance(array, np.ndarray) and not is_instance(array, "dask.array", "Array"):
        raise InvalidArgumentError(
            f"arrays of type {type(array).__name__} are not taken: convert to NumPy or Dask"
        )
    if array.ndim not in (2, 3):
        raise InvalidArgumentError(
            f"an array of shape {array.shape}: expected (y, x) or (band, y, x)"
        )
    if any(size != size for size in array.shape):
        raise InvalidArgumentError(
            "the array's shape is unknown to Dask: call .compute_chunk_sizes() first"
        )
    return array
