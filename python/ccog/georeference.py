"""An array in; out the same pixels as (band, y, x), north up, and what the file says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._bands import band_labels, band_metadata
from ._colors import ColorTable, colors_of, interpretation_of_labels
from ._colors import color_interpretation as check_color_interpretation
from ._control import ControlPoint
from ._grid import Affine6
from ._mask import find_mask
from ._nodata import check_nodata, find_nodata
from ._pixels import band_first, check_dtype, is_instance, plain
from ._place import Place, north_up, parse_crs
from ._tags import Domains, dataset_tags, tags_of
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from rasterio.crs import CRS
    from xarray import DataArray

__all__ = ["Georeference", "describe"]


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
    color_table : mapping of int to (red, green, blue, alpha)
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
    color_table: ColorTable = field(default_factory=dict)
    tiling_scheme: Mapping[str, str] = field(default_factory=dict)

    @property
    def bands(self) -> int:
        """Of `array`, so without the mask."""
        return 1 if self.array.ndim == 2 else int(self.array.shape[0])


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
    if is_instance(data, "xarray", "Dataset"):
        raise InvalidArgumentError(
            "a Dataset has many arrays: pass one (ds['name']), or join them as bands with "
            "ds.to_dataarray(dim='band')"
        )
    source: DataArray | None = data if is_instance(data, "xarray", "DataArray") else None
    dtype = check_dtype(data)
    if gcps is not None and transform is not None:
        raise InvalidArgumentError("gcps= and transform= both place the image: leave one out")
    place = Place(crs, transform, gcps)
    meta: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    if source is not None:
        array, band_dim = band_first(source)
        bands = int(array.shape[0]) if array.ndim == 3 else 1
        place.read(source)
        nodata = find_nodata(source, dtype) if nodata is None else nodata
        meta = band_metadata(source, band_dim, bands)
        labels = band_labels(source, band_dim)
        meta["color_interpretation"] = interpretation_of_labels(labels, dtype) if labels else ()
        attributes = dataset_tags(source.attrs)
    else:
        array = plain(data)
        bands = int(array.shape[0]) if array.ndim == 3 else 1
    if 0 in array.shape:
        raise InvalidArgumentError(f"the array is empty: its shape is {array.shape}")
    if not dtype.isnative:
        array = array.astype(dtype.newbyteorder("="))
    if mask is not None:
        mask, _ = north_up(find_mask(mask, source, array.shape[-2:]), place.transform)
    array, found = north_up(array, place.transform)
    nodata = None if nodata is None else check_nodata(nodata, dtype)
    if color_interpretation is not None:
        meta["color_interpretation"] = check_color_interpretation(color_interpretation, bands)
    meta |= colors_of(colormap, meta.get("color_interpretation", ()), dtype, bands, nodata)
    meta |= tags_of(attributes, meta.get("band_tags", ()), bands, tags, band_tags, rpcs)
    return Georeference(
        array=array,
        mask=mask,
        crs=parse_crs(place.crs),
        transform=found,
        gcps=() if found is not None else place.gcps,
        nodata=nodata,
        **meta,
    )
