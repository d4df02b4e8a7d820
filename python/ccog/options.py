"""GDAL's COG creation options: what is asked, checked before any work, as plain resolved values."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from ._codecs import Codec, refuse_jpeg_xl, resolve_codecs, resolve_nbits
from ._gdal_options import OPTIONS, Option
from ._tiling_scheme import scheme
from .errors import InvalidArgumentError, NotYetImplementedError

__all__ = ["Codec", "WriteOptions", "parse_options"]

_DEFAULT_COMPRESS = "LZW"
#: What COMPRESS=AUTO chooses, or that is of no lossless codec.
_BESIDE_AUTO = (
    *("LEVEL", "PREDICTOR", "QUALITY", "MAX_Z_ERROR"),
    *("OVERVIEW_COMPRESS", "OVERVIEW_PREDICTOR", "OVERVIEW_QUALITY", "MAX_Z_ERROR_OVERVIEW"),
)
#: GDAL has tags that say what these are.
_OF_TAGS = ("QUALITY", "OVERVIEW_QUALITY", "MAX_Z_ERROR", "MAX_Z_ERROR_OVERVIEW", "NBITS")


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """Resolved creation options.

    Attributes
    ----------
    image, overview : Codec
        How tiles of level 0 and of the overviews are encoded.
    auto : bool
        Whether both are to be chosen by tiles, and stand for any lossless codec until then.
    nbits : int
        Bits of a sample in the file; 0: all that its type has.
    gdal : mapping
        Options that decide GDAL's tags, as they were given.
    blocksize : int
        Height and width of a tile in pixels, a multiple of 16; by default the tiling scheme's.
    bigtiff : str
        "YES", "NO", "IF_NEEDED" or "IF_SAFER".
    resampling : str
        How overviews are made: "NEAREST", "AVERAGE", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS".
    overviews : bool
        False where no overview is to be made at all.
    overview_count : int or None
        Number of overviews; None: halve until both sizes are at most `blocksize`.
    geotiff_version : str
        "AUTO", "1.0" or "1.1".
    tiling_scheme : str
        "CUSTOM" for none, or as it was given.
    zoom_level, aligned_levels : int or None
        Of the tiling scheme.
    target_srs, res, extent : str, float, tuple of 4 floats, or None
        Of which the array must be already.
    statistics : bool
        Whether every band gets its minimum, maximum, mean and standard deviation as metadata.
    sparse : bool
        True where tiles without data are left out (SPARSE_OK).
    interleave : str
        "PIXEL", "TILE" or "BAND".
    copy_src_mdd : str or None
        "AUTO", "YES" or "NO": which metadata domains are written, as GDAL has it; None: all.
    src_mdd : tuple of str
        The domains that are written; empty: as `copy_src_mdd` says.
    """

    image: Codec = field(default_factory=Codec)
    overview: Codec = field(default_factory=Codec)
    auto: bool = False
    nbits: int = 0
    gdal: Mapping[str, str] = field(default_factory=dict)
    blocksize: int = 512
    bigtiff: str = "IF_NEEDED"
    resampling: str = "CUBIC"
    overviews: bool = True
    overview_count: int | None = None
    geotiff_version: str = "AUTO"
    tiling_scheme: str = "CUSTOM"
    zoom_level: int | None = None
    aligned_levels: int | None = None
    target_srs: str | None = None
    res: float | None = None
    extent: tuple[float, ...] | None = None
    statistics: bool = False
    sparse: bool = False
    interleave: str = "PIXEL"
    copy_src_mdd: str | None = None
    src_mdd: tuple[str, ...] = ()


def parse_options(
    options: Mapping[str, Any] | None = None,
    creation_options: Mapping[str, Any] | None = None,
    COG_creation_options: Mapping[str, Any] | None = None,  # noqa: N803 - its older spelling
    *,
    dtype: npt.DTypeLike,
    has_color_table: bool = False,
) -> WriteOptions:
    """Check GDAL's COG creation options and resolve them.

    Names are taken in any case; values as GDAL takes them (``"YES"``, ``"6"``) or as Python has
    them (``True``, ``6``); None means "not given". The defaults are GDAL's, option by option:
    COMPRESS is LZW, OVERVIEW_RESAMPLING is CUBIC, or NEAREST with a colour table. Complex samples
    cannot have CUBIC, so name another for them.

    As in GDAL: LEVEL belongs to COMPRESS and says nothing where that has no level; overviews take
    it over only if they use the same codec; they take PREDICTOR over unless OVERVIEW_PREDICTOR
    names another (its NO is the same as not given). NUM_THREADS is taken and has no effect, for
    Dask decides.

    Parameters
    ----------
    options, creation_options, COG_creation_options : mapping, optional
        Three places to name options in. Naming one twice is fine if both say the same.
    dtype : data type
        Of the samples; decides what PREDICTOR=YES means (3 for floats, 2 for integers).
    has_color_table : bool
        Whether band 1 has a colour table.

    Raises
    ------
    InvalidArgumentError
        Unknown name (the message has the nearest ones), bad value, or a contradiction.
    NotYetImplementedError
        GDAL knows the option, and its value asks for what ccog does not do yet.
    """
    dtype = np.dtype(dtype)
    values = _collect(options, creation_options, COG_creation_options)
    for name, value in values.items():
        _refuse_not_yet(name, value)

    auto = values.get("COMPRESS") == "AUTO"
    if auto:
        _refuse_beside_auto(values)
        del values["COMPRESS"]
    refuse_jpeg_xl(values)
    nbits = resolve_nbits(values, values.get("COMPRESS", _DEFAULT_COMPRESS), dtype)
    image, overview = resolve_codecs(values, _DEFAULT_COMPRESS, dtype, nbits)

    # An array has no overviews that could be used.
    overviews = values.get("OVERVIEWS", "AUTO") not in ("NONE", "FORCE_USE_EXISTING")
    count = values.get("OVERVIEW_COUNT")
    if not overviews and count not in (None, "0"):
        raise InvalidArgumentError(
            f"OVERVIEWS={values['OVERVIEWS']} contradicts OVERVIEW_COUNT={count}: "
            "leave one of them out"
        )
    tiling_scheme = values.get("TILING_SCHEME", "CUSTOM")
    if tiling_scheme == "CUSTOM":
        for name in ("ZOOM_LEVEL", "ALIGNED_LEVELS"):
            if name in values:
                raise InvalidArgumentError(f"{name}={values[name]} needs a TILING_SCHEME")
        default_px = "512"
    else:
        default_px = str(scheme(tiling_scheme).tile_px)
    resampling = values.get("OVERVIEW_RESAMPLING", values.get("RESAMPLING"))
    return WriteOptions(
        image=image,
        overview=overview,
        auto=auto,
        nbits=nbits,
        gdal={name: values[name] for name in _OF_TAGS if name in values},
        blocksize=_blocksize(values.get("BLOCKSIZE", default_px)),
        bigtiff=values.get("BIGTIFF", "IF_NEEDED"),
        resampling=resampling or ("NEAREST" if has_color_table else "CUBIC"),
        overviews=overviews,
        overview_count=_whole(count),
        geotiff_version=values.get("GEOTIFF_VERSION", "AUTO"),
        tiling_scheme=tiling_scheme,
        zoom_level=_whole(values.get("ZOOM_LEVEL")),
        aligned_levels=_whole(values.get("ALIGNED_LEVELS")),
        target_srs=values.get("TARGET_SRS"),
        res=float(values["RES"]) if "RES" in values else None,
        extent=_extent(values.get("EXTENT")),
        statistics=values.get("STATISTICS") == "YES",
        sparse=values.get("SPARSE_OK", "NO") == "YES",
        interleave=values.get("INTERLEAVE", "PIXEL"),
        copy_src_mdd=values.get("COPY_SRC_MDD"),
        src_mdd=tuple(values["SRC_MDD"].split(",")) if "SRC_MDD" in values else (),
    )


def _collect(*sources: Mapping[str, Any] | None) -> dict[str, str]:
    """Merge the places an option can be named in; the values are canonical text."""
    values: dict[str, str] = {}
    for source in sources:
        for given, value in (source or {}).items():
            if value is None:
                continue
            name = str(given).upper()
            option = OPTIONS.get(name)
            if option is None:
                raise InvalidArgumentError(_unknown(str(given)))
            text = _canonical(name, option, value)
            if values.setdefault(name, text) != text:
                raise InvalidArgumentError(
                    f"{name} is given twice, as {values[name]} and as {text}: leave one out"
                )
    return values


def _unknown(given: str) -> str:
    near = difflib.get_close_matches(given.upper(), OPTIONS, n=3, cutoff=0.55)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(OPTIONS)}"
    return f"unknown creation option {given!r}: {hint}"


def _canonical(name: str, option: Option, value: Any) -> str:
    """Return the one spelling of `value`, or raise naming what is allowed."""
    if isinstance(value, (bool, np.bool_)):
        text = "YES" if value else "NO"
    elif isinstance(value, Enum):  # rasterio's Resampling and the like
        text = value.name.replace("_", "")
    elif isinstance(value, (list, tuple)):
        text = ",".join(map(str, value))
    else:
        text = str(value).strip()
    result = option.canonical(text)
    if result is None:
        raise InvalidArgumentError(f"{name}={value}: allowed is {option.allowed}")
    return result


def _refuse_not_yet(name: str, value: str) -> None:
    done = OPTIONS[name].done
    if done is None or value in done:
        return
    offered = f"; done so far: {', '.join(done)}" if done else ""
    raise NotYetImplementedError(f"{name}={value} is known to GDAL and not done yet{offered}")


def _refuse_beside_auto(values: Mapping[str, str]) -> None:
    for name in _BESIDE_AUTO:
        if name in values and (name, values[name]) != ("OVERVIEW_COMPRESS", "AUTO"):
            raise InvalidArgumentError(
                f"{name}={values[name]} contradicts COMPRESS=AUTO, which chooses lossless codecs, "
                "their level and predictor: leave it out, or name a codec"
            )


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)


def _extent(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.strip("()[] ").split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise InvalidArgumentError(f"EXTENT={text}: allowed is minx,miny,maxx,maxy")
    return numbers


def _blocksize(text: str) -> int:
    size_px = int(text)
    if size_px < 16 or size_px % 16:
        raise InvalidArgumentError(
            f"BLOCKSIZE={size_px}: allowed is a multiple of 16, such as 256 or 512"
        )
    return size_px
