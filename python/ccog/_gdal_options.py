"""The creation options that GDAL's COG driver knows, and what of each is done here.

From https://gdal.org/drivers/raster/cog.html and the option list of the driver in GDAL 3.10, with
INTERLEAVE of 3.11.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["KERNELS", "OPTIONS", "OWN_KERNELS", "Option"]


@dataclass(frozen=True)
class Option:
    """One creation option.

    Attributes
    ----------
    allowed : str
        The values that may be given, for people.
    spellings : mapping
        Each accepted spelling (upper case) with its canonical value.
    number : type or None
        `int` or `float` where the value is a number.
    minimum : float or None
        The least number.
    free : bool
        Whether other text than `spellings` is allowed as well.
    done : tuple of str or None
        The canonical values that are carried out, or that ask for nothing; None: all.
    verbatim : bool
        Whether a number is canonical as it is given.
    """

    allowed: str
    spellings: Mapping[str, str] = field(default_factory=dict)
    number: type[int] | type[float] | None = None
    minimum: float | None = None
    free: bool = False
    done: tuple[str, ...] | None = None
    verbatim: bool = False

    def canonical(self, text: str) -> str | None:
        """Return the canonical spelling of `text`, or None where it is not allowed."""
        found = self.spellings.get(text.upper())
        if found is not None:
            return found
        if self.number is None:
            return text if self.free and text else None
        try:
            value = self.number(text)
        except ValueError:
            return None
        if not math.isfinite(value) or (self.minimum is not None and value < self.minimum):
            return None
        if self.verbatim:
            return text
        return f"{value:g}" if isinstance(value, float) else str(value)


_YES = dict.fromkeys(("YES", "TRUE", "ON", "1"), "YES")
_NO = dict.fromkeys(("NO", "FALSE", "OFF", "0"), "NO")


def _choice(
    *values: str,
    aliases: Mapping[str, str] | None = None,
    done: tuple[str, ...] | None = None,
) -> Option:
    spellings = {value.upper(): value for value in values} | dict(aliases or {})
    return Option(", ".join(values), spellings, done=done)


def _boolean(*done: str) -> Option:
    return Option("YES or NO", _YES | _NO, done=done)


def _integer(minimum: int, done: tuple[str, ...] | None = None) -> Option:
    return Option(f"an integer of at least {minimum}", number=int, minimum=minimum, done=done)


def _number(*done: str) -> Option:
    return Option("a number", number=float, done=done)


_CODECS = (
    "NONE",
    "LZW",
    "JPEG",
    "DEFLATE",
    "LZMA",
    "ZSTD",
    "WEBP",
    "LERC",
    "LERC_DEFLATE",
    "LERC_ZSTD",
)
#: Known, so that it is refused by name and not as a slip of the pen.
_JXL = {"JXL": "JXL"}
#: GDAL's kernels for overviews.
KERNELS = (
    "NEAREST",
    "AVERAGE",
    "BILINEAR",
    "CUBIC",
    "CUBICSPLINE",
    "LANCZOS",
    "MODE",
    "RMS",
    "GAUSS",
)
#: Those that GDAL has for complex samples.
KERNELS_OF_COMPLEX = ("NEAREST", "AVERAGE", "MODE", "RMS")
#: What users ask for beyond GDAL's own; for overviews alone, as RESAMPLING would warp with them.
OWN_KERNELS = ("MIN", "MAX", "MEDIAN", "SUM")
_PREDICTOR = _choice(
    "YES",
    "NO",
    "STANDARD",
    "FLOATING_POINT",
    # GDAL reads 1 as TIFF's "no predictor", not as a boolean.
    aliases={**_YES, **_NO, "1": "NO", "2": "STANDARD", "3": "FLOATING_POINT"},
)

# GDAL writes it to the file as it is given.
_ERROR = Option("a finite number of at least 0", number=float, minimum=0, verbatim=True)

OPTIONS: dict[str, Option] = {
    # AUTO is ccog's own.
    "COMPRESS": _choice(*_CODECS, "AUTO", aliases=_JXL),
    # GDAL's page says that AUTO follows COMPRESS; 3.10 writes NONE then. The page is the promise.
    "OVERVIEW_COMPRESS": _choice("AUTO", *_CODECS, aliases=_JXL),
    "LEVEL": _integer(0),
    "PREDICTOR": _PREDICTOR,
    "OVERVIEW_PREDICTOR": _PREDICTOR,
    "QUALITY": _integer(1),
    "OVERVIEW_QUALITY": _integer(1),
    "MAX_Z_ERROR": _ERROR,
    "MAX_Z_ERROR_OVERVIEW": _ERROR,
    "JXL_LOSSLESS": _boolean("YES"),
    "JXL_EFFORT": _integer(1, done=("5",)),
    "JXL_DISTANCE": _number("1"),
    "JXL_ALPHA_DISTANCE": _number("-1"),
    "NUM_THREADS": Option("ALL_CPUS or a number", {"ALL_CPUS": "ALL_CPUS"}, number=int, minimum=0),
    "NBITS": _integer(1),
    "BLOCKSIZE": _integer(1),
    "BIGTIFF": _choice("YES", "NO", "IF_NEEDED", "IF_SAFER", aliases={**_YES, **_NO}),
    "RESAMPLING": _choice(*KERNELS),
    "OVERVIEW_RESAMPLING": _choice(*KERNELS, *OWN_KERNELS),
    # Concerns reprojection only, too.
    "WARP_RESAMPLING": _choice(*KERNELS[:7], "MIN", "MAX", "MED", "Q1", "Q3", "SUM", "RMS"),
    "OVERVIEWS": _choice("AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"),
    "OVERVIEW_COUNT": _integer(0),
    "TILING_SCHEME": Option("CUSTOM or a tiling scheme", {"CUSTOM": "CUSTOM"}, free=True),
    "ZOOM_LEVEL": _integer(0),
    # Says which level to warp to; an array must be on one already.
    "ZOOM_LEVEL_STRATEGY": _choice("AUTO", "LOWER", "UPPER"),
    # The array must have what these three say.
    "TARGET_SRS": Option("a coordinate reference system", free=True),
    "RES": Option("a number", number=float),
    "EXTENT": Option("minx,miny,maxx,maxy", free=True),
    "ALIGNED_LEVELS": _integer(1),
    # Concerns reprojection only, so that both values ask for nothing here.
    "ADD_ALPHA": _boolean("YES", "NO"),
    "GEOTIFF_VERSION": _choice("AUTO", "1.0", "1.1"),
    "SPARSE_OK": _boolean("YES", "NO"),
    # AUTO copies statistics that the source has; an array has none.
    "STATISTICS": _choice("AUTO", "YES", "NO", aliases={**_YES, **_NO}),
    "INTERLEAVE": _choice("PIXEL", "BAND", "TILE"),
    "COPY_SRC_MDD": _choice("AUTO", "YES", "NO", aliases={**_YES, **_NO}),
    "SRC_MDD": Option("the name of a domain, or several with commas; _DEFAULT_", free=True),
}

#: What is to be said of an option beside the values that are carried out.
NOTES: dict[str, str] = {
    "OVERVIEW_COMPRESS": "AUTO follows COMPRESS, as GDAL's page has it; GDAL 3.10 writes NONE then",
    "NUM_THREADS": "taken and without effect: Dask decides",
    "COMPRESS": "as GDAL, but for JXL: refused, no libtiff that is packaged has it; AUTO is ccog's "
    "own, and chooses by a few tiles (docs/performance.md)",
    "BLOCKSIZE": "as GDAL: a multiple of 16, and overviews have tiles of 128 where it is no power "
    "of two from 64 to 4096",
    "WARP_RESAMPLING": "without effect: nothing is warped",
    "OVERVIEW_RESAMPLING": "as GDAL; MIN, MAX, MEDIAN and SUM are ccog's own, and refused with a "
    "colour table",
    "OVERVIEWS": "an array has none to use: FORCE_USE_EXISTING writes none, as GDAL does then",
    "OVERVIEW_COUNT": "as GDAL; 0 writes none, where GDAL fails",
    "TILING_SCHEME": "as GDAL for arrays that lie on the grid in whole tiles; others are refused, "
    "and told what is off",
    "ZOOM_LEVEL": "the one that the array is on; another is refused",
    "ZOOM_LEVEL_STRATEGY": "without effect: the array is on a level already",
    "ALIGNED_LEVELS": "as GDAL where the array is aligned so; refused where not",
    "TARGET_SRS": "taken where the array has it; otherwise refused: nothing is warped",
    "RES": "taken where the array has it; otherwise refused: nothing is warped",
    "EXTENT": "taken where the array has it; otherwise refused: nothing is warped",
    "ADD_ALPHA": "without effect: it concerns reprojection only",
    "STATISTICS": "AUTO writes none, for an array has none to copy; YES to 1e-12 of GDAL's",
    "COPY_SRC_MDD": "as GDAL where it is given (YES leaves out the default domain of bands); where "
    "it is not, metadata of all domains is written, for which GDAL has no value. Refused where "
    "statistics would be left out",
    "SRC_MDD": "as GDAL; several domains have commas between them",
}
