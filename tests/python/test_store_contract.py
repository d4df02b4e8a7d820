"""What every store does alike, seen from Python: those of the core, and classes of users."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ccog import _core
from ccog._openers import opener_of
from ccog.errors import (
    CorruptError,
    InvalidArgumentError,
    LimitError,
    NoSuchUploadError,
    ObjectNotFoundError,
)
from ccog.store import Part
from folder_store import FolderStore


@dataclass(frozen=True)
class Target:
    """One object that no other test knows."""

    open: Callable[[], _core.Store]  #: as another process would
    planned_at_unix_s: int
    knows_what_ended: bool = True  #: refuses parts of uploads that are over

    def begin(self, run_id: str = "run-1") -> str:
        return self.open().begin(run_id, self.planned_at_unix_s)


def target_of(store: Any, storage_options: Any = None, **rest: Any) -> Target:
    opener = opener_of(store, storage_options)
    assert opener is not None
    return Target(opener.open, **{"planned_at_unix_s": int(time.time())} | rest)


@pytest.fixture(params=["file", "S3", "folder", "Azure"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    if request.param == "file":
        return target_of(tmp_path / "a b.tif")
    if request.param == "folder":
        return target_of(FolderStore(tmp_path))
    if request.param == "Azure":
        return target_of(request.getfixturevalue("azure_store"), knows_what_ended=False)
    s3 = request.getfixturevalue("s3")
    # Long ago, since moto says of every upload that it began in 2010.
    return target_of(s3.url("a b/é.tif"), s3.storage_options, planned_at_unix_s=0)


@pytest.fixture
def store(target: Target) -> _core.Store:
    return target.open()


def noise(size_bytes: int, seed: int) -> bytes:
    return np.random.default_rng(seed).bytes(size_bytes)


def pieces(store: _core.Store, *numbers: int) -> dict[int, bytes]:
    """Give parts of these numbers, just large enough; the last one is small."""
    least = store.limits.min_part_bytes
    sizes = [least + number for number in numbers[:-1]] + [123]
    return {number: noise(size, number) for number, size in zip(numbers, sizes, strict=True)}


def put_all(store: _core.Store, upload_id: str, data: dict[int, bytes]) -> list[Part]:
    return [store.put_part(upload_id, number, data[number]) for number in data]


def check_object(target: Target, data: bytes, run_id: str) -> None:
    store = target.open()
    there = store.head()
    assert there is not None
    assert (there.size_bytes, there.run_id) == (len(data), run_id)
    assert store.get(0, len(data)) == data
    assert store.list_uploads() == []


def test_begin_adopts_what_it_began(target: Target, store: _core.Store) -> None:
    assert store.find_upload("run-1", target.planned_at_unix_s) is None
    first = target.begin()
    assert target.begin() == first == store.find_upload("run-1", target.planned_at_unix_s)
    (listed,) = store.list_uploads()
    assert listed.upload_id == first
    if target.planned_at_unix_s:
        assert abs(listed.initiated_unix_s - time.time()) < 100
    assert store.list_parts(first) == []
    put_all(store, first, pieces(store, 1, 2))
    assert target.begin() == first
    assert len(store.list_parts(first)) == 2


def test_parts_come_in_any_order_twice_and_from_many_threads(
    target: Target, store: _core.Store
) -> None:
    data = pieces(store, 1, 2, 5, 9)
    upload_id = target.begin()
    stores = [store, target.open()]

    def put(turn: int) -> Part:
        number = [5, 1, 9, 2][turn % 4]
        return stores[turn % 3 % 2].put_part(upload_id, number, data[number])

    with ThreadPoolExecutor(4) as pool:
        for part in pool.map(put, range(8)):
            assert part.size_bytes == len(data[part.number])
    listed = store.list_parts(upload_id)
    assert [(part.number, part.size_bytes) for part in listed] == [
        (number, len(piece)) for number, piece in data.items()
    ]
    assert store.head() is None
    # ETags are not the caller's to know.
    parts = [Part(number=number, size_bytes=len(data[number])) for number in data]
    info = store.complete(upload_id, "run-1", parts)
    assert (info.size_bytes, info.run_id) == (sum(map(len, data.values())), "run-1")
    check_object(target, b"".join(data.values()), "run-1")


def test_the_last_put_of_a_number_counts(target: Target, store: _core.Store) -> None:
    data = pieces(store, 3, 4)
    upload_id = target.begin()
    put_all(store, upload_id, data)
    data[3] = noise(len(data[3]) + 10, 99)
    store.complete(upload_id, "run-1", put_all(store, upload_id, data))
    check_object(target, b"".join(data.values()), "run-1")


def test_a_completion_that_comes_twice_has_worked(target: Target, store: _core.Store) -> None:
    data = pieces(store, 1, 2)
    upload_id = target.begin()
    parts = put_all(store, upload_id, data)
    first = store.complete(upload_id, "run-1", parts)
    assert target.open().complete(upload_id, "run-1", parts).size_bytes == first.size_bytes
    if target.knows_what_ended:
        with pytest.raises(NoSuchUploadError):
            store.put_part(upload_id, 1, data[1])
    else:
        store.put_part(upload_id, 1, data[1])  # of which nobody sees anything
    with pytest.raises(NoSuchUploadError, match="run-1"):
        target.begin()
    with pytest.raises(NoSuchUploadError):
        store.complete(upload_id, "run-2", parts)
    assert store.complete(upload_id, "run-1", parts).size_bytes == first.size_bytes
    check_object(target, b"".join(data.values()), "run-1")


def test_another_run_replaces_the_object_at_its_end(target: Target, store: _core.Store) -> None:
    old = pieces(store, 1, 2)
    upload_id = target.begin()
    store.complete(upload_id, "run-1", put_all(store, upload_id, old))
    data = pieces(store, 6, 7, 8)
    upload_id = target.begin("run-2")
    parts = put_all(store, upload_id, data)
    before = b"".join(old.values())
    assert store.get(0, len(before)) == before
    store.complete(upload_id, "run-2", parts)
    check_object(target, b"".join(data.values()), "run-2")


def test_abort_leaves_nothing(target: Target, store: _core.Store) -> None:
    data = pieces(store, 1, 2)
    upload_id = target.begin()
    parts = put_all(store, upload_id, data)
    for _ in range(2):
        store.abort(upload_id)
        assert store.list_uploads() == []
        assert store.head() is None
    if target.knows_what_ended:
        with pytest.raises(NoSuchUploadError):
            store.put_part(upload_id, 1, data[1])
    with pytest.raises(NoSuchUploadError):
        store.list_parts(upload_id)
    with pytest.raises(NoSuchUploadError):
        store.complete(upload_id, "run-1", parts)
    assert store.head() is None


def test_unknown_uploads_are_said_to_be_so(store: _core.Store) -> None:
    nonsense = uuid.uuid4().hex
    with pytest.raises(NoSuchUploadError):
        store.list_parts(nonsense)
    with pytest.raises(NoSuchUploadError):
        store.complete(nonsense, "run-1", [Part(number=1, size_bytes=10)])
    store.abort(nonsense)
    assert store.list_uploads() == []


def test_parts_that_were_not_put_are_not_joined(target: Target, store: _core.Store) -> None:
    data = pieces(store, 1, 3, 5)
    upload_id = target.begin()
    one, three, five = put_all(store, upload_id, data)
    wrong = Part(number=3, size_bytes=three.size_bytes + 1)
    for parts, error, message in (
        ([one, wrong, five], CorruptError, "part 3"),
        ([one, five], CorruptError, "part 3"),
        ([one, three], CorruptError, "part 5"),
        ([three, one, five], CorruptError, "part 1"),
        ([one, three, five, Part(number=9, size_bytes=10)], LimitError, "part 5"),
        ([], CorruptError, "without a part"),
    ):
        with pytest.raises(error, match=message):
            store.complete(upload_id, "run-1", parts)
    assert store.head() is None
    store.complete(upload_id, "run-1", [one, three, five])
    check_object(target, b"".join(data.values()), "run-1")


def test_parts_that_no_store_takes(target: Target, store: _core.Store) -> None:
    upload_id = target.begin()
    most = store.limits.max_parts
    for number, data in ((0, b"1"), (most + 1, b"1"), (1, b"")):
        with pytest.raises(InvalidArgumentError):
            store.put_part(upload_id, number, data)
    assert store.put_part(upload_id, most, b"1") == store.list_parts(upload_id)[0]
    for run_id in ("", "a/b", "..", "é"):
        with pytest.raises(InvalidArgumentError):
            store.begin(run_id, 0)


def test_small_objects_go_in_one_put(target: Target, store: _core.Store) -> None:
    store.check_writable("run-1", target.planned_at_unix_s)
    assert store.head() is None
    assert store.list_uploads() == []
    with pytest.raises(ObjectNotFoundError):
        store.get(0, 1)
    data = noise(100, 5)
    info = store.put_object("run-1", data)
    assert (info.size_bytes, info.run_id) == (100, "run-1")
    check_object(target, data, "run-1")
    assert store.get(99, 100) == data[99:]
    assert store.get(10, 30) == data[10:30]
    assert store.get(40, 40) == b""
    for begin, end in ((90, 101), (200, 300), (20, 10)):
        with pytest.raises(InvalidArgumentError):
            store.get(begin, end)
    store.put_object("run-2", data[:7])
    check_object(target, data[:7], "run-2")
