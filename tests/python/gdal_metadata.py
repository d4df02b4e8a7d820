"""GDAL's COG of an array with all that can be known of it, from a dataset in memory.

In memory, for a GeoTIFF in between changes things: control points move, a CRS appears.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import Affine

#: Domains that GDAL's COG driver copies without being told to.
COPIED = {"", "RPC", "COLOR_PROFILE", "xml:XMP"}
COPIED_OF_BANDS = {"", "IMAGERY"}


def gdal_cog_of(image: np.ndarray, known: dict[str, Any], **options: Any) -> bytes:
    """Return GDAL's COG of a (band, y, x) array.

    `known` may have: crs, transform, nodata, gcps, rpcs, tags and band_tags ({domain: {key:
    value}}), descriptions, units, scales, offsets, colormap, color_interpretation.
    """
    bands, height, width = image.shape
    profile: dict[str, Any] = {"crs": known.get("crs"), "nodata": known.get("nodata")}
    if "transform" in known:
        profile["transform"] = Affine(*known["transform"])
    environment = {"GDAL_VALIDATE_CREATION_OPTIONS": "NO", "GDAL_PAM_ENABLED": "NO"}
    with warnings.catch_warnings(), rasterio.Env(**environment), MemoryFile() as cog:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        # Rasterio sets a nodata value as a double, which GDAL's MEM does not take for 64 bits.
        is_wide = image.dtype.name in ("int64", "uint64") and known.get("nodata") is not None
        name, driver = ("/vsimem/wide.tif", "GTiff") if is_wide else ("", "MEM")
        with rasterio.open(
            name, "w+", driver, width, height, bands, dtype=image.dtype, **profile
        ) as source:
            source.write(image)
            _describe(source, known)
            domains = {name for name in known.get("tags", {}) if name not in COPIED}
            for tags in known.get("band_tags", ()):
                domains |= tags.keys() - COPIED_OF_BANDS
            if domains and not options.keys() & {"copy_src_mdd", "src_mdd"}:
                options["COPY_SRC_MDD"] = "YES"
            rasterio.shutil.copy(source, cog.name, driver="COG", **options)
        return bytes(cog.read())


def _describe(source: Any, known: dict[str, Any]) -> None:
    default = ["gray", *["undefined"] * (source.count - 1)]
    if source.count in (3, 4) and source.dtypes[0] == "uint8":
        default = ["red", "green", "blue", "undefined"][: source.count]
    if "colormap" in known:
        source.write_colormap(1, known["colormap"])
        default = ["palette", "alpha"][: source.count]
    names = known.get("color_interpretation", default)
    source.colorinterp = [ColorInterp[name] for name in names]
    if "gcps" in known:
        source.gcps = known["gcps"]
    if "rpcs" in known:
        source.rpcs = known["rpcs"]
    for domain, tags in known.get("tags", {}).items():
        source.update_tags(**({"ns": domain} if domain else {}), **tags)
    for band, domains in enumerate(known.get("band_tags", ()), start=1):
        for domain, tags in domains.items():
            source.update_tags(band, **({"ns": domain} if domain else {}), **tags)
    for band, text in enumerate(known.get("descriptions", ()), start=1):
        source.set_band_description(band, text or "")
    for band, text in enumerate(known.get("units", ()), start=1):
        source.set_band_unit(band, text or "")
    if "scales" in known:
        source.scales, source.offsets = known["scales"], known["offsets"]
