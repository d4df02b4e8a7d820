"""Those who write the same thing: ccog and its peers, each as its users call it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

import cases
from cases import Case
from targets import Target

#: Writes and gives the Dask object that was computed, if there is one.
Writer = Callable[[xr.DataArray, Path, Case, Target], Any]


def _write_ccog(image: xr.DataArray, case: Case, target: Target, **s3: Any) -> Any:
    import ccog

    storage_options = target.storage_options | ({"config_kwargs": {"s3": s3}} if s3 else {})
    delayed = ccog.write_ccog(
        image, target.url, storage_options=storage_options, **case.gdal_options
    )
    delayed.compute()
    return delayed


def write_ccog(image: xr.DataArray, _: Path, case: Case, target: Target) -> Any:
    return _write_ccog(image, case, target)


def write_unsigned(image: xr.DataArray, _: Path, case: Case, target: Target) -> Any:
    return _write_ccog(image, case, target, payload_signing_enabled=False)


def write_gdal(_: xr.DataArray, raw: Path, case: Case, target: Target) -> None:
    from rasterio.shutil import copy

    options = {**case.gdal_options, "num_threads": cases.THREADS}
    copy(raw, target.gdal_path, driver="COG", **options)


def write_rio_cogeo(_: xr.DataArray, raw: Path, case: Case, target: Target) -> None:
    from rio_cogeo.cogeo import cog_translate

    # It writes with GDAL's GTiff driver, whose options are those that a profile has.
    options = {**case.gdal_options, "blockxsize": cases.TILE_PX, "blockysize": cases.TILE_PX}
    options |= {"driver": "GTiff", "tiled": True, "interleave": "pixel"}
    del options["blocksize"], options["overview_resampling"]
    if options.pop("predictor", None):
        options["predictor"] = case.predictor
    level = options.pop("level", None)
    if level is not None:
        options["zlevel" if case.compress == "DEFLATE" else "zstd_level"] = level
    if "quality" in options:
        options |= {"jpeg_quality": options.pop("quality"), "photometric": "YCBCR"}
    cog_translate(
        raw,
        target.gdal_path,
        options,
        overview_resampling=case.resampling.lower(),
        config={"GDAL_NUM_THREADS": str(cases.THREADS)},
        quiet=True,
    )


def write_rioxarray(image: xr.DataArray, _: Path, case: Case, target: Target) -> None:
    options = {**case.gdal_options, "num_threads": cases.THREADS}
    image.rio.to_raster(target.gdal_path, driver="COG", **options)


def write_odc_geo(image: xr.DataArray, _: Path, case: Case, target: Target) -> Any:
    from odc.geo.cog import save_cog_with_dask

    if "band" in image.dims:
        image = image.transpose("y", "x", "band")  # interleaved by pixel, as the others write
    delayed = save_cog_with_dask(
        image,
        target.url,
        compression=case.compress,
        level=case.level,
        predictor=case.predictor,
        blocksize=cases.TILE_PX,
        overview_resampling=case.resampling.lower(),
        stats=False,
        aws={"endpoint_url": target.endpoint_url},
    )
    delayed.compute()
    return delayed


def write_csiro(image: xr.DataArray, _: Path, case: Case, target: Target) -> Any:
    import ccog  # the one of the checkout

    options = {"COG_creation_options": case.gdal_options}
    if target.endpoint_url:
        options |= {"store": target.url, "storage_options": target.storage_options}
    delayed = ccog.write_ccog(image, **options)
    encoded = delayed.compute()
    if not target.endpoint_url:
        Path(target.url).write_bytes(encoded)
    return delayed


def write_zarr(compressor: Callable[[], Any]) -> Writer:
    """Make a writer of Zarr v3: one level, in the same chunks."""

    def write(image: xr.DataArray, _: Path, case: Case, target: Target) -> None:
        encoding = {case.raster: {"compressors": [compressor()]}}
        image.to_dataset(name=case.raster).to_zarr(
            target.url,
            mode="w",
            zarr_format=3,
            encoding=encoding,
            storage_options=target.storage_options or None,
        )

    return write


def _zstd() -> Any:
    from zarr.codecs import ZstdCodec

    return ZstdCodec(level=9)


def _blosc() -> Any:
    from zarr.codecs import BloscCodec

    return BloscCodec(cname="zstd", clevel=3)  # with the shuffle that it has by default


WRITERS: dict[str, Writer] = {
    cases.CCOG: write_ccog,
    cases.UNSIGNED: write_unsigned,
    cases.GDAL: write_gdal,
    cases.RIO_COGEO: write_rio_cogeo,
    cases.RIOXARRAY: write_rioxarray,
    cases.ODC_GEO: write_odc_geo,
    cases.CSIRO: write_csiro,
    cases.ZARR_ZSTD: write_zarr(_zstd),
    cases.ZARR_BLOSC: write_zarr(_blosc),
}


def import_for(writer: str, target: Target) -> None:
    """Import what the writer would otherwise import while the clock runs."""
    import distributed  # noqa: F401 - by Dask, whenever it looks for a scheduler

    if writer in (cases.CCOG, cases.UNSIGNED):
        import ccog._write
    elif writer == cases.CSIRO:
        sys.path.insert(0, os.environ["CSIRO_CCOG"])
        import ccog  # noqa: F401
    elif writer == cases.RIO_COGEO:
        import rio_cogeo.cogeo  # noqa: F401
    elif writer == cases.RIOXARRAY:
        import rioxarray  # noqa: F401
    elif writer == cases.ODC_GEO:
        import odc.geo.cog
        import odc.geo.xr  # noqa: F401
    elif writer.startswith("Zarr"):
        import zarr

        zarr.config.set({"threading.max_workers": cases.THREADS})
    if target.endpoint_url:
        import s3fs  # noqa: F401
