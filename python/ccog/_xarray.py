"""What a DataArray says about its place and meaning: CF, rioxarray's and odc-geo's conventions.

Needs none of those packages. Nothing here touches the pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._control import ControlPoint, control_points
from ._grid import Affine6, Axis, affine6, affine_from_axes, affine_from_mesh, regular_axis
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["find_control_points", "find_crs", "find_transform", "lazily_chunked", "spatial_dims"]

_Y_NAMES = ("y", "lat", "latitude", "northing", "yc", "rlat")
_X_NAMES = ("x", "lon", "longitude", "easting", "xc", "rlon")
_GRID_MAPPING_KEYS = {"spatial_ref", "crs_wkt", "grid_mapping_name", "GeoTransform", "gcps"}
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_Y_STANDARD = ("projection_y_coordinate", "latitude", "grid_latitude")
_X_STANDARD = ("projection_x_coordinate", "longitude", "grid_longitude")


def spatial_dims(data: DataArray) -> tuple[str, str]:
    """Return the names of the y and the x dimension, by name or by CF attributes."""
    y = _find_dim(data, _Y_NAMES, _Y_STANDARD, "Y")
    x = _find_dim(data, _X_NAMES, _X_STANDARD, "X")
    if y is None or x is None:
        missing = " and ".join(name for name, dim in (("y", y), ("x", x)) if dim is None)
        raise InvalidArgumentError(
            f"no {missing} dimension among {data.dims}: rename the dimensions to y and x, "
            "with data.rename({...})"
        )
    return y, x


def _find_dim(
    data: DataArray, names: tuple[str, ...], standard_names: tuple[str, ...], axis: str
) -> Any:
    by_name = {str(dim).lower(): dim for dim in data.dims}
    for name in names:
        if name in by_name:
            return by_name[name]
    for dim in data.dims:
        attrs = data.coords[dim].attrs if dim in data.coords else {}
        if (
            str(attrs.get("axis", "")).upper() == axis
            or str(attrs.get("standard_name", "")).lower() in standard_names
        ):
            return dim
    return None


def lazily_chunked(data: DataArray) -> DataArray:
    """Return `data` such that ``.data`` reads no pixel: Dask's array, or NumPy's.

    An array that still lies in a file becomes a Dask array, by the file's own chunks if it has any.
    """
    # Not public, and `data.data` reads a lazily indexed file whole: there is no other way to tell.
    if data.chunks is None and not getattr(data.variable, "_in_memory", True):
        preferred = data.encoding.get("preferred_chunks") or {}
        chunks = {dim: preferred.get(dim, "auto") for dim in data.dims}
        return data.chunk(chunks)
    return data


def _grid_mapping(data: DataArray) -> tuple[str | None, Mapping[str, Any]]:
    """Return name and attributes of the grid mapping coordinate; (name, {}) where it is gone."""
    name = data.encoding.get("grid_mapping", data.attrs.get("grid_mapping"))
    if name is not None:
        # CF's longer form names coordinates too: "crs: x y other: lat lon".
        name = str(name).partition(":")[0].strip()
        return name, data.coords[name].attrs if name in data.coords else {}
    for candidate in ("spatial_ref", *data.coords):
        if candidate in data.coords and data.coords[candidate].ndim == 0:
            attrs = data.coords[candidate].attrs
            if attrs.keys() & _GRID_MAPPING_KEYS:
                return str(candidate), attrs
    return None, {}


def find_crs(data: DataArray) -> Any:
    """Return what the array says of its CRS, for rasterio's `CRS.from_user_input`, or None."""
    name, attrs = _grid_mapping(data)
    for key in ("crs_wkt", "spatial_ref"):
        if attrs.get(key):
            return attrs[key]
    if attrs.get("grid_mapping_name"):
        return _wkt_of_cf(str(name), attrs)
    if data.attrs.get("crs"):
        return data.attrs["crs"]
    for dim in spatial_dims(data):
        if dim in data.coords and data.coords[dim].attrs.get("crs"):
            return data.coords[dim].attrs["crs"]
    if name is not None and name not in data.coords:
        raise InvalidArgumentError(
            f"the grid mapping {name!r} is not among the coordinates, so the CRS would be lost: "
            'open the file with decode_coords="all", or pass crs='
        )
    return None


def _wkt_of_cf(name: str, attrs: Mapping[str, Any]) -> str:
    try:
        from pyproj import CRS
        from pyproj.exceptions import CRSError
    except ImportError:
        raise InvalidArgumentError(
            f"coordinate {name!r} describes its CRS by CF attributes without crs_wkt: "
            "install pyproj, or pass crs="
        ) from None
    try:
        return str(CRS.from_cf(dict(attrs)).to_wkt())
    except (CRSError, KeyError) as error:
        raise InvalidArgumentError(
            f"the CF attributes of coordinate {name!r} give no CRS ({error}): pass crs="
        ) from error


