"""GDAL's virtual format: a dataset without a pixel that says all that GDAL can know of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt

from ._colors import GDAL_NAMES, ColorTable, colors_by_value, default_interpretation
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from .georeference import Georeference

__all__ = ["BAND_DEFAULT_DOMAIN", "dataset_vrt"]

#: Stands for the default domain of a band where GDAL copies named domains only.
BAND_DEFAULT_DOMAIN = "ccog:default"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def dataset_vrt(
    georeference: Georeference,
    dtype: npt.DTypeLike,
    bands: int,
    size_px: int,
    *,
    named_domains: bool = False,
    band_tags: Mapping[str, str] | None = None,
    extra_domains: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Return a VRT of `size_px` by `size_px` pixels of nothing with all metadata.

    Text, so that 64-bit nodata values stay exact, and so that no other format's ways come between
    (GDAL's MEM driver cannot be opened by name, and a GeoTIFF shifts control points).

    Parameters
    ----------
    named_domains : bool
        Put the bands' default metadata in `BAND_DEFAULT_DOMAIN`.
    band_tags : mapping, optional
        Further metadata of every band.
    extra_domains : mapping, optional
        Further domains of the dataset.
    """
    dtype = np.dtype(dtype)
    lines = [f'<VRTDataset rasterXSize="{size_px}" rasterYSize="{size_px}">']
    wkt = "" if georeference.crs is None else georeference.crs.to_wkt()
    if wkt and not georeference.gcps:
        lines.append(f"<SRS>{_text(wkt)}</SRS>")
    if georeference.transform is not None:
        a, b, c, d, e, f = georeference.transform
        numbers = ", ".join(repr(float(number)) for number in (c, a, b, f, d, e))
        lines.append(f"<GeoTransform>{numbers}</GeoTransform>")
    if georeference.gcps:
        lines.append(f"<GCPList Projection={_attribute(wkt)}>" if wkt else "<GCPList>")
        lines += [
            f'<GCP Id="{index}" Pixel="{col!r}" Line="{row!r}" X="{x!r}" Y="{y!r}" Z="{z!r}"/>'
            for index, (row, col, x, y, z) in enumerate(georeference.gcps, start=1)
        ]
        lines.append("</GCPList>")
    lines += _metadata("", georeference.tags)
    for name, items in {**georeference.domains, **(extra_domains or {})}.items():
        lines += _metadata(name, items)
    interpretation = georeference.color_interpretation or default_interpretation(bands, dtype)
    for band in range(bands):
        lines.append(f'<VRTRasterBand dataType="{_data_type(dtype)}" band="{band + 1}">')
        tags = georeference.band_tags[band] if georeference.band_tags else {}
        lines += _metadata(
            BAND_DEFAULT_DOMAIN if named_domains else "", {**tags, **(band_tags or {})}
        )
        if georeference.band_domains:
            for name, items in georeference.band_domains[band].items():
                lines += _metadata(name, items)
        lines += _band(georeference, band)
        lines.append(f"<ColorInterp>{GDAL_NAMES[interpretation[band]]}</ColorInterp>")
        if band == 0 and georeference.color_table:
            lines += _color_table(georeference.color_table)
        lines.append("</VRTRasterBand>")
    if georeference.mask is not None:
        lines.append('<MaskBand><VRTRasterBand dataType="Byte"/></MaskBand>')
    lines.append("</VRTDataset>")
    return "\n".join(lines)


def _data_type(dtype: np.dtype[Any]) -> str:
    kind = {"i": "Int", "u": "UInt", "f": "Float", "c": "CFloat"}[dtype.kind]
    bits = dtype.itemsize * (4 if dtype.kind == "c" else 8)
    return "Byte" if dtype == np.uint8 else f"{kind}{bits}"


def _band(georeference: Georeference, band: int) -> list[str]:
    values: dict[str, Any] = {"NoDataValue": georeference.nodata}
    for name, many in (
        ("Description", georeference.descriptions),
        ("UnitType", georeference.units),
        ("Offset", georeference.offsets),
        ("Scale", georeference.scales),
    ):
        values[name] = many[band] if many else None
    return [
        f"<{name}>{_text(value if isinstance(value, str) else repr(value))}</{name}>"
        for name, value in values.items()
        if value is not None and value != ""
    ]


def _color_table(table: ColorTable) -> list[str]:
    return [
        "<ColorTable>",
        *(
            f'<Entry c1="{r}" c2="{g}" c3="{b}" c4="{alpha}"/>'
            for r, g, b, alpha in colors_by_value(table)
        ),
        "</ColorTable>",
    ]


def _metadata(domain: str, items: Mapping[str, str] | str) -> list[str]:
    if not items:
        return []
    name = f" domain={_attribute(domain)}" if domain else ""
    if isinstance(items, str):
        return [f'<Metadata{name} format="xml">{items}</Metadata>']
    return [
        f"<Metadata{name}>",
        # GDAL overlooks an item without any text, but not one whose text is empty.
        *(
            f"<MDI key={_attribute(key)}>{_text(value) or '<![CDATA[]]>'}</MDI>"
            for key, value in items.items()
        ),
        "</Metadata>",
    ]


def _attribute(text: str) -> str:
    return quoteattr(_checked(text), {'"': "&quot;"})


def _text(text: str) -> str:
    """Escape; GDAL skips white space where a text begins unless that is escaped too."""
    blank = len(text) - len(text.lstrip())
    lead = "".join(f"&#{ord(char)};" for char in text[:blank])
    return lead + escape(_checked(text[blank:]))


def _checked(text: str) -> str:
    if _CONTROL.search(text):
        raise InvalidArgumentError(f"metadata {text!r} has control characters, which no XML has")
    return text
