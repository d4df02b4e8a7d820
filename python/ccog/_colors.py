"""Colour interpretation and colour tables: what is given, checked, in GDAL's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import InvalidArgumentError

__all__ = [
    "GDAL_NAMES",
    "ColorTable",
    "color_interpretation",
    "colors_by_value",
    "colors_of",
    "default_interpretation",
    "interpretation_of_labels",
]

#: (red, green, blue, alpha) by value, alpha being 255 or 0.
ColorTable = Mapping[int, tuple[int, int, int, int]]

#: rasterio's name of each colour interpretation, and GDAL's.
GDAL_NAMES = {
    "undefined": "Undefined",
    **{
        name: name.capitalize()
        for name in (
            *("gray", "palette", "red", "green", "blue", "alpha", "hue", "saturation"),
            *("lightness", "cyan", "magenta", "yellow", "black", "pan", "coastal"),
        )
    },
    **{name: f"YCbCr_{name}" for name in ("Y", "Cb", "Cr")},
    "rededge": "RedEdge",
    **{name: name.upper() for name in ("nir", "swir", "mwir", "lwir", "tir")},
    "other_ir": "OtherIR",
    **{f"sar_{band.lower()}": f"SAR_{band}" for band in ("Ka", "K", "Ku", *"XCSLP")},
}


def color_interpretation(given: Iterable[Any], bands: int) -> tuple[str, ...]:
    """Check one interpretation a band: rasterio's names or its `ColorInterp`; None: undefined."""
    if isinstance(given, str):
        given = (given,)
    values = tuple(given)
    if len(values) != bands:
        raise InvalidArgumentError(
            f"color_interpretation has {len(values)} entries for {bands} band"
            f"{'s' if bands > 1 else ''}"
        )
    known = {name.lower(): name for name in GDAL_NAMES} | {"grey": "gray"}
    names = []
    for value in values:
        text = "undefined" if value is None else str(getattr(value, "name", value))
        name = known.get(text.lower())
        if name is None:
            raise InvalidArgumentError(
                f"color_interpretation: {value!r} is not known; known are {', '.join(GDAL_NAMES)}"
            )
        names.append(name)
    return tuple(names)


def default_interpretation(bands: int, dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Return what a GeoTIFF of GDAL's says where nobody says anything: three bytes are RGB."""
    if dtype == np.uint8 and bands in (3, 4):
        return ("red", "green", "blue", "undefined")[:bands]
    return ("gray", *("undefined",) * (bands - 1))


def interpretation_of_labels(labels: Sequence[Any], dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Return what names of bands say: red, green and blue where all three occur, and alpha.

    Empty where they say nothing, which leaves the interpretation to GDAL's defaults.
    """
    names = [str(label).strip().lower() for label in labels]
    rgb = all(names.count(color) == 1 for color in ("red", "green", "blue"))
    alpha = len(names) > 1 and names.count("alpha") == 1
    if not rgb and not alpha:
        return ()
    found = list(default_interpretation(len(names), dtype))
    if rgb:
        found = [name if name in ("red", "green", "blue") else "undefined" for name in names]
    if alpha:
        found[names.index("alpha")] = "alpha"
    return tuple(found)


def _color_table(
    given: Mapping[Any, Sequence[int]], dtype: np.dtype[Any], bands: int, nodata: Any = None
) -> ColorTable:
    """Check a colour table: {value: (red, green, blue)}, or with an alpha as fourth.

    Readers of GDAL's show `nodata` as transparent; all else is opaque. (0, 0, 0, 0) is what
    rasterio says of a value without a colour.

    Raises
    ------
    InvalidArgumentError
        Not one or two bands of uint8 or uint16, which is all that GeoTIFF has them for; values or
        colours out of range; transparency, which TIFF's colour tables do not have.
    """
    if dtype.name not in ("uint8", "uint16") or bands > 2:
        raise InvalidArgumentError(
            f"colormap= with {bands} bands of {dtype}: TIFF has colour tables for 1 or 2 bands of "
            "uint8 or uint16 only"
        )
    if not isinstance(given, Mapping) or not given:
        raise InvalidArgumentError(
            f"colormap={given!r}: expected {{value: (red, green, blue)}} as rasterio has it"
        )
    table = {}
    for value, color in given.items():
        entry = tuple(int(part) for part in color)
        if not 0 <= int(value) <= np.iinfo(dtype).max:
            raise InvalidArgumentError(f"colormap: {value} is no value of {dtype}")
        if len(entry) not in (3, 4) or not all(0 <= part <= 255 for part in entry):
            raise InvalidArgumentError(
                f"colormap: {value}: {color!r} is not (red, green, blue) of 0 to 255 each"
            )
        colorless = entry == (0, 0, 0, 0) or (entry[3:] == (0,) and int(value) == nodata)
        if len(entry) == 4 and entry[3] != 255 and not colorless:
            raise InvalidArgumentError(
                f"colormap: {value}: {color!r} is transparent, which TIFF's colour tables cannot "
                "say: use nodata=, or write the colours as bands"
            )
        table[int(value)] = (entry[0], entry[1], entry[2], 0 if colorless else 255)
    return dict(sorted(table.items()))


def colors_of(
    colormap: Mapping[int, Sequence[int]] | None,
    interpretation: tuple[str, ...],
    dtype: np.dtype[Any],
    bands: int,
    nodata: Any,
) -> dict[str, Any]:
    """Return the fields of a `Georeference` that a colour table makes; check that it may be."""
    if colormap is None:
        if "palette" in interpretation:
            raise InvalidArgumentError("color_interpretation: palette needs a colormap=")
        return {}
    table = _color_table(colormap, dtype, bands, nodata)
    expected = ("palette", "alpha")[:bands]
    if interpretation and interpretation[0] != "palette":
        raise InvalidArgumentError(
            f"colormap= contradicts color_interpretation={interpretation}: with a colour table it "
            f"is {expected}"
        )
    return {"color_table": table, "color_interpretation": interpretation or expected}


def colors_by_value(table: ColorTable) -> list[tuple[int, int, int, int]]:
    """Give the colours from value 0 to the last; as in GDAL, values without are transparent."""
    return [table.get(value, (0, 0, 0, 0)) for value in range(max(table) + 1)]
