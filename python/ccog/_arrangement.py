"""How tiles are arranged: their order, their parts, and what a write may take for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ccog._openers import Opener, S3Opener
from ccog.errors import InvalidArgumentError

#: What `write_ccog` lets wait in the cluster unless it is told otherwise.
MAX_WAITING_BYTES = 64 << 30


class Arrangement(NamedTuple):
    """Arguments of the core's plan; see pipeline/write_spec.h.

    Attributes
    ----------
    row_major:
        Whether tiles stand in GDAL's order whatever the chunks.
    parts:
        "gaps", "dense" or "equal".
    max_waiting_bytes, max_task_bytes:
        Of tiles that wait in the cluster for their numbers, and of any task; None: no bound.
    assume_ratio:
        Bytes of encoded tiles by those of their samples; None: nothing is known.
    """

    row_major: bool
    parts: str
    max_waiting_bytes: int
    max_task_bytes: int | None
    assume_ratio: float | None


def arrangement_of(
    *, layout: Any, parts: Any, max_waiting_bytes: Any, max_task_bytes: Any, assume_ratio: Any
) -> Arrangement:
    """Check the options of `write_ccog` that have these names."""
    if layout not in ("chunk", "row-major"):
        raise InvalidArgumentError(f"layout={layout!r} is not known: use 'chunk' or 'row-major'")
    if parts not in ("gaps", "dense", "equal"):
        raise InvalidArgumentError(f"parts={parts!r} is not known: use 'gaps', 'dense' or 'equal'")
    _check_bytes("max_waiting_bytes", max_waiting_bytes)
    if max_task_bytes is not None:
        _check_bytes("max_task_bytes", max_task_bytes)
    _check_ratio(assume_ratio)
    ratio = None if assume_ratio is None else float(assume_ratio)
    return Arrangement(layout == "row-major", parts, max_waiting_bytes, max_task_bytes, ratio)


def check_part_sizes(opener: Opener | None, parts: str) -> None:
    """Hold s3fs's word for equal parts against ours: the plan depends on it, the store does not."""
    if isinstance(opener, S3Opener):
        fixed = opener.storage_options.get("fixed_upload_size")
        if fixed and parts != "equal":
            raise InvalidArgumentError(
                f"fixed_upload_size=True asks for parts of one size, and parts={parts!r} does not: "
                "give parts='equal'"
            )


def _check_bytes(option: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise InvalidArgumentError(f"{option}={value!r} is no number of bytes: use an int")


def _check_ratio(value: Any) -> None:
    if value is None:
        return
    known = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (known and 0 < value <= 1):
        raise InvalidArgumentError(
            f"assume_ratio={value!r} is no ratio: use a number above 0 and at most 1, the bytes of "
            "encoded tiles by those of their samples"
        )
