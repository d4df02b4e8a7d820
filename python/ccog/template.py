"""A tiny GeoTIFF by GDAL itself, from which the opaque tags of the real file are copied."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError
from .georeference import Georeference
from .options import WriteOptions

__all__ = ["make_template"]

#: Smallest tile that TIFF has, so that hundreds of bands stay small; two pixels give one overview.
_TILE_PX = 16
_SIZE_PX = 2

#: Items that the numbers take the place of when they are known: longer than any of them, so that
#: the plan's header is the largest there can be. In GDAL's order.
_STATISTICS = {
    f"STATISTICS_{name}": "0" * 24
    for name in ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV", "VALID_PERCENT")
}


def make_template(
    georeference: Georeference, options: WriteOptions, dtype: npt.DTypeLike, bands: int
) -> bytes:
    """Have GDAL write a COG of two by two pixels with one overview, and return its bytes.

    Its first directory has the tags that level 0 of the real file needs and that depend on neither
    size nor tiling (photometric interpretation, extra samples, GeoKeys, GDAL_METADATA,
    GDAL_NODATA, …), its second one those of every overview. It is a little-endian classic TIFF.

    Parameters
    ----------
    georeference : Georeference
        Whose `array` is not looked at; whether there is a `mask` is.
    options : WriteOptions
        Compression, predictors, resampling and GeoTIFF version are handed to GDAL, for its tags
        may depend on them.
    dtype : data type
        Of the samples.
    bands : int
        Number of bands.

    Raises
    ------
    InvalidArgumentError
        GDAL refuses, or the coordinate reference system cannot be said in GeoKeys.
    """
    import rasterio.shutil
    from affine import Affine
    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import MemoryFile

    dtype = np.dtype(dtype)
    wide_nodata = dtype.kind in "iu" and dtype.itemsize == 8 and georeference.nodata is not None
    profile: dict[str, Any] = {
        "driver": "GTiff",  # a source of the COG that knows colours, which GDAL's MEM does not
        "height": _SIZE_PX,
        "width": _SIZE_PX,
        "count": bands,
        "dtype": dtype.name,
        "nodata": None if wide_nodata else georeference.nodata,
        "crs": georeference.crs,
    }
    if bands == 4 and dtype == np.uint8:
        # By itself GDAL would take the fourth band for alpha, be it near infrared.
        profile["alpha"] = "unspecified"
    if georeference.transform is not None:
        profile["transform"] = Affine(*georeference.transform)
    with (
        warnings.catch_warnings(),
        # The tile is smaller than the driver's list of options likes; no side file is wanted.
        rasterio.Env(  # type: ignore[no-untyped-call]
            GDAL_VALIDATE_CREATION_OPTIONS="NO",
            GDAL_PAM_ENABLED="NO",
            GDAL_TIFF_ENDIANNESS="LITTLE",
            GDAL_TIFF_OVR_BLOCKSIZE="64",  # the least; GDAL takes 128 where the image has 16
            GDAL_TIFF_INTERNAL_MASK="YES",
        ),
        MemoryFile() as source,  # type: ignore[no-untyped-call]
        MemoryFile() as cog,  # type: ignore[no-untyped-call]
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with source.open(**profile) as out:
                _write_metadata(out, georeference)
                if options.statistics:
                    for band in range(1, bands + 1):
                        out.update_tags(band, **_STATISTICS)
                if georeference.mask is not None:
                    out.write_mask(np.ones((_SIZE_PX, _SIZE_PX), np.uint8))
            described = source.name
            if wide_nodata:
                described = _with_nodata(source.name, str(georeference.nodata))
            rasterio.shutil.copy(described, cog.name, driver="COG", **_creation_options(options))
            template = bytes(cog.read())
            with cog.open() as written:
                kept = written.crs
        except (RasterioError, ValueError, TypeError) as error:
            raise InvalidArgumentError(f"GDAL cannot write this GeoTIFF: {error}") from error
    if georeference.crs and not kept:
        raise InvalidArgumentError(
            f"GeoTIFF has no keys for this coordinate reference system: {georeference.crs.wkt}; "
            "reproject the data, or remove its CRS"
        )
    return template


def _creation_options(options: WriteOptions) -> dict[str, str]:
    predictor = {1: "NO", 2: "STANDARD", 3: "FLOATING_POINT"}
    return {
        # No tag but the codec's own tells NONE from DEFLATE, and zeros deflate to nothing.
        "COMPRESS": options.compression.replace("NONE", "DEFLATE"),
        "PREDICTOR": predictor[options.predictor],
        "OVERVIEW_COMPRESS": options.overview_compression.replace("NONE", "DEFLATE"),
        "OVERVIEW_PREDICTOR": predictor[options.overview_predictor],
        "OVERVIEW_RESAMPLING": options.resampling,
        "OVERVIEW_COUNT": "1",
        "BLOCKSIZE": str(_TILE_PX),
        "BIGTIFF": "NO",
        "GEOTIFF_VERSION": options.geotiff_version,
        "STATISTICS": "AUTO",  # the bands have places for them where they are asked for
        "LEVEL": "1",  # the fastest: the pixels are thrown away
    }


def _write_metadata(out: Any, georeference: Georeference) -> None:
    """Set what is not in the profile; `out` is rasterio's dataset open for writing."""
    if georeference.tags:
        out.update_tags(**georeference.tags)
    for band, tags in enumerate(georeference.band_tags, start=1):
        if tags:
            out.update_tags(band, **tags)
    for band, description in enumerate(georeference.descriptions, start=1):
        if description:
            out.set_band_description(band, description)
    for band, unit in enumerate(georeference.units, start=1):
        if unit:
            out.set_band_unit(band, unit)
    if georeference.scales:
        out.scales = georeference.scales
    if georeference.offsets:
        out.offsets = georeference.offsets


def _with_nodata(path: str, nodata: str) -> str:
    """Return a VRT of the file at `path` that has this nodata value.

    Rasterio hands nodata to GDAL as a double, which holds no 64-bit integer beyond 2**53 exactly,
    and which GDAL then writes as 1.8e+19 and reads as 1.
    """
    import rasterio.shutil
    from rasterio.io import MemoryFile

    with MemoryFile(ext="vrt") as file:  # type: ignore[no-untyped-call]
        rasterio.shutil.copy(path, file.name, driver="VRT")
        vrt = bytes(file.read()).decode()
    return re.sub(
        r"(<VRTRasterBand [^>]*>)", lambda m: f"{m[1]}<NoDataValue>{nodata}</NoDataValue>", vrt
    )
