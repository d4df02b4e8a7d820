"""Which servers are trusted: certificates of an authority of our own, by option and environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography")

from ccog._stores import opens_below
from ccog.errors import StoreError
from tls_s3 import Authority, tls_s3_server

VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[str]:
    with tls_s3_server(*authority.issue("127.0.0.1")) as url:
        yield url


@pytest.fixture(autouse=True)
def _no_bundles_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def head(server: str, **options: Any) -> Any:
    options = {"key": "testing", "secret": "testing", "endpoint_url": server, **options}
    url = "s3://no-such-bucket/k"
    return opens_below(url, options)(url).head()


def test_an_unknown_authority_is_not_trusted(server: str) -> None:
    with pytest.raises(StoreError, match="AWS_CA_BUNDLE"):
        head(server)


def test_another_authority_does_not_help(server: str, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    with pytest.raises(StoreError, match="AWS_CA_BUNDLE"):
        head(server, client_kwargs={"verify": str(other.pem)})


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_environment_names_whom_to_trust(
    server: str, authority: Authority, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority.pem))
    assert head(server) is None


def test_verify_names_whom_to_trust(server: str, authority: Authority) -> None:
    assert head(server, client_kwargs={"verify": str(authority.pem)}) is None


def test_without_verify_everybody_is_trusted(server: str) -> None:
    assert head(server, client_kwargs={"verify": False}) is None
