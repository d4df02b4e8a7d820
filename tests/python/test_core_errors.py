"""What the core throws arrives as Python's own errors, whatever bytes are in its words."""

from __future__ import annotations

import http.server
import pickle
import threading
from collections.abc import Iterator

import pytest

from ccog import _openers
from ccog.errors import StoreError


class _Refusing(http.server.BaseHTTPRequestHandler):
    """Refuses everything in Latin-1, as a gateway in front of S3 may."""

    def do_GET(self) -> None:
        body = b"<Error><Code>AccessDenied</Code><Message>acc\xe8s refus\xe9</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def refusing_server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_words_that_are_no_utf8_are_kept_as_far_as_they_are(refusing_server: str) -> None:
    options = {"key": "k", "secret": "s", "endpoint_url": refusing_server}
    opener = _openers.opener_of("s3://bucket/a.tif", options)
    assert opener is not None
    store = opener.open()
    with pytest.raises(StoreError, match=r"AccessDenied: acc.*the credentials need") as info:
        store.list_uploads()
    assert not info.value.retryable
    again = pickle.loads(pickle.dumps(info.value))
    assert str(again) == str(info.value)
