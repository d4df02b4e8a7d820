"""Where `write_ccog` writes to, and what it returns."""

from __future__ import annotations

import io
import os
import pickle
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import ccog
from ccog.errors import InvalidArgumentError, IoError
from pixels import never, noise, noise_pixels, pixels_of

SHAPE = (300, 420)


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
