"""The graph: under which names, and what it carries."""

from __future__ import annotations

import collections
import io
import pickle
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.utils import key_split

import ccog
from ccog import _core
from ccog.credentials import StorageOptions
from embedded_s3 import SECRET_KEY
from pixels import Count, never, noise
from places import Place
from s3_proxy import S3Proxy
from steps import layer_of, sent_bytes

URL = "s3://bucket/key.tif"


#: Under which names a task's function goes, where there are others than its own.
NAMES = {"cut": {"cut", "halo"}, "merge": {"merge", "rows", "join", "total"}}


def assert_names(graph: dict[Any, Any]) -> None:
    """Each key has the name of what its task does."""
    for key, task in graph.items():
        name = task.func.__name__
        assert key_split(key).removeprefix("ccog-") in NAMES.get(name, {name})


def test_keys_tell_what_their_tasks_do() -> None:
    for chunks, extra in ((256, "halo"), (250, "cut")):
        array = da.zeros((5001, 7003), chunks=chunks, dtype="uint8")
        graph = layer_of(ccog.write_ccog(array, URL, blocksize=64))
        kinds = collections.Counter(key_split(key) for key in graph)  # as the dashboard shows them
        assert set(kinds) == {f"ccog-{n}" for n in ("begin", "encode", extra, "merge", "finish")}
        assert kinds["ccog-begin"] == kinds["ccog-finish"] == 1
        assert_names(graph)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({"layout": "row-major"}, {"pixels", "pick", "rows", "join"}),
        (
            {"parts": "dense"},
            {"pixels", "tiles", "sizes", "total", "layout", "rest", "put", "join"},
        ),
    ],
)
def test_keys_of_other_layouts_and_parts_tell_it_too(options: Any, kinds: set[str]) -> None:
    array = da.zeros((5001, 7003), chunks=256, dtype="uint8")
    graph = layer_of(ccog.write_ccog(array, URL, blocksize=64, **options))
    assert {f"ccog-{kind}" for kind in kinds} < {key_split(key) for key in graph}
    assert_names(graph)


def test_two_writes_share_no_key_but_those_of_their_source() -> None:
    array = da.zeros((4096, 4096), chunks=1024)
    one, other = (ccog.write_ccog(array, URL) for _ in range(2))
    assert set(one.dask) & set(other.dask) == set(array.dask)


def test_the_plan_travels_with_the_begin_task_only() -> None:
    array = da.zeros((16384, 16384), chunks=1024, dtype="float32")
    options = {"overview_resampling": "AVERAGE", "storage_options": {"key": "k", "secret": "s"}}
    graph = layer_of(ccog.write_ccog(array, URL, **options))
    with_plan = [
        key for key, task in graph.items() if any(isinstance(a, _core.WritePlan) for a in task.args)
    ]
    assert [key_split(key) for key in with_plan] == ["ccog-begin"]
    sizes = {key: len(pickle.dumps(task)) for key, task in graph.items()}
    begin_bytes = sizes.pop(with_plan[0])
    assert begin_bytes < 20_000
    assert max(sizes.values()) < 2_000
    encodes = [size for key, size in sizes.items() if key_split(key) == "ccog-encode"]
    assert np.mean(encodes) < 700


def test_secrets_travel_in_storage_options_and_nowhere_else() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG"
    write = ccog.write_ccog(
        da.zeros((4096, 4096), chunks=1024),
        URL,
        storage_options={"key": "AKIDEXAMPLE", "secret": secret, "token": "tok-" + secret},
    )
    assert secret not in repr(write) and secret not in str(write.dask)
    assert secret.encode() in pickle.dumps(write)

    class WithoutOptions(pickle.Pickler):
        def reducer_override(self, value: object) -> Any:
            return (dict, ()) if isinstance(value, StorageOptions) else NotImplemented

    for value in (write, dict(write.dask)):
        out = io.BytesIO()
        WithoutOptions(out, protocol=5).dump(value)
        assert b"AKIDEXAMPLE" not in out.getvalue()
        assert secret.encode() not in out.getvalue()


