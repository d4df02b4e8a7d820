"""What comes of a random case that both have written, or refused."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field

import numpy as np

from ccog.errors import InvalidArgumentError, LimitError, NotYetImplementedError
from directory import directories
from file_parts import (
    differ_in_digits,
    pixel_differences,
    tag_differences,
    tile_differences,
)
from random_case import RandomCase
from readers import ghost_area
from two_writers import by_ccog, by_gdal

#: Verdicts, the best first.
IDENTICAL = "identical"
SAME = "pixels and tags"
PIXELS = "pixels differ"
TAGS = "tags differ"
REFUSED_BY_BOTH = "refused by both"
REFUSED_BY_US = "refused by ccog"
NOT_DONE = "not done by ccog"
REFUSED_BY_GDAL = "refused by GDAL"
FAILED = "ccog failed"
VERDICTS = (
    IDENTICAL,
    SAME,
    PIXELS,
    TAGS,
    REFUSED_BY_BOTH,
    REFUSED_BY_GDAL,
    REFUSED_BY_US,
    NOT_DONE,
    FAILED,
)
AGREEMENT = (IDENTICAL, REFUSED_BY_BOTH)


@dataclass(frozen=True)
class Verdict:
    """What was found, and the differences in words."""

    case: RandomCase
    kind: str
    differences: list[str] = field(default_factory=list)


def judge(case: RandomCase) -> Verdict:
    """Have both write the case and compare."""
    image, mask = case.image(), case.mask_image()
    refusal, ours = None, b""
    try:
        ours = by_ccog(case, image, mask)
    except NotYetImplementedError as error:
        return Verdict(case, NOT_DONE, [str(error)])
    except (InvalidArgumentError, LimitError) as error:
        refusal = f"ccog: {error}"
    except Exception:
        return Verdict(case, FAILED, [traceback.format_exc(limit=-4)])
    try:
        theirs = by_gdal(case, image, mask)
    except Exception as error:
        words = [f"GDAL: {error}", *([refusal] if refusal else [])]
        return Verdict(case, REFUSED_BY_BOTH if refusal else REFUSED_BY_GDAL, words)
    if refusal:
        return Verdict(case, REFUSED_BY_US, [refusal])
    return compare(case, ours, theirs)


def compare(case: RandomCase, ours: bytes, theirs: bytes) -> Verdict:
    """Compare as bytes, then pixels and masks of every level, then tags, then ghost areas."""
    if ours == theirs:
        return Verdict(case, IDENTICAL)
    mine, gdals = directories(ours), directories(theirs)
    tags = tag_differences(mine, gdals)
    tiles = tile_differences(mine, gdals) if len(mine) == len(gdals) else []
    pixels = pixel_differences(ours, theirs) if tiles or tags else []
    in_gdals_order = ghost_area(ours).get("BLOCK_ORDER") == "ROW_MAJOR"
    wants_order = case.layout == "row-major" or in_gdals_order
    ghosts = []
    if wants_order and ghost_area(ours) != ghost_area(theirs):
        ghosts = [f"ghost area {ghost_area(ours)}, and GDAL's is {ghost_area(theirs)}"]
    if pixels:
        return Verdict(case, PIXELS, pixels + tags)
    if tags or ghosts:
        return Verdict(case, TAGS, tags + ghosts)
    if tiles:
        return Verdict(case, SAME, tiles)
    if wants_order:
        cause = "digits: " if differ_in_digits(ours, theirs) else ""
        return Verdict(case, SAME, [cause + _first_difference(ours, theirs)])
    # The chunk layout promises all but the order of the tiles, offsets and the ghost area.
    return Verdict(case, IDENTICAL)


def _first_difference(ours: bytes, theirs: bytes) -> str:
    common = min(len(ours), len(theirs))
    differ = np.frombuffer(ours, np.uint8, common) != np.frombuffer(theirs, np.uint8, common)
    at = int(differ.argmax()) if differ.any() else common
    return f"tiles and tags are the same; {len(ours)} and {len(theirs)} bytes, first byte {at}"
