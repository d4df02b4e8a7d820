"""fsspec's objects as `store`: S3 and local files, with the filesystem's own options."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

import ccog
from ccog import uploads
from ccog._openers import FileOpener, S3Opener, opener_of
from ccog.credentials import StorageOptions
from ccog.errors import InvalidArgumentError
from pixels import noise, noise_pixels, pixels_of

SHAPE = (300, 420)


@pytest.fixture(scope="module")
def s3fs() -> Any:
    return pytest.importorskip("s3fs")


#: What names an object on a filesystem of S3.
FORMS = {
    "FSMap": lambda fs, path: fs.get_mapper(path),
    "pair": lambda fs, path: (fs, path),
    "pair with URL": lambda fs, path: (fs, f"s3://{path}"),
    "pair with path": lambda fs, path: (fs, Path(path)),
    "OpenFile": lambda fs, path: fsspec.open(f"s3://{path}", "wb", **fs.storage_options),
    "UPath": lambda fs, path: pytest.importorskip("upath").UPath(
        f"s3://{path}", **fs.storage_options
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_object_of_s3fs_is_written_with_its_own_options(form: str, s3fs: Any, s3: Any) -> None:
    given = s3.storage_options | {"s3_additional_kwargs": {"CacheControl": "max-age=60"}}
    store = FORMS[form](s3fs.S3FileSystem(**given), f"{s3.bucket}/dir/a.tif")
    result = ccog.write_ccog(noise(SHAPE, 128), store, blocksize=64).compute(scheduler="threads")
    assert result.url == s3.url("dir/a.tif") == ccog.plan(noise(SHAPE, 128), store).url
    assert result.size_bytes == len(s3.get("dir/a.tif"))
    head = s3.client.head_object(Bucket=s3.bucket, Key="dir/a.tif")
    assert head["CacheControl"] == "max-age=60"


def test_all_that_s3fs_takes_is_known(s3fs: Any) -> None:
    """Options that s3fs was made with are never an unknown name, and positional ones count."""
    names = [*inspect.signature(s3fs.S3FileSystem.__init__).parameters][1:-1]
    assert len(names) > 20
    for name in set(names) - {"session", "key", "secret", "token", "username", "password"}:
        group = name.endswith("_kwargs")
        value: Any = {} if group else "http://x" if name == "endpoint_url" else True
        StorageOptions({name: value})
    opener = opener_of((s3fs.S3FileSystem(True, "http://127.0.0.1:9"), "bucket/key"))
    assert opener == S3Opener(
        "s3://bucket/key", StorageOptions({"anon": True, "endpoint_url": "http://127.0.0.1:9"})
    )


def test_an_event_loop_is_left_behind(s3fs: Any) -> None:
    loop = asyncio.new_event_loop()
    try:
        fs = s3fs.S3FileSystem(anon=True, asynchronous=True, loop=loop)
        opener = opener_of((fs, "bucket/key"))
        assert pickle.loads(pickle.dumps(opener)) == opener_of("s3://bucket/key", {"anon": True})
    finally:
        loop.close()


def test_a_local_filesystem_is_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ä b.tif"
    fs = fsspec.filesystem("file")
    for store in (
        fs.get_mapper(str(path)),
        (fs, path),
        fsspec.open(f"file://{path}", "wb"),
        fsspec.get_mapper(f"file://{path}"),
    ):
        assert opener_of(store) == FileOpener(str(path))
    ccog.write_ccog(noise(SHAPE, 128), (fs, path)).compute(scheduler="threads")
    np.testing.assert_array_equal(pixels_of(path)[0], noise_pixels(SHAPE))


def test_uploads_of_a_filesystem_are_listed_and_ended(tmp_path: Path) -> None:
    (tmp_path / ".a.tif.ccog-run").mkdir()
    fs = fsspec.filesystem("file")
    assert len(uploads.list(fs.get_mapper(str(tmp_path)))) == 1
    assert len(uploads.abort((fs, tmp_path / "a.tif"))) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_to_is_refused(s3fs: Any) -> None:
    local, remote = fsspec.filesystem("file"), s3fs.S3FileSystem(anon=True)
    for store, options, message in (
        (remote, None, r"store=S3FileSystem names no file: give the pair \(filesystem, 'bucket"),
        (local, None, "store=LocalFileSystem names no file"),
        (fsspec.get_mapper("memory://a.tif"), None, r"MemoryFileSystem \(memory://\) is not taken"),
        ((remote, "bucket/key"), {"anon": True}, "give them to S3FileSystem"),
        ((remote, "bucket"), None, "expected s3://bucket/key"),
        ((s3fs.S3FileSystem(session=object()), "bucket/key"), None, "name a profile instead"),
        ((s3fs.S3FileSystem(anon=True, profil="p"), "bucket/key"), None, "did you mean profile"),
        ((local, 5), None, "store of type tuple is not taken"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            ccog.write_ccog(noise(SHAPE, 128), store, storage_options=options)


def test_fixed_upload_size_is_parts_equal() -> None:
    array, options = noise(SHAPE, 128), {"anon": True, "fixed_upload_size": True}
    with pytest.raises(InvalidArgumentError, match="parts='gaps' does not: give parts='equal'"):
        ccog.write_ccog(array, "s3://bucket/key", storage_options=options)
    ccog.write_ccog(array, "s3://bucket/key", storage_options=options, parts="equal")
