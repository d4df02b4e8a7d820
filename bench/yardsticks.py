"""Plain copies, beside which a write without compression is held: of a file to a file, or to S3."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import xarray as xr

import cases
from cases import Case
from targets import Target
from uploads import PART_BYTES, from_threads


def source_of(image: xr.DataArray, case: Case, folder: Path) -> Path:
    """Give the file to copy: the COG that ccog writes, if it is not there made here."""
    path = folder / f"{case.raster}-{case.size_px}-copied.tif"
    if not path.exists():
        import ccog

        ccog.write_ccog(image, str(path), **case.gdal_options).compute()
    return path


def _pieces(path: Path) -> int:
    return -(-path.stat().st_size // PART_BYTES)


def copy_to_file(source: Path, target: Target) -> None:
    """Read and write piece by piece, from all threads."""
    buffers = threading.local()
    with Path(target.url).open("wb") as out, source.open("rb") as file:

        def copy(number: int) -> None:
            buffer = buffers.__dict__.setdefault("piece", bytearray(PART_BYTES))
            at = (number - 1) * PART_BYTES
            count = os.preadv(file.fileno(), [buffer], at)
            os.pwrite(out.fileno(), memoryview(buffer)[:count], at)

        from_threads(cases.THREADS, _pieces(source), copy)


def copy_to_s3(source: Path, target: Target) -> None:
    """Upload piece by piece with one client of botocore, from all threads."""
    from botocore.config import Config
    from botocore.session import Session

    config = Config(max_pool_connections=cases.THREADS)
    client = Session().create_client("s3", endpoint_url=target.endpoint_url, config=config)
    bucket, key = target.url.removeprefix("s3://").split("/")
    place: dict[str, Any] = {"Bucket": bucket, "Key": key}
    place["UploadId"] = client.create_multipart_upload(**place)["UploadId"]
    etags = {}
    with source.open("rb") as file:

        def put(number: int) -> None:
            body = os.pread(file.fileno(), PART_BYTES, (number - 1) * PART_BYTES)
            etags[number] = client.upload_part(**place, PartNumber=number, Body=body)["ETag"]

        from_threads(cases.THREADS, _pieces(source), put)
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]
    client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})


def copy(source: Path, target: Target) -> None:
    (copy_to_s3 if target.endpoint_url else copy_to_file)(source, target)
