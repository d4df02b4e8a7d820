"""Where tests of writing write to: a folder or S3, with what is needed to look at it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import pytest

import ccog
import s3_servers
from azure_store import AzureStore
from pixels import noise

OLD = b"what stood there before"

#: For tests of what S3 servers do differently, or might.
on_every_server = pytest.mark.parametrize("s3_server", s3_servers.NAMES, indirect=True)


def on_every_store(test: Any) -> Any:
    """As `on_every_server`, for tests that take a `place`."""
    others = (("parts in a folder", "moto"), ("in place", "moto"), ("Azure", "moto"))
    servers = (("S3", server) for server in s3_servers.NAMES)
    each = pytest.mark.parametrize(("place", "s3_server"), [*others, *servers], indirect=True)
    return pytest.mark.usefixtures("s3_server")(each(test))


@dataclass(frozen=True)
class Place:
    """Somewhere to write to, and how to look at it.

    Attributes
    ----------
    url, storage_options, options:
        For `write_ccog`; the URL may be a `ccog.Store`.
    chunk_px:
        Of enough bytes for a task to put a part at once.
    read, put, leftovers:
        Read what stands there, put something there, list what else is there.
    knows_what_ended:
        Whether a part of an upload that is over is refused.
    """

    url: Any
    storage_options: dict[str, Any]
    options: dict[str, Any]
    chunk_px: tuple[int, int]
    read: Callable[[], bytes | None] = field(repr=False)
    put: Callable[[bytes], Any] = field(repr=False)
    leftovers: Callable[[], list[Any]] = field(repr=False)
    knows_what_ended: bool = True

    def write(self, array: Any, **options: Any) -> Any:
        options = self.options | options
        return ccog.write_ccog(array, self.url, storage_options=self.storage_options, **options)

    def source(self, each: Any = None) -> da.Array:
        height_px, width_px = self.chunk_px
        return noise((height_px, 3 * width_px), self.chunk_px, "float64", each)

    def sum(self) -> str:
        return hashlib.sha256(self.read() or b"").hexdigest()


#: A method by which chunks need nothing of each other, so that some are put while others wait.
_ALONE = {"overview_resampling": "AVERAGE"}


def folder_place(tmp_path: Path, compress: str) -> Place:
    path = tmp_path / "out.tif"
    return Place(
        url=str(path),
        storage_options={},
        options={"compress": compress, "level": 1, "blocksize": 128, **_ALONE},
        chunk_px=(512, 256),
        read=lambda: path.read_bytes() if path.exists() else None,
        put=path.write_bytes,
        leftovers=lambda: [str(entry) for entry in tmp_path.iterdir() if entry != path],
    )


def s3_place(s3: Any, endpoint_url: str) -> Place:
    return Place(
        url=s3.url("out.tif"),
        storage_options=s3.storage_options | {"endpoint_url": endpoint_url},
        options={"compress": "NONE", "blocksize": 256, **_ALONE},
        chunk_px=(1024, 2560),
        read=lambda: s3.get("out.tif") if s3.keys() else None,
        put=lambda data: s3.client.put_object(Bucket=s3.bucket, Key="out.tif", Body=data),
        leftovers=lambda: [*s3.uploads(), *(set(s3.keys()) - {"out.tif"})],
    )


def azure_place(store: AzureStore) -> Place:
    def read() -> bytes | None:
        there = store.head()
        return None if there is None else store.get(0, there.size_bytes)

    return Place(
        url=store,
        storage_options={},
        options={"compress": "NONE", "blocksize": 256, **_ALONE},
        chunk_px=(1024, 2560),
        read=read,
        put=lambda data: store.put_object("another-run", data),
        leftovers=store.list_uploads,
        knows_what_ended=False,
    )
