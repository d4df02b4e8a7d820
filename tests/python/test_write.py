"""`write_ccog` as its users call it: arrays of all kinds, targets, options, and what it refuses."""

from __future__ import annotations

import io
import logging
import os
import pickle
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import rasterio
import tifffile
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

import ccog
from ccog.errors import (
    CcogError,
    InvalidArgumentError,
    IoError,
    NotYetImplementedError,
    ObjectNotFoundError,
    StoreError,
)
from embedded_s3 import s3_client, s3_server, storage_options
from pixels import noise, noise_pixels

SHAPE = (300, 420)
TRANSFORM = rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000)


def pixels_of(file: bytes | Path) -> np.ndarray:
    source: Any = io.BytesIO(file) if isinstance(file, bytes) else file
    with rasterio.open(source) as image:
        return image.read()


def data_array(data: Any, dims: tuple[str, ...] = ("y", "x")) -> xr.DataArray:
    sizes = dict(zip(dims, data.shape, strict=True))
    coords = {
        "y": TRANSFORM.f - 10 * (np.arange(sizes["y"]) + 0.5),
        "x": TRANSFORM.c + 10 * (np.arange(sizes["x"]) + 0.5),
    }
    array = xr.DataArray(data, dims=dims, coords=coords)
    wkt = rasterio.CRS.from_epsg(32633).to_wkt()
    return array.assign_coords(spatial_ref=xr.DataArray(0, attrs={"crs_wkt": wkt}))


def check_place(file: bytes) -> None:
    with rasterio.open(io.BytesIO(file)) as image:
        assert image.crs.to_epsg() == 32633
        assert image.transform.almost_equals(TRANSFORM)


# ---------------------------------------------------------------- arrays


@pytest.fixture(scope="module")
def reference() -> bytes:
    """What every spelling of the same image must give."""
    array = data_array(noise(SHAPE, 128))
    return ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")


def test_a_data_array_arrives_whole_and_in_its_place(reference: bytes) -> None:
    np.testing.assert_array_equal(pixels_of(reference)[0], noise_pixels(SHAPE))
    check_place(reference)


def test_a_dask_array_with_crs_and_transform_is_the_same(reference: bytes) -> None:
    write = ccog.write_ccog(noise(SHAPE, 128), crs="EPSG:32633", transform=TRANSFORM, blocksize=64)
    assert write.compute(scheduler="sync") == reference


def test_y_ascending_is_flipped(reference: bytes) -> None:
    array = data_array(noise(SHAPE, 128)).isel(y=slice(None, None, -1))
    assert array.y[0] < array.y[-1]
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), pixels_of(reference))
    check_place(file)


@pytest.mark.parametrize("lazy", [True, False])
def test_band_last_becomes_band_first(lazy: bool) -> None:
    shape = (3, *SHAPE)
    expected = noise_pixels(shape, "uint8")
    array = data_array(noise(shape, 128, "uint8"), ("band", "y", "x")).transpose("y", "x", "band")
    if not lazy:
        array = array.compute(scheduler="sync")
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), expected)
    check_place(file)


def test_bands_in_chunks_of_their_own_are_joined() -> None:
    shape = (4, *SHAPE)
    array = noise(shape, 128, "uint8").rechunk((1, 128, 128))
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), noise_pixels(shape, "uint8"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_numpy_arrays_of_any_layout_are_taken(order: Any, byte_order: str) -> None:
    expected = noise_pixels((2, *SHAPE), "float32")
    array = np.array(expected, dtype=f"{byte_order}f4", order=order)
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), expected)


def test_views_with_strides_and_read_only_arrays_are_taken() -> None:
    array = noise_pixels((600, 840))[::-2, ::2]
    array.flags.writeable = False
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="threads")
    np.testing.assert_array_equal(pixels_of(file)[0], array)


class Stored:
    """An array in a file, like zarr's or netCDF4's: nothing is read but by an index."""

    shape, dtype, ndim = SHAPE, np.dtype("uint16"), 2

    def __init__(self) -> None:
        self.read_px = 0

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        out = noise_pixels(SHAPE)[index]
        self.read_px += out.size
        return out


def test_an_array_that_dask_reads_from_a_file_is_read_once(reference: bytes) -> None:
    stored = Stored()
    array = data_array(da.from_array(stored, chunks=128))
    write = ccog.write_ccog(array, blocksize=64)
    assert stored.read_px == 0
    assert write.compute(scheduler="threads") == reference
    assert stored.read_px == SHAPE[0] * SHAPE[1]


class Lazy(BackendArray):
    """What `xarray.open_dataset` without ``chunks=`` puts into a variable."""

    shape, dtype = SHAPE, np.dtype("uint16")
    read_px = 0

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, index: tuple[slice, ...]) -> np.ndarray:
        out = noise_pixels(SHAPE)[index]
        Lazy.read_px += out.size
        return out


