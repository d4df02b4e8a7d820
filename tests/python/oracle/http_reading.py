"""How many HTTP requests GDAL makes to read a window: a server that counts, and the reading."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window


@dataclass
class RangeServer:
    """A server of one file; `requests` are the (first, last) bytes that were asked for."""

    path: Path
    url: str = ""
    requests: list[tuple[int, int]] = field(default_factory=list)


@contextlib.contextmanager
def range_server(path: Path) -> Iterator[RangeServer]:
    """Serve a file, with ranges, from this process."""
    served = RangeServer(path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(200, 0, path.stat().st_size - 1)

        def do_GET(self) -> None:
            size_bytes = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-"))
            if asked is None or self.path != "/image.tif":
                self.send_error(404)
                return
            first = int(asked[1])
            last = min(int(asked[2] or size_bytes), size_bytes - 1)
            served.requests.append((first, last))
            self._answer(206, first, last)
            with path.open("rb") as file:
                file.seek(first)
                self.wfile.write(file.read(last - first + 1))

        def _answer(self, status: int, first: int, last: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("Accept-Ranges", "bytes")
            if status == 206:
                self.send_header("Content-Range", f"bytes {first}-{last}/{path.stat().st_size}")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/image.tif"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Reading:
    """What reading a window took: ranges to open the file, ranges for the pixels."""

    opening: list[tuple[int, int]]
    pixels: list[tuple[int, int]]
    samples: np.ndarray

    @property
    def pixel_bytes(self) -> int:
        return sum(last - first + 1 for first, last in self.pixels)


def read_over_http(path: Path, window: Window, level: int | None = None) -> Reading:
    """Read a window with GDAL as it comes, but for side files, which nobody has there."""
    # Each server has a port of its own, so that GDAL has nothing of the file in its cache.
    options = {} if level is None else {"overview_level": level}
    with (
        range_server(path) as server,
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
        rasterio.open(f"/vsicurl/{server.url}", **options) as dataset,
    ):
        opening = list(server.requests)
        samples = dataset.read(window=window)
        return Reading(opening, server.requests[len(opening) :], samples)
