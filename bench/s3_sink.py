"""A server that takes every part and forgets it, so that a benchmark of clients waits for nothing.

As a program it prints its URL and serves until its standard input ends; with the paths of a
certificate and its key as arguments, over TLS.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import sys
import threading

_ANSWER = b'HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: 0\r\n\r\n'
_BUFFER_BYTES = 1 << 20


class Connection:
    """One client's requests, one after the other."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        # The system drops a body that is read so; under TLS it has to be decrypted all the same.
        self._flags = 0 if isinstance(stream, ssl.SSLSocket) else socket.MSG_TRUNC
        self._buffer = bytearray(_BUFFER_BYTES)
        self._begun = b""  # read already

    def serve(self) -> None:
        """Answer until the client is gone."""
        with self._stream, contextlib.suppress(OSError):
            while True:
                head = self._until(b"\r\n\r\n").lower()
                if b"\r\nexpect: 100-continue" in head:
                    self._stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                if b"\r\ntransfer-encoding: chunked" in head:
                    self._drop_chunks()
                elif length := re.search(rb"\r\ncontent-length: (\d+)", head):
                    self._drop(int(length[1]))
                self._stream.sendall(_ANSWER)

    def _until(self, end: bytes) -> bytes:
        while end not in self._begun:
            data = self._stream.recv(1 << 16)
            if not data:
                raise ConnectionError("the client is gone")
            self._begun += data
        text, _, self._begun = self._begun.partition(end)
        return text

    def _drop(self, size_bytes: int) -> None:
        left_bytes = size_bytes - len(self._begun)
        self._begun = self._begun[size_bytes:]
        while left_bytes > 0:
            room_bytes = min(left_bytes, _BUFFER_BYTES)
            took_bytes = self._stream.recv_into(self._buffer, room_bytes, self._flags)
            if took_bytes == 0:
                raise ConnectionError("the client is gone")
            left_bytes -= took_bytes

    def _drop_chunks(self) -> None:
        while size_bytes := int(self._until(b"\r\n"), 16):
            self._drop(size_bytes + len("\r\n"))
        self._until(b"\r\n")


def main(certificate: list[str]) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(*certificate)

    def accept() -> None:
        while True:
            stream, _ = listening.accept()
            if certificate:
                stream = context.wrap_socket(stream, server_side=True)
            threading.Thread(target=Connection(stream).serve, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    scheme = "https" if certificate else "http"
    print(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
