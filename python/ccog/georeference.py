"""An array in; out the same pixels as (band, y, x), north up, and what the file says of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ._colors import color_interpretation as check_color_interpretation
from ._colors import color_table, interpretation_of_labels
from ._control import ControlPoint, control_points, rational_polynomials
from ._grid import Affine6, affine6
from ._mask import find_mask
from ._metadata import (
    Domains,
    band_labels,
    band_metadata,
    check_nodata,
    dataset_tags,
    explicit_tags,
    find_nodata,
)
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from rasterio.crs import CRS
    from xarray import DataArray

__all__ = ["Georeference", "describe"]

_INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
_DTYPES = (*_INTEGERS, "float32", "float64")


@dataclass(frozen=True, kw_only=True)
class Georeference:
    """Pixels and what is known of them.

    Attributes
    ----------
    array : dask.array.Array or numpy.ndarray
        Shape (y, x) or (band, y, x), as it came; native byte order, row 0 northernmost and column 0
        westernmost wherever the transform is not rotated.
    mask : dask.array.Array, numpy.ndarray or None
        Shape (y, x), with its pixels where those of `array` are; what is not 0 is valid.
    crs : rasterio.crs.CRS or None
        Coordinate reference system.
    transform : tuple of 6 floats or None
        a, b, c, d, e, f in the order of `affine.Affine`; (c, f) is the outer corner of pixel
        (0, 0), also where AREA_OR_POINT is Point. None: not georeferenced.
    nodata : int, float or None
        Exactly as a pixel of `array` holds it.
    descriptions, units : tuple of str or None, one a band
        Empty where there is none at all.
    scales, offsets : tuple of float, one a band
        Empty where all are 1 and 0.
    tags : mapping of str to str
        The dataset's metadata (GDAL's default domain).
    band_tags : tuple of mappings, one a band
        Metadata of each band; empty where there is none.
    domains, band_domains : mapping, tuple of mappings
        The same for all other domains, RPC (rational polynomials) included.
    gcps : tuple of ControlPoint
        Ground control points; only where there is no transform.
    color_interpretation : tuple of str, one a band
        By the names of rasterio's `ColorInterp`; empty: GDAL's default, by which three or four
        bytes are red, green, blue and something.
    color_table : mapping of int to (red, green, blue)
        Of band 1, whose interpretation is "palette" then; empty where there is none.
    tiling_scheme : mapping of str to str
        What GDAL's domain TILING_SCHEME has; empty where the image lies on none.
    """

    array: Any = field(repr=False)
    mask: Any = field(default=None, repr=False)
    crs: CRS | None = None
    transform: Affine6 | None = None
    nodata: int | float | None = None
    descriptions: tuple[str | None, ...] = ()
    units: tuple[str | None, ...] = ()
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    band_tags: tuple[Mapping[str, str], ...] = ()
    domains: Domains = field(default_factory=dict)
    band_domains: tuple[Domains, ...] = ()
    gcps: tuple[ControlPoint, ...] = ()
    color_interpretation: tuple[str, ...] = ()
    color_table: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    tiling_scheme: Mapping[str, str] = field(default_factory=dict)


def describe(
    data: Any,
    *,
    crs: Any = None,
    transform: Sequence[float] | None = None,
    nodata: float | None = None,
    mask: Any = None,
    gcps: Any = None,
    rpcs: Any = None,
    tags: Mapping[str, Any] | None = None,
    band_tags: Sequence[Mapping[str, Any] | None] | None = None,
    colormap: Mapping[int, Sequence[int]] | None = None,
    color_interpretation: Sequence[Any] | None = None,
) -> Georeference:
    """Read off an array what a GeoTIFF says of it. No pixel is read.

    Parameters
    ----------
    data : xarray.DataArray, dask.array.Array or numpy.ndarray
        Two dimensions (y, x) or three: (band, y, x); a DataArray's may be in any order and are
        known by name (y, lat, latitude, northing; x, lon, …) or by CF attributes, the third one
        being the band. South-up and east-left images are flipped, lazily.
    crs : anything rasterio takes, optional
        Goes before what `data` says: a grid mapping coordinate with ``crs_wkt``, ``spatial_ref``
        or CF attributes, or an attribute ``crs``.
    transform : affine.Affine or 6 floats in its order, optional
        Of the pixels as they are stored in `data`; goes before coordinates and GeoTransform.
    nodata : number, optional
        Goes before the attributes ``_FillValue``, ``missing_value``, ``fill_value``, ``nodata`` and
        ``nodatavals``. Floats that xarray has masked (their fill value is in the encoding) hold
        NaN where nothing is, so NaN is what is written. Otherwise floats have no nodata value, as
        with GDAL.
    mask : array, optional
        Of the pixels as they are stored in `data`, (y, x): what is not 0 is valid. A DataArray must
        have the coordinates of `data`.
    gcps : list of rasterio.control.GroundControlPoint, optional
        Or (points, crs), or GeoJSON; go before what `data` says of its place: coordinates, and an
        attribute ``gcps`` of the grid mapping, as rioxarray and odc-geo write it.
    rpcs : rasterio.rpc.RPC or mapping, optional
        Rational polynomial coefficients.
    tags : mapping, optional
        Metadata beside the attributes: {key: value} and {domain: {key: value}}; a domain xml:… has
        its document as text. None as a value: not written.
    band_tags : sequence of such mappings, one a band, optional
        Beside the attribute ``band_tags``.
    colormap : mapping of int to (red, green, blue), optional
        Colour table of band 1.
    color_interpretation : sequence of str or rasterio.enums.ColorInterp, optional
        One a band; goes before labels of bands that are "red", "green", "blue" and "alpha".

    Raises
    ------
    InvalidArgumentError
        Dimensions or data type that no GeoTIFF of ours has, irregular coordinates (naming axis,
        index and deviation in pixels), one-pixel axes of unknown size, a nodata value that the
        data type cannot hold, a grid mapping that is gone.
    """
    if _is_instance(data, "xarray", "Dataset"):
        raise InvalidArgumentError(
            "a Dataset has many arrays: pass one (ds['name']), or join them as bands with "
            "ds.to_dataarray(dim='band')"
        )
    source: DataArray | None = data if _is_instance(data, "xarray", "DataArray") else None
    dtype = _check_dtype(data)
    if gcps is not None and transform is not None:
        raise InvalidArgumentError("gcps= and transform= both place the image: leave one out")
    place = _Place(crs, transform, gcps)
    meta: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    if source is not None:
        array, band_dim = _band_first(source)
        bands = int(array.shape[0]) if array.ndim == 3 else 1
        place.read(source)
        nodata = find_nodata(source, dtype) if nodata is None else nodata
        meta = band_metadata(source, band_dim, bands)
        labels = band_labels(source, band_dim)
        meta["color_interpretation"] = interpretation_of_labels(labels, dtype) if labels else ()
        attributes = dataset_tags(source.attrs)
    else:
        array = _plain(data)
        bands = int(array.shape[0]) if array.ndim == 3 else 1
    if 0 in array.shape:
        raise InvalidArgumentError(f"the array is empty: its shape is {array.shape}")
    if not dtype.isnative:
        array = array.astype(dtype.newbyteorder("="))
    if mask is not None:
        mask, _ = _north_up(find_mask(mask, source, array.shape[-2:]), place.transform)
    array, found = _north_up(array, place.transform)
    nodata = None if nodata is None else check_nodata(nodata, dtype)
    if color_interpretation is not None:
        meta["color_interpretation"] = check_color_interpretation(color_interpretation, bands)
    meta |= _colors(colormap, meta.get("color_interpretation", ()), dtype, bands, nodata)
    meta |= _named_metadata(attributes, meta.get("band_tags", ()), bands, tags, band_tags, rpcs)
    return Georeference(
        array=array,
        mask=mask,
        crs=_crs(place.crs),
        transform=found,
        gcps=() if found is not None else place.gcps,
        nodata=nodata,
        **meta,
    )


class _Place:
    """CRS, transform and control points: what is given goes before what the array says."""

    def __init__(self, crs: Any, transform: Sequence[float] | None, gcps: Any) -> None:
        self.crs = crs
        self.transform = None if transform is None else affine6(transform)
        self.gcps: tuple[ControlPoint, ...] = ()
        self._is_given = transform is not None or gcps is not None
        if gcps is not None:
            self.gcps, with_them = control_points(gcps)
            self.crs = with_them if crs is None else crs

    def read(self, source: DataArray) -> None:
        from ._xarray import find_control_points, find_crs, find_transform

        if self.crs is None:
            self.crs = find_crs(source)
        if not self._is_given:
            self.gcps = find_control_points(source)
            if not self.gcps:
                self.transform = find_transform(source, has_crs=bool(_crs(self.crs)))


def _colors(
    colormap: Mapping[int, Sequence[int]] | None,
    interpretation: tuple[str, ...],
    dtype: np.dtype[Any],
    bands: int,
    nodata: Any,
) -> dict[str, Any]:
    if colormap is None:
        if "palette" in interpretation:
            raise InvalidArgumentError("color_interpretation: palette needs a colormap=")
        return {}
    table = color_table(colormap, dtype, bands, nodata)
    expected = ("palette", "alpha")[:bands]
    if interpretation and interpretation[0] != "palette":
        raise InvalidArgumentError(
            f"colormap= contradicts color_interpretation={interpretation}: with a colour table it "
            f"is {expected}"
        )
    return {"color_table": table, "color_interpretation": expected}


def _named_metadata(
    attributes: dict[str, str],
    band_attributes: tuple[Mapping[str, str], ...],
    bands: int,
    tags: Mapping[str, Any] | None,
    band_tags: Sequence[Mapping[str, Any] | None] | None,
    rpcs: Any,
) -> dict[str, Any]:
    """Metadata of all domains; what is given by name goes before the array's attributes."""
    others = dict(tags) if isinstance(tags, Mapping) else (tags or {})
    if "RPC" in others:
        if rpcs is not None:
            raise InvalidArgumentError("rpcs= and tags={'RPC': …} say the same: leave one out")
        rpcs = others.pop("RPC")
    named, domains = explicit_tags("tags", others)
    if {**attributes, **named}.get("NODATA_VALUES"):
        raise InvalidArgumentError(
            "the tag NODATA_VALUES gives each band a nodata value of its own, which overviews do "
            "not heed: use nodata= or mask=, and take it out with tags={'NODATA_VALUES': None}"
        )
    if rpcs is not None:
        domains["RPC"] = rational_polynomials(rpcs)
    many = [] if band_tags is None else list(band_tags)
    if many and len(many) != bands:
        raise InvalidArgumentError(f"band_tags has {len(many)} entries for {bands} bands")
    split = [explicit_tags("band_tags", one or {}) for one in many]
    merged = [
        _merge(band_attributes[i] if band_attributes else {}, split[i][0] if split else {})
        for i in range(bands)
    ]
    by_domain = tuple(one[1] for one in split)
    return {
        "tags": _merge(attributes, named),
        "domains": domains,
        "band_tags": tuple(merged) if any(merged) else (),
        "band_domains": by_domain if any(by_domain) else (),
    }


