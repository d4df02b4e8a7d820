"""A directory of a TIFF file taken apart: tags, tiles, and what they hold."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile


@dataclass(frozen=True)
class Directory:
    """An IFD.

    Attributes
    ----------
    tags:
        Each as (type, count, value).
    tiles:
        Their bytes; none where one is not stored.
    page:
        The same to tifffile.
    """

    tags: dict[int, tuple[int, int, Any]]
    tiles: list[bytes]
    page: tifffile.TiffPage

    @property
    def bands(self) -> int:
        return int(self.page.samplesperpixel)

    @property
    def bits(self) -> int:
        """Of a sample."""
        return int(self.page.bitspersample)

    @property
    def is_floating(self) -> bool:
        return self.page.sampleformat == tifffile.SAMPLEFORMAT.IEEEFP

    def inside(self, number: int) -> tuple[slice, slice]:
        """Return what of a tile is in the image."""
        tall, wide = self.page.tilelength, self.page.tilewidth
        row, column = divmod(number, -(-self.page.imagewidth // wide))
        return (
            slice(min(tall, self.page.imagelength - row * tall)),
            slice(min(wide, self.page.imagewidth - column * wide)),
        )

    def decode(self, number: int) -> np.ndarray:
        """Return all samples of a tile as (y, x, band); zeros where it is not stored."""
        shape = (self.page.tilelength, self.page.tilewidth, self.bands)
        if not self.tiles[number]:
            return np.zeros(shape, self.page.dtype)
        decoded = self.page.decode(self.tiles[number], number, _fullsize=True)[0]
        return decoded.reshape(shape)


def directories(data: bytes) -> list[Directory]:
    """Return every IFD of a file, masks included."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        return [
            Directory(
                {tag.code: (int(tag.dtype), tag.count, tag.value) for tag in page.tags},
                [
                    data[at : at + size]
                    for at, size in zip(page.dataoffsets, page.databytecounts, strict=True)
                ],
                page,
            )
            for page in tiff.pages
        ]
