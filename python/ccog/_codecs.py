"""What the creation options say of codecs: of the image, and of its overviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import InvalidArgumentError, NotYetImplementedError

__all__ = ["CODECS", "Codec", "resolve_codecs", "resolve_nbits"]

#: GDAL's level where none is named, and the range of those that can be.
_DEFAULT_LEVEL = {"DEFLATE": 6, "ZSTD": 9, "LZMA": 6, "LERC_DEFLATE": 6, "LERC_ZSTD": 9}
_LEVELS = {
    "DEFLATE": (1, 12),
    "ZSTD": (1, 22),
    "LZMA": (1, 9),
    "LERC_DEFLATE": (1, 12),
    "LERC_ZSTD": (1, 22),
}
_DEFAULT_QUALITY = 75
_WITH_PREDICTOR = ("LZW", "DEFLATE", "ZSTD")
_LOSSY = ("JPEG", "WEBP")
_LERC = ("LERC", "LERC_DEFLATE", "LERC_ZSTD")
CODECS = ("NONE", *_WITH_PREDICTOR, "LZMA", *_LOSSY, *_LERC)

#: Bits that a sample of a type can be stored in, beside all of them.
_NBITS = {"uint8": range(1, 8), "uint16": range(9, 16), "uint32": range(17, 32), "float32": (16,)}


@dataclass(frozen=True)
class Codec:
    """How tiles are encoded; see `CodecOptions` of the core.

    Attributes
    ----------
    compression : str
        One of `CODECS`.
    level : int
        As GDAL counts; 0 where the codec has none.
    predictor : int
        TIFF's: 1 (none), 2 (horizontal differences) or 3 (floating point).
    quality : int
        1 to 100; of JPEG and WEBP.
    lossless : bool
        Of WEBP.
    max_z_error : float
        Of LERC: how far a sample may be off.
    """

    compression: str = "LZW"
    level: int = 0
    predictor: int = 1
    quality: int = _DEFAULT_QUALITY
    lossless: bool = False
    max_z_error: float = 0.0

    @property
    def arguments(self) -> tuple[str, int, int, int, bool, float]:
        """What the core takes."""
        return (
            self.compression,
            self.level,
            self.predictor,
            self.quality,
            self.lossless,
            self.max_z_error,
        )


def resolve_codecs(
    values: Mapping[str, str], default: str, dtype: np.dtype[Any], nbits: int
) -> tuple[Codec, Codec]:
    """Return the codec of the image and that of its overviews.

    As in GDAL, LEVEL, QUALITY, PREDICTOR and MAX_Z_ERROR are the image's. Overviews take over what
    their codec shares with it, unless an option of their own says otherwise; a WEBP image that is
    lossless has overviews that are not, though of the highest quality. What GDAL would ignore is
    refused, but for what it has by default anyway, and for LEVEL where a codec has none.
    """
    codec = values.get("COMPRESS", default)
    overview = values.get("OVERVIEW_COMPRESS", "AUTO")
    if overview == "AUTO":
        overview = codec
    if overview in _LERC and overview != codec:
        raise InvalidArgumentError(
            f"OVERVIEW_COMPRESS={overview} needs COMPRESS={overview}, not {codec}: GDAL's LERC has "
            "its parameters from the image"
        )
    predictor, overview_predictor = _predictors(values, codec, overview, dtype, nbits)
    quality, overview_quality = _qualities(values, codec, overview)
    error, overview_error = _max_z_errors(values, codec, overview)
    image = Codec(
        codec,
        _level(codec, values.get("LEVEL")),
        predictor,
        quality,
        codec == "WEBP" and quality == 100,
        error,
    )
    return image, Codec(
        overview,
        _overview_level(image, overview),
        overview_predictor,
        overview_quality,
        overview == "WEBP" and values.get("OVERVIEW_QUALITY") == "100",
        overview_error,
    )


def resolve_nbits(values: Mapping[str, str], codec: str, dtype: np.dtype[Any]) -> int:
    """Return the bits of a sample in the file, 0 for all that the type has."""
    nbits = int(values.get("NBITS", 0))
    if nbits in (0, 8 * dtype.itemsize):
        return 0
    if nbits not in _NBITS.get(dtype.name, ()):
        allowed = _NBITS.get(dtype.name)
        offered = "all of them only" if not allowed else f"{min(allowed)} to {max(allowed)}, or all"
        raise InvalidArgumentError(f"NBITS={nbits}: {dtype} can have {offered}")
    if codec in (*_LOSSY, *_LERC):
        raise InvalidArgumentError(
            f"NBITS={nbits} contradicts COMPRESS={codec}, which takes whole samples: leave one out"
        )
    return nbits


def _level(codec: str, text: str | None) -> int:
    if text is None or codec not in _LEVELS:
        return _DEFAULT_LEVEL.get(codec, 0)
    low, high = _LEVELS[codec]
    level = int(text)
    if not low <= level <= high:
        raise InvalidArgumentError(
            f"LEVEL={level}: allowed is {low} to {high} with COMPRESS={codec}"
        )
    return level


def _overview_level(image: Codec, overview: str) -> int:
    """Return the image's level where the same library compresses both, else the default."""
    shared = image.compression.removeprefix("LERC_") == overview.removeprefix("LERC_")
    return image.level if shared else _DEFAULT_LEVEL.get(overview, 0)


