"""What ``compress="auto"`` stands for: codec, level and predictor that suit an image's tiles."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ccog import _core, _sample
from ccog._arrays import Array
from ccog._codecs import Codec, resolve_codecs
from ccog.errors import InvalidArgumentError

if TYPE_CHECKING:
    import dask.array

#: What may be chosen for. The first is what is chosen for if nothing is said: no clock has a part
#: in it, so the same tiles give the same choice, and what is small is quick to send and to fetch.
AIMS = ("size", "speed", "read")

#: Tried in this order, of what they usually cost. Levels end with GDAL's defaults: those above take
#: many times the CPU for a few percent.
_CODECS = (
    ("NONE", ""),
    ("ZSTD", "1"),
    ("ZSTD", "3"),
    ("DEFLATE", "1"),
    ("LZW", ""),
    ("ZSTD", "6"),
    ("DEFLATE", "6"),
    ("ZSTD", "9"),
)
_PREDICTORS = ("NO", "STANDARD", "FLOATING_POINT")

#: What a connection to S3 carries, so that bytes cost time too: AWS counts on 85 to 90 MB/s
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html).
_CONNECTION_BYTES_PER_S = 85e6

#: What costs so much more than the least is as good: sizes vary that much between samples, times
#: between measurements.
_AS_GOOD = {"size": 1.01, "speed": 1.05, "read": 1.05}

#: Of the samples that are encoded of one chunk, all bands: tiles of more are cut smaller.
_WINDOW_BYTES = 4 << 20

#: Python's filters of warnings are one for all threads.
_warning_filters = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What tiles have made of one codec.

    Attributes
    ----------
    options:
        GDAL's creation options.
    ratio:
        Bytes of encoded tiles by those of their samples.
    encode_ns, decode_ns:
        CPU time a pixel, all bands: of encoding by ccog, and of reading by GDAL from memory.
    cost:
        What is least by the aim: bytes a pixel for "size"; nanoseconds a pixel otherwise, to encode
        and send for "speed", to fetch and decode for "read".
    """

    options: Mapping[str, str] = field(hash=False)
    ratio: float
    encode_ns: float
    decode_ns: float
    cost: float


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen, for what, and of what.

    Attributes
    ----------
    aim:
        "size", "speed" or "read".
    chosen:
        One of `tried`: naming its `options` in place of ``compress="auto"`` makes the same file.
    tried:
        All of them, the one of least cost first.
    """

    aim: str
    chosen: Tried
    tried: tuple[Tried, ...]


@dataclass(frozen=True)
class Measure:
    """Of the tiles of one window: encoded bytes, and CPU time in seconds."""

    encoded_bytes: int
    encode_s: float
    decode_s: float


def check_aim(aim: Any, *, auto: bool) -> str:
    """Return what is to be chosen for; raise where nothing is chosen, or nobody knows the aim."""
    if aim is None:
        return AIMS[0]
    if aim not in AIMS:
        raise InvalidArgumentError(f"aim={aim!r} is not known: use {', '.join(map(repr, AIMS))}")
    if not auto:
        raise InvalidArgumentError(
            f"aim={aim!r} says what compress='auto' chooses for: give that too, or leave aim= out"
        )
    return str(aim)


def choose(
    array: dask.array.Array | Array, arguments: Mapping[str, Any], aim: str
) -> tuple[Choice, Codec]:
    """Compute some chunks, encode and decode a tile of each with all codecs, and take the best.

    The same array and arguments give the same tiles. Dask computes them, by its own scheduler or
    the current client's, so that times are of where tiles will be encoded.

    Parameters
    ----------
    array:
        ``(y, x)`` or ``(band, y, x)``; a mask is the last band.
    arguments:
        Of the `WritePlan` of the write, with any lossless codec.
    aim:
        One of `AIMS`.
    """
    import dask

    candidates = list(_candidates(np.dtype(arguments["dtype"]), arguments["nbits"]))
    alone = _of_samples(array, arguments)
    tasks = []
    pixels = raw_bytes = 0
    for rows, columns in _sample.windows(array, alone, 0):
        size_px = (rows.stop - rows.start, columns.stop - columns.start)
        codecs = [codec.arguments for _, codec in candidates]
        plans = [
            _sample.plan_of(size_px, {**alone, "image_codec": codec, "overview_codec": codec})
            for codec in codecs
        ]
        pixels += size_px[0] * size_px[1]
        raw_bytes += plans[0].raw_tiles_bytes
        tasks.append(dask.delayed(measure, pure=False)(plans, array[..., rows, columns]))
    by_candidate = zip(*dask.compute(*tasks), strict=True)
    tried = [
        _tried(options, measures, pixels, raw_bytes, aim)
        for (options, _), measures in zip(candidates, by_candidate, strict=True)
    ]
    best = pick(tried, aim)
    choice = Choice(
        aim=aim, chosen=tried[best], tried=tuple(sorted(tried, key=lambda one: one.cost))
    )
    logging.getLogger("ccog").info("compress='auto' is %s", text(choice))
    return choice, candidates[best][1]


def pick(tried: Sequence[Tried], aim: str) -> int:
    """Give the index of the best one.

    Of those that are as good, that is for "size" the first one, which is the cheapest to encode,
    and otherwise the smallest.
    """
    most = _AS_GOOD[aim] * min(one.cost for one in tried)
    as_good = [index for index, one in enumerate(tried) if one.cost <= most]
    return as_good[0] if aim == "size" else min(as_good, key=lambda index: tried[index].ratio)


def text(choice: Choice) -> str:
    """Say what was chosen, and for what."""
    options = " ".join(f"{name}={value}" for name, value in choice.chosen.options.items())
    return f"{options}, for aim={choice.aim!r}"


def measure(
    plans: Sequence[_core.WritePlan], pixels: Array, clock: Callable[[], float] = time.thread_time
) -> list[Measure]:
    """Encode and decode an image by each of the plans, in this thread."""
    image = pixels if pixels.ndim == 3 else pixels[None]
    return [_measure(plan, image, clock) for plan in plans]


def _measure(plan: _core.WritePlan, image: Array, clock: Callable[[], float]) -> Measure:
    begin_s = clock()
    runs = _sample.encode(plan, image)
    encode_s = clock() - begin_s
    file = _core.finish_bytes(plan, [runs], None)
    return Measure(_sample.encoded_bytes(plan, runs), encode_s, _decode_s(file, clock))


def _decode_s(file: bytes, clock: Callable[[], float]) -> float:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.io import MemoryFile
    from rasterio.session import DummySession

    with (
        _warning_filters,
        warnings.catch_warnings(),
        rasterio.Env(session=DummySession(), GDAL_NUM_THREADS="1"),  # type: ignore[no-untyped-call]
        MemoryFile(file) as memory,  # type: ignore[no-untyped-call]
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open() as dataset:
            begin_s = clock()
            dataset.read()
            return clock() - begin_s


def _candidates(dtype: np.dtype[Any], nbits: int) -> Iterator[tuple[dict[str, str], Codec]]:
    """Give each codec that can be, as GDAL's creation options and resolved."""
    for compress, level in _CODECS:
        for predictor in _PREDICTORS if compress != "NONE" else _PREDICTORS[:1]:
            options = {"COMPRESS": compress, "LEVEL": level, "PREDICTOR": predictor}
            given = {name: value for name, value in options.items() if value not in ("", "NO")}
            try:
                codec, _ = resolve_codecs(given, compress, dtype, nbits)
            except InvalidArgumentError:
                continue  # this predictor is not for such samples
            yield given, codec


