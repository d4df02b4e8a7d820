"""Credentials that end while a write is under way, resolved by botocore on whoever writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ccog.errors import StoreError
from clusters import cluster_client
from particular import WithTokens
from places import Place
from s3_proxy import S3Proxy

pytest.importorskip("botocore")

EXPIRED = (
    b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
)


@dataclass
class Issuer:
    """What a container asks for its role's credentials: other ones each time."""

    lifetime: timedelta = timedelta(hours=1)
    issued: int = 0
    away: bool = False


@pytest.fixture
def issuer(
    no_aws_of_this_machine: None,  # noqa: ARG001 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.issued += 1
            ends = datetime.now(UTC) + issuer.lifetime
            answer = {
                "AccessKeyId": f"ASIA{issuer.issued}",
                "SecretAccessKey": f"secret-{issuer.issued}",
                "Token": f"token-{issuer.issued}",
                "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            self.send_response_only(500 if issuer.away else 200)
            self.end_headers()
            self.wfile.write(json.dumps({} if issuer.away else answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/"
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield issuer
        server.shutdown()
        thread.join()


@pytest.fixture
def resolved(on_s3: Place) -> Place:
    """The bucket behind the proxy, without keys in the options."""
    for name in ("key", "secret"):
        del on_s3.storage_options[name]
    return on_s3


def write(place: Place) -> None:
    place.write(place.source()).compute(scheduler="synchronous")


def expire_at_part(proxy: S3Proxy, part: int) -> None:
    """Refuse the nth part once, as S3 does when the token has ended."""
    puts = []

    def hook(method: str, path: str) -> tuple[int, bytes] | None:
        if method == "PUT" and "partNumber" in path:
            puts.append(path)
            if len(puts) == part:
                return 400, EXPIRED
        return None

    proxy.hook = hook


def test_a_token_that_ends_in_mid_write(resolved: Place, issuer: Issuer, proxy: S3Proxy) -> None:
    write(resolved)
    expected, before = resolved.read(), issuer.issued
    resolved.put(b"")
    expire_at_part(proxy, 2)
    write(resolved)
    assert resolved.read() == expected
    assert issuer.issued == 2 * before + 1
    assert not resolved.leftovers()


def test_credentials_are_asked_for_once_while_they_hold(resolved: Place, issuer: Issuer) -> None:
    write(resolved)
    stores = 2  # the one that begins, the one of all other tasks of this process
    assert issuer.issued == stores


def test_an_issuer_that_is_away(resolved: Place, issuer: Issuer, proxy: S3Proxy) -> None:
    issuer.away = True
    with pytest.raises(StoreError, match="no AWS credentials") as raised:
        write(resolved)
    assert raised.value.retryable
    assert not proxy.requests


def test_spelled_out_keys_cannot_be_renewed(on_s3: Place, issuer: Issuer, proxy: S3Proxy) -> None:
    proxy.hook = lambda *_: (400, EXPIRED)
    with pytest.raises(StoreError, match=r"ExpiredToken.*spelled out cannot be renewed") as raised:
        write(on_s3)
    assert on_s3.storage_options["secret"] not in str(raised.value)
    assert issuer.issued == 0


def test_tokens_that_end_on_all_workers_in_mid_write(
    resolved: Place, issuer: Issuer, proxy: S3Proxy
) -> None:
    resolved.write(resolved.source()).compute(scheduler="threads")
    expected, issued = resolved.read(), issuer.issued
    server = proxy.hook = WithTokens()
    with cluster_client() as client:
        resolved.write(resolved.source()).compute(scheduler=client)
    assert resolved.read() == expected
    assert resolved.leftovers() == []
    assert server.ended and server.refused >= 1
    assert not server.ended >= server.seen
    assert issuer.issued > issued + len(server.ended)
