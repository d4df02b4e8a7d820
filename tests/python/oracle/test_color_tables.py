"""Overviews of bands with a colour table are GDAL's to the byte, by every method."""

from __future__ import annotations

from typing import Any

import dask.array
import numpy as np
import pytest

import ccog
from ccog import _planning
from ccog._gdal_options import KERNELS, OWN_KERNELS
from ccog.errors import InvalidArgumentError
from gdal_metadata import gdal_cog_of
from random_case import RandomCase
from readers import tags
from two_writers import by_ccog, by_gdal

#: Some values have no colour, and some the same.
COLORS = {n: (n * 40 % 256, 255 - n * 8, n % 7) for n in range(30) if n % 8 != 3}
OPTIONS = {"compress": "NONE", "blocksize": 64}
INTERPOLATING = ("BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS")

pytestmark = pytest.mark.filterwarnings("ignore:OVERVIEW_RESAMPLING=:UserWarning")


def picture(shape: tuple[int, int, int], dtype: str) -> np.ndarray:
    """Make patches of values, of which some are beyond the table, and an alpha of any opacity."""
    rng = np.random.default_rng(7)
    small = rng.integers(0, 32, (shape[1] // 5 + 1, shape[2] // 5 + 1))
    image = np.empty(shape, dtype)
    image[0] = np.kron(small, np.ones((5, 5), int))[: shape[1], : shape[2]]
    image[1:] = rng.choice([0, 0, 9, np.iinfo(dtype).max], (shape[0] - 1, *shape[1:]))
    return image


@pytest.mark.parametrize("size", [(256, 512), (301, 333), (700, 1)])
@pytest.mark.parametrize(("bands", "nodata"), [(1, None), (1, 5), (1, 77), (2, None), (2, 5)])
@pytest.mark.parametrize("method", KERNELS)
def test_every_method_is_gdals(method, bands, nodata, size):
    for dtype in ("uint8", "uint16"):
        image = picture((bands, *size), dtype)
        known: dict[str, Any] = {"colormap": COLORS}
        if nodata is not None:
            known["nodata"] = nodata
        options = {**OPTIONS, "overview_resampling": method}
        write = ccog.write_ccog(image, None, layout="row-major", **known, **options)
        assert write.compute(scheduler="sync") == gdal_cog_of(image, known, **options)


@pytest.mark.parametrize("method", KERNELS)
def test_greys_in_order_are_quantities(method):
    image = picture((1, 300, 300), "uint8")
    known: dict[str, Any] = {"colormap": {n: (n, n, n) for n in range(20)}}
    options = {**OPTIONS, "overview_resampling": method}
    write = ccog.write_ccog(image, None, layout="row-major", **known, **options)
    assert write.compute(scheduler="sync") == gdal_cog_of(image, known, **options)


@pytest.mark.parametrize("second", ["alpha", "undefined", "gray"])
@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "MODE"])
def test_the_band_beside_colours_is_what_it_is_said_to_be(method, second):
    image = picture((2, 300, 301), "uint8")
    known: dict[str, Any] = {"colormap": COLORS, "color_interpretation": ["palette", second]}
    options = {**OPTIONS, "overview_resampling": method}
    write = ccog.write_ccog(image, None, layout="row-major", **known, **options)
    assert write.compute(scheduler="sync") == gdal_cog_of(image, known, **options)


@pytest.mark.parametrize("method", INTERPOLATING)
def test_who_has_numbers_of_colours_interpolated_is_warned(method):
    with pytest.warns(UserWarning, match=f"{method} interpolates numbers of colours"):
        ccog.plan(picture((1, 8, 8), "uint8"), colormap=COLORS, overview_resampling=method)


@pytest.mark.parametrize("method", OWN_KERNELS)
def test_methods_that_gdal_has_not_are_refused(method):
    with pytest.raises(InvalidArgumentError, match=f"{method} would mix numbers of colours"):
        ccog.plan(picture((1, 8, 8), "uint8"), colormap=COLORS, overview_resampling=method)


def test_with_a_colour_table_nearest_is_the_default():
    image = picture((1, 150, 130), "uint8")
    ours = ccog.write_ccog(image, None, colormap=COLORS, **OPTIONS).compute(scheduler="sync")
    assert ours == gdal_cog_of(image, {"colormap": COLORS}, **OPTIONS)
    assert tags(ours)[0][262][2] == 3


@pytest.mark.parametrize("size", [(1024, 768), (1500, 1111)])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("method", [kernel for kernel in KERNELS if kernel != "NEAREST"])
def test_what_hides_pixels_makes_levels_of_full_resolution(method, alpha, size):
    """In several stages, so that levels of later ones travel up in what is handed on."""
    case = RandomCase(
        seed=5,
        shape=(1 + alpha, *size),
        dtype=np.dtype("uint8"),
        pixels="patches",
        nodata=None,
        mask=None if alpha else "blocks",
        alpha=alpha,
        chunks=((1 + alpha,), *(cut(px, 256) for px in size)),
        options={"COMPRESS": "NONE", "BLOCKSIZE": "64", "OVERVIEW_RESAMPLING": method},
        knowledge={
            "place": {},
            "kinds": {},
            "color_table": {n: (*color, 255) for n, color in COLORS.items()},
            "colors": ["palette", "alpha"][: 1 + alpha],
        },
    )
    image, mask = case.image(), case.mask_image()
    prepared = _planning.prepare(
        dask.array.from_array(image, chunks=case.chunks),
        None,
        blocksize=64,
        overview_resampling=method,
        colormap=COLORS,
        mask=None if mask is None else dask.array.from_array(mask, chunks=case.chunks[1:]),
    )
    assert len(prepared.plan.stages) > 1
    assert by_ccog(case, image, mask) == by_gdal(case, image, mask)


def cut(size_px: int, chunk_px: int) -> tuple[int, ...]:
    whole, rest = divmod(size_px, chunk_px)
    return (chunk_px,) * whole + ((rest,) if rest else ())
