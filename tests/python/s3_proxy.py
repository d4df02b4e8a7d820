"""A proxy before an S3 server: it sees every request, can interfere, and tells the time.

moto says of every upload that it began in 2010, so nothing that goes by that date can be tested
with moto alone; the proxy puts the true time there.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

#: What a hook may return instead of letting a request through: status and body.
Answer = tuple[int, bytes]
#: Or who is to deal with the request; `faults.py` has many.
Fault = Callable[["Exchange"], None]
Hook = Callable[[str, str], Answer | Fault | None]


class Response(NamedTuple):
    """An answer; its headers without those that say how long it is."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class S3Proxy:
    """What the proxy has seen, and what it is to do.

    Attributes
    ----------
    endpoint_url:
        To be used instead of the server's.
    server_url:
        The server's.
    requests:
        Method and path with query, in the order they came.
    hook:
        Called with method and path with query before a request goes on to the server.
    closing:
        Set when the proxy ends, so that whoever is being slow stops.
    began:
        What listings say of when an upload began, by its id.
    """

    endpoint_url: str
    server_url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    hook: Hook | None = None
    closing: threading.Event = field(default_factory=threading.Event)
    began: dict[str, str] = field(default_factory=dict)
    _under_way: set[Exchange] = field(default_factory=set)

    def creations(self) -> int:
        """Count the multipart uploads that were asked for."""
        return sum(
            m == "POST" and re.search(r"\?uploads=?$", p) is not None for m, p in self.requests
        )

    def wait_until_quiet(self, timeout_s: float = 60) -> None:
        """Wait until nothing is under way any more, also of requests whose client is gone."""
        end = time.monotonic() + timeout_s
        while self._under_way:
            assert time.monotonic() < end, "the proxy still deals with requests"
            time.sleep(0.01)

    def with_true_dates(self, body: bytes) -> bytes:
        """Remember when an upload began, and say it where a listing has moto's constant."""
        text = body.decode()
        if created := re.search(
            "<InitiateMultipartUploadResult.*<UploadId>(.+?)</UploadId>", text, re.S
        ):
            self.began[created[1]] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if "<ListMultipartUploadsResult" not in text:
            return body

        def correct(upload: re.Match[str]) -> str:
            found = re.search("<UploadId>(.+?)</UploadId>", upload[0])
            began = self.began.get(found[1] if found else "")
            if began is None:
                return upload[0]
            return re.sub(
                "<Initiated>.*?</Initiated>", f"<Initiated>{began}</Initiated>", upload[0]
            )

        return re.sub("<Upload>.*?</Upload>", correct, text, flags=re.S).encode()

    def deal_with(self, exchange: Exchange) -> None:
        """Do with a request what the hook says; without one, let it through."""
        self.requests.append((exchange.method, exchange.path))
        self._under_way.add(exchange)
        try:
            act = self.hook(exchange.method, exchange.path) if self.hook else None
            if act is None:
                exchange.answer(exchange.forward())
            elif callable(act):
                act(exchange)
            else:
                exchange.read_body()
                exchange.answer(Response(act[0], {"Content-Type": "application/xml"}, act[1]))
        finally:
            self._under_way.discard(exchange)


class Exchange:
    """One request and what becomes of it.

    Attributes
    ----------
    method, path, headers:
        Of the request; the path with its query.
    client_ip:
        Whose request it is.
    """

    def __init__(self, proxy: S3Proxy, handler: BaseHTTPRequestHandler) -> None:
        self.method = handler.command
        self.path = handler.path
        self.headers: Mapping[str, str] = handler.headers
        self.client_ip: str = handler.client_address[0]
        self._proxy = proxy
        self._handler = handler
        self._body = b""

    @property
    def body_bytes(self) -> int:
        """As the client says it."""
        return int(self.headers.get("Content-Length", 0))

    def read_body(self, most_bytes: int | None = None) -> bytes:
        """Read from the client so much of the body, or what is left of it."""
        wanted = self.body_bytes if most_bytes is None else most_bytes
        self._body += self._handler.rfile.read(wanted - len(self._body))
        if len(self._body) < wanted:
            raise ConnectionError("the client has gone away")
        return self._body

    def forward(self) -> Response:
        """Send the request to the server and read its answer; as often as it is called."""
        body = self.read_body()
        host = urlsplit(self._proxy.server_url).netloc
        with contextlib.closing(http.client.HTTPConnection(host)) as connection:
            with contextlib.suppress(ConnectionError):  # an error may come before all is read
                connection.request(self.method, self.path, body, dict(self.headers))
            response = connection.getresponse()
            answered = response.read()
        headers = {k: v for k, v in response.getheaders() if k.lower() not in _SET_HERE}
        if self.method == "HEAD":
            headers["Content-Length"] = response.getheader("Content-Length", "0")
        elif "xml" in response.getheader("Content-Type", ""):
            answered = self._proxy.with_true_dates(answered)
        return Response(response.status, headers, answered)

    def answer(self, response: Response, claimed_bytes: int | None = None) -> None:
        """Send an answer to the client, whose body may be claimed to be longer than it is."""
        self.send(self.head(response, claimed_bytes) + self.body(response))
        if claimed_bytes is not None:
            self.hang_up()

    def head(self, response: Response, claimed_bytes: int | None = None) -> bytes:
        """Give status line and headers as bytes."""
        reason = http.client.responses.get(response.status, "")
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if self.method != "HEAD":
            lines.append(f"Content-Length: {claimed_bytes or len(response.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def body(self, response: Response) -> bytes:
        """Give what follows the headers."""
        return b"" if self.method == "HEAD" else response.body

    def send(self, data: bytes) -> None:
        """Send bytes to the client, whatever they are."""
        self._handler.wfile.write(data)

    def wait(self, seconds: float) -> None:
        """Do nothing, as long as the proxy runs and the client waits as well."""
        gone = select.poll()
        gone.register(self._handler.connection, select.POLLRDHUP)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._proxy.closing.wait(0.02) and not gone.poll(0):
            pass

    def hang_up(self) -> None:
        """End the connection as if all had been said."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """End the connection as if the machine had fallen over."""
        self._handler.close_connection = True
        connection: socket.socket = self._handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.rfile.close()
        connection.close()


@contextlib.contextmanager
def s3_proxy(server_url: str, ip: str = "127.0.0.1") -> Iterator[S3Proxy]:
    """Run a proxy of the server at `server_url` in a thread, on an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            proxy.deal_with(Exchange(proxy, self))

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_request  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            # Clients that go away in the middle are what is tested here.
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    with Server((ip, 0), Handler) as server:
        proxy = S3Proxy(f"http://{ip}:{server.server_port}", server_url)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.closing.set()
            server.shutdown()
            thread.join()


#: Of the connection to the server, not of the one to the client.
_SET_HERE = ("connection", "content-length", "transfer-encoding", "keep-alive")
