"""What a write returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class BandStatistics(NamedTuple):
    """Of one band's valid pixels at full resolution, exactly; which those are is GDAL's rule.

    Without any valid pixel, the other numbers say nothing.
    """

    valid_pixels: int
    minimum: float
    maximum: float
    mean: float
    stddev: float


@dataclass(frozen=True, kw_only=True)
class WriteResult:
    """A finished object and what it took to write it.

    Attributes
    ----------
    url:
        Where the object is.
    size_bytes, header_bytes:
        Size of the whole object, and of what stands before the first tile (TIFF header, ghost
        area, all IFDs and their arrays).
    etag:
        As the store gave it; opaque. Empty for a local file.
    levels:
        ``(height, width)`` in pixels of every level, full resolution first.
    tiles:
        Tiles of all levels.
    parts:
        Parts of the multipart upload; 1 where the object was put in one request.
    padding_bytes:
        Zero bytes between tiles, needed only where the store's limits allow one part a group.
    bytes_moved:
        Bytes that one task handed to another: residues, tile sizes, reduced levels and what is cut
        from chunks for others, halos included, but not the source's own blocks. An upper bound of
        what crossed the network between workers.
    requests, retries, throttles:
        What was sent to the store for what is in the object now, retries included; how many of
        these were retries; and answers that asked for fewer requests. 0 where the store is no
        service. What a task sent whose result was lost is in none of them.
    already_done:
        True where the task ran again after the write was over; then ``parts``, ``header_bytes``,
        ``bytes_moved`` and the numbers of requests are 0, and ``statistics`` is None.
    statistics:
        One a band with ``STATISTICS=YES``, otherwise None.
    """

    url: str
    size_bytes: int
    etag: str
    header_bytes: int
    levels: tuple[tuple[int, int], ...]
    tiles: int
    parts: int
    padding_bytes: int
    bytes_moved: int
    requests: int = 0
    retries: int = 0
    throttles: int = 0
    already_done: bool = False
    statistics: tuple[BandStatistics, ...] | None = None
