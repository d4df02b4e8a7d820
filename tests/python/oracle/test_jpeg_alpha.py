"""COMPRESS=JPEG makes a mask of an alpha band, whose own values weigh before; as GDAL has it."""

from __future__ import annotations

import numpy as np
import pytest
from rasterio.enums import MaskFlags
from rasterio.io import MemoryFile

import ccog
from ccog._gdal_options import KERNELS
from file_parts import levels
from random_case import RandomCase
from readers import assert_same_samples
from two_writers import by_ccog, by_gdal


def alpha_case(bands: int, resampling: str, nodata: float | None, mask: str | None) -> RandomCase:
    """Describe a case whose overviews are kept without loss, whatever libjpeg there is."""
    colors = ["gray"] if bands == 2 else ["red", "green", "blue"]
    return RandomCase(
        seed=365,
        shape=(bands, 301, 200),
        dtype=np.dtype("u1"),
        pixels="smooth",
        nodata=nodata,
        mask=mask,
        alpha=True,
        chunks=((bands,), (128, 128, 45), (70, 130)),
        options={
            "COMPRESS": "JPEG",
            "OVERVIEW_COMPRESS": "DEFLATE",
            "OVERVIEW_RESAMPLING": resampling,
            "BLOCKSIZE": "128",
        },
        knowledge={"place": {}, "kinds": {}, "colors": [*colors, "alpha"]},
    )


@pytest.mark.parametrize("nodata", [None, 120], ids=str)
@pytest.mark.parametrize("bands", [2, 4])
@pytest.mark.parametrize("resampling", KERNELS)
def test_opacities_weigh_and_then_mask(resampling, bands, nodata):
    case = alpha_case(bands, resampling, nodata, None)
    image = case.image()
    assert set(np.unique(image[-1])) > {0, 255}, "opacities between"
    ours, theirs = (levels(write(case, image, None)) for write in (by_ccog, by_gdal))
    assert len(ours) == len(theirs) == 3
    for level, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert_same_samples(one[1], other[1], f"mask of level {level}")
        if level > 0:
            assert_same_samples(one[0], other[0], f"level {level}")


def test_a_mask_beside_alpha_is_left_out_with_a_warning():
    case = alpha_case(2, "CUBIC", None, "holes")
    image, mask = case.image(), case.mask_image()
    ours, theirs = (levels(write(case, image, mask)) for write in (by_ccog, by_gdal))
    for one, other in zip(ours, theirs, strict=True):
        assert_same_samples(one[1], other[1], "mask")
    np.testing.assert_array_equal(ours[0][1][0] != 0, image[-1] != 0)
    with pytest.warns(UserWarning, match=r"the alpha band the mask.*mask= is left out") as caught:
        ccog.plan(
            image, compress="JPEG", color_interpretation=["gray", "alpha"], mask=mask, blocksize=128
        )
    assert len(caught) == 1


def test_a_tiling_scheme_is_kept_beside_alpha():
    edge = 20037508.342789244
    array = np.full((4, 512, 512), 255, "u1")
    data = ccog.write_ccog(
        array,
        None,
        compress="JPEG",
        color_interpretation=["red", "green", "blue", "alpha"],
        crs="EPSG:3857",
        transform=(edge / 256, 0, -edge, 0, -edge / 256, edge),
        tiling_scheme="GoogleMapsCompatible",
        tags={"MY_DOMAIN": {"key": "value"}},
    ).compute(scheduler="sync")
    with MemoryFile(data) as file, file.open() as written:
        assert written.tags(ns="TILING_SCHEME")["NAME"] == "GoogleMapsCompatible"
        assert written.tags(ns="MY_DOMAIN") == {"key": "value"}
        assert written.mask_flag_enums[0] == [MaskFlags.per_dataset]


def test_opacities_of_int8_are_refused():
    with pytest.raises(ValueError, match="opacities are no int8: write uint8"):
        ccog.plan(
            np.zeros((2, 9, 9), "i1"), compress="JPEG", color_interpretation=["gray", "alpha"]
        )
