"""What the COG driver of a newer GDAL writes: that of a wheel which lies unpacked in a folder.

    python newer_gdal.py SOURCE TARGET COMPRESS=LZW INTERLEAVE=BAND ...

The wheel may be one for another Python, for nothing but its libgdal is loaded, in a process of its
own. `./dev newer-gdal` puts it there.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "build" / "newer-gdal"


def is_there() -> bool:
    return any(_libraries())


def cog_of(geotiff: Path, **options: str) -> bytes:
    """Return its COG of a GeoTIFF, with creation options."""
    target = geotiff.with_suffix(".cog.tif")
    words = [f"{name}={value}" for name, value in options.items()]
    subprocess.run([sys.executable, __file__, geotiff, target, *words], check=True)
    return target.read_bytes()


def _libraries() -> list[Path]:
    return sorted(FOLDER.glob("rasterio.libs/libgdal-*.so*"))


def _copy(source: str, target: str, options: list[str]) -> None:
    os.environ["GDAL_DATA"] = str(FOLDER / "rasterio" / "gdal_data")
    os.environ["PROJ_DATA"] = str(FOLDER / "rasterio" / "proj_data")
    gdal = ctypes.CDLL(str(_libraries()[-1]))
    for function in (gdal.GDALGetDriverByName, gdal.GDALOpen, gdal.GDALCreateCopy):
        function.restype = ctypes.c_void_p
    gdal.GDALAllRegister()
    for name in (b"GDAL_VALIDATE_CREATION_OPTIONS", b"GDAL_PAM_ENABLED"):
        gdal.CPLSetConfigOption(name, b"NO")
    driver = ctypes.c_void_p(gdal.GDALGetDriverByName(b"COG"))
    dataset = ctypes.c_void_p(gdal.GDALOpen(source.encode(), 0))
    words = (ctypes.c_char_p * (len(options) + 1))(*map(str.encode, options), None)
    copy = gdal.GDALCreateCopy(driver, target.encode(), dataset, 0, words, None, None)
    if not copy:
        sys.exit(f"GDAL does not copy {source} with {options}")
    gdal.GDALClose(ctypes.c_void_p(copy))
    gdal.GDALClose(dataset)


if __name__ == "__main__":
    _copy(sys.argv[1], sys.argv[2], sys.argv[3:])
