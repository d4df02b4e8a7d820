"""Patches: what tasks cut from a chunk for the units that read it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ccog._arrays import Array, detached, packed, travelling_bytes, unpacked
from ccog._piece import Piece, samples


class Place(NamedTuple):
    """Where samples lie in their level, in pixels."""

    y: int
    x: int
    height: int
    width: int

    def intersect(self, other: Place) -> Place | None:
        """Return what the two share, if anything."""
        y, x = max(self.y, other.y), max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - y
        width = min(self.x + self.width, other.x + other.width) - x
        return Place(y, x, height, width) if height > 0 and width > 0 else None


@dataclass(frozen=True)
class Patch:
    """Samples ``(band, y, x)`` and where they should lie; who reads them checks that."""

    array: Array
    place: Place

    def crop(self, place: Place) -> Array:
        """Return the samples of a place inside of it, or as many of them as there are."""
        y, x = place.y - self.place.y, place.x - self.place.x
        return self.array[:, y : y + place.height, x : x + place.width]

    @property
    def resident_bytes(self) -> int:
        """Bytes that travel when this patch is handed to another worker."""
        return travelling_bytes(self.array)

    def __sizeof__(self) -> int:
        return self.resident_bytes + 256

    def __reduce__(self) -> tuple[Callable[..., Patch], tuple[Any, ...]]:
        return _rebuild, (*packed(self.array), self.place)


def _rebuild(array: Array, shape: tuple[int, ...], place: Place) -> Patch:
    return Patch(unpacked(array, shape), place)


#: What one task cuts; None where the write turned out to be over already.
Patches = tuple[Patch, ...] | None


def cut(source: Piece | Array, at: Place, wanted: Sequence[Place]) -> Patches:
    """Copy what others read of a chunk that lies `at`, so that the chunk need not travel."""
    if isinstance(source, Piece) and source.runs is None:
        return None
    chunk = Patch(samples(source), at)
    there = (place for place in map(at.intersect, wanted) if place is not None)
    return tuple(Patch(detached(chunk.crop(place)), place) for place in there)
