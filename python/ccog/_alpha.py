"""A band of opacities: which one it is, and where it becomes the mask, as GDAL has it with JPEG."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ccog.errors import InvalidArgumentError

if TYPE_CHECKING:
    from ccog.georeference import Georeference
    from ccog.options import WriteOptions


def alpha_band(described: Georeference) -> int | None:
    """Number, from 0, of the band that says how opaque the others are; GDAL takes the first."""
    colors = described.color_interpretation
    return colors.index("alpha") if "alpha" in colors else None


def becomes_mask(described: Georeference, options: WriteOptions) -> bool:
    """Whether the last band, an alpha, is stored as the mask: GDAL does so for JPEG."""
    if options.image.compression != "JPEG" or described.bands not in (2, 4):
        return False
    if described.color_interpretation[-1:] != ("alpha",):
        return False
    if described.array.dtype == np.int8:
        raise InvalidArgumentError(
            "COMPRESS=JPEG makes the alpha band the mask, and a mask's opacities are no int8: "
            "write uint8, or use a lossless codec"
        )
    return True


def with_one_mask(described: Georeference, options: WriteOptions) -> Georeference:
    """Leave out the mask that was given where alpha becomes one, as GDAL does."""
    if described.mask is None or not becomes_mask(described, options):
        return described
    if options.statistics:
        raise InvalidArgumentError(
            "STATISTICS=YES would be of mask= and the overviews of the alpha band, which "
            "COMPRESS=JPEG makes the mask: leave one of the two out"
        )
    warnings.warn(
        "COMPRESS=JPEG makes the alpha band the mask, as GDAL does: mask= is left out",
        stacklevel=4,
    )
    return replace(described, mask=None)
