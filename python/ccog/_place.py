"""Where an image lies: what is given goes before what the array says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._control import ControlPoint, control_points
from ._grid import Affine6, affine6
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from rasterio.crs import CRS
    from xarray import DataArray


class Place:
    """CRS, transform and control points: what is given goes before what the array says."""

    def __init__(self, crs: Any, transform: Sequence[float] | None, gcps: Any) -> None:
        self.crs = crs
        self.transform = None if transform is None else affine6(transform)
        self.gcps: tuple[ControlPoint, ...] = ()
        self._is_given = transform is not None or gcps is not None
        if gcps is not None:
            self.gcps, with_them = control_points(gcps)
            self.crs = with_them if crs is None else crs

    def read(self, source: DataArray) -> None:
        """Fill in what was not given."""
        from ._xarray import find_control_points, find_crs, find_transform

        if self.crs is None:
            self.crs = find_crs(source)
        if not self._is_given:
            self.gcps = find_control_points(source)
            if not self.gcps:
                self.transform = find_transform(source, has_crs=bool(parse_crs(self.crs)))


def parse_crs(given: Any) -> CRS | None:
    """Return what rasterio makes of it, or raise; None where it is none."""
    if given is None:
        return None
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        crs = CRS.from_user_input(given)
    except (CRSError, ValueError) as error:
        raise InvalidArgumentError(f"crs={given!r} is not understood: {error}") from error
    return crs if crs else None


def north_up(array: Any, transform: Affine6 | None) -> tuple[Any, Affine6 | None]:
    """Flip south-up and east-left images; rotated ones stay; the identity says no place."""
    if transform is None or transform == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        return array, None
    a, b, c, d, e, f = transform
    if b or d:
        return array, transform
    height_px, width_px = array.shape[-2:]
    if e > 0:
        array, e, f = array[..., ::-1, :], -e, f + e * height_px
    if a < 0:
        array, a, c = array[..., ::-1], -a, c + a * width_px
    return array, (a, b, c, d, e, f)
