"""The tiling schemes that GDAL knows, and those of a definition in OGC's JSON.

From tilematrixset.cpp of GDAL 3.10.
"""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from rasterio.crs import CRS

__all__ = ["Scheme", "scheme"]

_HALF_WORLD_M = 6378137 * math.pi
_METRES_A_PIXEL = 0.28e-3  # of scale denominators, by OGC's definition
_BUILT_IN = ("GoogleMapsCompatible", "InspireCRS84Quad")
_OGC = "http://www.opengis.net/def/tilematrixset/OGC/1.0/"


@dataclass(frozen=True)
class Scheme:
    """A tiling scheme.

    Attributes
    ----------
    crs : str
        For rasterio's `CRS.from_user_input`.
    origin : tuple of two floats
        x and y of the upper left corner of all levels.
    tile_px : int
        Edge of the scheme's own tiles.
    pixel_sizes, matrices :
        Of each zoom level: the size of a pixel, and tiles across and down.
    bounds : tuple of four floats or None
        Least x, least y, greatest x and greatest y of what the scheme is for.
    """

    crs: Any
    origin: tuple[float, float]
    tile_px: int
    pixel_sizes: tuple[float, ...]
    matrices: tuple[tuple[int, int], ...]
    bounds: tuple[float, ...] | None = None


def scheme(name: str) -> Scheme:
    """Return the scheme that GDAL knows by this name, or of a file or text with its definition."""
    lower = name.lower()
    if lower in ("googlemapscompatible", f"{_OGC}WebMercatorQuad".lower()):
        sizes = tuple(2 * _HALF_WORLD_M / 256 / 2**zoom for zoom in range(31))
        matrices = tuple((2**zoom, 2**zoom) for zoom in range(31))
        return Scheme("EPSG:3857", (-_HALF_WORLD_M, _HALF_WORLD_M), 256, sizes, matrices)
    if lower in ("inspirecrs84quad", f"{_OGC}WorldCRS84Quad".lower()):
        sizes = tuple(180.0 / 256 / 2**zoom for zoom in range(30))
        matrices = tuple((2 * 2**zoom, 2**zoom) for zoom in range(30))
        return Scheme("OGC:CRS84", (-180.0, 90.0), 256, sizes, matrices)
    text = _definition(name)
    try:
        return _of_definition(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise InvalidArgumentError(
            f"TILING_SCHEME={name[:80]}: its definition is not understood: {error}"
        ) from error


def _definition(name: str) -> str:
    if name.lstrip().startswith("{"):
        return name
    path = Path(name)
    if not path.is_file():
        files = _in_gdals_data()
        if name not in files:
            known = ", ".join(sorted({*_BUILT_IN, *files}))
            raise InvalidArgumentError(
                f"TILING_SCHEME={name}: allowed is CUSTOM, {known}, and a file or text with a "
                "definition in OGC's JSON"
            )
        path = files[name]
    return path.read_text(encoding="utf-8")


def _in_gdals_data() -> dict[str, Path]:
    """Find the definitions among GDAL's own data files, by name."""
    from rasterio._env import GDALDataFinder  # what rasterio itself finds them by

    folder = os.environ.get("GDAL_DATA") or GDALDataFinder().search()
    files = sorted(Path(folder).glob("tms_*.json")) if folder else []
    return {file.stem.removeprefix("tms_"): file for file in files}


def _of_definition(root: dict[str, Any]) -> Scheme:
    second = "crs" in root and "tileMatrices" in root  # OGC's TMS 2.0, not 1.0
    crs = _crs_of(root["crs" if second else "supportedCRS"])
    matrices = root["tileMatrices" if second else "tileMatrix"]
    corner = "pointOfOrigin" if second else "topLeftCorner"
    for what, key in (("upper left corner", corner), ("tile size", "tileWidth")):
        if any(matrix[key] != matrices[0][key] for matrix in matrices):
            raise ValueError(f"not all levels have the same {what}")
    if any(m.get("variableMatrixWidths") or m.get("variableMatrixWidth") for m in matrices):
        raise ValueError("some levels have a variable matrix width")
    first, second_axis = (float(value) for value in matrices[0][corner])
    origin = (second_axis, first) if _is_northing_first(crs) else (first, second_axis)
    unit = _metres_a_unit(crs)
    box = root.get("boundingBox") or {}
    bounds = None
    if box.get("crs") == root["crs" if second else "supportedCRS"]:
        low, high = box["lowerCorner"], box["upperCorner"]
        order = (1, 0) if _is_northing_first(crs) else (0, 1)
        bounds = tuple(float(corner[axis]) for corner in (low, high) for axis in order)
    return Scheme(
        crs,
        origin,
        int(matrices[0]["tileWidth"]),
        tuple(float(m["scaleDenominator"]) * _METRES_A_PIXEL / unit for m in matrices),
        tuple((int(m["matrixWidth"]), int(m["matrixHeight"])) for m in matrices),
        bounds,
    )


def _crs_of(given: Any) -> CRS:
    from rasterio.crs import CRS

    if isinstance(given, dict):
        given = given.get("uri") or given["wkt"]
    if isinstance(given, dict):
        return CRS.from_user_input(json.dumps(given))
    named = re.search(r"def[:/]crs[:/](\w+)[:/][^:/]*[:/](\w+)$", given)
    return CRS.from_user_input(f"{named[1]}:{named[2]}" if named else given)


def _is_northing_first(crs: CRS) -> bool:
    from rasterio.crs import epsg_treats_as_latlong, epsg_treats_as_northingeasting

    return bool(epsg_treats_as_latlong(crs) or epsg_treats_as_northingeasting(crs))


def _metres_a_unit(crs: CRS) -> float:
    if not crs.is_geographic:
        return float(crs.linear_units_factor[1])
    axis = re.search(r'(?:ELLIPSOID|SPHEROID)\["[^"]*",([0-9.]+)', crs.to_wkt())
    return (float(axis[1]) if axis else 6378137.0) * math.pi / 180
