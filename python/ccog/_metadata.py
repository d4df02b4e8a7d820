"""Nodata, names, units, scales and tags of a DataArray, by CF's and rioxarray's conventions."""

from __future__ import annotations

import math
import operator
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = [
    "Domains",
    "band_labels",
    "band_metadata",
    "check_nodata",
    "dataset_tags",
    "explicit_tags",
    "find_nodata",
]

#: Metadata by domain: keys with their values, or, in domains xml:…, a document.
Domains = Mapping[str, Mapping[str, str] | str]

#: A hash, or with `name=False` a UUID.
_DASK_NAME = re.compile(r"-([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
_FILL_NAMES = ("_FillValue", "missing_value", "fill_value", "nodata")

#: Domains that are no metadata of the user's, with what says the same.
_NOT_DOMAINS = {
    "image_structure": "it is said by GDAL's creation options",
    "derived_subdatasets": "GDAL makes it itself",
    "subdatasets": "a COG has none",
    "tiling_scheme": "it is said by the creation option TILING_SCHEME",
    "imd": "GDAL writes it to a second file",
    "json:isis3": "GDAL writes it to a second file",
    "json:vicar": "GDAL writes it to a second file",
    "xml:vrt": "it is GDAL's own",
    "vrt_sources": "it is GDAL's own",
}

#: Attributes that are written elsewhere in the file, or that describe another file.
_NOT_TAGS = frozenset(
    (
        *_FILL_NAMES,
        "nodatavals",
        "add_offset",
        "band_tags",
        "coordinates",
        "crs",
        "descriptions",
        "grid_mapping",
        "is_tiled",
        "offsets",
        "res",
        "scale_factor",
        "scales",
        "transform",
        "units",
    )
)


def find_nodata(data: DataArray, dtype: np.dtype[Any]) -> Any:
    """Return the nodata value the array says it has (unchecked), or None."""
    for name in _FILL_NAMES:
        if data.attrs.get(name) is not None:
            return _one_value(name, data.attrs[name])
    for name in _FILL_NAMES[:2]:
        if data.encoding.get(name) is not None:
            # xarray has replaced the fill value by NaN, and scaled what is left.
            return math.nan if dtype.kind == "f" else _one_value(name, data.encoding[name])
    values = data.attrs.get("nodatavals")  # of xarray's old open_rasterio, one a band
    if values is not None and np.size(values):
        return _one_value("nodatavals", values)
    return None


def _one_value(name: str, given: Any) -> Any:
    values = np.asarray(given).ravel()
    if values.size == 0 or any(value != values[0] and value == value for value in values):
        raise InvalidArgumentError(
            f"{name}={given!r}: a GeoTIFF has one nodata value for all bands; pass nodata="
        )
    return values[0].item() if isinstance(values[0], np.generic) else values[0]


def check_nodata(value: Any, dtype: np.dtype[Any]) -> int | float:
    """Return `value` as a pixel of `dtype` holds it, or raise."""
    message = f"nodata={value!r} cannot be a pixel of type {dtype}: "
    if isinstance(value, str):
        try:
            value = int(value) if dtype.kind in "iu" else float(value)
        except ValueError:
            raise InvalidArgumentError(message + "it is not a number") from None
    if isinstance(value, (bool, np.bool_)):
        raise InvalidArgumentError(message + "it is a boolean")
    try:
        if dtype.kind == "f":
            with np.errstate(over="ignore"):
                held = float(np.asarray(float(value)).astype(dtype))
            if math.isinf(held) and not math.isinf(float(value)):
                raise InvalidArgumentError(message + "out of range; pass another, or change dtype")
            return held
        whole = operator.index(value) if not _is_whole_float(value) else int(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            message + "it is not a whole number; pass nodata=, or convert the data to floats"
        ) from None
    limits = np.iinfo(dtype)
    if not limits.min <= whole <= limits.max:
        raise InvalidArgumentError(
            message + f"the range is {limits.min} to {limits.max}; pass nodata=, or change dtype"
        )
    return whole


def _is_whole_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and float(value).is_integer()


def band_metadata(data: DataArray, band_dim: Any, bands: int) -> dict[str, Any]:
    """Return the fields of a `Georeference` that have one value a band."""
    attrs = data.attrs
    scales = _per_band(attrs, "scales", "scale_factor", 1.0, bands)
    offsets = _per_band(attrs, "offsets", "add_offset", 0.0, bands)
    if all(scale == 1.0 for scale in scales) and not any(offsets):
        scales = offsets = ()
    units = attrs.get("units")
    many_units = _texts("units", units, bands) if _is_listed(units) else (_text(units),) * bands
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
        if _is_listed(data.attrs.get(listed)):
            return _texts(listed, data.attrs[listed], bands)
    labels = band_labels(data, band_dim)
    if labels:
        return labels
    # xarray names an array after Dask's, which nobody chose and which is other on every run.
    name = None if _DASK_NAME.search(str(data.name)) else data.name
    return (_text(long_name) or _text(name),) * bands


def band_labels(data: DataArray, band_dim: Any) -> tuple[str | None, ...]:
    """Return the labels of the band dimension where they are text, else nothing."""
    if band_dim is not None and band_dim in data.coords:
        labels = data.coords[band_dim]
        if labels.dims == (band_dim,) and labels.dtype.kind in "UOT":
            return tuple(_text(label) for label in labels.values)
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


def _is_listed(value: Any) -> bool:
    return isinstance(value, (tuple, list, np.ndarray))


def _texts(name: str, values: Any, bands: int) -> tuple[str | None, ...]:
    texts = tuple(_text(value) for value in values)
    if len(texts) != bands:
        raise InvalidArgumentError(f"{name} has {len(texts)} values for {bands} bands")
    return texts


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return None if value is None or (isinstance(value, str) and not value) else str(value)


def _unless_empty(values: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return values if any(values) else ()


def dataset_tags(attrs: Mapping[Any, Any]) -> dict[str, str]:
    """Return the attributes that become metadata, as text and in their order.

    Statistics are left out: they belong to the file the array was read from, not to the array.
    """
    tags = {}
    for key, value in attrs.items():
        name = str(key)
        if name in _NOT_TAGS or name.startswith("STATISTICS_"):
            continue
        text = _text(value)
        if text is not None and not (name == "long_name" and _is_listed(value)):
            tags[name] = text
    return tags


def explicit_tags(
    what: str, given: Mapping[Any, Any]
) -> tuple[dict[str, str | None], dict[str, dict[str, str] | str]]:
    """Check metadata that is given by name: those of the default domain, and of the others.

    Parameters
    ----------
    what : str
        The argument, for errors.
    given : mapping
        {key: value}, {domain: {key: value}}, or both in one; a domain xml:… has its document as
        text. None: not written, even if the array says it.
    """
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(
            f"{what}={given!r}: expected a mapping of keys to values, or of domains to such"
        )
    tags: dict[str, str | None] = {}
    domains: dict[str, dict[str, str] | str] = {}
    for name, value in given.items():
        domain = str(name)
        if isinstance(value, Mapping):
            items = {_key(what, key): _given_text(item) for key, item in value.items()}
            if domain == "":
                tags |= items
            else:
                _check_domain(what, domain, is_text=False)
                some = {key: item for key, item in items.items() if item is not None}
                domains |= {domain: some} if some else {}
        elif domain.lower().startswith(("xml:", "json:")):
            _check_domain(what, domain, is_text=True)
            domains[domain] = _document(what, domain, value)
        else:
            tags[_key(what, domain)] = _given_text(value)
    return tags, domains


def _given_text(value: Any) -> str | None:
    """Unlike in attributes, empty text is text where somebody names it."""
    return None if value is None else _text(value) or ""


def _key(what: str, key: Any) -> str:
    text = str(key)
    if not text or "=" in text or ":" in text:
        raise InvalidArgumentError(
            f"{what}: the key {text!r} cannot be: GDAL ends keys at = and :, so name it otherwise"
        )
    return text


def _check_domain(what: str, domain: str, *, is_text: bool) -> None:
    reason = _NOT_DOMAINS.get(domain.lower())
    if reason is None and is_text and not domain.lower().startswith("xml:"):
        reason = "GDAL's GeoTIFF keeps no JSON documents; give it as {domain: {key: value}}"
    if reason is None and not is_text and domain.lower().startswith("xml:"):
        reason = "its value is a document, as text"
    if reason is not None:
        raise InvalidArgumentError(f"{what}: domain {domain!r} cannot be written: {reason}")


def _document(what: str, domain: str, value: Any) -> str:
    """An XML document without its declaration, which GDAL would take for a part of it."""
    text = re.sub(r"^\s*<\?xml\b.*?\?>", "", _text(value) or "", flags=re.DOTALL)
    try:
        ET.fromstring(text)
    except ET.ParseError as error:
        raise InvalidArgumentError(f"{what}: domain {domain!r} is no XML: {error}") from error
    return text
