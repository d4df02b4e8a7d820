"""How well an image compresses, by a few of its chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccog import _core, _openers
from ccog._arrays import Array

if TYPE_CHECKING:
    import dask.array

#: How many chunks are looked at.
_CHUNKS = 9

#: What is looked at of one, at most, unless a tile is more.
_CHUNK_BYTES = 64 << 20

#: Steps on the two axes that spread any number of points evenly (Roberts' R2 sequence).
_STEPS = (0.7548776662466927, 0.5698402909980532)

#: An image that has data is never taken for one that compresses better than this.
_LEAST_RATIO = 0.01


@dataclass(frozen=True)
class Sample:
    """Bytes of encoded tiles by those of their samples, in the chunks that were looked at.

    Attributes
    ----------
    ratio:
        Of all of them together.
    highest:
        Of the one that compresses least.
    """

    ratio: float
    highest: float


def take(array: dask.array.Array | Array, arguments: Mapping[str, Any]) -> Sample:
    """Compute some chunks and encode them, overviews too, as a write of the whole would.

    The same array and arguments give the same chunks. Dask computes them, by its own scheduler or
    the current client's.

    Parameters
    ----------
    array:
        ``(y, x)`` or ``(band, y, x)``.
    arguments:
        Of the `WritePlan` of the write.
    """
    import dask

    measures = []
    raw: list[int] = []
    measure = dask.delayed(_measure, pure=False)
    for rows, columns in windows(array, arguments, _CHUNK_BYTES):
        plan = plan_of((rows.stop - rows.start, columns.stop - columns.start), arguments)
        raw.append(plan.raw_tiles_bytes)
        measures.append(measure(plan, array[..., rows, columns]))
    encoded = dask.compute(*measures)
    return Sample(
        ratio=_ratio(sum(encoded), sum(raw)),
        highest=max(_ratio(*of_one) for of_one in zip(encoded, raw, strict=True)),
    )


def _ratio(encoded_bytes: int, raw_bytes: int) -> float:
    return min(1.0, max(_LEAST_RATIO, encoded_bytes / raw_bytes))


def windows(
    array: dask.array.Array | Array, arguments: Mapping[str, Any], most_bytes: int
) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of what is looked at, in whole tiles where the image has any.

    Parameters
    ----------
    most_bytes:
        Of one, unless a tile is more.
    """
    tile_px = arguments["tile_px"]
    height, width = array.shape[-2:]
    bands = array.shape[0] if array.ndim == 3 else 1
    tiles = most_bytes // (bands * array.dtype.itemsize * tile_px * tile_px)
    edge_px = max(1, int(tiles**0.5)) * tile_px
    seen = set()
    for i in range(_CHUNKS):
        spans = []
        for size, chunk, step in zip(
            (height, width), arguments["source_chunk_px"], _STEPS, strict=True
        ):
            # The middle first, for it is the part that is most likely to have data.
            index = int((0.5 + i * step) % 1 * -(-size // chunk))
            begin = index * chunk // tile_px * tile_px
            length = min(max(chunk // tile_px * tile_px, tile_px), edge_px)
            spans.append(slice(begin, min(begin + length, size)))
        window = (spans[0].start, spans[1].start)
        if window not in seen:
            seen.add(window)
            yield spans[0], spans[1]


def plan_of(size_px: tuple[int, int], arguments: Mapping[str, Any]) -> _core.WritePlan:
    """Make the plan of an image of that size, one unit that is put nowhere."""
    overviews = arguments["overview_count"]
    alone: dict[str, Any] = {
        "image_px": size_px,
        "source_chunk_px": size_px,
        # A given number would make levels of less than a tile.
        "overview_count": None if overviews else overviews,
        "limits": _openers.BYTES_LIMITS,
        "in_place": False,
        "gather": True,
        "parts": "gaps",
        "max_task_bytes": None,
        "assume_ratio": None,
    }
    return _core.WritePlan(**{**arguments, **alone})


def _measure(plan: _core.WritePlan, pixels: Array) -> int:
    return encoded_bytes(plan, encode(plan, pixels if pixels.ndim == 3 else pixels[None]))


def encode(plan: _core.WritePlan, image: Array) -> _core.RunSet:
    """Encode an image, ``(band, y, x)``, by a plan of `plan_of`."""
    runs, _, _ = _core.encode_unit(plan, None, "", 0, 0, 0, [(image, 0, 0)], [])
    return runs


def encoded_bytes(plan: _core.WritePlan, runs: _core.RunSet) -> int:
    """Count the bytes of the tiles of a whole image."""
    return runs.resident_bytes - 4 * plan.tile_count  # a size each