def test_secrets_of_the_environment_never_travel(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "environment-secret"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    options = {k: v for k, v in place.storage_options.items() if k not in ("key", "secret")}
    write = ccog.write_ccog(place.source(), place.url, storage_options=options, **place.options)
    graph = layer_of(write)
    [begin] = [key for key in graph if key_split(key) == "ccog-begin"]
    session = graph[begin]({})
    assert session.store is not None  # opened, with the resolved credentials
    for pickled in (pickle.dumps(write), pickle.dumps(session)):
        assert secret.encode() not in pickled
        assert b"environment-key" not in pickled
        assert SECRET_KEY.encode() not in pickled


def test_nothing_is_touched_before_it_is_computed(on_s3: Place, proxy: S3Proxy) -> None:
    write = on_s3.write(on_s3.source(each=never))
    pickle.loads(pickle.dumps(write))
    dask.optimize(write)
    repr(write), str(write.dask), write.dask._repr_html_()
    assert proxy.requests == []


def test_no_file_is_touched_before_it_is_computed(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(ccog.write_ccog(noise((600, 600), 256, each=never), tmp_path / "a")))
    ccog.write_ccog(noise((600, 600), 256), tmp_path / "missing" / "a.tif")
    assert list(tmp_path.iterdir()) == []


FAMILIES: dict[str, dict[str, Any]] = {
    "the default": {},
    "no halos": {"overview_resampling": "NEAREST"},
    "wide kernels": {"overview_resampling": "LANCZOS"},
    "a mask": {"mask": True},
    "statistics": {"statistics": "YES"},
    "row-major": {"layout": "row-major"},
    "dense": {"parts": "dense"},
    "row-major and equal": {"layout": "row-major", "parts": "equal"},
    "empty tiles": {"nodata": 0, "sparse_ok": "YES"},
    "no overviews": {"overviews": "NONE"},
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((1024, 1024), 256),
        ((1000, 1201), 256),  # halos
        ((3, 700, 900), 128),
        ((1000, 900), ((300, 400, 300), (450, 450))),
        ((999, 901), (1, 901)),
        ((140, 130), 2),  # so small that they are joined first
    ],
)
def test_every_chunk_is_computed_once(
    shape: tuple[int, ...], chunks: Any, family: str, tmp_path: Path
) -> None:
    count, count_mask = Count(), Count()
    array = noise(shape, chunks, each=count)
    options = {"blocksize": 64} | FAMILIES[family]
    if options.get("mask"):
        # Of another type, or Dask takes it for the same array.
        options["mask"] = noise(shape[-2:], chunks, "uint8", each=count_mask) > 100
    ccog.write_ccog(array, tmp_path / "a.tif", **options).compute(scheduler="threads")
    assert set(count.seen.values()) == {1}
    assert len(count.seen) == array.npartitions
    assert set(count_mask.seen.values()) == ({1} if "mask" in options else set())


@pytest.mark.parametrize(
    ("size_px", "chunk_px", "resampling", "most_tasks"),
    [
        (262_144, 8192, "AVERAGE", 1.2),
        (262_144, 8192, "CUBIC", 6),
        (1_000_000, 16384, "AVERAGE", 1.4),  # nodes of four, as each holds much
        (1_000_000, 16384, "CUBIC", 6),
    ],
)
def test_the_graph_of_a_huge_image_is_small(
    size_px: int, chunk_px: int, resampling: str, most_tasks: float
) -> None:
    array = da.zeros((size_px, size_px), chunks=chunk_px, dtype="float32")
    write = ccog.write_ccog(array, URL, overview_resampling=resampling)
    assert len(layer_of(write)) <= most_tasks * array.npartitions
    assert sent_bytes(write) < 1500 * array.npartitions  # 5.8 of 20 MB
    [optimised] = dask.optimize(write)
    tasks = dict(optimised.__dask_graph__())
    received_bytes = {key: len(pickle.dumps(task)) for key, task in tasks.items()}
    del received_bytes[f"ccog-begin-{write.key.removeprefix('ccog-finish-')}"]  # has the plan
    assert max(received_bytes.values()) < 4000