def _predictors(
    values: Mapping[str, str], codec: str, overview: str, dtype: np.dtype[Any], nbits: int
) -> tuple[int, int]:
    named = _predictor("PREDICTOR", values, codec, dtype, nbits)
    own = _predictor("OVERVIEW_PREDICTOR", values, overview, dtype, nbits)
    predictor = named if codec in _WITH_PREDICTOR else 1
    taken_over = own if own != 1 else predictor
    return predictor, taken_over if overview in _WITH_PREDICTOR else 1


def _predictor(
    name: str, values: Mapping[str, str], codec: str, dtype: np.dtype[Any], nbits: int
) -> int:
    text = values.get(name, "NO")
    if text == "NO":
        return 1
    # GDAL takes YES for FLOATING_POINT where samples are floats, and then refuses complex ones.
    floating = text == "FLOATING_POINT" or (text == "YES" and dtype.kind in "fc")
    if floating and dtype.kind != "f":
        remedy = {"complex64": "STANDARD or NO", "complex128": "NO"}
        raise InvalidArgumentError(
            f"{name}={text} (3) is for float32 and float64, and the data is {dtype}: "
            f"use {remedy.get(dtype.name, 'YES or STANDARD')}"
        )
    if codec not in (*_WITH_PREDICTOR, "NONE"):
        option = name.replace("PREDICTOR", "COMPRESS")
        raise InvalidArgumentError(
            f"{name}={text} contradicts {option}={codec}, which has no predictor: leave it out, or "
            f"use {', '.join(_WITH_PREDICTOR)}"
        )
    predictor = 3 if floating else 2
    if predictor == 2 and dtype.itemsize > 8:
        raise InvalidArgumentError(
            f"{name}={text} is for samples of 8, 16, 32 and 64 bits, and the data is {dtype}: "
            "use NO"
        )
    if predictor == 2 and nbits not in (0, 8, 16, 32):
        raise InvalidArgumentError(
            f"{name}={text} is for samples of 8, 16, 32 and 64 bits and contradicts NBITS={nbits}: "
            "leave one out"
        )
    return predictor


def _qualities(values: Mapping[str, str], codec: str, overview: str) -> tuple[int, int]:
    quality = _quality("QUALITY", values, codec)
    own = _quality("OVERVIEW_QUALITY", values, overview)
    if own is None and overview == codec:
        own = quality
    return quality or _DEFAULT_QUALITY, own or _DEFAULT_QUALITY


def _quality(name: str, values: Mapping[str, str], codec: str) -> int | None:
    text = values.get(name)
    if text is None:
        return None
    quality = int(text)
    if quality > 100:
        raise InvalidArgumentError(f"{name}={text}: allowed is 1 to 100")
    if codec in _LOSSY:
        return quality
    if quality != _DEFAULT_QUALITY:
        option = name.replace("QUALITY", "COMPRESS")
        raise InvalidArgumentError(
            f"{name}={text} is for JPEG and WEBP and contradicts {option}={codec}: leave it out"
        )
    return None


def _max_z_errors(values: Mapping[str, str], codec: str, overview: str) -> tuple[float, float]:
    error = float(values.get("MAX_Z_ERROR", 0))
    overview_error = float(values.get("MAX_Z_ERROR_OVERVIEW", error))
    for name, value, of in (
        ("MAX_Z_ERROR", error, codec),
        ("MAX_Z_ERROR_OVERVIEW", overview_error, overview),
    ):
        if value != 0 and of not in _LERC and name in values:
            option = "OVERVIEW_COMPRESS" if name.endswith("OVERVIEW") else "COMPRESS"
            raise InvalidArgumentError(
                f"{name}={values[name]} is for LERC and contradicts {option}={of}: leave it out"
            )
    return error, overview_error if overview in _LERC else 0.0


def refuse_jpeg_xl(values: Mapping[str, str]) -> None:
    """Raise where JPEG XL is asked for."""
    for name in ("COMPRESS", "OVERVIEW_COMPRESS"):
        if values.get(name) == "JXL":
            raise NotYetImplementedError(
                f"{name}=JXL: libtiff has no codec for it (it is GDAL's own); use WEBP or JPEG for "
                "less fidelity, ZSTD, LZMA or DEFLATE for none lost"
            )