def test_an_array_that_xarray_reads_lazily_is_read_in_the_tasks() -> None:
    variable = xr.Variable(("y", "x"), indexing.LazilyIndexedArray(Lazy()))
    write = ccog.write_ccog(data_array(variable), blocksize=64)
    assert Lazy.read_px == 0
    file = write.compute(scheduler="threads")
    np.testing.assert_array_equal(pixels_of(file)[0], noise_pixels(SHAPE))
    assert Lazy.read_px == SHAPE[0] * SHAPE[1]


def test_chunks_without_pixels_are_left_out() -> None:
    array = noise(SHAPE, ((128, 0, 128, 44), (0, 420)))
    assert array.npartitions == 8
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file)[0], noise_pixels(SHAPE))


@pytest.mark.parametrize("mask_in_metadata", [True, False])
def test_masked_arrays_are_refused_rather_than_unmasked(mask_in_metadata: bool) -> None:
    array = noise(SHAPE, 128)
    if mask_in_metadata:
        masked = da.ma.masked_less(array, 1000)
    else:
        masked = array.map_blocks(np.ma.masked_less, 1000, meta=np.empty((0, 0), array.dtype))
    with pytest.raises(InvalidArgumentError, match=r"filled\(data, value\) and nodata=value"):
        ccog.write_ccog(masked, blocksize=64).compute(scheduler="sync")


# ---------------------------------------------------------------- metadata that lies


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        (lambda b: b.astype("float32"), "came as float32 .* promised uint16"),
        (lambda b: b[:100], r"of (100|0) x \d+ pixels; .* of \d+ x \d+"),
        (lambda b: b[:, :77], r"of \d+ x (77|0) pixels; .* of \d+ x \d+"),
        (lambda b: np.stack([b, b]), "with 2 bands .* with 1 bands"),
        (lambda _: "nothing", r"a chunk came as <U7 of shape \(\)"),
    ],
    ids=["dtype", "height", "width", "bands", "no array"],
)
@pytest.mark.parametrize(
    ("size_px", "chunk_px"),
    [(512, 256), (511, 256), (512, 260)],
    ids=["even", "odd, with halos", "unaligned"],
)
def test_a_chunk_that_is_not_what_dask_says_is_named(
    lie: Any, message: str, size_px: int, chunk_px: int, tmp_path: Path
) -> None:
    array = noise((size_px, size_px), chunk_px).map_blocks(
        lie, dtype="uint16", meta=np.empty((0, 0), "uint16")
    )
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        ccog.write_ccog(array, tmp_path / "a.tif", blocksize=64).compute(scheduler="threads")
    if "no array" not in message and "<U7" not in message:
        assert re.match(r"chunk \([01], [01]\) of level 0.* at pixel y=\d+ x=", str(raised.value))
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- targets


