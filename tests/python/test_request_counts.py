"""What a write's result says of the requests that it took, held against what a proxy saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ccog
from places import Place, folder_place
from s3_proxy import S3Proxy

SLOW_DOWN = (
    503,
    b"<Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>",
)


@pytest.fixture(params=["threads", "distributed"])
def scheduler(request: pytest.FixtureRequest) -> Any:
    if request.param == "threads":
        return "threads"
    return request.getfixturevalue("client")


def test_they_are_counted_across_tasks(on_s3: Place, proxy: S3Proxy, scheduler: Any) -> None:
    result = on_s3.write(on_s3.source()).compute(scheduler=scheduler)
    assert result.parts > 2
    assert (result.requests, result.retries, result.throttles) == (len(proxy.requests), 0, 0)


def test_retries_and_throttles(on_s3: Place, proxy: S3Proxy, scheduler: Any) -> None:
    refused: set[tuple[str, str]] = set()

    def hook(method: str, path: str) -> tuple[int, bytes] | None:
        """Throttle each part once, and fail once where the upload is completed or listed."""
        if (method, path) in refused:
            return None
        refused.add((method, path))
        if method == "PUT":
            return SLOW_DOWN
        return (500, b"<Error><Code>InternalError</Code></Error>") if "uploadId" in path else None

    proxy.hook = hook
    result = on_s3.write(on_s3.source()).compute(scheduler=scheduler)
    puts = sum(method == "PUT" for method, _ in refused)
    assert result.throttles == puts == result.parts
    assert result.requests == len(proxy.requests)
    assert result.retries == result.parts + 2


def test_an_object_of_one_request(on_s3: Place, proxy: S3Proxy) -> None:
    write = ccog.write_ccog(
        np.zeros((64, 64), "uint8"), on_s3.url, storage_options=on_s3.storage_options
    )
    assert write.compute(scheduler="synchronous").requests == len(proxy.requests)


def test_a_folder_takes_no_requests(tmp_path: Path) -> None:
    place = folder_place(tmp_path, "DEFLATE")
    result = place.write(place.source()).compute(scheduler="synchronous")
    assert (result.requests, result.retries, result.throttles) == (0, 0, 0)
