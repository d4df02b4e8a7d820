"""What is known of an array beside its pixels: where it lies, what its bands mean, tags, colours.

A dictionary, with any of these: `place` (crs, transform, point, gcps, rpcs), `tags` (a dictionary a
domain), `band_tags`, `descriptions`, `units`, `scales`, `offsets` (one a band), `colors` (names of
colour interpretations, one a band), `color_table` (RGBA by value). `kinds` names what was drawn.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from random_colors import draw_colors

_UTM = {"crs": "EPSG:32755", "transform": (10.0, 0.0, 5e5, 0.0, -10.0, 6e6)}
_LAEA = "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m"
_ENGINEERING = (
    'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]'
)
_GCPS = [(0, 0, 100.0, 50.0), (0, 90, 101.0, 50.1), (90, 0, 100.1, 49.0), (90, 90, 101.1, 49.2)]
_RPCS = {
    "err_bias": 1.5,
    "err_rand": 0.5,
    "height_off": 300.0,
    "height_scale": 500.0,
    "lat_off": 37.0,
    "lat_scale": 0.1,
    "long_off": -97.0,
    "long_scale": 0.12,
    "line_off": 50.0,
    "line_scale": 60.0,
    "samp_off": 40.0,
    "samp_scale": 70.0,
    "line_num_coeff": [0.001 * n for n in range(20)],
    "line_den_coeff": [1.0] + [0.0001 * n for n in range(1, 20)],
    "samp_num_coeff": [0.002 * n for n in range(20)],
    "samp_den_coeff": [1.0] + [0.0002 * n for n in range(1, 20)],
}

PLACES: dict[str, dict[str, Any]] = {
    "no": {},
    "geographic": {"crs": "EPSG:4326", "transform": (0.1, 0.0, -180.0, 0.0, -0.1, 90.0)},
    "projected": _UTM,
    "rotated": {"crs": "EPSG:3857", "transform": (6.0, 8.0, 100.0, 8.0, -6.0, 900.0)},
    "transform only": {"transform": (2.0, 0.0, 0.0, 0.0, -2.0, 0.0)},
    "CRS only": {"crs": "EPSG:28355"},
    "not EPSG": {"crs": _LAEA, "transform": (100.0, 0.0, 4e6, 0.0, -100.0, 3e6)},
    "compound": {"crs": "EPSG:4326+5773", "transform": (0.25, 0.0, 5.0, 0.0, -0.25, 50.0)},
    "engineering": {"crs": _ENGINEERING, "transform": (0.5, 0.0, 1.0, 0.0, -0.5, 9.0)},
    "uneven pixels": {"crs": "EPSG:27700", "transform": (25.0, 0.0, 1e5, 0.0, -30.0, 9e5)},
    "pixel is point": {**_UTM, "point": True},
    "GCPs": {"crs": "EPSG:4326", "gcps": _GCPS},
    "RPCs": {"rpcs": _RPCS},
}
_WEIGHTS = [2, 2, 3, 0.7, 0.7, 0.5, 0.7, 0.5, 0.5, 0.5, 1, 0.5, 0.5]
_WORDS = ("temperature", "höhe", "", "a & b", "<x>", "near infrared", "B08")


def draw_knowledge(
    rng: random.Random, dtype: np.dtype[Any], bands: int, alpha: bool
) -> dict[str, Any]:
    """Draw it; most arrays have little."""
    kind = rng.choices(list(PLACES), _WEIGHTS)[0]
    known: dict[str, Any] = {"place": PLACES[kind], "kinds": {"PLACE": kind}}

    def some(name: str, chance: float) -> bool:
        if rng.random() >= chance:
            return False
        known["kinds"][name] = "yes"
        return True

    if some("TAGS", 0.15):
        known["tags"] = {"": {"source": rng.choice(_WORDS) or "x", "TIFFTAG_SOFTWARE": "a test"}}
        if rng.random() < 0.5:
            known["tags"][""]["TIFFTAG_DATETIME"] = "2026:01:02 03:04:05"
    if some("DOMAINS", 0.07):
        # Not empty, which a GeoTIFF that GDAL copies where there is a mask cannot say.
        word = rng.choice(_WORDS) or "x"
        known.setdefault("tags", {})["MY_DOMAIN"] = {"key": "value", "other": word}
    if some("BAND_TAGS", 0.1):
        known["band_tags"] = [{"wavelength": str(490 + 70 * band)} for band in range(bands)]
    if some("DESCRIPTIONS", 0.15):
        known["descriptions"] = [rng.choice(_WORDS) for _ in range(bands)]
    if some("UNITS", 0.1):
        known["units"] = [rng.choice(["m", "K", "", "°C"]) for _ in range(bands)]
    if some("SCALES", 0.1):
        known["scales"] = [rng.choice([0.1, 1e-4, 2.0]) for _ in range(bands)]
        known["offsets"] = [rng.choice([0.0, -273.15, 10.0]) for _ in range(bands)]
    indexes = bands == 1 or (bands == 2 and alpha)
    if indexes and dtype.str[1:] in ("u1", "u2") and some("COLOR_TABLE", 0.2):
        known["kinds"]["COLOR_TABLE"], known["color_table"] = draw_colors(rng, dtype)
        known["colors"] = ["palette", "alpha"][:bands]
    elif alpha:
        first = ["red", "green", "blue"] if bands > 3 else ["gray"]
        known["colors"] = [*first, *["undefined"] * (bands - 1 - len(first)), "alpha"]
    elif bands >= 3 and some("COLORS", 0.12):
        first = rng.choice([["red", "green", "blue"], ["undefined"] * 3, ["nir", "red", "green"]])
        known["colors"] = [*first, *["undefined"] * (bands - 3)]
    return known
