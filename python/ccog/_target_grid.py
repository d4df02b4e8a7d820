"""The grid that GDAL's options ask for: the array's own, for any other would mean warping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from .georeference import Georeference
    from .options import WriteOptions

__all__ = ["REPROJECT", "check_target"]

REPROJECT = (
    "ccog does not warp; reproject first, such as with odc.geo's xr_reproject or rioxarray's "
    "data.rio.reproject"
)


def check_target(georeference: Georeference, options: WriteOptions) -> None:
    """Refuse TARGET_SRS, RES and EXTENT that are not the array's: reaching them is warping."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    if options.target_srs is not None:
        try:
            target = CRS.from_user_input(options.target_srs)
        except (CRSError, ValueError) as error:
            raise InvalidArgumentError(f"TARGET_SRS={options.target_srs}: {error}") from error
        if georeference.crs != target:
            said = georeference.crs.to_string() if georeference.crs else "none"
            raise InvalidArgumentError(
                f"TARGET_SRS={options.target_srs} is not the array's, which is {said}: {REPROJECT}"
            )
    if options.res is None and options.extent is None:
        return
    if georeference.transform is None or georeference.transform[1] or georeference.transform[3]:
        raise InvalidArgumentError("RES and EXTENT need an array with an upright transform")
    a, _, c, _, e, f = georeference.transform
    height_px, width_px = georeference.array.shape[-2:]
    if options.res is not None:
        for pixel in (a, -e):
            if abs(pixel - options.res) * max(width_px, height_px) > 0.01 * options.res:
                raise InvalidArgumentError(
                    f"RES={options.res:g}: the array's pixels are {a:g} by {-e:g}: {REPROJECT}"
                )
    bounds = (c, f + e * height_px, c + a * width_px, f)
    if options.extent is not None:
        for given, has, pixel in zip(options.extent, bounds, (a, e, a, e), strict=True):
            if abs(given - has) > abs(0.01 * pixel):
                raise InvalidArgumentError(
                    f"EXTENT={','.join(map(repr, options.extent))}: the array has "
                    f"{','.join(map(repr, bounds))}: select with .sel(...), or add pixels with "
                    ".pad(...)"
                )
