"""Make `docs/reading.md`: how many requests GDAL makes to read one stored chunk over HTTP."""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path

import dask.array as da
import numpy as np
import rasterio
from rasterio.windows import Window

import ccog
from http_reading import Reading, read_over_http

PAGE = Path(__file__).parents[3] / "docs" / "reading.md"
SIZES_PX = (512, 1024, 2048, 4096, 8192, 16384)
TILE_PX = 512
_PATTERN_PX = 512

_HEAD = """# Reading a file over HTTP

Made by `./dev reading`, which serves files from a local HTTP server that counts, and reads them
with GDAL {gdal} (`/vsicurl/`, its defaults). Edit `tests/python/oracle/reading.py`, not this page.

An image of 8-bit samples, DEFLATE, about 2:1, tiles of 512², is written from chunks of n × n.
Opening it takes one request of 16 KiB, more where the header is larger. Then the window of one
chunk is read:

| chunk | bytes read | requests, chunk layout | bytes read | requests, row-major layout |
|--:|--:|--:|--:|--:|
"""

_TAIL = """
- In chunk layout the tiles of a chunk are one range of bytes. GDAL merges neighbouring tiles into
  requests of 10 MiB at most, so a chunk that compresses to less is one request, and a larger one
  takes one for every 5 to 10 MiB.
- In row-major layout, GDAL's own, every row of tiles is a range of its own, and so a request of its
  own, unless it spans the whole width.
- On the levels above, as far as the ghost area's `CHUNK_LEVELS` says, the same holds for the
  chunk's part of each level.
- The price is the other window: a row of tiles across the whole image is one range in row-major
  layout, and one a chunk in chunk layout.
"""


def compressible(height_px: int, width_px: int) -> np.ndarray:
    """Make samples that deflate about 2:1, hills with noise."""
    rng = np.random.default_rng(1)
    hills = 120 + 60 * np.sin(np.arange(_PATTERN_PX) / 50)[:, np.newaxis]
    pattern = (hills + rng.integers(0, 16, (_PATTERN_PX, _PATTERN_PX))).astype(np.uint8)
    down, across = -(-height_px // _PATTERN_PX), -(-width_px // _PATTERN_PX)
    return np.tile(pattern, (down, across))[:height_px, :width_px]


def write(path: Path, chunk_px: int, layout: str) -> np.ndarray:
    """Write an image of two chunks side by side; return it."""
    image = compressible(chunk_px, chunk_px + TILE_PX)
    source = da.from_array(image, chunks=(chunk_px, (chunk_px, TILE_PX)), name=False)
    options = {"compress": "DEFLATE", "level": 1, "overview_resampling": "NEAREST"}
    ccog.write_ccog(source, path, layout=layout, crs="EPSG:32755", **options).compute(
        scheduler="threads"
    )
    return image


def read_chunk(path: Path, image: np.ndarray, chunk_px: int) -> Reading:
    """Read the first chunk and check it."""
    reading = read_over_http(path, Window(0, 0, chunk_px, chunk_px))
    np.testing.assert_array_equal(reading.samples[0], image[:chunk_px, :chunk_px])
    return reading


def table(sizes_px: tuple[int, ...]) -> str:
    """Measure and make the rows of the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.tif"
        for chunk_px in sizes_px:
            cells = [f"{chunk_px}²"]
            for layout in ("chunk", "row-major"):
                reading = read_chunk(path, write(path, chunk_px, layout), chunk_px)
                cells += [f"{reading.pixel_bytes / 1e6:.1f} MB", str(len(reading.pixels))]
            rows.append("| " + " | ".join(cells) + " |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--up-to", type=int, default=max(SIZES_PX), help="largest chunk in pixels")
    parser.add_argument("--dry-run", action="store_true", help="print, and leave the page alone")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = table(tuple(size for size in SIZES_PX if size <= args.up_to))
    if not args.dry_run:
        PAGE.write_text(_HEAD.format(gdal=rasterio.__gdal_version__) + rows + "\n" + _TAIL)


if __name__ == "__main__":
    main()
