"""The nodata value: what an array says it is, and what a pixel can hold."""

import numpy as np
import pytest

from arrays import image
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


@pytest.mark.parametrize("name", ["_FillValue", "missing_value", "fill_value", "nodata"])
def test_nodata_attributes(name):
    array = image(dtype="int16", attrs={name: np.float64(-9999)})
    found = describe(array)
    assert found.nodata == -9999
    assert isinstance(found.nodata, int)
    assert found.tags == {}
    assert describe(array, nodata=0).nodata == 0
    assert describe(image(attrs={"nodatavals": (7.0, 7.0)})).nodata == 7


def test_masked_floats_hold_nan():
    """xarray puts the fill value in the encoding when it has replaced it by NaN."""
    masked = image(dtype="float32")
    masked.encoding["_FillValue"] = -9999.0
    assert np.isnan(describe(masked).nodata)
    kept = image(dtype="int16")
    kept.encoding["_FillValue"] = -9999
    assert describe(kept).nodata == -9999
    assert describe(image(dtype="float64")).nodata is None


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("uint8", -1),
        ("uint8", 256),
        ("uint8", 0.5),
        ("int16", float("nan")),
        ("uint64", -1),
        ("uint64", 2**64),
        ("float32", 1e300),
        ("uint8", True),
        ("int8", "many"),
        ("float32", 1j),
    ],
)
def test_nodata_that_the_type_cannot_hold(dtype, value):
    with pytest.raises(InvalidArgumentError, match=rf"nodata=.* cannot be a pixel of type {dtype}"):
        describe(np.zeros((2, 2), dtype), nodata=value)


@pytest.mark.parametrize(
    ("dtype", "value", "held"),
    [
        ("uint64", 2**64 - 1, 2**64 - 1),
        ("int64", -(2**63), -(2**63)),
        ("int64", np.int64(2**53 + 1), 2**53 + 1),
        ("float32", 0.1, float(np.float32(0.1))),
        ("float32", -3.4028234663852886e38, -3.4028234663852886e38),
        ("float64", float("inf"), float("inf")),
        ("int16", "-9999", -9999),
    ],
)
def test_nodata_is_exactly_what_a_pixel_holds(dtype, value, held):
    found = describe(np.zeros((2, 2), dtype), nodata=value).nodata
    assert found == held
    assert type(found) is type(held)


def test_bands_of_different_nodata():
    with pytest.raises(InvalidArgumentError, match="one nodata value for all bands"):
        describe(image(attrs={"nodatavals": (1.0, 2.0)}))
