"""The graph: how many tasks, under which names, and what they carry."""

from __future__ import annotations

import collections
import io
import pickle
import time
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask._task_spec import Task
from dask.delayed import Delayed
from dask.utils import key_split
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog import _core, _planning
from ccog.credentials import StorageOptions
from embedded_s3 import SECRET_KEY
from pixels import noise, noise_pixels
from places import Place
from s3_proxy import S3Proxy

URL = "s3://bucket/key.tif"


def layer_of(write: Any) -> dict[Any, Task]:
    """Give the tasks that a write adds to its source's."""
    [name] = [name for name in write.dask.layers if name.startswith("ccog-write")]
    return dict(write.dask.layers[name])


def tasks_a_chunk(shape: tuple[int, ...], chunks: Any, **options: Any) -> float:
    array = da.zeros(shape, chunks=chunks, dtype="float32")
    write = ccog.write_ccog(array, URL, **{"overview_resampling": "AVERAGE"} | options)
    added = len(write.dask) - len(array.dask)  # rechunking, where there is any, counts
    print(f"{shape} in chunks of {chunks}: {added / array.npartitions:.2f} tasks a chunk")
    return added / array.npartitions


def planned_tasks_a_chunk(shape: tuple[int, ...], chunks: Any, **options: Any) -> float:
    """Give the same without building the graph; see the test that the two agree."""
    array = da.zeros(shape, chunks=chunks, dtype="float32")
    options = {"overview_resampling": "AVERAGE"} | options
    return ccog.plan(array, URL, **options).tasks / array.npartitions


# ---------------------------------------------------------------- how many


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((8192, 8192), 2048),
        ((16384, 16384), 2048),
        ((65536, 65536), 2048),
        ((65536, 65536), 4096),
        ((32768, 65536), (4096, 2048)),
        ((8192, 8192), 512),
        ((3, 16384, 16384), (3, 1024, 1024)),
        ((20480, 10240), 1024),
    ],
)
def test_aligned_chunks_of_even_images_take_little_more_than_one_task_each(
    shape: tuple[int, ...], chunks: Any
) -> None:
    assert tasks_a_chunk(shape, chunks) <= 1.4


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [((8191, 8191), 2048), ((16383, 12001), 1024), ((10801, 21600), 512), ((65535, 65535), 2048)],
)
def test_odd_sizes_take_at_most_five_tasks_a_chunk(shape: tuple[int, ...], chunks: Any) -> None:
    assert 1.4 < tasks_a_chunk(shape, chunks) <= 5


@pytest.mark.parametrize("shape", [(16384, 16384), (16383, 12001), (10801, 21600)])
@pytest.mark.parametrize("chunks", [1000, 1500, (2000, 3000), (300, -1), (-1, 1100), (5000, 2000)])
def test_chunks_that_are_no_tiles_take_at_most_five_tasks_each(
    shape: tuple[int, ...], chunks: Any
) -> None:
    assert tasks_a_chunk(shape, chunks) <= 5


def test_wide_kernels_take_at_most_six_tasks_a_chunk() -> None:
    assert tasks_a_chunk((16384, 16384), 1024, overview_resampling="CUBIC") <= 6
    assert tasks_a_chunk((16383, 20001), 2048, overview_resampling="LANCZOS") <= 6


def test_nearest_needs_no_halo_and_so_no_more_tasks_on_odd_sizes() -> None:
    assert tasks_a_chunk((8191, 8191), 2048, overview_resampling="NEAREST") <= 1.4


