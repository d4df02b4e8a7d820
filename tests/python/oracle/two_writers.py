"""A random case written by GDAL's COG driver and by ccog."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
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
from random_colors import as_a_file_says
from tiny_store import PATH, contents, tiny_store


def by_gdal(case: RandomCase, image: np.ndarray, mask: np.ndarray | None) -> bytes:
    """Have GDAL's COG driver copy an array with all that the case knows; raises what it raises."""
    environment = {
        "GDAL_VALIDATE_CREATION_OPTIONS": "NO",  # its list does not know tiles under 128
        "GDAL_PAM_ENABLED": "NO",
    }
    # In this thread, where errors of codecs become exceptions.
    options = {k.lower(): v for k, v in case.options.items() if k != "NUM_THREADS"}
    with rasterio.Env(**environment), _source(case, image, mask) as source, MemoryFile() as cog:
        rasterio.shutil.copy(source, cog.name, driver="COG", **options)
        # Rasterio hands values on in capitals, and GDAL writes this one as it was handed on.
        return bytes(cog.read()).replace(b"GOOGLEMAPSCOMPATIBLE", b"GoogleMapsCompatible")


@contextlib.contextmanager
def _source(case: RandomCase, image: np.ndarray, mask: np.ndarray | None) -> Iterator[Any]:
    """Have a dataset of GDAL's MEM driver, which adds nothing of its own, or a GeoTIFF."""
    known = case.knowledge
    place = known["place"]
    bands, height, width = image.shape
    profile: dict[str, Any] = {
        "height": height,
        "width": width,
        "count": bands,
        "dtype": image.dtype,
        "crs": place.get("crs"),
        "nodata": case.nodata,
    }
    if "transform" in place:
        profile["transform"] = Affine(*place["transform"])

    def fill(dataset: Any) -> None:
        dataset.colorinterp = [ColorInterp[name] for name in known.get("colors", _colors(image))]
        _describe(dataset, known)
        dataset.write(image)
        if mask is not None:
            dataset.write_mask(mask)

    if not case.needs_geotiff():
        with rasterio.open("", "w+", driver="MEM", **profile) as dataset:
            fill(dataset)
            yield dataset
    else:
        with MemoryFile() as file:
            with (
                rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"),
                # Of a single strip of over 2000 rows GDAL cannot read the mask.
                file.open(driver="GTiff", blockysize=min(height, 256), **profile) as dataset,
            ):
                fill(dataset)
            with file.open() as dataset:
                yield dataset


def _colors(image: np.ndarray) -> list[str]:
    """Say what bands mean where nobody does: three or four bytes are red, green and blue."""
    if image.dtype == np.uint8 and len(image) in (3, 4):
        return ["red", "green", "blue", "undefined"][: len(image)]
    return ["gray", *["undefined"] * (len(image) - 1)]


def _describe(out: Any, known: dict[str, Any]) -> None:
    place = known["place"]
    if "gcps" in place:
        points = [GroundControlPoint(row, col, x, y) for row, col, x, y in place["gcps"]]
        out.gcps = (points, rasterio.CRS.from_user_input(place["crs"]))
    if "rpcs" in place:
        out.rpcs = RPC(**place["rpcs"])
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
    known = case.knowledge
    array = dask.array.from_array(image, chunks=case.chunks, name=False)
    source = xr.DataArray(array, dims=("band", "y", "x"), attrs=_attributes(known))
    arguments = {**case.options, **_arguments(case)}
    if mask is not None:
        arguments["mask"] = dask.array.from_array(mask, chunks=case.chunks[1:], name=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments |= {"layout": case.layout, "nodata": case.nodata}
        if case.parts is None:
            whole = ccog.write_ccog(source, None, **arguments)
            return bytes(whole.compute(scheduler=case.scheduler))
        with tiny_store() as store:
            in_parts = ccog.write_ccog(source, PATH, parts=case.parts, **arguments)
            in_parts.compute(scheduler=case.scheduler)
            return contents(store)


def _arguments(case: RandomCase) -> dict[str, Any]:
    """Say in arguments what `write_ccog` has arguments for."""
    known = case.knowledge
    place = known["place"]
    arguments = {name: place[name] for name in ("crs", "transform") if name in place}
    if "gcps" in place:
        arguments["gcps"] = [GroundControlPoint(r, c, x, y) for r, c, x, y in place["gcps"]]
    if "rpcs" in place:
        arguments["rpcs"] = RPC(**place["rpcs"])
    if "tags" in known:
        domains = {domain: tags for domain, tags in known["tags"].items() if domain}
        arguments["tags"] = {**known["tags"].get("", {}), **domains}
    if "color_table" in known:
        arguments["colormap"] = known["color_table"]
        if case.needs_geotiff():
            arguments["colormap"] = as_a_file_says(known["color_table"], case.dtype, case.nodata)
    renamed = {"band_tags": "band_tags", "colors": "color_interpretation"}
    return arguments | {renamed[name]: known[name] for name in renamed if name in known}


def _attributes(known: dict[str, Any]) -> dict[str, Any]:
    """Say the rest in a DataArray's attributes."""
    attrs = {name: known[name] for name in ("units", "scales", "offsets") if name in known}
    if known["place"].get("point"):
        attrs["AREA_OR_POINT"] = "Point"
    if "descriptions" in known:
        attrs["long_name"] = tuple(known["descriptions"])
    return attrs
