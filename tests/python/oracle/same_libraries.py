"""Have ccog use the codec libraries of GDAL's wheel, so that compressed bytes can be compared.

Releases of a codec library compress otherwise. What is preloaded goes before what a program was
linked to: libtiff with its codecs, libdeflate, libzstd and liblerc, the very files that GDAL uses.
"""

from __future__ import annotations

import os
from pathlib import Path

import rasterio

_LIBRARIES = ("libLerc", "libdeflate", "libzstd", "libtiff")


def preloaded() -> dict[str, str] | None:
    """Return an environment with the wheel's libraries preloaded; None where it has none."""
    wheel = Path(rasterio.__file__).parents[1] / "rasterio.libs"
    found = [next(iter(wheel.glob(f"{name}-*.so*")), None) for name in _LIBRARIES]
    if None in found:
        return None
    return os.environ | {
        "LD_PRELOAD": ":".join(map(str, found)),
        "LD_LIBRARY_PATH": str(
            wheel
        ),  # where libtiff finds the codecs, whose names are the wheel's
    }


def are_preloaded() -> bool:
    """Whether this process runs so."""
    return all(name in os.environ.get("LD_PRELOAD", "") for name in _LIBRARIES)
