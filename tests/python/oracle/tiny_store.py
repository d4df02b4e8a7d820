"""A store in memory whose limits are so small that little data makes many parts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from ccog import _core, _stores

#: To be written to inside of `tiny_store`.
PATH = "/tiny.tif"

MOST_PARTS = 10_000


@contextlib.contextmanager
def tiny_store(min_part_bytes: int = 1000) -> Iterator[_core.Store]:
    """Let writes to paths go to memory: those of this process, by its own threads."""
    store = _core.open_memory("tiny", min_part_bytes, 1 << 30, MOST_PARTS)
    with (
        mock.patch.object(_stores, "limits_of", return_value=store.limits),
        mock.patch.object(_stores, "open_store", return_value=store),
    ):
        yield store


def contents(store: _core.Store) -> bytes:
    """Read the object."""
    there = store.head()
    assert there is not None
    return store.get(0, there.size_bytes)
