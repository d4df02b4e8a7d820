"""Arrays that say of themselves what those of xarray say, and whose pixels nobody may read."""

import dask.array as da
import numpy as np
import xarray as xr
from rasterio.crs import CRS

UTM = CRS.from_epsg(32618)
WKT = UTM.to_wkt()


def exploding(shape, dtype="uint8", chunks=-1):
    """A Dask array that cannot be computed: whoever reads a pixel fails."""

    def fail(_block):
        raise AssertionError("a pixel was read")

    return da.zeros(shape, dtype=dtype, chunks=chunks).map_blocks(fail, dtype=dtype)


def image(height=4, width=5, *, y=None, x=None, dtype="uint8", data=None, **kwargs):
    y = 1000.0 - 10.0 * np.arange(height) - 5.0 if y is None else y
    x = 500.0 + 10.0 * np.arange(width) + 5.0 if x is None else x
    if data is None:
        data = exploding((len(y), len(x)), dtype)
    kwargs.setdefault("dims", ("y", "x"))
    return xr.DataArray(data, coords={"y": np.asarray(y), "x": np.asarray(x)}, **kwargs)


def with_mapping(array, name="spatial_ref", **attrs):
    return array.assign_coords({name: xr.Variable((), 0, attrs)})


def bands(count=3, **kwargs):
    coords = kwargs.pop("coords", {})
    return xr.DataArray(exploding((count, 2, 2)), dims=("band", "y", "x"), coords=coords, **kwargs)
