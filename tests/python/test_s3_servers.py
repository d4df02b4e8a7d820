"""Whole writes to S3 servers that people keep data in: the bytes are those of a local file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ccog
import s3_servers
from pixels import noise

REAL_SERVERS = [name for name in s3_servers.NAMES if name != "moto"]


@pytest.mark.parametrize("s3_server", REAL_SERVERS, indirect=True)
@pytest.mark.parametrize(
    ("layout", "parts"),
    [("chunk", "gaps"), ("row-major", "gaps"), ("row-major", "dense"), ("chunk", "equal")],
)
def test_the_object_is_the_local_file(
    layout: str, parts: str, s3: Any, client: Any, tmp_path: Path
) -> None:
    array = noise((3, 2195, 2555), 900, "uint16")
    options = {"layout": layout, "parts": parts, "compress": "DEFLATE", "level": 1}
    options["statistics"] = "YES"
    path = tmp_path / "a.tif"
    ccog.write_ccog(array, path, **options).compute(scheduler="threads")
    url = s3.url("a folder/ä+b %41.tif")
    write = ccog.write_ccog(array, url, storage_options=s3.storage_options, **options)
    result = write.compute(scheduler=client)
    assert s3.get("a folder/ä+b %41.tif") == path.read_bytes()
    assert result.parts > 3
    head = s3.client.head_object(Bucket=s3.bucket, Key="a folder/ä+b %41.tif")
    assert head["ETag"] == result.etag
    assert head["ContentType"] == "image/tiff; application=geotiff; profile=cloud-optimized"
    assert s3.uploads() == []


@pytest.mark.parametrize("s3_server", REAL_SERVERS, indirect=True)
def test_a_small_object_is_the_local_file(s3: Any, tmp_path: Path) -> None:
    array = noise((300, 420), 128)
    result = ccog.write_ccog(array, s3.url("a.tif"), storage_options=s3.storage_options).compute(
        scheduler="threads"
    )
    ccog.write_ccog(array, tmp_path / "a.tif").compute(scheduler="threads")
    assert s3.get("a.tif") == (tmp_path / "a.tif").read_bytes()
    assert result.parts == 1
