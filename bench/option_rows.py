"""Each codec and each resampling, small, beside GDAL's COG driver."""

from __future__ import annotations

from typing import Any

from cases import CCOG, GDAL, LOOP, Case, Row
from ccog._gdal_options import KERNELS

_SIZE_PX = 4096
#: COMPRESS with its further options; the last three are for the real image.
_CODECS: dict[str, dict[str, Any]] = {
    "NONE": {},
    "LZW": {"predict": True},
    "DEFLATE": {"predict": True, "level": 6},
    "ZSTD": {"predict": True, "level": 9},
    "LZMA": {"level": 6},
    "LERC": {"options": {"max_z_error": 0.01}},
    "LERC_DEFLATE": {"options": {"max_z_error": 0.01}},
    "LERC_ZSTD": {"options": {"max_z_error": 0.01}},
    "JPEG": {"raster": "photo", "options": {"quality": 75}},
    "WEBP": {"raster": "photo", "options": {"quality": 75}},
    "WEBP lossless": {"raster": "photo", "options": {"quality": 100}},
}


def option_rows() -> dict[str, dict[str, Row]]:
    """Give the rows of each table: {title: {what is in its first column: row}}."""

    def row(**case: Any) -> Row:
        case = {"raster": "terrain", "size_px": _SIZE_PX, **case}
        return Row(case=Case(**case), files=(LOOP, CCOG, GDAL))

    return {
        "Codecs": {name: row(compress=name.split()[0], **more) for name, more in _CODECS.items()},
        "Resamplings of 1 × 4096² float32": {
            name: row(compress="NONE", resampling=name) for name in KERNELS
        },
        "Resamplings of 3 × 4096² uint8": {
            name: row(raster="photo", compress="NONE", resampling=name) for name in KERNELS
        },
    }