@pytest.mark.parametrize("resampling", ["BILINEAR", "CUBIC", "LANCZOS"])
@pytest.mark.parametrize("shape", [(16384, 16384), (16383, 12001), (262144, 262144)])
def test_kernels_that_reach_to_all_sides_take_at_most_four_strips_a_chunk(
    shape: tuple[int, int], resampling: str
) -> None:
    chunks = shape[0] // 32 // 512 * 512 or 512
    assert planned_tasks_a_chunk(shape, chunks, overview_resampling=resampling) <= 5.4
    strips = tasks_a_chunk((8192, 8192), (1024, -1), overview_resampling=resampling)
    assert strips <= 1.4 + 2


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(5, 30),
    columns=st.integers(5, 30),
    tiles=st.integers(1, 6),
    cut_px=st.tuples(st.integers(0, 511), st.integers(0, 511)),
)
def test_any_image_in_whole_tiles_takes_less_than_four_tasks_a_chunk(
    rows: int, columns: int, tiles: int, cut_px: tuple[int, int]
) -> None:
    chunk_px = 512 * tiles
    shape = (rows * chunk_px - cut_px[0], columns * chunk_px - cut_px[1])
    assert planned_tasks_a_chunk(shape, chunk_px) < 4


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(8, 30),
    columns=st.integers(8, 30),
    chunk_px=st.tuples(st.integers(2048, 8000), st.integers(2048, 8000)),
    cut_px=st.tuples(st.integers(0, 2047), st.integers(0, 2047)),
)
def test_no_chunks_of_usual_sizes_take_more_than_six_tasks_each(
    rows: int, columns: int, chunk_px: tuple[int, int], cut_px: tuple[int, int]
) -> None:
    # Four neighbours share most chunks when nothing is aligned, and one of them gets it whole.
    shape = (rows * chunk_px[0] - cut_px[0], columns * chunk_px[1] - cut_px[1])
    assert planned_tasks_a_chunk(shape, chunk_px) <= 6


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    chunks=st.tuples(st.integers(30, 900), st.integers(30, 900)),
    tile_px=st.sampled_from([16, 64, 256]),
    resampling=st.sampled_from(["AVERAGE", "CUBIC"]),
)
def test_the_plan_counts_the_tasks_of_the_graph(
    shape: tuple[int, int], chunks: tuple[int, int], tile_px: int, resampling: str
) -> None:
    array = da.zeros(shape, chunks=chunks, dtype="uint8")
    options = {"blocksize": tile_px, "overview_resampling": resampling}
    write = ccog.write_ccog(array, URL, **options)
    assert ccog.plan(array, URL, **options).tasks == len(write.dask) - len(array.dask)


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    chunks=st.tuples(st.integers(30, 900), st.integers(30, 900)),
    tile_px=st.sampled_from([16, 64, 256]),
    strip_bytes=st.sampled_from([None, 10_000, 200_000]),
    options=st.sampled_from([{}, {"overviews": "NONE"}]),
    layout=st.sampled_from(["chunk", "row-major"]),
    parts=st.sampled_from(["gaps", "dense"]),
)
def test_the_plan_counts_the_tasks_of_rows_and_of_parts_that_wait_too(
    shape: tuple[int, int],
    chunks: tuple[int, int],
    tile_px: int,
    strip_bytes: int | None,
    options: dict[str, Any],
    layout: str,
    parts: str,
) -> None:
    array = da.zeros(shape, chunks=chunks, dtype="float64")  # often too large for one request
    options = options | {"blocksize": tile_px, "layout": layout, "parts": parts}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_planning, "STRIP_BYTES", strip_bytes)
        write = ccog.write_ccog(array, URL, **options)
        plan = ccog.plan(array, URL, **options)
    assert plan.tasks == len(write.dask) - len(array.dask)


@pytest.mark.parametrize(
    ("shape", "chunks", "most"),
    [
        ((16384, 16384), 2048, 3.5),  # array, one strip, a share of its task
        ((65536, 65536), 2048, 6.5),  # three strips a row of chunks
        ((65536, 65536), 4096, 9),
    ],
)
def test_rows_take_a_task_for_each_strip_that_a_chunk_is_in(
    shape: tuple[int, ...], chunks: int, most: float
) -> None:
    options = {"layout": "row-major", "compress": "DEFLATE"}  # LZW may grow data by a half
    plan = ccog.plan(da.zeros(shape, chunks=chunks, dtype="float32"), URL, **options)
    assert plan.peak_strip_bytes <= max(256 << 20, plan.peak_task_bytes)
    assert tasks_a_chunk(shape, chunks, **options) <= most


def test_the_graph_of_a_huge_image_is_built_within_a_second() -> None:
    array = da.zeros((262144, 262144), chunks=8192, dtype="float32")
    ccog.write_ccog(array[:8192, :8192], URL)  # imports
    began = time.perf_counter()
    write = ccog.write_ccog(array, URL, overview_resampling="AVERAGE")
    seconds = time.perf_counter() - began
    assert len(layer_of(write)) <= 1.4 * array.npartitions
    assert seconds < 1


# ---------------------------------------------------------------- under which names


def assert_names(graph: dict[Any, Any]) -> None:
    """Each key has the name of what its task does; halos are cut too."""
    for key, task in graph.items():
        assert f"ccog-{task.func.__name__}" == key_split(key).replace("halo", "cut")


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


# ---------------------------------------------------------------- what they carry


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


def never(_pixels: np.ndarray, _info: Any) -> np.ndarray:
    raise AssertionError("a chunk was computed before its time")


class Count:
    """Counts the times that each block is computed."""

    def __init__(self) -> None:
        self.seen: collections.Counter[tuple[int, ...]] = collections.Counter()

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        self.seen[tuple(info["chunk-location"])] += 1
        return pixels


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((1024, 1024), 256),
        ((1000, 1201), 256),  # halos
        ((3, 700, 900), 128),
        ((1000, 900), ((300, 400, 300), (450, 450))),
        ((999, 901), (1, 901)),
        ((300, 200), 3),  # so small that they are joined first
    ],
)
def test_every_chunk_is_computed_once(shape: tuple[int, ...], chunks: Any, tmp_path: Path) -> None:
    count = Count()
    array = noise(shape, chunks, each=count)
    ccog.write_ccog(array, tmp_path / "a.tif", blocksize=64).compute(scheduler="threads")
    assert set(count.seen.values()) == {1}
    assert len(count.seen) == array.npartitions


