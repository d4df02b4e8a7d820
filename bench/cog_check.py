"""Whether a large COG on S3 holds what its source says: strict validation, and random windows."""

from __future__ import annotations

import numpy as np
import rasterio
import rio_cogeo
from rasterio.windows import Window

from mosaic import NODATA, Mosaic

_WINDOW_PX = 200


def check(url: str, mosaic: Mosaic, windows: int) -> dict[str, int]:
    """Raise unless it is a valid COG and random windows of all levels are right; count them."""
    valid, errors, warnings = rio_cogeo.cog_validate(url, strict=True, quiet=True)
    if not valid or errors or warnings:
        raise AssertionError(f"{url} is no strictly valid COG: {errors} {warnings}")
    with rasterio.open(url) as image:
        overviews = len(image.overviews(1))
        sizes = [image.shape]
    random = np.random.default_rng(1)
    compared = data = 0
    for level in range(overviews + 1):
        with _level(url, level) as image:
            sizes[level:] = [image.shape]
            for number in range(windows):
                window = _window(random, mosaic, image.shape, at_island=number % 2 == 0)
                found = image.read(1, window=window)
                if level == 0:
                    rows, columns = window.toslices()
                    wrong = found != mosaic[rows, columns]
                else:
                    wrong = _differs(found, url, level, sizes, window)
                if wrong.any():
                    raise AssertionError(f"{url}, level {level}: {window} has wrong pixels")
                compared += 1
                data += int((found != NODATA).any())
    return {"levels": overviews + 1, "windows": compared, "windows with data": data}


def _level(url: str, level: int) -> rasterio.DatasetReader:
    return rasterio.open(url) if level == 0 else rasterio.open(url, overview_level=level - 1)


def _window(
    random: np.random.Generator, mosaic: Mosaic, shape: tuple[int, int], at_island: bool
) -> Window:
    """A place anywhere, or at an island."""
    place = random.uniform(0, 1, 2)
    if at_island and mosaic.islands:
        y, x, radius = random.choice(mosaic.discs())
        place = (np.array([y, x]) + random.uniform(-radius, radius, 2)) / mosaic.size_px
    begin = [
        int(np.clip(share * size - _WINDOW_PX / 2, 0, max(0, size - _WINDOW_PX)))
        for share, size in zip(place, shape, strict=True)
    ]
    return Window(begin[1], begin[0], min(_WINDOW_PX, shape[1]), min(_WINDOW_PX, shape[0]))


def _differs(
    found: np.ndarray, url: str, level: int, sizes: list[tuple[int, int]], window: Window
) -> np.ndarray:
    """Compare with the averages of what the file has one level below.

    The mean of valid pixels, weighed by how much of them a pixel covers: exact where the sizes
    halve, and but for a tie that falls the other way where they do not.
    """
    below, here = sizes[level - 1], sizes[level]
    down = _weights(window.row_off, window.height, below[0] / here[0], below[0])
    across = _weights(window.col_off, window.width, below[1] / here[1], below[1])
    with _level(url, level - 1) as image:
        source = image.read(
            1, window=Window(across[0], down[0], across[1].shape[1], down[1].shape[1])
        )
    valid = (source != NODATA).astype(float)
    weight = down[1] @ valid @ across[1].T
    total = down[1] @ (source * valid) @ across[1].T
    mean = np.floor(total / np.where(weight > 0, weight, 1) + 0.5)
    expected = np.where(weight > 0, mean, NODATA)
    halved = all(two == 2 * one for two, one in zip(below, here, strict=True))
    return np.abs(expected - found) > (0 if halved else 1)


def _weights(begin: int, count: int, ratio: float, size: int) -> tuple[int, np.ndarray]:
    """Give the first pixel below, and how much of each of them every pixel covers."""
    first = int(begin * ratio)
    end = min(size, int(np.ceil((begin + count) * ratio)))
    starts = (np.arange(begin, begin + count) * ratio)[:, None]
    pixels = np.arange(first, end)[None, :]
    covered = np.minimum(starts + ratio, pixels + 1) - np.maximum(starts, pixels)
    return first, np.clip(covered, 0, None)
