"""Part numbers without gaps, and equal parts: stores that refuse all else get the same object."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import dask.array as da
import numpy as np
import pytest

import ccog
from ccog.errors import CcogError, CorruptError, LimitError
from clusters import cluster_client
from pixels import noise
from places import Place
from s3_proxy import Answer, S3Proxy
from steps import Steps

WITHOUT_GAPS = ("dense", "equal")


@dataclass
class StrictStore:
    """The hook of a proxy: completes only what has the parts that `wants` says, and keeps them."""

    s3: Any
    wants: str
    parts: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, method: str, path: str) -> Answer | None:
        upload = re.search(r"uploadId=([^&]+)", path)
        if method != "POST" or upload is None:
            return None
        listing = self.s3.client.list_parts(
            Bucket=self.s3.bucket, Key="out.tif", UploadId=unquote(upload[1])
        )
        self.parts = [(part["PartNumber"], part["Size"]) for part in listing["Parts"]]
        gaps = [number for number, _ in self.parts] != list(range(1, len(self.parts) + 1))
        sizes = {size for _, size in self.parts[:-1]}
        unequal = len(sizes) > 1 or self.parts[-1][1] > max(sizes, default=self.parts[-1][1])
        if gaps or (self.wants == "equal" and unequal):
            return 400, b"<Error><Code>InvalidPart</Code><Message>as R2 has it</Message></Error>"
        return None


@pytest.mark.parametrize("layout", ["chunk", "row-major"])
@pytest.mark.parametrize("parts", WITHOUT_GAPS)
def test_strict_stores_take_what_they_refuse_with_gaps(
    on_s3: Place, proxy: S3Proxy, s3: Any, client: Any, parts: str, layout: str
) -> None:
    options = {"layout": layout, "compress": "DEFLATE", "level": 1, "statistics": "YES"}
    array = noise((2, 2195, 2555), 900, "uint16")
    on_s3.write(array, **options).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    strict = proxy.hook = StrictStore(s3, parts)
    with pytest.raises(CcogError, match="InvalidPart"):
        on_s3.write(array, **options).compute(scheduler="threads")
    for scheduler in ("threads", client):
        result = on_s3.write(array, parts=parts, **options).compute(scheduler=scheduler)
        assert on_s3.sum() == expected_sum
        assert result.parts == len(strict.parts) > 4
        assert result.padding_bytes == 0
        assert min(size for _, size in strict.parts[:-1]) >= 5 << 20
        assert on_s3.leftovers() == []
    plan = ccog.plan(array, on_s3.url, parts=parts, layout=layout, compress="DEFLATE")
    assert result.parts <= plan.part_numbers
    if parts == "equal":
        assert {size for _, size in strict.parts[:-1]} == {plan.part_bytes}


def test_dense_parts_end_where_chunks_do_so_that_less_travels(tmp_path: Path) -> None:
    array = noise((2048, 2048), 256, "uint16")
    dense, equal = (
        ccog.write_ccog(array, tmp_path / "a.tif", blocksize=128, parts=parts).compute(
            scheduler="sync"
        )
        for parts in WITHOUT_GAPS
    )
    assert dense.size_bytes == equal.size_bytes
    assert dense.parts < equal.parts / 2
    assert dense.bytes_moved < equal.bytes_moved - 64 * (64 << 10)  # a part a chunk


@pytest.mark.parametrize("parts", WITHOUT_GAPS)
@pytest.mark.parametrize(
    "options",
    [
        {"sparse_ok": True, "statistics": "YES", "layout": "row-major"},
        {"sparse_ok": True, "statistics": "YES"},
        {"mask": True, "statistics": "YES"},
        {"mask": True, "layout": "row-major", "overviews": "NONE", "statistics": "YES"},
        {"interleave": "BAND", "layout": "row-major"},
        {"compress": "NONE"},
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_files_are_the_same(options: dict[str, Any], parts: str, tmp_path: Path) -> None:
    image = noise((3, 800, 700), 800, "float32").compute()
    image[:, 100:600, 200:] = 0  # NaN would be missing anyway
    array = da.from_array(image, chunks=(-1, 200, 300), name=False)
    options = {"blocksize": 64, "nodata": None if "mask" in options else 0.0} | options
    if "mask" in options:
        options["mask"] = da.from_array(image[0] > 0, chunks=(200, 300), name=False)
    paths = [tmp_path / f"{name}.tif" for name in ("gaps", parts)]
    for path in paths:
        result = ccog.write_ccog(array, path, parts=path.stem, **options).compute(scheduler="sync")
    assert result.parts > 3
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize(("parts", "layout"), [("dense", "row-major"), ("equal", "chunk")])
def test_tasks_in_any_order_and_again_put_the_same_parts(
    place: Place, parts: str, layout: str
) -> None:
    place.write(place.source(), layout=layout).compute(scheduler="threads")
    expected_sum = place.sum()
    steps = Steps(place.write(place.source(), parts=parts, layout=layout))
    names = ["encode", "sizes", "put", "join", "total", "rows", "pick", "pixels", "tiles"]
    keys = [key for name in names for key in steps.keys(name)]
    rng = random.Random(f"{parts} {layout}")
    for key in rng.sample(keys, len(keys)):
        steps.run(key)
    layout_key = steps.key("layout")
    for key in [*rng.sample(keys, len(keys)), layout_key, *steps.keys("put")]:
        steps.run(key)  # each task twice, and what needs it sees its second result
    first = steps.run(steps.write.key)
    assert first.parts > 2
    assert place.sum() == expected_sum
    assert place.leftovers() == []
    # Those that run again after the end find the upload gone, and say so.
    assert any(steps.run(key).runs is None for key in steps.keys("put"))
    again = steps.run(steps.write.key)
    assert again.already_done and again.size_bytes == first.size_bytes


def test_a_write_that_is_over_is_known_before_its_parts_are_laid_out(place: Place) -> None:
    steps = Steps(place.write(place.source(), parts="dense"))
    done = steps.run(steps.write.key)
    steps.done.clear()  # all results were lost
    assert steps.run(steps.key("begin")).over
    again = steps.run(steps.write.key)
    assert again.already_done and again.size_bytes == done.size_bytes
    assert place.leftovers() == []


def test_other_pixels_on_a_second_reading_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    array = da.zeros((1000, 1000), chunks=(500, 500), dtype="uint16")
    steps = Steps(ccog.write_ccog(array, path, blocksize=64, parts="dense"))
    steps.run(steps.key("layout"))
    other = Steps(ccog.write_ccog(noise((1000, 1000), 500), path, blocksize=64, parts="dense"))
    key = steps.keys("tiles")[0]
    steps.done[key] = next(other.run(k) for k in other.keys("tiles") if k[1:] == key[1:])
    with pytest.raises(CorruptError, match="other pixels when it was read again"):
        steps.run(next(k for k in steps.keys("put") if k[1:] == key[1:]))


# ---------------------------------------------------------------- what goes wrong meanwhile


@dataclass
class AtFirstPart:
    """The hook of a proxy: acts once, when the first part is being put."""

    act: Callable[[], Any]
    done: bool = False

    def __call__(self, method: str, path: str) -> Answer | None:
        if method == "PUT" and "partNumber=" in path and not self.done:
            self.done = True
            self.act()
        return None


def test_a_worker_killed_while_parts_are_put_changes_nothing(on_s3: Place, proxy: S3Proxy) -> None:
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    with cluster_client() as client:
        victim = sorted(client.run(os.getpid).values())[0]
        hook = proxy.hook = AtFirstPart(lambda: os.kill(victim, signal.SIGKILL))
        result = on_s3.write(on_s3.source(), parts="equal").compute(scheduler=client)
        assert victim not in client.run(os.getpid).values()
    assert hook.done
    assert result.parts > 8
    assert on_s3.sum() == expected_sum
    assert on_s3.leftovers() == []


@pytest.mark.parametrize("scheduler", ["threads", "distributed"])
def test_an_error_while_parts_are_put_leaves_nothing(
    on_s3: Place, proxy: S3Proxy, client: Any, scheduler: str
) -> None:
    def refuse(method: str, path: str) -> Answer | None:
        if method != "PUT" or "partNumber=3&" not in path + "&":
            return None
        return 403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"

    proxy.hook = refuse
    write = on_s3.write(on_s3.source(), parts="dense")
    with pytest.raises(CcogError, match="AccessDenied"):
        write.compute(scheduler=client if scheduler == "distributed" else "threads")
    assert on_s3.read() is None
    assert on_s3.leftovers() == []


# ---------------------------------------------------------------- what is planned


def test_the_plan_says_what_waits_and_refuses_more_than_a_bound() -> None:
    array = da.zeros((20000, 20000), chunks=2048, dtype="float32")
    options: dict[str, Any] = {"compress": "NONE", "overviews": "NONE"}
    plan = ccog.plan(array, "s3://bucket/a.tif", parts="dense", **options)
    tiles_bytes = 40**2 * 512**2 * 4
    assert plan.waiting_bytes == tiles_bytes
    assert plan.part_bytes == 5 << 20
    assert plan.part_numbers == -(-plan.worst_object_bytes // plan.part_bytes)
    assert plan.numbers_per_group == 0
    assert "waiting 1.562 GiB on the workers if nothing compresses" in repr(plan)
    assert f"at most {plan.part_numbers} of 5 MiB, without gaps" in repr(plan)
    more = {"parts": "equal", "max_waiting_bytes": tiles_bytes - 1, **options}
    for function in (ccog.plan, ccog.write_ccog):
        function(array, "s3://bucket/a.tif", **more | {"max_waiting_bytes": tiles_bytes})
        with pytest.raises(LimitError, match=f"{tiles_bytes} bytes .*max_waiting_bytes.*gaps"):
            function(array, "s3://bucket/a.tif", **more)
    # With gaps nothing waits, nor is there anything to wait for where one request is enough.
    for other in ({"parts": "gaps"}, {"parts": "dense", "max_waiting_bytes": 0}):
        image = array if other["parts"] == "gaps" else array[:500, :500]
        plan = ccog.plan(image, "s3://bucket/a.tif", **options | other)
        assert (plan.waiting_bytes, plan.part_bytes) == (0, 0)
        assert "waiting" not in repr(plan)


def test_parts_grow_where_ten_thousand_of_the_least_are_too_few() -> None:
    array = da.zeros((200_000, 200_000), chunks=8192, dtype="float32")
    plan = ccog.plan(
        array, "s3://bucket/a.tif", parts="equal", max_waiting_bytes=1 << 40, compress="ZSTD"
    )
    assert plan.part_numbers <= 10_000
    assert plan.part_bytes == -(-plan.worst_object_bytes // 10_000) > 5 << 20


def test_tiles_wait_without_the_arrays_of_their_units(tmp_path: Path) -> None:
    steps = Steps(
        ccog.write_ccog(noise((1000, 1000), 250), tmp_path / "a.tif", blocksize=64, parts="dense")
    )
    waiting = [steps.run(key) for key in steps.keys("tiles")]
    told = [steps.run(key) for key in steps.keys("sizes")]
    assert waiting and all(piece.array is None for piece in waiting)
    assert sum(piece.resident_bytes for piece in waiting) > 2e6
    assert sum(piece.resident_bytes for piece in told) < 20_000
    assert np.all([piece.array is None for piece in told])
