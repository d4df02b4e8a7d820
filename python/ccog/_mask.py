"""A mask beside the image: checked, and joined to it as one more band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ccog._arrays import Array
from ccog.errors import InvalidArgumentError

if TYPE_CHECKING:
    import dask.array
    from xarray import DataArray


def find_mask(mask: Any, image: DataArray | None, shape_px: tuple[int, int]) -> Any:
    """Return the mask as a Dask or NumPy array ``(y, x)``, in the order the image is stored in.

    Parameters
    ----------
    mask : xarray.DataArray, dask.array.Array or numpy.ndarray
        What is not 0 is valid.
    image : xarray.DataArray or None
        What it is the mask of; a mask that is a DataArray must have its coordinates.
    shape_px : tuple of int
        Height and width of the image.

    Raises
    ------
    InvalidArgumentError
        The mask has another shape, type or place.
    """
    array = _pixels(mask, image)
    if isinstance(getattr(array, "_meta", array), np.ma.MaskedArray):
        raise InvalidArgumentError(
            "mask= is a masked array itself: pass mask=~numpy.ma.getmaskarray(data), or the "
            "same of dask.array.ma"
        )
    if not isinstance(array, np.ndarray) and not hasattr(array, "__dask_graph__"):
        raise InvalidArgumentError(
            f"mask= of type {type(mask).__name__} is not taken: convert to NumPy or Dask"
        )
    if array.dtype.kind not in "bui":
        raise InvalidArgumentError(
            f"mask= of type {array.dtype} is not taken: pass booleans or integers, such as mask > 0"
        )
    if array.shape != shape_px:
        raise InvalidArgumentError(
            f"mask= has the shape {array.shape}, and the image is {shape_px} (y, x): pass one band "
            "of the same pixels, with .squeeze() if there is a third dimension"
        )
    return array


def _pixels(mask: Any, image: DataArray | None) -> Any:
    if not hasattr(mask, "dims"):
        return mask
    from ccog._xarray import lazily_chunked, spatial_dims

    y_dim, x_dim = spatial_dims(mask)
    if mask.ndim != 2:
        raise InvalidArgumentError(
            f"mask= has the dimensions {mask.dims}: it is one band for all, so select or .squeeze()"
        )
    if image is not None:
        for dim, own in zip(spatial_dims(image), (y_dim, x_dim), strict=True):
            theirs, ours = image.coords.get(dim), mask.coords.get(own)
            if theirs is None or ours is None:
                continue
            if not np.array_equal(theirs.values, ours.values):
                raise InvalidArgumentError(
                    f"mask= has other {own} coordinates than the image: align the two first, with "
                    "xarray.align(data, mask, join='exact')"
                )
    return lazily_chunked(mask).transpose(y_dim, x_dim).data


def join(
    image: Any, mask: Any, chunk_px: tuple[int, int], *, byte_mask: bool = False
) -> dask.array.Array:
    """Append the mask to the image as its last band, by one task a chunk.

    Parameters
    ----------
    image : dask.array.Array or numpy.ndarray
        ``(y, x)`` or ``(band, y, x)``.
    mask : dask.array.Array or numpy.ndarray
        ``(y, x)``.
    chunk_px : tuple of int
        Height and width to cut an image in memory into.
    byte_mask : bool
        Whether GDAL's masks have a byte a pixel on all levels, as they do with statistics; it shows
        in the last digits of some overviews.
    """
    import dask.array

    if isinstance(image, np.ndarray):
        # Without names of their own, Dask would hash all of the arrays' bytes.
        chunks = (*image.shape[:-2], *chunk_px)
        image = dask.array.from_array(image, chunks=chunks, name=False)
    elif image.ndim == 3 and len(image.chunks[0]) > 1:
        image = image.rechunk({0: -1}, method="tasks")
    if isinstance(mask, np.ndarray):
        mask = dask.array.from_array(mask, chunks=image.chunks[-2:], name=False)
    elif mask.chunks != image.chunks[-2:]:
        mask = mask.rechunk(image.chunks[-2:], method="tasks")
    bands = 1 if image.ndim == 2 else image.shape[0]
    return dask.array.blockwise(
        _append,
        "byx",
        image,
        "byx"[-image.ndim :],
        mask,
        "yx",
        byte_mask=byte_mask,
        dtype=image.dtype,
        meta=np.empty((0, 0, 0), image.dtype),
        align_arrays=False,
        **({"new_axes": {"b": 2}} if image.ndim == 2 else {"adjust_chunks": {"b": bands + 1}}),
    )


def _append(image: Array, mask: Array, *, byte_mask: bool) -> Array:
    for array, remedy in ((image, "filled(data, value)"), (mask, "getmaskarray(data)")):
        if isinstance(array, np.ma.MaskedArray):
            raise InvalidArgumentError(
                "a chunk came as a masked array, which its metadata did not say: pass "
                f"dask.array.ma.{remedy}"
            )
    image = image[np.newaxis] if image.ndim == 2 else image
    joined = np.empty((image.shape[0] + 1, *image.shape[1:]), image.dtype)
    joined[:-1] = image
    # What the core takes for GDAL's value of valid pixels, which weighs in some overviews.
    valid = 2 if byte_mask else 127 if image.dtype == np.int8 else 255
    np.multiply(mask != 0, image.dtype.type(valid), out=joined[-1])
    return joined
