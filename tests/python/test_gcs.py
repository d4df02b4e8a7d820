"""Google Cloud Storage by options: what is sent to its endpoint for S3's API.

The service itself is not tested against: there is no server of it to be had.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ccog._openers import opener_of
from ccog.errors import StoreError

#: As docs/stores.md has them, but for the endpoint.
OPTIONS = {
    "key": "GOOG1EXAMPLE",
    "secret": "an-hmac-secret",
    "client_kwargs": {"region_name": "auto"},
}


@pytest.fixture
def server() -> Iterator[Any]:
    class Refusing(http.server.BaseHTTPRequestHandler):
        seen: list[tuple[str, str, dict[str, str]]] = []  # noqa: RUF012 - one a test

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.seen.append((self.command, self.path, headers))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - so they are called

        def log_message(self, *_: Any) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_requests_are_signed_for_any_region_and_name_the_bucket_in_the_path(server: Any) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    opener = opener_of("s3://bucket/maps/dem.tif", {**OPTIONS, "endpoint_url": url})
    assert opener is not None
    store = opener.open()
    for send in (
        store.list_uploads,
        lambda: store.put_part("an-id", 3, b"part"),
        lambda: store.put_object("run-1", b"object"),
    ):
        with pytest.raises(StoreError):
            send()
    seen = server.RequestHandlerClass.seen
    assert [(method, path.partition("?")[0]) for method, path, _ in seen] == [
        ("GET", "/bucket"),
        ("PUT", "/bucket/maps/dem.tif"),
        ("PUT", "/bucket/maps/dem.tif"),
    ]
    for _, _, headers in seen:
        assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=GOOG1EXAMPLE/")
        assert "/auto/s3/aws4_request" in headers["authorization"]
        assert len(headers["x-amz-content-sha256"]) == 64  # of the payload, not of a stream
        # What Google's endpoint has no equivalent of, and refuses.
        assert not [name for name in headers if "checksum" in name or name == "content-encoding"]
    assert seen[2][2]["x-amz-meta-ccog-run-id"] == "run-1"
