"""What a plan could be instead: another one, of other sizes."""

from __future__ import annotations

from typing import Any

from ccog import _core
from ccog.errors import CcogError

#: Of what GDAL takes for BLOCKSIZE and shares with overviews, the most.
LARGEST_TILE_PX = 4096


def changed(plan: _core.WritePlan, **arguments: Any) -> _core.WritePlan | None:
    """Give the plan with other arguments, if there can be one."""
    try:
        return _core.WritePlan(**{**plan.arguments, **arguments})
    except CcogError:
        return None


def halving_chunk_px(
    plan: _core.WritePlan, near_px: tuple[int, int], tile_px: int
) -> tuple[int, int]:
    """Give the size of chunks, near another, that halve into whole tiles of a power of two."""
    image = plan.levels[0]
    height, width = (
        min(size, max(2 * tile_px, power_of_two_near(px)))
        for px, size in zip(near_px, image, strict=True)
    )
    return height, width


def power_of_two_above(size: int) -> int:
    return 1 << size.bit_length()


def power_of_two_near(size: int) -> int:
    """Give the power of two that is at most a third smaller or larger."""
    return 1 << (size * 4 // 3).bit_length() - 1


def size_text(size: tuple[Any, ...]) -> str:
    return f"{size[0]} x {size[1]}"
