"""What S3 keeps of an object's bytes: ``checksum=``, on every server."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

import ccog
from ccog.errors import InvalidArgumentError
from pixels import never, noise
from places import on_every_server

SMALL = noise((300, 420), 128, each=never)
LARGE = noise((3000, 3000), 1500, "float64", each=never)
ELEMENTS = {name: f"Checksum{name.upper()}" for name in ("crc64nvme", "crc32c", "sha256")}


def kept(s3: Any, key: str) -> tuple[str, dict[str, str]]:
    """The type of an object's checksum, and all that there are."""
    head = s3.client.head_object(Bucket=s3.bucket, Key=key, ChecksumMode="ENABLED")
    sums = {name: head[name].partition("-")[0] for name in ELEMENTS.values() if name in head}
    return head.get("ChecksumType", ""), sums


def sha256_of_parts(s3: Any, key: str, parts: int) -> str:
    digests = b""
    for number in range(1, parts + 1):
        part = s3.client.get_object(Bucket=s3.bucket, Key=key, PartNumber=number)["Body"].read()
        digests += hashlib.sha256(part).digest()
    return base64.b64encode(hashlib.sha256(digests).digest()).decode()


@on_every_server
@pytest.mark.parametrize("parts", ["dense", "equal"])
def test_the_object_carries_its_checksum(s3: Any, s3_server: str, parts: str) -> None:
    array = noise((2000, 2000), 1000, "float64")
    for checksum, element in ELEMENTS.items():
        write = ccog.write_ccog(
            array,
            s3.url(checksum),
            checksum=checksum,
            parts=parts,
            compress="NONE",
            storage_options=s3.storage_options,
        )
        result = write.compute(scheduler="threads")
        assert result.parts > 2
        kind, sums = kept(s3, checksum)
        assert kind == ("FULL_OBJECT" if checksum == "crc64nvme" else "COMPOSITE")
        assert list(sums) == [element]
        if checksum == "sha256" and s3_server == "minio":
            assert sums[element] == sha256_of_parts(s3, checksum, result.parts)
    assert s3.uploads() == []


@on_every_server
def test_a_single_put_carries_its_checksum(s3: Any) -> None:
    array = noise((300, 420), 128)
    spelled = {"s3_additional_kwargs": {"ChecksumAlgorithm": "SHA256"}}
    for storage_options, options in (
        (s3.storage_options, {"checksum": "sha256"}),
        (s3.storage_options | spelled, {}),
    ):
        write = ccog.write_ccog(array, s3.url("a"), storage_options=storage_options, **options)
        write.compute(scheduler="threads")
        digest = hashlib.sha256(s3.get("a")).digest()
        assert kept(s3, "a")[1] == {"ChecksumSHA256": base64.b64encode(digest).decode()}


def test_what_cannot_be_is_refused_by_name(tmp_path: Path) -> None:
    def options(**kwargs: str) -> dict[str, Any]:
        return {"storage_options": {"s3_additional_kwargs": kwargs}}

    google = {"storage_options": {"endpoint_url": "https://storage.googleapis.com"}}
    url = "s3://bucket/a.tif"
    for array, target, given, message in (
        (LARGE, url, {"checksum": "crc32c"}, "checksum='crc32c', which takes part numbers without"),
        (LARGE, url, options(ChecksumAlgorithm="SHA256"), "checksum='sha256', which takes part"),
        (SMALL, url, {"checksum": "md5"}, "checksum='md5': allowed is crc64nvme, crc32c, sha256"),
        (SMALL, url, options(ChecksumAlgorithm="SHA1"), "ChecksumAlgorithm='SHA1': allowed is"),
        (SMALL, url, {"checksum": "none"} | options(ChecksumAlgorithm="SHA256"), "contradicts"),
        (SMALL, url, {"checksum": "sha256"} | google, "Google Cloud Storage takes none"),
        (SMALL, tmp_path / "a.tif", {"checksum": "sha256"}, "checksum='sha256' is for S3"),
        (SMALL, None, {"checksum": "sha256"}, "checksum='sha256' is for S3"),
    ):
        with pytest.raises(InvalidArgumentError) as raised:
            ccog.plan(array, target, **given)
        assert message in str(raised.value)
    assert ccog.plan(LARGE, url, checksum="crc64nvme", parts="dense").part_bytes
    assert ccog.plan(SMALL, url, checksum="crc64nvme").single_object
    assert ccog.plan(SMALL, tmp_path / "a.tif", checksum="none").url
