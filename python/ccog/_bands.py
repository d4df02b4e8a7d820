"""Names, units and scales of a DataArray's bands, by CF's and rioxarray's conventions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._tags import dataset_tags, is_listed, text
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["band_labels", "band_metadata"]

#: A hash, or with `name=False` a UUID.
_DASK_NAME = re.compile(r"-([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")


def band_metadata(data: DataArray, band_dim: Any, bands: int) -> dict[str, Any]:
    """Return the fields of a `Georeference` that have one value a band."""
    attrs = data.attrs
    scales = _per_band(attrs, "scales", "scale_factor", 1.0, bands)
    offsets = _per_band(attrs, "offsets", "add_offset", 0.0, bands)
    if all(scale == 1.0 for scale in scales) and not any(offsets):
        scales = offsets = ()
    units = attrs.get("units")
    many_units = _texts("units", units, bands) if is_listed(units) else (text(units),) * bands
    band_tags = attrs.get("band_tags") or []
    if band_tags and len(band_tags) != bands:
        raise InvalidArgumentError(f"band_tags has {len(band_tags)} entries for {bands} bands")
    return {
        "descriptions": _unless_empty(_descriptions(data, band_dim, bands)),
        "units": _unless_empty(many_units),
        "scales": scales,
        "offsets": offsets,
        "band_tags": tuple(dataset_tags(tags) for tags in band_tags),
    }


def _descriptions(data: DataArray, band_dim: Any, bands: int) -> tuple[str | None, ...]:
    """One `long_name` a band, else the labels of the band dimension, else one name for all."""
    long_name = data.attrs.get("long_name")
    for listed in ("long_name", "descriptions"):  # the latter of xarray's old open_rasterio
        if is_listed(data.attrs.get(listed)):
            return _texts(listed, data.attrs[listed], bands)
    labels = band_labels(data, band_dim)
    if labels:
        return labels
    # xarray names an array after Dask's, which nobody chose and which is other on every run.
    name = None if _DASK_NAME.search(str(data.name)) else data.name
    return (text(long_name) or text(name),) * bands


def band_labels(data: DataArray, band_dim: Any) -> tuple[str | None, ...]:
    """Return the labels of the band dimension where they are text, else nothing."""
    if band_dim is not None and band_dim in data.coords:
        labels = data.coords[band_dim]
        if labels.dims == (band_dim,) and labels.dtype.kind in "UOT":
            return tuple(text(label) for label in labels.values)
    return ()


def _per_band(
    attrs: Mapping[str, Any], many: str, one: str, default: float, bands: int
) -> tuple[float, ...]:
    given = attrs.get(many)
    if given is None:
        given = [attrs.get(one, default)] * bands
    values = tuple(float(value) for value in np.ravel(given))
    if len(values) != bands:
        raise InvalidArgumentError(f"{many} has {len(values)} values for {bands} bands")
    return values


def _texts(name: str, values: Any, bands: int) -> tuple[str | None, ...]:
    texts = tuple(text(value) for value in values)
    if len(texts) != bands:
        raise InvalidArgumentError(f"{name} has {len(texts)} values for {bands} bands")
    return texts


def _unless_empty(values: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return values if any(values) else ()
