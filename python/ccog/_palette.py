"""A colour table as overviews take it: colours by value, and which methods there are for it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ccog._colors import colors_by_value
from ccog._gdal_options import KERNELS, OWN_KERNELS
from ccog.errors import InvalidArgumentError

if TYPE_CHECKING:
    from ccog.georeference import Georeference
    from ccog.options import WriteOptions

#: Methods that GDAL has interpolate values with a colour table too, and warns of it.
_INTERPOLATING = ("BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS")


def check_palette(described: Georeference, options: WriteOptions) -> None:
    """Refuse, or warn of, a method that mixes numbers of colours."""
    if not described.color_table or not options.overviews:
        return
    if options.resampling in OWN_KERNELS:
        methods = ", ".join(kernel for kernel in KERNELS if kernel not in _INTERPOLATING)
        raise InvalidArgumentError(
            f"OVERVIEW_RESAMPLING={options.resampling} would mix numbers of colours: use one of "
            f"{methods} with this colour table"
        )
    if options.resampling in _INTERPOLATING:
        warnings.warn(
            f"OVERVIEW_RESAMPLING={options.resampling} interpolates numbers of colours, as GDAL "
            "does: AVERAGE takes means of colours, NEAREST and MODE make no new ones",
            stacklevel=4,
        )


def palette_of(described: Georeference) -> bytes | None:
    """Give four bytes a value, from 0 to the last one with a colour; None without a table."""
    if not described.color_table:
        return None
    return b"".join(map(bytes, colors_by_value(described.color_table)))
