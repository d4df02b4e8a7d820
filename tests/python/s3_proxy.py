"""A proxy before the embedded S3 server: it sees every request, can interfere, and tells the time.

moto says of every upload that it began in 2010, so nothing that goes by that date can be tested
with moto alone; the proxy puts the true time there.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: What a hook may return instead of letting a request through: status and body.
Answer = tuple[int, bytes]


@dataclass
class S3Proxy:
    """What the proxy has seen, and what it is to do.

    Attributes
    ----------
    endpoint_url:
        To be used instead of the server's.
    requests:
        Method and path with query, in the order they came.
    hook:
        Called with method and path with query before a request goes on to the server.
    """

    endpoint_url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    hook: Callable[[str, str], Answer | None] | None = None
    _began: dict[str, str] = field(default_factory=dict)

    def creations(self) -> int:
        """Count the multipart uploads that were asked for."""
        return sum(
            m == "POST" and re.search(r"\?uploads=?$", p) is not None for m, p in self.requests
        )

    def with_true_dates(self, body: bytes) -> bytes:
        """Remember when an upload began, and say it where a listing has moto's constant."""
        text = body.decode()
        if created := re.search(
            "<InitiateMultipartUploadResult.*<UploadId>(.+?)</UploadId>", text, re.S
        ):
            self._began[created[1]] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if "<ListMultipartUploadsResult" not in text:
            return body

        def correct(upload: re.Match[str]) -> str:
            found = re.search("<UploadId>(.+?)</UploadId>", upload[0])
            began = self._began.get(found[1] if found else "", "2010-11-10T20:48:33.000Z")
            return re.sub(
                "<Initiated>.*?</Initiated>", f"<Initiated>{began}</Initiated>", upload[0]
            )

        return re.sub("<Upload>.*?</Upload>", correct, text, flags=re.S).encode()


@contextlib.contextmanager
def s3_proxy(server_url: str) -> Iterator[S3Proxy]:
    """Run a proxy of the server at `server_url` in a thread."""
    host = urlsplit(server_url).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            proxy.requests.append((self.command, self.path))
            answer = proxy.hook(self.command, self.path) if proxy.hook else None
            if answer is not None:
                self.answer(answer[0], {"Content-Type": "application/xml"}, answer[1])
                return
            connection = http.client.HTTPConnection(host)
            with contextlib.closing(connection):
                connection.request(self.command, self.path, body, dict(self.headers))
                response = connection.getresponse()
                answered = response.read()
                headers = {k: v for k, v in response.getheaders() if k.lower() not in SET_HERE}
                if self.command == "HEAD":
                    headers["Content-Length"] = response.getheader("Content-Length", "0")
                elif response.getheader("Content-Type", "").endswith("xml"):
                    answered = proxy.with_true_dates(answered)
                self.answer(response.status, headers, answered)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_request  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        proxy = S3Proxy(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


#: Of the connection to the server, not of the one to the client.
SET_HERE = ("connection", "content-length", "transfer-encoding", "keep-alive")
