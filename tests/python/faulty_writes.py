"""Random writes through the fault proxy, each a function of its seed, and what became of them."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

import ccog
from ccog.errors import CcogError
from fault_schedule import Event, FaultSchedule
from faults import CAN_ORPHAN, LASTING, PASSING
from pixels import noise
from s3_proxy import S3Proxy

#: What is asked of a client that is to be tested in seconds.
TIMEOUTS = {"connect_timeout": 2, "read_timeout": 2}


@dataclass(frozen=True)
class FaultyWrite:
    """A write and its faults.

    Attributes
    ----------
    seed:
        Makes all of it.
    shape, chunks_px, dtype:
        Of an array of noise.
    options:
        For `write_ccog`.
    rate, lasting:
        The share of requests that fail, and whether also by what no other attempt cures.
    attempts:
        How often the client may try a request.
    """

    seed: int
    shape: tuple[int, int, int]
    chunks_px: tuple[int, int]
    dtype: str
    options: dict[str, Any]
    rate: float
    lasting: bool
    attempts: int

    @property
    def must_work(self) -> bool:
        """Whether the client has no excuse."""
        return not self.lasting and self.rate <= 0.05

    @property
    def key(self) -> str:
        return f"faults/{self.seed}.tif"

    def prepare(
        self, url: str | None, storage_options: dict[str, Any] | None = None, each: Any = None
    ) -> Any:
        """Make the write to come, to `url` or to bytes; `each` is that of `pixels.noise`."""
        array = noise(self.shape, self.chunks_px, self.dtype, each)
        return ccog.write_ccog(array, url, storage_options=storage_options, **self.options)

    def schedule(self) -> FaultSchedule:
        return FaultSchedule(self.seed, self.rate, PASSING + LASTING * self.lasting)


def draw_write(seed: int, *, wild: bool) -> FaultyWrite:
    """Draw a write; a wild one has far more faults than it can stand."""
    rng = random.Random(seed)
    dtype, sample_bytes = rng.choice([("uint8", 1), ("uint16", 2), ("float32", 4), ("float64", 8)])
    bands = rng.choice([1, 1, 2, 3])
    # Some are one request; the others have several parts, of which none may be under 5 MiB.
    object_bytes = rng.randint(1, 4 << 20) if rng.random() < 0.15 else rng.randint(12, 30) << 20
    pixels = max(1, object_bytes // (bands * sample_bytes))
    height_px = max(1, int((pixels * rng.uniform(0.3, 3)) ** 0.5))
    width_px = max(1, pixels // height_px)
    options: dict[str, Any] = {
        "compress": rng.choice(["NONE", "NONE", "DEFLATE", "ZSTD"]),
        "level": 1,
        "blocksize": rng.choice([128, 256, 512]),
        "layout": rng.choice(["chunk", "chunk", "row-major"]),
        "parts": rng.choice(["gaps", "gaps", "dense", "equal"]),
        "overview_resampling": rng.choice(["NEAREST", "AVERAGE", "CUBIC"]),
        "statistics": rng.choice(["NO", "YES"]),
    }
    if options["compress"] == "NONE":
        del options["level"]
    pieces = rng.choice([1, 2, 3, 4])
    return FaultyWrite(
        seed=seed,
        shape=(bands, height_px, width_px),
        chunks_px=(max(64, height_px // pieces), max(64, width_px // rng.choice([1, 2, 3]))),
        dtype=dtype,
        options=options,
        rate=rng.choice([0.1, 0.2, 0.4, 0.7]) if wild else 0.05,
        lasting=wild and rng.random() < 0.5,
        attempts=3 if wild else 8,
    )


@dataclass(frozen=True)
class Outcome:
    """What became of a write.

    Attributes
    ----------
    stored, error:
        Whether the object is there and right, and what was raised.
    requests, events:
        How many came, and what happened to them.
    orphans:
        Uploads that were left until they were ended from outside.
    problems:
        What must not be.
    """

    write: FaultyWrite
    stored: bool
    error: CcogError | None
    requests: int
    events: list[Event]
    orphans: int
    seconds: float
    problems: list[str] = field(default_factory=list)


def carry_out(write: FaultyWrite, s3: Any, proxy: S3Proxy, **compute: Any) -> Outcome:
    """Write through faults, look at what is there, and clean up as the documentation says."""
    expected = write.prepare(None).compute(scheduler="threads")
    storage_options = s3.storage_options | {
        "endpoint_url": proxy.endpoint_url,
        "config_kwargs": {**TIMEOUTS, "retries": {"total_max_attempts": write.attempts}},
    }
    began_s = time.monotonic()
    error = result = None
    schedule = proxy.hook = write.schedule()
    try:
        result = write.prepare(s3.url(write.key), storage_options).compute(**compute)
    except CcogError as raised:
        error = raised
    finally:
        proxy.hook = None
    proxy.wait_until_quiet()
    seconds = time.monotonic() - began_s

    keys = s3.keys()
    stored = s3.get(write.key) if write.key in keys else None
    left = [upload for upload in s3.uploads() if upload["Key"] == write.key]
    problems = []
    if stored not in (None, expected):
        problems.append("the object is wrong")
    if error is None and (stored is None or result.size_bytes != len(stored)):
        problems.append("it says that it has worked, and has not")
    if write.must_work and error is not None:
        problems.append(f"it has given up: {error}")
    excused = can_orphan(schedule) or getattr(error, "__notes__", [])
    if left and not excused:
        problems.append(f"{len(left)} uploads are left, and it does not say so")
    # What the documentation says to do: by key, on the store itself.
    ccog.uploads.abort(s3.url(write.key), storage_options=s3.storage_options)
    if any(upload["Key"] == write.key for upload in s3.uploads()):
        problems.append("an upload is left after the clean-up")
    s3.client.delete_object(Bucket=s3.bucket, Key=write.key)
    return Outcome(
        write=write,
        stored=stored is not None,
        error=error,
        requests=schedule.seen.total(),
        events=schedule.events,
        orphans=len(left),
        seconds=seconds,
        problems=problems,
    )


def can_orphan(schedule: FaultSchedule) -> bool:
    """Whether more uploads may have been begun than the client can know of."""
    return any(
        event.request == "create" and isinstance(event.fault, CAN_ORPHAN)
        for event in schedule.events
    )
