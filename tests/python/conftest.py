"""Fixtures that several test files use: real images, an S3 server and a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

import azurite
import places
import s3_servers
from azure_store import AzureStore
from embedded_s3 import s3_client, storage_options
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
def s3_urls() -> Iterator[Callable[[str], str]]:
    """From the name of a server to its URL; each is started when a test first asks for it."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def url(name: str) -> str:
            # In a process of its own: one in this would wait for the lock that a test may hold.
            return running.enter_context(s3_servers.start(name))

        yield url


@pytest.fixture
def s3_server(request: pytest.FixtureRequest) -> str:
    """The name of the S3 server; moto unless the test is parametrized with others."""
    name: str = getattr(request, "param", "moto")
    if why := s3_servers.missing(name):
        pytest.skip(why)
    return name


@pytest.fixture
def s3_endpoint_url(s3_urls: Callable[[str], str], s3_server: str) -> str:
    return s3_urls(s3_server)


@pytest.fixture
def s3(s3_endpoint_url: str) -> Bucket:
    """A bucket that no other test sees."""
    client = _cached_client(s3_endpoint_url)
    bucket = f"test-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return Bucket(s3_endpoint_url, bucket, storage_options(s3_endpoint_url), client)


# To make one takes longer than most tests.
_cached_client = functools.cache(s3_client)


@pytest.fixture(scope="session")
def azure_url() -> Iterator[str]:
    """The URL of an Azure storage account."""
    if why := azurite.missing():
        pytest.skip(why)
    with azurite.azurite() as url:
        yield url


@pytest.fixture
def azure_store(azure_url: str) -> Any:
    """A blob in a container that no other test sees, as the example's store."""
    container = f"test-{uuid.uuid4().hex}"
    ContainerClient(azure_url, container, credential=azurite.KEY).create_container()
    return AzureStore(azure_url, container, "a b/out.tif", credential=azurite.KEY)


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
    """Somewhere to write to: every test that takes it runs with each kind of store.

    Azure, the example of a user's own class, is there for tests that ask for `on_every_store`.
    """
    if request.param == "S3":
        return request.getfixturevalue("on_s3")
    if request.param == "Azure":
        return places.azure_place(request.getfixturevalue("azure_store"))
    return places.folder_place(tmp_path, "NONE" if request.param == "in place" else "DEFLATE")


@pytest.fixture
def no_aws_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide AWS's variables; profiles are `tmp_path`'s then, of ``config`` and ``credentials``."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
