"""The options of `write_ccog`, as its users call it."""

from __future__ import annotations

from typing import Any

import pytest

import ccog
from ccog.errors import CcogError, NotYetImplementedError
from pixels import noise

SHAPE = (300, 420)


def write(**options: Any) -> Any:
    return ccog.write_ccog(noise(SHAPE, 128), **({"blocksize": 64} | options))


def test_options_are_taken_in_any_case_and_place() -> None:
    expected = write(compress="ZSTD", level=3, predictor="YES").compute(scheduler="sync")
    for options in (
        {"COMPRESS": "zstd", "Level": "3", "PREDICTOR": True},
        {"creation_options": {"compress": "ZSTD", "LEVEL": 3, "predictor": 2}},
        {"COG_creation_options": {"COMPRESS": "ZSTD", "level": "3"}, "Predictor": "standard"},
        {"compress": "ZSTD", "COMPRESS": "zstd", "level": 3, "predictor": "YES"},
    ):
        assert write(**options).compute(scheduler="sync") == expected


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"compress": "JXL"}, NotImplementedError, "COMPRESS=JXL: libtiff has no codec"),
        (
            {"tiling_scheme": "GoogleMapsCompatible"},
            ValueError,
            "the array has none: ccog does not",
        ),
        ({"overview_count": 2, "overviews": "NONE"}, ValueError, "OVERVIEWS=NONE contradicts"),
        ({"layout": "rows"}, ValueError, "use 'chunk' or 'row-major'"),
        ({"compres": "ZSTD"}, ValueError, "unknown creation option 'compres': did you mean COMPR"),
        ({"overviewresampling": "AVERAGE"}, ValueError, "did you mean OVERVIEW_RESAMPLING"),
        ({"compress": "ZSD"}, ValueError, "COMPRESS=ZSD: allowed is .*ZSTD"),
        ({"blocksize": 100}, ValueError, "BLOCKSIZE=100: allowed is a multiple of 16"),
        ({"level": 30, "compress": "ZSTD"}, ValueError, "LEVEL=30: allowed is 1 to 22"),
        (
            {"compress": "ZSTD", "creation_options": {"COMPRESS": "DEFLATE"}},
            ValueError,
            "COMPRESS is given twice, as ZSTD and as DEFLATE",
        ),
        (
            {"creation_options": {"level": 1}, "COG_creation_options": {"LEVEL": 2}},
            ValueError,
            "LEVEL is given twice, as 1 and as 2",
        ),
        ({"COMPRESS": "NONE", "compress": "ZSTD"}, ValueError, "COMPRESS is given twice"),
        ({"storage_options": {"secrt": "x"}}, ValueError, "'secrt'; did you mean secret"),
        ({"nodata": 1e9}, ValueError, "1000000000"),
        ({"crs": "EPSG:nonsense"}, ValueError, "EPSG:nonsense"),
    ],
)
def test_what_cannot_be_done_is_refused_when_the_write_is_planned(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        write(**options)
    assert isinstance(raised.value, CcogError)
    assert isinstance(raised.value, NotYetImplementedError) == (error is NotImplementedError)
    assert "\n" not in str(raised.value)


def test_row_major_is_taken_where_chunks_are_full_width_strips() -> None:
    file = ccog.write_ccog(noise(SHAPE, (128, -1)), layout="row-major", blocksize=64).compute(
        scheduler="sync"
    )
    assert b"BLOCK_ORDER=ROW_MAJOR" in file[:400]
    assert b"BLOCK_ORDER=CHUNK_MAJOR" in write().compute(scheduler="sync")[:400]
