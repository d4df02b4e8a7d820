"""Comparisons of files byte by byte; as a program, of compressed ones.

Releases of a codec library compress otherwise, libdeflate at any level where data hardly shrinks.
So `test_bytes.py` starts this program with the libraries of GDAL's wheel preloaded, which ccog then
uses too.
"""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import given, settings

import ccog
from ccog import _plan_arguments
from gdal_cog import gdal_cog
from readers import ghost_area, tags, tiles
from writes import PROFILE, Case, aligned_cases, row_cases, strip_cases

TILE_OFFSETS = 324


def both(case: Case, **more: str) -> tuple[bytes, bytes]:
    """Return our file and GDAL's."""
    image = case.image()
    known = {"nodata": case.nodata, **case.place, **case.options}
    write = ccog.write_ccog(case.source(image), None, **known, **more)
    return write.compute(scheduler=case.scheduler), gdal_cog(image, **known)


def check_strips(case: Case) -> None:
    """Full-width strips make GDAL's file, whatever layout is asked for."""
    ours, theirs = both(case)
    assert ours == theirs
    assert both(case, layout="row-major")[0] == theirs


def check_rows(case: Case) -> None:
    """Any chunks make GDAL's file in its layout, however many tasks put its rows together."""
    known, _plan_arguments.STRIP_BYTES = (
        _plan_arguments.STRIP_BYTES,
        (None, 1, 2**15)[case.seed % 3],
    )
    try:
        ours, theirs = both(case, layout="row-major")
    finally:
        _plan_arguments.STRIP_BYTES = known
    assert ours == theirs


def check_chunks(case: Case) -> None:
    """Chunks make GDAL's tiles and tags; only the order differs, and the ghost area says so."""
    ours, theirs = both(case)
    our_tiles, gdal_tiles = tiles(ours), tiles(theirs)
    for level, (a, b) in enumerate(zip(our_tiles, gdal_tiles, strict=True)):
        for index, ((at, size), (gdal_at, gdal_size)) in enumerate(zip(a, b, strict=True)):
            same = ours[at : at + size] == theirs[gdal_at : gdal_at + gdal_size]
            assert same, f"tile {index} of level {level}"
    for our_tags, gdal_tags in zip(tags(ours), tags(theirs), strict=True):
        assert our_tags[TILE_OFFSETS][:2] == gdal_tags[TILE_OFFSETS][:2]
        assert without_offsets(our_tags) == without_offsets(gdal_tags)
    assert list(ghost_area(ours).items()) == [
        ("LAYOUT", "IFDS_BEFORE_DATA"),
        ("BLOCK_ORDER", "CHUNK_MAJOR"),
        ("CHUNK_SIZE", ",".join(str(axis[0]) for axis in case.chunks[1:])),
        ("CHUNK_LEVELS", str(chunk_levels(case, len(our_tiles)))),
        ("KNOWN_INCOMPATIBLE_EDITION", "NO"),
    ]


def without_offsets(directory: dict[int, tuple[int, int, Any]]) -> dict[int, str]:
    # As text, in which one NaN is another.
    return {code: str(value) for code, value in directory.items() if code != TILE_OFFSETS}


def chunk_levels(case: Case, levels: int) -> int:
    """How often chunks halve into whole tiles; an axis that is not cut sets no bound."""
    limits = [levels - 1]
    for axis in case.chunks[1:]:
        if len(axis) > 1:
            in_tiles = axis[0] // case.tile_px
            limits.append((in_tiles & -in_tiles).bit_length() - 1)
    return min(limits)


def main(max_examples: int) -> None:
    codecs = ["DEFLATE", "ZSTD"]
    for cases, check in (
        (strip_cases(codecs), check_strips),
        (aligned_cases(codecs), check_chunks),
        (row_cases(codecs), check_rows),
    ):
        settings(PROFILE, max_examples=max_examples)(given(cases)(check))()


if __name__ == "__main__":
    main(int(sys.argv[1]))
