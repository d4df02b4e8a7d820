"""What is sent when: each option goes with those requests of S3's API that have it, no others."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from botocore.session import Session

from ccog import uploads
from ccog._openers import opener_of
from mid_write import source_when_parts_are_there
from pixels import noise
from places import Place
from s3_proxy import Exchange, S3Proxy

#: Method, and what is in the query, of each request that ccog makes.
OPERATIONS = {
    ("GET", "uploads"): "ListMultipartUploads",
    ("HEAD", ""): "HeadObject",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("GET", "uploadId"): "ListParts",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("PUT", ""): "PutObject",
    ("GET", ""): "GetObject",
}
FOR_ALL = {"RequestPayer": "requester", "ExpectedBucketOwner": "123456789012"}
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {
        "ACL": "bucket-owner-full-control",
        "CacheControl": "max-age=60",
        "ContentDisposition": "attachment",
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
        "ContentType": "image/tiff",
        "Expires": "Wed, 02 Jan 2030 03:04:05 GMT",
        "Metadata": {"source": "survey"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "alias/key",
        "SSEKMSEncryptionContext": "e30=",
        "BucketKeyEnabled": True,
        "StorageClass": "STANDARD_IA",
        "Tagging": {"project": "maps"},
        "WebsiteRedirectLocation": "/other",
        **FOR_ALL,
    },
    "SSE-C": {"SSECustomerKey": b"k" * 32, **FOR_ALL},
}


def headers_of(operation: str) -> dict[str, str]:
    """The headers of an operation in botocore's model, by their names in boto3."""
    shape = Session().get_service_model("s3").operation_model(operation).input_shape
    return {
        name: member.serialization["name"].lower()
        for name, member in shape.members.items()
        if member.serialization.get("location") in ("header", "headers")
    }


def operation_of(method: str, path: str) -> str:
    query = path.partition("?")[2]
    for (its_method, word), operation in OPERATIONS.items():
        if method == its_method and (re.search(rf"\b{word}=", query) if word else not query):
            return operation
    raise AssertionError(f"{method} {path}")


@pytest.fixture
def seen(proxy: S3Proxy) -> dict[str, list[dict[str, str]]]:
    """Headers of all requests, by operation."""
    seen: dict[str, list[dict[str, str]]] = defaultdict(list)

    def look(exchange: Exchange) -> None:
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        seen[operation_of(exchange.method, exchange.path)].append(headers)
        exchange.answer(exchange.forward())

    proxy.hook = lambda *_: look
    return seen


def fail(_pixels: np.ndarray) -> np.ndarray:
    raise ZeroDivisionError


def make_every_request(place: Place, options: dict[str, Any]) -> None:
    """Write in parts and at once, leave an upload and end it, and read."""
    place = replace(
        place, storage_options=place.storage_options | {"s3_additional_kwargs": options}
    )
    assert place.write(place.source()).compute(scheduler="threads").parts > 1
    place.write(noise((64, 64), 64)).compute(scheduler="threads")
    left = place.write(source_when_parts_are_there(place, fail))
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        dask.compute(left, scheduler="threads", pool=pool)
    assert len(uploads.abort(place.url, storage_options=place.storage_options)) == 1
    opener_of(place.url, place.storage_options).open().get(0, 8)


@pytest.mark.parametrize("kind", OPTIONS)
def test_each_option_goes_where_s3_wants_it(
    kind: str, on_s3: Place, seen: dict[str, list[dict[str, str]]]
) -> None:
    given = OPTIONS[kind]
    make_every_request(on_s3, given)
    assert set(seen) == set(OPERATIONS.values())
    names = {*given, *(["SSECustomerAlgorithm", "SSECustomerKeyMD5"] if kind == "SSE-C" else [])}
    every_header = {
        header: name
        for operation in seen
        for name, header in headers_of(operation).items()
        if name in names - {"Metadata"}
    }
    assert set(every_header.values()) == names - {"Metadata"}
    for operation, requests in seen.items():
        has = headers_of(operation)
        expected = {header for header, name in every_header.items() if name in has}
        for headers in requests:
            # Bodies of their own have a type of their own.
            sent = {name for name in every_header if name in headers}
            if operation == "CompleteMultipartUpload":
                sent -= {"content-type"}
            assert sent == expected, operation
            assert ("x-amz-meta-source" in headers) == ("Metadata" in has and "Metadata" in given)


def test_the_page_about_s3_has_the_table() -> None:
    """docs/s3.md says of each option which requests it goes with."""
    page = (Path(__file__).parents[2] / "docs" / "s3.md").read_text()
    section = page.partition("## What is sent when")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    said = {
        option: set(re.findall(r"[A-Z]\w+", row[1]))
        for row in rows
        for option in re.findall(r"`(\w+)`", row[0])
    }
    operations = list(OPERATIONS.values())
    known = {name for options in OPTIONS.values() for name in options}
    assert known <= set(said)
    for option, operations_said in said.items():
        theirs = {operation for operation in operations if option in headers_of(operation)}
        if operations_said == {"All"}:
            operations_said = set(operations)
        assert operations_said == theirs, option
