"""What GDAL leaves to chance in a tile, so that its own files differ from run to run."""

from __future__ import annotations

import imagecodecs
import numpy as np

from directory import Directory

_LERC = 34887
_LERC_PARAMETERS = 50674


def cause(ours: Directory, theirs: Directory, numbers: list[int]) -> str | None:
    """Name what all of these tiles differ in, if it is nothing else; None where it is more."""
    for name, differ_in in (("liblerc", in_lerc), ("padding", in_padding)):
        if all(differ_in(ours, theirs, number) for number in numbers):
            return name
    return None


def in_lerc(ours: Directory, theirs: Directory, number: int) -> bool:
    """Whether two tiles differ in nothing but the bytes that liblerc leaves unset.

    Its Huffman code of 8-bit samples ends in up to four bytes that it never wrote, which are in the
    blob's checksum too.
    """
    if {d.tags[259][2] for d in (ours, theirs)} != {_LERC} or ours.bits != 8:
        return False
    one, other = (_lerc_blob(directory, number) for directory in (ours, theirs))
    return one[:10] == other[:10] and one[14:-4] == other[14:-4] and len(one) == len(other)


def _lerc_blob(directory: Directory, number: int) -> bytes:
    decode = (bytes, imagecodecs.zlib_decode, imagecodecs.zstd_decode)
    return bytes(decode[directory.tags[_LERC_PARAMETERS][2][1]](directory.tiles[number]))


def in_padding(ours: Directory, theirs: Directory, number: int) -> bool:
    """Whether two tiles of samples packed by NBITS differ in nothing but what no reader shows.

    GDAL packs the last band from a buffer of zeros, and the others from blocks that it does not
    clear beyond the edge of the image. Ours are zeros.
    """
    packed = ours.bits not in (8, 16, 32, 64) or (ours.bits == 16 and ours.is_floating)
    if not packed or ours.bands < 2:
        return False
    inside = ours.inside(number)
    one, other = (directory.decode(number) for directory in (ours, theirs))
    beyond = np.ones(one.shape[:2], bool)
    beyond[inside] = False
    return (
        bool(beyond.any())
        and not one[beyond].any()
        and not other[beyond][:, -1].any()
        and np.array_equal(one[inside], other[inside], equal_nan=ours.is_floating)
    )