def _of_samples(array: dask.array.Array | Array, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of plans of samples: one tile, as large as is taken, and no overview."""
    bands = array.shape[0] if array.ndim == 3 else 1
    most_px = isqrt(_WINDOW_BYTES // (bands * array.dtype.itemsize))
    tile_px = min(arguments["tile_px"], max(16, most_px // 16 * 16))
    return {**arguments, "tile_px": tile_px, "overview_count": 0, "statistics": False}


def _tried(
    options: Mapping[str, str],
    measures: Sequence[Measure],
    pixels: int,
    raw_bytes: int,
    aim: str,
) -> Tried:
    """Join what the windows have made of one codec."""
    encoded_bytes = sum(one.encoded_bytes for one in measures)
    encode_ns = 1e9 * sum(one.encode_s for one in measures) / pixels
    decode_ns = 1e9 * sum(one.decode_s for one in measures) / pixels
    pixel_bytes = encoded_bytes / pixels
    travel_ns = 1e9 * pixel_bytes / _CONNECTION_BYTES_PER_S
    costs = {"size": pixel_bytes, "speed": encode_ns + travel_ns, "read": decode_ns + travel_ns}
    return Tried(
        options=options,
        ratio=encoded_bytes / raw_bytes,
        encode_ns=encode_ns,
        decode_ns=decode_ns,
        cost=costs[aim],
    )