@pytest.mark.parametrize("spelling", ["str", "path", "url", "relative", "quoted"])
def test_a_file_can_be_named_in_many_ways(
    spelling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ä b#c.tif"
    store: Any = {
        "str": str(path),
        "path": path,
        "url": path.as_uri(),
        "relative": path.name,
        "quoted": path.as_uri().replace("file:///", "file://localhost/"),
    }[spelling]
    monkeypatch.chdir(tmp_path)
    write = ccog.write_ccog(noise(SHAPE, 128), store, blocksize=64)
    monkeypatch.chdir("/")  # a relative name means what it meant when it was given
    assert write.compute(scheduler="threads").url == str(path)
    np.testing.assert_array_equal(pixels_of(path)[0], noise_pixels(SHAPE))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("", "names no file"),
        (5, "type int is not taken"),
        (b"a.tif", "type bytes is not taken"),
        ("gs://bucket/a.tif", "gs:// is not taken"),
        ("s3://bucket", "expected s3://bucket/key"),
        ("s3://bucket/", "expected s3://bucket/key"),
        ("s3:///key", "expected s3://bucket/key"),
        ("file://server/a.tif", "with three slashes"),
        ("file://", "with three slashes"),
        ("file:///a.tif?x=1", "%3F"),
    ],
)
def test_a_target_that_cannot_be_is_refused_at_once(store: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        ccog.write_ccog(noise(SHAPE, 128), store)


@pytest.mark.parametrize("blocksize", [64, 512], ids=["in parts", "in one piece"])
@pytest.mark.parametrize("target", ["missing/a.tif", "folder", "file/a.tif"])
def test_a_target_without_a_folder_is_refused_before_a_pixel_is_computed(
    target: str, blocksize: int, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"a file")
    array = noise(SHAPE, 128, each=never)
    with pytest.raises(IoError, match=r"cannot .*director") as raised:
        ccog.write_ccog(array, tmp_path / target, blocksize=blocksize).compute(scheduler="threads")
    assert isinstance(raised.value, OSError)
    assert str(tmp_path / target) in str(raised.value)
    assert not getattr(raised.value, "__notes__", [])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("blocksize", [64, 512], ids=["in parts", "in one piece"])
def test_a_file_is_replaced_in_one_step(blocksize: int, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"the old one")
    open_before = path.open("rb")
    seen: set[bytes] = set()

    def look(pixels: np.ndarray, _info: Any) -> np.ndarray:
        seen.add(path.read_bytes())
        return pixels

    write = ccog.write_ccog(noise(SHAPE, 128, each=look), path, blocksize=blocksize)
    write.compute(scheduler="threads")
    assert seen == {b"the old one"}
    with open_before:
        assert open_before.read() == b"the old one"  # another file, not this one overwritten
    np.testing.assert_array_equal(pixels_of(path)[0], noise_pixels(SHAPE))
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_the_result_says_what_was_written(tmp_path: Path, s3: Any) -> None:
    for url, options in ((tmp_path / "a.tif", {}), (s3.url("a.tif"), s3.storage_options)):
        write = ccog.write_ccog(noise(SHAPE, 128), url, storage_options=options, blocksize=64)
        result = write.compute(scheduler="threads")
        data = s3.get("a.tif") if options else Path(url).read_bytes()
        assert isinstance(result, ccog.WriteResult)
        assert result.url == str(url)
        assert result.size_bytes == len(data)
        assert result.levels == ((300, 420), (150, 210), (75, 105), (37, 52))
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            offsets = [offset for page in tiff.pages for offset in page.dataoffsets]
            assert result.tiles == len(offsets) == 35 + 12 + 4 + 1
            assert result.header_bytes == min(offsets)
        assert result.padding_bytes == 0
        assert result.bytes_moved > 0
        assert not result.already_done
        assert pickle.loads(pickle.dumps(result)) == result
    assert result.parts == 1
    head = s3.client.head_object(Bucket=s3.bucket, Key="a.tif")
    assert result.etag == head["ETag"]
    assert head["ContentType"] == "image/tiff; application=geotiff; profile=cloud-optimized"


# ---------------------------------------------------------------- options


def write(**options: Any) -> Any:
    return ccog.write_ccog(noise(SHAPE, 128), **({"blocksize": 64} | options))


def test_options_are_taken_in_any_case_and_place() -> None:
    expected = write(compress="ZSTD", level=3, predictor="YES").compute(scheduler="sync")
    for options in (
        {"COMPRESS": "zstd", "Level": "3", "PREDICTOR": True},
        {"creation_options": {"compress": "ZSTD", "LEVEL": 3, "predictor": 2}},
        {"COG_creation_options": {"COMPRESS": "ZSTD", "level": "3"}, "Predictor": "standard"},
        {"compress": "ZSTD", "COMPRESS": "zstd", "level": 3, "predictor": "YES"},
    ):
        assert write(**options).compute(scheduler="sync") == expected


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"compress": "JXL"}, NotImplementedError, "COMPRESS=JXL: libtiff has no codec"),
        (
            {"tiling_scheme": "GoogleMapsCompatible"},
            ValueError,
            "the array has none: ccog does not",
        ),
        ({"overview_count": 2, "overviews": "NONE"}, ValueError, "OVERVIEWS=NONE contradicts"),
        ({"layout": "rows"}, ValueError, "use 'chunk' or 'row-major'"),
        ({"compres": "ZSTD"}, ValueError, "unknown creation option 'compres': did you mean COMPR"),
        ({"overviewresampling": "AVERAGE"}, ValueError, "did you mean OVERVIEW_RESAMPLING"),
        ({"compress": "ZSD"}, ValueError, "COMPRESS=ZSD: allowed is .*ZSTD"),
        ({"blocksize": 100}, ValueError, "BLOCKSIZE=100: allowed is a multiple of 16"),
        ({"level": 30, "compress": "ZSTD"}, ValueError, "LEVEL=30: allowed is 1 to 22"),
        (
            {"compress": "ZSTD", "creation_options": {"COMPRESS": "DEFLATE"}},
            ValueError,
            "COMPRESS is given twice, as ZSTD and as DEFLATE",
        ),
        (
            {"creation_options": {"level": 1}, "COG_creation_options": {"LEVEL": 2}},
            ValueError,
            "LEVEL is given twice, as 1 and as 2",
        ),
        ({"COMPRESS": "NONE", "compress": "ZSTD"}, ValueError, "COMPRESS is given twice"),
        ({"storage_options": {"secrt": "x"}}, ValueError, "'secrt'; did you mean secret"),
        ({"nodata": 1e9}, ValueError, "1000000000"),
        ({"crs": "EPSG:nonsense"}, ValueError, "EPSG:nonsense"),
    ],
)
def test_what_cannot_be_done_is_refused_when_the_write_is_planned(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        write(**options)
    assert isinstance(raised.value, CcogError)
    assert isinstance(raised.value, NotYetImplementedError) == (error is NotImplementedError)
    assert "\n" not in str(raised.value)


def test_row_major_is_taken_where_chunks_are_full_width_strips() -> None:
    file = ccog.write_ccog(noise(SHAPE, (128, -1)), layout="row-major", blocksize=64).compute(
        scheduler="sync"
    )
    assert b"BLOCK_ORDER=ROW_MAJOR" in file[:400]
    assert b"BLOCK_ORDER=CHUNK_MAJOR" in write().compute(scheduler="sync")[:400]


# ---------------------------------------------------------------- stores that refuse

SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCY"
TOKEN = "a-session-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def strict_s3() -> Iterator[str]:
    """The URL of a server that knows one bucket and no user at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "1")
        with s3_server() as url:
            s3_client(url).create_bucket(Bucket="bucket")
            yield url


def never(_pixels: np.ndarray, _info: Any) -> np.ndarray:
    raise AssertionError("a chunk was computed")


# One that is put at once and one in parts: both look at the store before a chunk is computed.
ARRAYS = {
    "small": noise(SHAPE, 128, each=never),
    "large": noise((3000, 3000), 1500, "float64", each=never),
}


def refused(array: Any, url: str, options: dict[str, Any], caplog: Any) -> CcogError:
    """Give the error of a write, after checking that it is one sentence without a secret."""
    secrets = {"secret": SECRET, "token": TOKEN}
    retries = {"config_kwargs": {"retries": {"total_max_attempts": 2}}}
    write = ccog.write_ccog(array, url, storage_options=options | secrets | retries)
    caplog.set_level(logging.DEBUG, "ccog")
    with pytest.raises(CcogError) as raised:
        write.compute(scheduler="threads")
    assert "\n" not in str(raised.value)
    for text in (
        repr(raised.value),
        repr(pickle.loads(pickle.dumps(raised.value)).__dict__),
        *getattr(raised.value, "__notes__", []),
        repr(write),
        caplog.text,
    ):
        assert SECRET not in text
        assert TOKEN not in text
    assert not getattr(raised.value, "__notes__", [])
    return raised.value


@pytest.mark.parametrize("size", ARRAYS)
def test_a_wrong_bucket_is_one_clear_error(size: str, s3: Any, caplog: Any) -> None:
    error = refused(ARRAYS[size], "s3://no-such-bucket/a.tif", s3.storage_options, caplog)
    assert isinstance(error, ObjectNotFoundError)
    assert "/no-such-bucket?" in str(error) and "create the bucket, or correct its name" in str(
        error
    )


@pytest.mark.parametrize("size", ARRAYS)
def test_wrong_credentials_are_one_clear_error(size: str, strict_s3: str, caplog: Any) -> None:
    error = refused(ARRAYS[size], "s3://bucket/a.tif", storage_options(strict_s3), caplog)
    assert isinstance(error, StoreError) and not error.retryable
    assert "403 InvalidAccessKeyId" in str(error) and "check the access key" in str(error)


@pytest.mark.parametrize("size", ARRAYS)
@pytest.mark.parametrize(
    ("endpoint_url", "message"),
    [
        ("http://127.0.0.1:9", "Failed to connect|Could not connect"),
        ("http://no-such-host.invalid", "Could not resolve host"),
    ],
)
def test_a_dead_endpoint_is_one_clear_error(
    size: str, endpoint_url: str, message: str, caplog: Any
) -> None:
    error = refused(ARRAYS[size], "s3://bucket/a.tif", storage_options(endpoint_url), caplog)
    assert isinstance(error, StoreError) and error.retryable
    assert re.search(message, str(error)) and endpoint_url in str(error)
    assert "check endpoint_url, region and the network (after 2 attempts)" in str(error)


def test_a_server_that_echoes_a_secret_is_not_quoted(on_s3: Any, proxy: Any, caplog: Any) -> None:
    body = f"<Error><Code>AccessDenied</Code><Message>{SECRET} {TOKEN}!</Message></Error>"
    proxy.hook = lambda *_: (403, body.encode())
    error = refused(ARRAYS["small"], on_s3.url, on_s3.storage_options, caplog)
    assert "AccessDenied: *** ***!" in str(error)


def test_no_credentials_at_all_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(InvalidArgumentError, match="no AWS credentials found: pass key= and"):
        ccog.write_ccog(ARRAYS["small"], "s3://bucket/a.tif").compute(scheduler="threads")
