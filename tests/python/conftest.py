"""Fixtures that several test files use: real images, an S3 server and a Dask cluster."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import places
from embedded_s3 import s3_client, s3_server, storage_options
from s3_proxy import S3Proxy, s3_proxy

DATA_DIR = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Bucket:
    """A fresh bucket on the S3 server of this test session."""

    endpoint_url: str
    bucket: str
    storage_options: dict[str, Any]
    client: Any  # boto3's

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self) -> list[str]:
        listing = self.client.list_objects_v2(Bucket=self.bucket)
        return [entry["Key"] for entry in listing.get("Contents", [])]

    def uploads(self) -> list[dict[str, Any]]:
        """Multipart uploads that were begun and neither completed nor aborted."""
        return self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of small real rasters."""
    path = Path(os.environ.get("CCOG_TEST_DATA", DATA_DIR))
    if not path.is_dir():
        pytest.skip(f"no test images in {path}; name their folder with CCOG_TEST_DATA")
    return path


@pytest.fixture(scope="session")
def s3_endpoint_url() -> Iterator[str]:
    # In a process of its own: a server in this one would wait for the lock that a test may hold.
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3_session_client(s3_endpoint_url: str) -> Any:
    return s3_client(s3_endpoint_url)


@pytest.fixture
def s3(s3_endpoint_url: str, s3_session_client: Any) -> Bucket:
    """A bucket that no other test sees."""
    bucket = f"test-{uuid.uuid4().hex}"
    s3_session_client.create_bucket(Bucket=bucket)
    return Bucket(s3_endpoint_url, bucket, storage_options(s3_endpoint_url), s3_session_client)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Two worker processes of one thread; a test makes its own `distributed.Client(cluster)`."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(cluster: Any) -> Iterator[Any]:
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture
def proxy(s3_endpoint_url: str) -> Iterator[S3Proxy]:
    """A proxy before the S3 server that the test can interfere through."""
    with s3_proxy(s3_endpoint_url) as proxy:
        yield proxy


@pytest.fixture
def on_s3(s3: Bucket, proxy: S3Proxy) -> places.Place:
    """An object in a fresh bucket, through `proxy`."""
    return places.s3_place(s3, proxy.endpoint_url)


@pytest.fixture(params=["parts in a folder", "in place", "S3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> places.Place:
    """Somewhere to write to: every test that takes it runs with each kind of store."""
    if request.param == "S3":
        return request.getfixturevalue("on_s3")
    return places.folder_place(tmp_path, "NONE" if request.param == "in place" else "DEFLATE")
