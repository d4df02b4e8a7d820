"""A random case written by GDAL's COG driver and by ccog."""

from __future__ import annotations

import json
import warnings
from typing import Any

import dask.array
import numpy as np
import rasterio
import rasterio.shutil
import xarray as xr
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile
from rasterio.rpc import RPC
from rasterio.transform import Affine

import ccog
from random_case import RandomCase


def by_gdal(case: RandomCase, image: np.ndarray, mask: np.ndarray | None) -> bytes:
    """Have GDAL's COG driver copy a GeoTIFF with all that the case knows; raises what it raises."""
    environment = {
        "GDAL_VALIDATE_CREATION_OPTIONS": "NO",  # its list does not know tiles under 128
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_TIFF_INTERNAL_MASK": "YES",
    }
    with rasterio.Env(**environment), MemoryFile() as source, MemoryFile() as cog:
        _write_geotiff(source, case, image, mask)
        # In this thread, where errors of codecs become exceptions.
        options = {k.lower(): v for k, v in case.options.items() if k != "NUM_THREADS"}
        rasterio.shutil.copy(source.name, cog.name, driver="COG", **options)
        return bytes(cog.read())


def _write_geotiff(
    file: MemoryFile, case: RandomCase, image: np.ndarray, mask: np.ndarray | None
) -> None:
    known = case.knowledge
    place = known["place"]
    bands, height, width = image.shape
    profile: dict[str, Any] = {"crs": place.get("crs"), "nodata": case.nodata}
    if "transform" in place:
        profile["transform"] = Affine(*place["transform"])
    if bands == 4 and image.dtype == np.uint8 and "colors" not in known:
        profile["alpha"] = "unspecified"  # nothing in an array says that its last band is alpha
    if "color_table" in known:
        profile["photometric"] = "palette"
    with file.open(
        driver="GTiff", height=height, width=width, count=bands, dtype=image.dtype, **profile
    ) as out:
        _describe(out, known)
        out.write(image)
        if mask is not None:
            out.write_mask(mask)


def _describe(out: Any, known: dict[str, Any]) -> None:
    place = known["place"]
    if "gcps" in place:
        points = [GroundControlPoint(row, col, x, y) for row, col, x, y in place["gcps"]]
        out.gcps = (points, rasterio.CRS.from_user_input(place["crs"]))
    if "rpcs" in place:
        out.rpcs = RPC(**place["rpcs"])
    if "colors" in known:
        out.colorinterp = [ColorInterp[name] for name in known["colors"]]
    if "color_table" in known:
        out.write_colormap(1, known["color_table"])
    for domain, tags in known.get("tags", {}).items():
        out.update_tags(**({"ns": domain} if domain else {}), **tags)
    if place.get("point"):
        out.update_tags(AREA_OR_POINT="Point")
    for band, tags in enumerate(known.get("band_tags", ()), start=1):
        out.update_tags(band, **tags)
    for band, text in enumerate(known.get("descriptions", ()), start=1):
        if text:
            out.set_band_description(band, text)
    for band, unit in enumerate(known.get("units", ()), start=1):
        if unit:
            out.set_band_unit(band, unit)
    if "scales" in known:
        out.scales = known["scales"]
        out.offsets = known["offsets"]


def by_ccog(case: RandomCase, image: np.ndarray, mask: np.ndarray | None) -> bytes:
    """Have ccog write a chunked array with all that the case knows; raises what it raises."""
    array = dask.array.from_array(image, chunks=case.chunks, name=False)
    place = case.knowledge["place"]
    arguments: dict[str, Any] = {
        name: place[name] for name in ("crs", "transform") if name in place
    }
    if "gcps" in place:
        arguments.pop("crs")
    if mask is not None:
        arguments["mask"] = dask.array.from_array(mask, chunks=case.chunks[1:], name=False)
    source = xr.DataArray(array, dims=("band", "y", "x"), attrs=_attributes(case.knowledge))
    source = source.assign_coords(spatial_ref=xr.DataArray(0, attrs=_grid_mapping(place)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write = ccog.write_ccog(
            source, None, layout=case.layout, nodata=case.nodata, **arguments, **case.options
        )
        return write.compute(scheduler=case.scheduler)


def _grid_mapping(place: dict[str, Any]) -> dict[str, Any]:
    """Say what rioxarray says in the attributes of `spatial_ref`."""
    if "gcps" not in place:
        return {}
    features = [
        {
            "type": "Feature",
            "properties": {"id": str(n), "info": "", "row": row, "col": col},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for n, (row, col, x, y) in enumerate(place["gcps"], start=1)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    wkt = rasterio.CRS.from_user_input(place["crs"]).to_wkt()
    return {"crs_wkt": wkt, "gcps": json.dumps(collection)}


def _attributes(known: dict[str, Any]) -> dict[str, Any]:
    """Say it in a DataArray's attributes."""
    place = known["place"]
    attrs: dict[str, Any] = dict(known.get("tags", {}).get("", {}))
    domains = {k: v for k, v in known.get("tags", {}).items() if k}
    if domains:
        attrs["tag_domains"] = domains
    if place.get("point"):
        attrs["AREA_OR_POINT"] = "Point"
    if "rpcs" in place:
        attrs["rpcs"] = place["rpcs"]
    if "descriptions" in known:
        attrs["long_name"] = tuple(known["descriptions"])
    renamed = {"colors": "color_interp", "color_table": "color_table"}
    for name in ("band_tags", "units", "scales", "offsets", "colors", "color_table"):
        if name in known:
            attrs[renamed.get(name, name)] = known[name]
    return attrs
