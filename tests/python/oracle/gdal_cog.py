"""The oracle: what GDAL's COG driver, the one inside rasterio's wheel, writes of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.transform import Affine


def gdal_cog(
    array: np.ndarray,
    *,
    crs: Any = None,
    transform: Any = None,
    nodata: float | None = None,
    **options: Any,
) -> bytes:
    """Return GDAL's COG of a (band, y, x) array, with its COG creation options."""
    environment = {
        "GDAL_VALIDATE_CREATION_OPTIONS": "NO",  # its list does not know tiles under 128
        "GDAL_PAM_ENABLED": "NO",
    }
    # A GeoTIFF as the source, for GDAL's MEM driver does not know that three bytes are RGB.
    geotiff = _geotiff(array, crs, transform, nodata)
    with rasterio.Env(**environment), MemoryFile(geotiff) as source, MemoryFile() as cog:
        rasterio.shutil.copy(source.name, cog.name, driver="COG", **options)
        return bytes(cog.read())


def _geotiff(array: np.ndarray, crs: Any, transform: Any, nodata: float | None) -> bytes:
    bands, height, width = array.shape
    profile: dict[str, Any] = {"crs": crs, "nodata": nodata}
    if transform is not None:
        profile["transform"] = Affine(*transform)
    if bands == 4 and array.dtype == np.uint8:
        profile["alpha"] = "unspecified"  # nothing in an array says that its last band is alpha
    with MemoryFile() as file:
        with file.open(
            driver="GTiff", height=height, width=width, count=bands, dtype=array.dtype, **profile
        ) as out:
            out.write(array)
        return bytes(file.read())
