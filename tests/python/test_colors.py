"""Colour interpretation and colour tables."""

import pytest
from rasterio.enums import ColorInterp

from arrays import bands, exploding
from ccog._colors import GDAL_NAMES
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["red", "green", "blue", "alpha"], ("red", "green", "blue", "alpha")),
        (["Blue", "Green", "Red"], ("blue", "green", "red")),
        (["nir", "red", "green", "blue"], ("undefined", "red", "green", "blue")),
        (["1", "2", "3", "alpha"], ("red", "green", "blue", "alpha")),
        (["grey", "alpha"], ("gray", "alpha")),
        (["red", "nir"], ()),
        (["alpha"], ()),
        (["alpha", "alpha"], ()),
        ([1, 2, 3, 4], ()),
    ],
)
def test_colours_by_labels_of_bands(labels, expected):
    array = bands(len(labels), coords={"band": labels})
    assert describe(array).color_interpretation == expected
    given = describe(array, color_interpretation=[None, *["gray"] * (len(labels) - 1)])
    assert given.color_interpretation == ("undefined", *["gray"] * (len(labels) - 1))


def test_colours_by_name():
    given = [ColorInterp.nir, "Grey", "CB"]
    assert describe(bands(), color_interpretation=given).color_interpretation == (
        "nir",
        "gray",
        "Cb",
    )
    assert describe(bands()).color_interpretation == ()
    assert set(GDAL_NAMES) == {one.name for one in ColorInterp}


def test_colour_tables():
    colors = {3: (1, 2, 3), 0: (9, 8, 7, 0), 200: (4, 5, 6, 255)}
    found = describe(exploding((2, 2)), colormap=colors, nodata=0)
    assert found.color_table == {0: (9, 8, 7, 0), 3: (1, 2, 3, 255), 200: (4, 5, 6, 255)}
    assert found.color_interpretation == ("palette",)
    two = describe(exploding((2, 2, 2), "uint16"), colormap={65535: (1, 2, 3)})
    assert two.color_interpretation == ("palette", "alpha")


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        (exploding((2, 2), "int16"), {"colormap": {0: (0, 0, 0)}}, "1 or 2 bands of uint8 or"),
        (exploding((3, 2, 2)), {"colormap": {0: (0, 0, 0)}}, "1 or 2 bands of uint8 or"),
        (exploding((2, 2)), {"colormap": {256: (0, 0, 0)}}, "256 is no value of uint8"),
        (exploding((2, 2)), {"colormap": {1: (0, 0, 256)}}, "is not .red, green, blue."),
        (exploding((2, 2)), {"colormap": {1: (0, 0)}}, "is not .red, green, blue."),
        (exploding((2, 2)), {"colormap": {1: (1, 2, 3, 128)}}, "is transparent"),
        (exploding((2, 2)), {"colormap": {1: (1, 2, 3, 0)}}, "is transparent"),
        (exploding((2, 2)), {"colormap": {}}, "expected {value:"),
        (exploding((2, 2)), {"color_interpretation": ["pink"]}, "'pink' is not known"),
        (exploding((2, 2)), {"color_interpretation": ["red", "red"]}, "2 entries for 1 band"),
        (exploding((2, 2)), {"color_interpretation": ["palette"]}, "needs a colormap="),
        (
            exploding((2, 2)),
            {"colormap": {0: (0, 0, 0)}, "color_interpretation": ["gray"]},
            "colormap= contradicts",
        ),
    ],
)
def test_colours_that_cannot_be(data, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(data, **arguments)
