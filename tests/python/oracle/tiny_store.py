"""A store in memory whose limits are so small that little data makes many parts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from ccog import _core, _openers
from ccog.store import Limits

#: To be written to inside of `tiny_store`.
PATH = "/tiny.tif"


@contextlib.contextmanager
def tiny_store(min_part_bytes: int = 1000) -> Iterator[_core.Store]:
    """Let writes to paths go to memory: those of this process, by its own threads."""
    limits = Limits(min_part_bytes=min_part_bytes, max_part_bytes=1 << 30)
    store = _core.open_memory("tiny", limits)
    with (
        mock.patch.object(_openers.FileOpener, "limits", limits),
        mock.patch.object(_openers.FileOpener, "open", return_value=store),
    ):
        yield store


def contents(store: _core.Store) -> bytes:
    """Read the object."""
    there = store.head()
    assert there is not None
    return store.get(0, there.size_bytes)
