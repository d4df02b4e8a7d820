"""The wheel in an environment of its own, and the certificates that it trusts."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import ccog
import s3_servers
from ccog.errors import StoreError
from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, storage_options
from pixels import noise
from tls_s3 import Authority

ROOT = Path(__file__).parents[2]
VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class Tls:
    """A server behind TLS, the authority that vouches for it, and one that does not."""

    def __init__(self, folder: Path, server: str) -> None:
        self.right = Authority(folder, "right")
        self.wrong = Authority(folder, "wrong")
        self.server = s3_servers.start(server, self.right.issue("127.0.0.1"))

    def start(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            verify=str(self.right.pem),
        )
        self.client.create_bucket(Bucket="bucket")


@pytest.fixture(scope="module", params=s3_servers.NAMES)
def tls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    if why := s3_servers.missing(request.param):
        pytest.skip(why)
    tls = Tls(tmp_path_factory.mktemp("certificates"), request.param)
    with tls.server as endpoint_url:
        tls.start(endpoint_url)
        yield tls


@pytest.fixture(autouse=True)
def no_certificates_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def write_over(tls: Tls, **client_kwargs: Any) -> ccog.WriteResult:
    options: dict[str, Any] = storage_options(tls.endpoint_url)
    options["client_kwargs"] = options["client_kwargs"] | client_kwargs
    write = ccog.write_ccog(noise((100, 100), 100), "s3://bucket/a.tif", storage_options=options)
    return write.compute(scheduler="sync")


@pytest.mark.parametrize(
    "named",
    [
        {"AWS_CA_BUNDLE": "right"},
        {"SSL_CERT_FILE": "right"},
        {"AWS_CA_BUNDLE": "right", "SSL_CERT_FILE": "wrong"},
    ],
)
def test_a_named_authority_is_trusted(
    named: dict[str, str], tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, authority in named.items():
        monkeypatch.setenv(variable, str(getattr(tls, authority).pem))
    result = write_over(tls)
    head = tls.client.head_object(Bucket="bucket", Key="a.tif")
    assert (head["ContentLength"], head["ETag"]) == (result.size_bytes, result.etag)


def test_an_authority_among_the_options_goes_before_all(
    tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, str(tls.wrong.pem))
    assert write_over(tls, verify=str(tls.right.pem)).size_bytes > 0


@pytest.mark.parametrize(
    "named",
    [{}, {"AWS_CA_BUNDLE": "wrong", "SSL_CERT_FILE": "right"}, {"SSL_CERT_FILE": "wrong"}],
    ids=["the system's store", "AWS_CA_BUNDLE goes first", "another authority"],
)
def test_an_authority_that_is_not_known_is_not_trusted(
    named: dict[str, str], tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, authority in named.items():
        monkeypatch.setenv(variable, str(getattr(tls, authority).pem))
    with pytest.raises(StoreError, match=r"(?i)certificate.*AWS_CA_BUNDLE") as raised:
        write_over(tls)
    assert not raised.value.retryable
    assert "\n" not in str(raised.value)
    assert SECRET_KEY not in str(raised.value)
    assert not getattr(raised.value, "__notes__", [])


# ---------------------------------------------------------------- the wheel


SCRIPT = """
import sys
import dask.array as da
import ccog
import s3_servers
from ccog._certificates import find_ca_bundle

print(ccog.__file__)
print(find_ca_bundle())
url, endpoint_url, key, secret, region = sys.argv[1:]
options = {
    "key": key,
    "secret": secret,
    "endpoint_url": endpoint_url,
    "client_kwargs": {"region_name": region},
}
array = da.random.default_rng(0).integers(0, 9, (700, 900), chunks=256, dtype="uint8")
write = ccog.write_ccog(array, url, storage_options=options, blocksize=128)
print(write.compute(scheduler="threads").size_bytes)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment that the wheel alone was installed into."""
    wheels = sorted((ROOT / "dist").glob("ccog-*.whl"))
    if not wheels:
        pytest.skip("no wheel in dist/: ./dev setup builds one")
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheels[-1]],
        check=True,
        env=clean_environment(),
    )
    return python


def clean_environment(**more: str) -> dict[str, str]:
    dropped = ("PYTHONPATH", "PYTHONHOME", *VARIABLES)
    return {name: value for name, value in os.environ.items() if name not in dropped} | more


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_works_in_an_empty_environment(installed: Path, tls: Tls, tmp_path: Path) -> None:
    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        to = ("s3://bucket/b.tif", tls.endpoint_url, ACCESS_KEY, SECRET_KEY, REGION)
        return subprocess.run(
            [installed, "-c", SCRIPT, *to],
            env=clean_environment(**environment),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(AWS_CA_BUNDLE=str(tls.right.pem), SSL_CERT_FILE=str(tls.wrong.pem))
    assert done.returncode == 0, done.stderr
    package, bundle, size_bytes = done.stdout.split()
    assert installed.parent.parent in Path(package).parents
    assert bundle == str(tls.right.pem)
    head = tls.client.head_object(Bucket="bucket", Key="b.tif")
    assert head["ContentLength"] == int(size_bytes)

    done = run(SSL_CERT_FILE=str(tls.right.pem))
    assert done.returncode == 0 and str(tls.right.pem) in done.stdout, done.stderr

    # Without a word of us, the system's store or certifi's: found, and neither knows the server.
    done = run()
    assert done.returncode != 0
    assert Path(done.stdout.split()[1]).is_file()
    assert "ccog.errors.StoreError" in done.stderr and "AWS_CA_BUNDLE" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_needs_nothing_but_what_it_says(installed: Path) -> None:
    done = subprocess.run(
        [installed, "-m", "pip", "check"],
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=False,
    )
    assert done.returncode == 0, done.stdout
    listed = subprocess.run(
        [installed, "-m", "pip", "list", "--format=freeze"],
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=True,
    ).stdout.lower()
    assert "certifi==" in listed and "rasterio==" in listed
    assert "distributed==" not in listed  # an extra
