"""A TIFF file taken apart, so that two can be compared piece by piece."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from rasterio.io import MemoryFile

import readers
import unset_bytes
from directory import Directory, directories

TILE_OFFSETS = 324
_JPEG = 7
TILE_SIZES = 325
GDAL_METADATA = 42112


def levels(data: bytes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the pixels and the masks of every level, as GDAL reads them."""
    with MemoryFile(data) as file:
        with file.open() as dataset:
            found = [(dataset.read(), dataset.read_masks())]
            overviews = dataset.overviews(1)
        for level in range(len(overviews)):
            with file.open(overview_level=level) as dataset:
                found.append((dataset.read(), dataset.read_masks()))
    return found


def pixel_differences(ours: bytes, theirs: bytes) -> list[str]:
    """Compare pixels and masks of every level; floats to the bit, but one NaN is another."""
    mine, gdals = levels(ours), levels(theirs)
    if len(mine) != len(gdals):
        return [f"{len(mine)} levels, and GDAL has {len(gdals)}"]
    found = []
    for level, (a, b) in enumerate(zip(mine, gdals, strict=True)):
        for what, one, other in (("pixels", a[0], b[0]), ("masks", a[1], b[1])):
            try:
                readers.assert_same_samples(_real(one), _real(other), f"level {level}, {what}")
            except AssertionError as error:
                found.append(str(error))
    return found


def _real(image: np.ndarray) -> np.ndarray:
    """Return complex samples as twice as many real ones."""
    return image.view(f"f{image.itemsize // 2}") if image.dtype.kind == "c" else image


def tag_differences(ours: list[Directory], theirs: list[Directory]) -> list[str]:
    """Compare every tag of every IFD, but where tiles lie and how large they are."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} directories, and GDAL has {len(theirs)}"]
    found = []
    for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        for code in sorted(a.tags.keys() | b.tags.keys()):
            if code in (TILE_OFFSETS, TILE_SIZES):
                # Their type depends on the sizes of compressed tiles; their number does not.
                same = (code in a.tags, len(a.tiles)) == (code in b.tags, len(b.tiles))
            else:
                same = _same_tag(code, a.tags.get(code), b.tags.get(code))
            if not same:
                mine, gdals = (_short(d.tags.get(code)) for d in (a, b))
                found.append(f"IFD {index}, tag {code}: {mine}, and GDAL has {gdals}")
    return found


def differ_in_digits(ours: bytes, theirs: bytes) -> bool:
    """Whether files whose tags and tiles are the same differ in the text of statistics alone."""
    ends, texts = [], []
    for data in (ours, theirs):
        found = directories(data)
        texts.append([d.tags.get(GDAL_METADATA, (0, 0, ""))[2] for d in found])
        offsets = [at for d in found for at in d.page.dataoffsets if at > 0]
        ends.append(data[min(offsets, default=len(data)) :])
    return texts[0] != texts[1] and ends[0] == ends[1]


def _same_tag(code: int, one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if code == GDAL_METADATA:
        return _without_numbers(one[2]) == _without_numbers(other[2]) and np.allclose(
            _numbers(one[2]), _numbers(other[2]), rtol=1e-12, atol=1e-12, equal_nan=True
        )
    return str(one) == str(other)  # as text, in which one NaN is another


#: Only statistics may differ in their last digits.
_STATISTIC = re.compile(r'(<Item name="STATISTICS_[A-Z_]+"[^>]*>)([^<]*)(</Item>)')


def _without_numbers(text: str) -> str:
    return _STATISTIC.sub(r"\1\3", text)


def _numbers(text: str) -> list[float]:
    return [float(match[1]) for match in _STATISTIC.findall(text)]


def _short(tag: Any) -> str:
    text = "none" if tag is None else repr(tag[2])
    return text if len(text) < 300 else text[:300] + "..."


def tile_differences(ours: list[Directory], theirs: list[Directory]) -> list[str]:
    """Compare the bytes of tiles; what begins with the name of a cause is due to nothing else."""
    found = []
    for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        differ = [n for n, (x, y) in enumerate(zip(a.tiles, b.tiles, strict=False)) if x != y]
        if differ or len(a.tiles) != len(b.tiles):
            n = differ[0] if differ else -1
            sizes = f"{len(a.tiles[n])} and {len(b.tiles[n])} bytes" if differ else "missing"
            cause = unset_bytes.cause(a, b, differ) if differ else None
            found.append(
                f"{cause + ': ' if cause else ''}IFD {index}: {len(differ)} of {len(b.tiles)} "
                f"tiles, first number {n}: {sizes}"
            )
    return found