def find_transform(data: DataArray, *, has_crs: bool) -> Affine6 | None:
    """Return the transform of the pixels in the order they are stored in, or None.

    Coordinates are pixel centres. They win over a stored GeoTransform, which goes stale when an
    array is sliced; where both agree the stored numbers are taken, for they have no rounding.
    Without a CRS and a GeoTransform, coordinates 0, 1, 2, … on both axes are indices, not places.
    """
    _, attrs = _grid_mapping(data)
    stored = _stored_transform(data, attrs)
    y_dim, x_dim = spatial_dims(data)
    height_px, width_px = data.sizes[y_dim], data.sizes[x_dim]
    x, y = _axis_coordinate(data, x_dim), _axis_coordinate(data, y_dim)
    if x is None or y is None:
        if (x is None) != (y is None):
            lone, missing = (x_dim, y_dim) if y is None else (y_dim, x_dim)
            if stored is None:
                raise InvalidArgumentError(
                    f"{lone!r} has coordinates and {missing!r} has none: pass transform="
                )
        mesh = [data.coords[name] for name in ("xc", "yc") if name in data.coords]
        if len(mesh) == 2 and all(c.dims == (y_dim, x_dim) for c in mesh):
            return affine_from_mesh(mesh[0].values, mesh[1].values, stored)
        curved = [str(n) for n, c in data.coords.items() if set(c.dims) == {y_dim, x_dim}]
        if curved and stored is None:
            raise InvalidArgumentError(
                f"only 2-D coordinates ({', '.join(curved)}) place this image, which is not a "
                "regular grid: resample it, or pass transform="
            )
        return stored
    if stored is None and not has_crs and _are_indices(x.values) and _are_indices(y.values):
        return None
    pixel_units = x.attrs.get("units") == y.attrs.get("units") == "pixel"
    hint = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0) if pixel_units else stored
    x_axis = regular_axis(x_dim, x.values, _step_hint(x, None if hint is None else hint[0]))
    y_axis = regular_axis(y_dim, y.values, _step_hint(y, None if hint is None else hint[4]))
    if stored is not None and (stored[1] or stored[3]):
        # odc-geo's rotated grids: 1-D coordinates count pixels of the stored transform.
        if not pixel_units:
            raise InvalidArgumentError(
                "the stored GeoTransform is rotated and the coordinates are not in pixels, so "
                "that the two disagree: pass transform="
            )
        return _compose(stored, x_axis, y_axis)
    if pixel_units and stored is not None:
        return _compose(stored, x_axis, y_axis)
    return affine_from_axes(x_axis, y_axis, stored, width_px, height_px)


def find_control_points(data: DataArray) -> tuple[ControlPoint, ...]:
    """Return the ground control points that rioxarray and odc-geo keep with the grid mapping.

    Empty where there are none, or where a transform or coordinates place the image: then they are
    what is left of before it was warped. Coordinates that count pixels, as odc-geo's do under
    whatever name, say which part of the image this is.
    """
    _, attrs = _grid_mapping(data)
    if not attrs.get("gcps"):
        return ()
    stored = _stored_transform(data, attrs)
    if stored is not None and stored != _IDENTITY:
        return ()
    points, _ = control_points(attrs["gcps"])
    y_dim, x_dim = spatial_dims(data)
    axes = []
    for dim in (x_dim, y_dim):
        values = _axis_coordinate(data, dim)
        if values is None or np.array_equal(values.values, np.arange(values.size)):
            axes.append(Axis(0.0, 1.0))
        elif _count_pixels(values.values):
            axes.append(regular_axis(dim, values.values, _step_hint(values, 1.0)))
        else:
            return ()
    x, y = axes
    return tuple(
        p._replace(col=(p.col - x.edge) / x.step, row=(p.row - y.edge) / y.step) for p in points
    )


def _count_pixels(values: np.ndarray[Any, Any]) -> bool:
    """Whether these are centres of pixels, or of several that were made one."""
    return bool(
        values.dtype.kind in "iuf"
        and values[0] >= 0.5
        and values[-1] >= values[0]
        and np.array_equal(values * 2, np.round(values * 2))
    )


def _axis_coordinate(data: DataArray, dim: str) -> Any:
    if dim not in data.coords or data.coords[dim].dims != (dim,):
        return None
    return data.coords[dim]


def _are_indices(values: np.ndarray[Any, Any]) -> bool:
    return values.dtype.kind in "iuf" and any(
        np.array_equal(values, np.arange(values.size) + start) for start in (0.0, 0.5)
    )


def _step_hint(coordinate: Any, stored: float | None) -> float | None:
    resolution = coordinate.attrs.get("resolution")  # odc-geo's
    return stored if resolution is None else float(resolution)


def _compose(stored: Affine6, x: Axis, y: Axis) -> Affine6:
    a, b, c, d, e, f = stored
    return (
        a * x.step,
        b * y.step,
        a * x.edge + b * y.edge + c,
        d * x.step,
        e * y.step,
        d * x.edge + e * y.edge + f,
    )


def _stored_transform(data: DataArray, attrs: Mapping[str, Any]) -> Affine6 | None:
    """GDAL's GeoTransform of the grid mapping, or the attribute of xarray's old open_rasterio."""
    text = attrs.get("GeoTransform")
    if text is not None:
        numbers = text.split() if isinstance(text, str) else list(text)
        try:
            c, a, b, f, d, e = (float(number) for number in numbers)
        except ValueError:
            raise InvalidArgumentError(
                f"GeoTransform={text!r}: expected six numbers; fix the attribute or pass transform="
            ) from None
        return affine6((a, b, c, d, e, f))
    if "transform" in data.attrs:
        return affine6(data.attrs["transform"])
    return None
