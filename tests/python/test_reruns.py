"""Tasks that run again, late or elsewhere, and the count of tiles before an object is completed."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ccog
from ccog import _upload, _versions
from ccog._encode import encode
from ccog._merges import merge
from ccog.errors import CorruptError, InvalidArgumentError, NoSuchUploadError, StoreError
from embedded_s3 import s3_client
from pixels import noise
from places import OLD, Place, on_every_server, on_every_store
from s3_proxy import S3Proxy
from steps import Steps


@on_every_store
def test_begin_run_twice_adopts_its_upload(place: Place, proxy: S3Proxy) -> None:
    steps = Steps(place.write(place.source()))
    first = steps.run(steps.key("begin"))
    assert steps.run(steps.key("begin")).upload_id == first.upload_id != ""
    assert proxy.creations() <= 1
    assert steps.run(steps.write.key).size_bytes == len(place.read() or b"")
    assert place.leftovers() == []


def test_an_upload_older_than_the_plan_is_not_adopted(on_s3: Place, s3: Any) -> None:
    old = s3.client.create_multipart_upload(Bucket=s3.bucket, Key="out.tif")["UploadId"]
    steps = Steps(on_s3.write(on_s3.source()))
    assert steps.run(steps.key("begin")).upload_id != old


@on_every_server
def test_two_uploads_that_could_be_adopted_are_an_error_that_names_both(
    on_s3: Place, proxy: S3Proxy, s3: Any
) -> None:
    through_proxy = s3_client(proxy.endpoint_url)
    ids = [
        through_proxy.create_multipart_upload(Bucket=s3.bucket, Key="out.tif")["UploadId"]
        for _ in range(2)
    ]
    with pytest.raises(StoreError, match="2 uploads") as raised:
        on_s3.write(on_s3.source()).compute(scheduler="threads")
    assert all(one in str(raised.value) for one in ids)
    # They are somebody's: not ours to end.
    assert len(s3.uploads()) == 2


def test_a_clean_up_that_cannot_tell_which_upload_is_its_own_ends_none(
    on_s3: Place, proxy: S3Proxy, s3: Any
) -> None:
    client = s3_client(proxy.endpoint_url)
    steps = Steps(on_s3.write(on_s3.source()))
    _, target = steps.graph[steps.key("begin")].args
    for _ in range(2):
        client.create_multipart_upload(Bucket=s3.bucket, Key="out.tif")
    with pytest.raises(StoreError, match="2 uploads to"):
        _upload.end(target, None)
    assert len(s3.uploads()) == 2
    client.abort_multipart_upload(
        Bucket=s3.bucket, Key="out.tif", UploadId=s3.uploads()[0]["UploadId"]
    )
    _upload.end(target, None)  # now it is the only one that can be meant
    assert s3.uploads() == []


@on_every_store
def test_tasks_that_run_again_after_the_end_say_so(place: Place) -> None:
    steps = Steps(place.write(place.source()))
    first = steps.run(steps.write.key)
    written = place.sum()
    encodes = steps.keys("encode")
    assert len(encodes) >= 3
    for key in encodes:
        steps.run(key)
    # It found its upload gone.
    assert (steps.done[(encodes[0][0], 0, 0, 0)].runs is None) == place.knows_what_ended
    again = steps.run(steps.write.key)
    assert again.already_done == place.knows_what_ended and not first.already_done
    assert again.size_bytes == first.size_bytes
    # Begin itself, from the start: nothing is read or written a second time.
    steps.done.clear()
    assert steps.run(steps.key("begin")).over
    assert steps.run(steps.write.key).already_done
    assert place.sum() == written
    assert place.leftovers() == []


def test_merges_that_run_again_after_the_end_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    steps = Steps(ccog.write_ccog(noise((1000, 1000), 64, "float64"), path, blocksize=64))
    first = steps.run(steps.write.key)
    written = path.read_bytes()
    merges = [steps.run(key) for key in steps.keys("merge")]
    # Those that put nothing cannot know; those that put a part find the upload gone.
    assert any(piece.runs is None for piece in merges)
    again = steps.run(steps.write.key)
    assert again.already_done and again.size_bytes == first.size_bytes
    assert path.read_bytes() == written
    assert list(tmp_path.iterdir()) == [path]


def test_tasks_of_rows_that_run_again_do_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    array = noise((1000, 1000), 64, "float64")
    steps = Steps(ccog.write_ccog(array, path, blocksize=64, layout="row-major"))
    made = {}
    for name in ("encode", "pixels", "pick", "rows", "merge"):
        assert steps.keys(name)
        made |= {key: steps.run(key) for key in steps.keys(name)}
    for key, piece in made.items():
        again = pickle.loads(pickle.dumps(steps.run(key), protocol=5))
        assert again.runs.intervals == piece.runs.intervals
        for mine, other in zip(again.runs.buffers(), piece.runs.buffers(), strict=True):
            assert bytes(mine) == bytes(other)
    first = steps.run(steps.write.key)
    written = path.read_bytes()
    assert written == ccog.write_ccog(array, blocksize=64, layout="row-major").compute()
    assert first.parts > 3
    assert any(steps.run(key).runs is None for key in steps.keys("rows"))
    # What was not lost says nothing of it, what runs again does, and so does the finish.
    assert all(steps.run(key).runs is not None for key in steps.keys("pick"))
    again = steps.run(steps.write.key)
    assert again.already_done and again.size_bytes == first.size_bytes
    assert path.read_bytes() == written
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_of_rows_travel_once(tmp_path: Path) -> None:
    array = noise((4096, 4096), 512, "uint16")
    options = {"blocksize": 64, "layout": "row-major", "overview_resampling": "AVERAGE"}
    write = ccog.write_ccog(array, tmp_path / "a.tif", **options)  # without any halo
    result = write.compute(scheduler="sync")
    handed_on_bytes = 2 * sum(height * width for height, width in result.levels[1:])
    # The least parts of a file are small beside these rows; they are kept back on either side.
    assert result.size_bytes < result.bytes_moved < 1.1 * result.size_bytes + handed_on_bytes


def test_that_a_write_is_over_is_known_on_every_worker(on_s3: Place) -> None:
    steps = Steps(on_s3.write(on_s3.source()))
    steps.run(steps.write.key)
    session = pickle.loads(pickle.dumps(steps.run(steps.key("begin"))))
    assert session.over
    assert session.upload_id == ""


@on_every_store
def test_a_finish_that_runs_twice_says_the_same(place: Place) -> None:
    steps = Steps(place.write(place.source()))
    first = steps.run(steps.write.key)
    second = steps.run(steps.write.key)
    assert (second.size_bytes, second.url) == (first.size_bytes, first.url)
    assert place.leftovers() == []


def test_a_task_whose_upload_is_gone_does_not_take_a_stranger_for_its_own(place: Place) -> None:
    steps = Steps(place.write(place.source()))
    steps.run(steps.write.key)
    # Somebody else writes the same object after the end; our late task must not settle for that.
    place.write(place.source()).compute(scheduler="threads")
    with pytest.raises(NoSuchUploadError, match=r"chunk \(0, 0\), level 0"):
        steps.run(steps.keys("encode")[0])


# ---------------------------------------------------------------- tiles accounted for


def test_a_write_that_lacks_pieces_names_the_tiles_and_completes_nothing(place: Place) -> None:
    place.put(OLD)
    steps = Steps(place.write(place.source()))
    pieces = [steps.run(key) for key in steps.keys("encode")]
    session = steps.done[steps.key("begin")]
    for kept in range(len(pieces)):
        with pytest.raises(CorruptError, match=r"tiles \[\d+, \d+\) .*never written"):
            _upload.finish(session, pieces[:kept])
        assert place.read() == OLD


def test_a_stage_that_lacks_pieces_names_the_chunk(place: Place) -> None:
    steps = Steps(place.write(place.source()))
    pieces = [steps.run(key) for key in steps.keys("encode") if key[1] == 0]
    assert len(pieces) == 3
    with pytest.raises(InvalidArgumentError, match=r"chunk \(0, 0\) of level \d, .* promised"):
        encode(steps.done[steps.key("begin")], 1, 0, 0, pieces[:2], 2)


def test_a_piece_that_comes_twice_is_an_error(place: Place) -> None:
    place.put(OLD)
    steps = Steps(place.write(place.source()))
    piece = steps.run(steps.keys("encode")[0])
    session = steps.run(steps.key("begin"))
    with pytest.raises(CorruptError, match=r"tiles \[\d+, \d+\) were written twice"):
        merge(session, [piece, piece], 2)
    assert place.read() == OLD


def test_pieces_of_two_uploads_are_never_mixed(place: Place) -> None:
    first = Steps(place.write(place.source()))
    second = Steps(place.write(place.source(), bigtiff="YES"))
    left = first.run(first.keys("encode")[0])
    begin = second.key("begin")
    second.done[begin] = begin_anew(second.graph[begin])
    right = second.run(second.keys("encode")[1])
    with pytest.raises(CorruptError, match="runs of two uploads"):
        merge(first.done[first.key("begin")], [left, right], 2)


def begin_anew(task: Any) -> Any:
    """Begin as a run does that was planned later, so that it adopts nothing."""
    plan, target = task.args
    return _upload.begin(plan, replace(target, planned_at_unix_s=target.planned_at_unix_s + 3600))


# ---------------------------------------------------------------- libraries that differ


OTHER = {"ccog": "0.0.1", "codecs": "libdeflate 1.0"}
DIFFERENCE = "has ccog 0.0.1 instead of .*, codecs libdeflate 1.0 instead of .*install the same"


def test_a_worker_with_other_libraries_does_not_begin(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = place.write(place.source())
    monkeypatch.setattr(_versions, "current", lambda _: OTHER)
    with pytest.raises(InvalidArgumentError, match=f"begins the write {DIFFERENCE}"):
        write.compute(scheduler="sync")
    assert place.leftovers() == []


def test_a_worker_with_other_libraries_does_not_encode(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(place.write(place.source()))
    steps.run(steps.key("begin"))
    monkeypatch.setattr(_versions, "current", lambda _: OTHER)
    with pytest.raises(InvalidArgumentError, match=f"this worker {DIFFERENCE}"):
        steps.run(steps.keys("encode")[0])


def test_a_cluster_with_other_libraries_is_refused_before_anything_begins(
    on_s3: Place, proxy: S3Proxy, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_versions, "current", lambda _: OTHER)
    write = on_s3.write(on_s3.source())
    with pytest.raises(InvalidArgumentError, match=r"worker tcp://.* has ccog .* instead of 0.0.1"):
        write.compute(scheduler=client)
    assert proxy.requests == []


def test_versions_name_the_codecs_that_a_plan_uses_and_no_other() -> None:
    data, mask = noise((1024, 1024), 512), noise((1024, 1024), 512) > 0
    write = ccog.write_ccog(data, mask=mask, compress="ZSTD", overview_compress="LZW")
    plan, target = Steps(write).graph[Steps(write).key("begin")].args
    versions = _versions.current(plan)
    assert versions == target.versions
    assert versions["ccog"]
    # DEFLATE is that of the mask.
    names = [codec.split(" by ")[0] for codec in versions["codecs"].split(", ")]
    assert names == ["DEFLATE", "LZW", "ZSTD"]
