"""A tiny GeoTIFF by GDAL itself, from which the opaque tags of the real file are copied."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from . import _core
from ._gdal_options import KERNELS, KERNELS_OF_COMPLEX, OWN_KERNELS
from ._vrt import BAND_DEFAULT_DOMAIN, dataset_vrt
from .errors import InvalidArgumentError
from .georeference import Georeference
from .options import WriteOptions

__all__ = ["final_metadata", "make_template"]

#: Smallest tile that TIFF has, so that hundreds of bands stay small; two pixels give one overview.
_TILE_PX = 16
_SIZE_PX = 2
_MOST_BANDS = 65535
#: GDAL 3.12 names the method of overviews in this item, 3.10 does not and lets nobody write into
#: its domain. Methods that are not GDAL's are named: at first in a plain item of the same length.
_METHOD_ITEM = 'OVERVIEW_RESAMPLING" domain="IMAGE_STRUCTURE'
_METHOD_STAND_IN = "CCOG_OVERVIEW_METHOD".ljust(len(_METHOD_ITEM), "_")

#: Keeps GDAL_METADATA in the file for what is put into it later, and the item that it makes.
_PLACE = {"ccog:place": {"x": "x"}}
_PLACE_ITEM = '  <Item name="x" domain="ccog:place">x</Item>\n'
_QUOTE = {'"': "&quot;"}

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
    from rasterio._err import CPLE_BaseError  # not public, and raised to the caller all the same
    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import MemoryFile
    from rasterio.session import DummySession

    if bands > _MOST_BANDS:
        raise InvalidArgumentError(f"{bands} bands: TIFF has at most {_MOST_BANDS}")
    named_domains = _needs_named_domains(georeference)
    creation_options = _creation_options(options, np.dtype(dtype))
    if named_domains:
        creation_options["COPY_SRC_MDD"] = "YES"
    if options.resampling in OWN_KERNELS:
        tags = {**georeference.tags, _METHOD_STAND_IN: options.resampling}
        georeference = replace(georeference, tags=tags)
    with (
        warnings.catch_warnings(),
        # The tile is smaller than the driver's list of options likes; no side file is wanted.
        # Without this session, Env would look for credentials of AWS, which have no part in this.
        rasterio.Env(  # type: ignore[no-untyped-call]
            session=DummySession(),  # type: ignore[no-untyped-call]
            GDAL_VALIDATE_CREATION_OPTIONS="NO",
            GDAL_PAM_ENABLED="NO",
            GDAL_TIFF_ENDIANNESS="LITTLE",
            GDAL_TIFF_OVR_BLOCKSIZE="64",  # the least; GDAL takes 128 where the image has 16
            GDAL_TIFF_INTERNAL_MASK="YES",
        ),
        MemoryFile() as cog,  # type: ignore[no-untyped-call]
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            vrt = dataset_vrt(
                georeference,
                dtype,
                bands,
                _SIZE_PX,
                named_domains=named_domains,
                band_tags=_STATISTICS if options.statistics else None,
                extra_domains=_PLACE if georeference.tiling_scheme else None,
            )
            rasterio.shutil.copy(vrt, cog.name, driver="COG", **creation_options)
            template = bytes(cog.read())
            with cog.open() as written:
                kept = written.gcps[1] if georeference.gcps else written.crs
        except (RasterioError, CPLE_BaseError, ValueError, TypeError) as error:
            raise InvalidArgumentError(f"GDAL cannot write this GeoTIFF: {error}") from error
    if georeference.crs and not kept:
        raise InvalidArgumentError(
            f"GeoTIFF has no keys for this coordinate reference system: {georeference.crs.wkt}; "
            "reproject the data, or remove its CRS"
        )
    return template.replace(_METHOD_STAND_IN.encode(), _METHOD_ITEM.encode())


def final_metadata(template: bytes, georeference: Georeference) -> str | None:
    """Return GDAL_METADATA for level 0 where the template's is not final, else None.

    GDAL says these things only of a file of their size, or not at all, so that the template has
    something in their place.
    """
    if not _needs_named_domains(georeference):
        return None
    text = _core.template_metadata(template)
    final = text.replace(f' domain="{BAND_DEFAULT_DOMAIN}"', "").replace(_PLACE_ITEM, "")
    # Those of the tiling scheme come after the bands' and before what GDAL says of the codec.
    items = [
        f'  <Item name="{name}" domain="TILING_SCHEME">{_twice_escaped(value)}</Item>\n'
        for name, value in georeference.tiling_scheme.items()
    ]
    place = re.search(r'  <Item name="\w+" domain="IMAGE_STRUCTURE">|</GDALMetadata>', final)
    at = place.start() if place else len(final)
    final = final[:at] + "".join(items) + final[at:]
    return None if final == text else final


def _twice_escaped(text: str) -> str:
    """Escape as GDAL does: once too often, and its readers undo it."""
    return escape(escape(text, _QUOTE), _QUOTE)


def _needs_named_domains(georeference: Georeference) -> bool:
    """Whether there are domains that GDAL's COG driver copies only when told to."""
    return (
        bool(georeference.tiling_scheme)
        or bool(georeference.domains.keys() - {"RPC", "COLOR_PROFILE", "xml:XMP"})
        or any(domains.keys() - {"IMAGERY"} for domains in georeference.band_domains)
    )


def _creation_options(options: WriteOptions, dtype: np.dtype[Any]) -> dict[str, str]:
    predictor = {1: "NO", 2: "STANDARD", 3: "FLOATING_POINT"}
    # The pixels are thrown away, so that any method will do where GDAL lacks the one asked for.
    made_by_gdal = options.resampling in (KERNELS_OF_COMPLEX if dtype.kind == "c" else KERNELS)
    return {
        # No tag but the codec's own tells NONE from DEFLATE, and zeros deflate to nothing.
        "COMPRESS": options.image.compression.replace("NONE", "DEFLATE"),
        "PREDICTOR": predictor[options.image.predictor],
        "OVERVIEW_COMPRESS": options.overview.compression.replace("NONE", "DEFLATE"),
        "OVERVIEW_PREDICTOR": predictor[options.overview.predictor],
        "OVERVIEW_RESAMPLING": options.resampling if made_by_gdal else "AVERAGE",
        "OVERVIEW_COUNT": "1",
        "BLOCKSIZE": str(_TILE_PX),
        "BIGTIFF": "NO",
        "GEOTIFF_VERSION": options.geotiff_version,
        "STATISTICS": "AUTO",  # the bands have places for them where they are asked for
        "LEVEL": "1",  # the fastest: the pixels are thrown away
        **options.gdal,
    }