# ---------------------------------------------------------------- a Delayed like any other


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return ccog.write_ccog(noise((700, 900), 256), tmp_path / "a.tif", blocksize=64)


def check_file(result: ccog.WriteResult, path: Path) -> None:
    assert result.url == str(path)
    assert result.size_bytes == path.stat().st_size
    assert [entry.name for entry in path.parent.iterdir()] == ["a.tif"]


def test_it_can_be_computed_by_dask(write: Any, tmp_path: Path) -> None:
    assert isinstance(write, Delayed)
    assert dask.is_dask_collection(write)
    [result] = dask.compute(write, scheduler="threads")
    check_file(result, tmp_path / "a.tif")


def test_it_can_be_persisted(write: Any, tmp_path: Path) -> None:
    [persisted] = dask.persist(write, scheduler="threads")
    check_file(persisted.compute(), tmp_path / "a.tif")


def test_it_can_be_optimised(write: Any, tmp_path: Path) -> None:
    [optimised] = dask.optimize(write)
    check_file(optimised.compute(scheduler="sync"), tmp_path / "a.tif")


def test_it_survives_pickling_with_its_clean_up(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    copy = pickle.loads(pickle.dumps(ccog.write_ccog(noise((700, 900), 256), path, blocksize=64)))
    check_file(copy.compute(scheduler="threads"), path)
    path.unlink()
    failing = ccog.write_ccog(noise((700, 900), 256, each=never), path, blocksize=64)
    with pytest.raises(AssertionError, match="before its time"):
        pickle.loads(pickle.dumps(failing)).compute(scheduler="threads")
    assert list(tmp_path.iterdir()) == []


def test_others_can_consume_it(write: Any, tmp_path: Path) -> None:
    size_bytes = dask.delayed(lambda result: result.size_bytes)(write)
    assert size_bytes.compute(scheduler="threads") == (tmp_path / "a.tif").stat().st_size
    assert write.size_bytes.compute(scheduler="threads") == size_bytes.compute(scheduler="threads")


def test_several_writes_in_one_computation_share_their_source(tmp_path: Path) -> None:
    count = Count()
    array = noise((700, 900), 256, each=count)
    writes = [
        ccog.write_ccog(array, tmp_path / f"{codec}.tif", compress=codec, blocksize=64)
        for codec in ("DEFLATE", "ZSTD", "NONE")
    ]
    results = dask.compute(*writes, scheduler="threads")
    assert [Path(result.url).stem for result in results] == ["DEFLATE", "ZSTD", "NONE"]
    assert set(count.seen.values()) == {1}


def test_computing_it_again_writes_again(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    first = write.compute(scheduler="threads")
    before = path.read_bytes()
    path.write_bytes(b"gone")
    second = write.compute(scheduler="threads")
    assert path.read_bytes() == before
    assert not second.already_done
    assert second.size_bytes == first.size_bytes


def test_computing_it_again_on_a_cluster_that_still_holds_the_result_writes_again(
    write: Any, tmp_path: Path, client: Any
) -> None:
    path = tmp_path / "a.tif"
    held = client.compute(write)
    check_file(held.result(), path)
    path.unlink()
    check_file(write.compute(scheduler=client), path)
    assert not held.result().already_done


def test_a_cluster_that_is_the_default_is_used(write: Any, tmp_path: Path, cluster: Any) -> None:
    from distributed import Client

    with Client(cluster) as client:
        check_file(write.compute(), tmp_path / "a.tif")
        on_workers = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert sum(on_workers.values()) >= 12


def test_placement_options_reach_every_task(write: Any, tmp_path: Path, client: Any) -> None:
    [chosen, other] = client.scheduler_info()["workers"]

    def executed() -> dict[str, int]:
        return client.run(lambda dask_worker: dask_worker.state.executed_count)

    before = executed()
    check_file(write.compute(scheduler=client, workers=[chosen]), tmp_path / "a.tif")
    assert executed()[other] == before[other]
    assert executed()[chosen] > before[chosen]


def test_bytes_can_be_persisted_too() -> None:
    write = ccog.write_ccog(noise((300, 300), 128), blocksize=64)
    [persisted] = dask.persist(write, scheduler="threads")
    assert persisted.compute() == write.compute(scheduler="threads")
    assert noise_pixels((300, 300)).nbytes < len(write.compute(scheduler="sync"))