def _merge(attributes: Mapping[str, str], named: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in {**attributes, **named}.items() if value is not None}


def _is_instance(data: Any, module: str, name: str) -> bool:
    """`isinstance` without the import: what was never imported has no instances."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(data, getattr(loaded, name))


def _check_dtype(data: Any) -> np.dtype[Any]:
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
        "c": ".real and .imag as two bands",
        "f": '.astype("float32")' if dtype.itemsize < 8 else '.astype("float64")',
        "M": '.astype("int64")',
        "m": '.astype("int64")',
    }.get(dtype.kind, "numbers, such as .astype('float64')")
    raise InvalidArgumentError(
        f"data of type {dtype} is not taken: use {remedy}; taken are {', '.join(_DTYPES)}"
    )


def _band_first(data: DataArray) -> tuple[Any, Any]:
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
    return _plain(array), others[0] if others else None


def _plain(array: Any) -> Any:
    """Check that an array is Dask's or NumPy's, of two or three dimensions.

    Two stay two: a band axis put before them would cost Dask one more task a chunk.
    """
    if not isinstance(array, np.ndarray) and not _is_instance(array, "dask.array", "Array"):
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


def _crs(given: Any) -> CRS | None:
    if given is None:
        return None
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        crs = CRS.from_user_input(given)
    except (CRSError, ValueError) as error:
        raise InvalidArgumentError(f"crs={given!r} is not understood: {error}") from error
    return crs if crs else None


def _north_up(array: Any, transform: Affine6 | None) -> tuple[Any, Affine6 | None]:
    """Flip south-up and east-left images; rotated ones stay; the identity says no place."""
    if transform is None or transform == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        return array, None
    a, b, c, d, e, f = transform
    if b or d:
        return array, transform
    height_px, width_px = array.shape[-2:]
    if e > 0:
        array, e, f = array[..., ::-1, :], -e, f + e * height_px
    if a < 0:
        array, a, c = array[..., ::-1], -a, c + a * width_px
    return array, (a, b, c, d, e, f)
