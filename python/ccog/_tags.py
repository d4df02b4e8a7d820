"""Tags: metadata of the file and of its bands, in GDAL's domains."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._control import rational_polynomials
from ._nodata import FILL_NAMES
from .errors import InvalidArgumentError

__all__ = ["Domains", "dataset_tags", "is_listed", "tags_of", "text"]

#: Metadata by domain: keys with their values, or, in domains xml:…, a document.
Domains = Mapping[str, Mapping[str, str] | str]

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
        *FILL_NAMES,
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


def tags_of(
    attributes: dict[str, str],
    band_attributes: tuple[Mapping[str, str], ...],
    bands: int,
    tags: Mapping[str, Any] | None,
    band_tags: Sequence[Mapping[str, Any] | None] | None,
    rpcs: Any,
) -> dict[str, Any]:
    """Metadata of all domains; what is given by name goes before the array's attributes."""
    others = dict(tags) if isinstance(tags, Mapping) else (tags or {})
    if "RPC" in others:
        if rpcs is not None:
            raise InvalidArgumentError("rpcs= and tags={'RPC': …} say the same: leave one out")
        rpcs = others.pop("RPC")
    named, domains = explicit_tags("tags", others)
    if {**attributes, **named}.get("NODATA_VALUES"):
        raise InvalidArgumentError(
            "the tag NODATA_VALUES gives each band a nodata value of its own, which overviews do "
            "not heed: use nodata= or mask=, and take it out with tags={'NODATA_VALUES': None}"
        )
    if rpcs is not None:
        domains["RPC"] = rational_polynomials(rpcs)
    many = [] if band_tags is None else list(band_tags)
    if many and len(many) != bands:
        raise InvalidArgumentError(f"band_tags has {len(many)} entries for {bands} bands")
    split = [explicit_tags("band_tags", one or {}) for one in many]
    merged = [
        _merge(band_attributes[i] if band_attributes else {}, split[i][0] if split else {})
        for i in range(bands)
    ]
    by_domain = tuple(one[1] for one in split)
    return {
        "tags": _merge(attributes, named),
        "domains": domains,
        "band_tags": tuple(merged) if any(merged) else (),
        "band_domains": by_domain if any(by_domain) else (),
    }


def _merge(attributes: Mapping[str, str], named: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in {**attributes, **named}.items() if value is not None}


def dataset_tags(attrs: Mapping[Any, Any]) -> dict[str, str]:
    """Return the attributes that become metadata, as text and in their order.

    Statistics are left out: they belong to the file the array was read from, not to the array.
    """
    tags = {}
    for key, value in attrs.items():
        name = str(key)
        if name in _NOT_TAGS or name.startswith("STATISTICS_"):
            continue
        said = text(value)
        if said is not None and not (name == "long_name" and is_listed(value)):
            tags[name] = said
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
    return None if value is None else text(value) or ""


def _key(what: str, key: Any) -> str:
    name = str(key)
    if not name or "=" in name or ":" in name:
        raise InvalidArgumentError(
            f"{what}: the key {name!r} cannot be: GDAL ends keys at = and :, so name it otherwise"
        )
    return name


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
    document = re.sub(r"^\s*<\?xml\b.*?\?>", "", text(value) or "", flags=re.DOTALL)
    try:
        ET.fromstring(document)
    except ET.ParseError as error:
        raise InvalidArgumentError(f"{what}: domain {domain!r} is no XML: {error}") from error
    return document


def is_listed(value: Any) -> bool:
    return isinstance(value, (tuple, list, np.ndarray))


def text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return None if value is None or (isinstance(value, str) and not value) else str(value)
