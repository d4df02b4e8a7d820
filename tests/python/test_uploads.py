"""Unfinished uploads: found by what keys begin with, ended by name or age, not by accident."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dask
import distributed
import numpy as np
import pytest

import s3_servers
from ccog import uploads
from ccog.errors import InvalidArgumentError, ObjectNotFoundError
from mid_write import client_in_mid_write, source_when_parts_are_there, wait_for_workers
from places import Place
from s3_proxy import S3Proxy

MIB = 1 << 20


def on_each_of(*servers: str) -> Any:
    """Run a test that takes a `place` on files, and on these servers."""
    files = [(kind, "moto") for kind in ("parts in a folder", "in place")]
    each = [*files, *(("S3", server) for server in servers)]
    mark = pytest.mark.parametrize(("place", "s3_server"), each, indirect=True)
    return lambda test: pytest.mark.usefixtures("s3_server")(mark(test))


class StormError(Exception):
    pass


def fail(_pixels: np.ndarray) -> np.ndarray:
    raise StormError


def leave_an_upload(place: Place, key: str = "out.tif") -> Place:
    """Write to a key such that an upload with parts is left there."""
    place = replace(place, url=place.url.removesuffix("out.tif") + key)
    write = place.write(source_when_parts_are_there(place, fail))
    # In a pool of its own, at whose end no task is running any more.
    with ThreadPoolExecutor(2) as pool, pytest.raises(StormError):
        dask.compute(write, scheduler="threads", pool=pool)
    return place


def found(place: Place, prefix: str) -> list[uploads.Upload]:
    return uploads.list(prefix, place.storage_options)


def make_old(place: Place, proxy: S3Proxy, age: timedelta) -> None:
    """Have all uploads of the place's object begin earlier than they did."""
    began = datetime.now(UTC) - age
    for upload in found(place, place.url):
        if place.url.startswith("s3://"):
            proxy.began[upload.upload_id] = began.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        else:
            path = Path(upload.url)
            manifest = path.parent / f".{path.name}.ccog-{upload.upload_id}" / "manifest"
            os.utime(manifest, (began.timestamp(),) * 2)


@pytest.fixture
def top(place: Place) -> str:
    """What all keys of the place are below."""
    return place.url.removesuffix("out.tif")


@on_each_of(*s3_servers.NAMES)
def test_an_upload_is_shown_with_its_age_and_size(place: Place, top: str) -> None:
    assert found(place, top) == []
    left = leave_an_upload(place)
    [upload] = found(place, top)
    assert upload.url == left.url
    assert timedelta(0) <= upload.age < timedelta(minutes=2)
    assert upload.began.tzinfo is UTC
    assert abs(datetime.now(UTC) - upload.began) < timedelta(minutes=2)
    assert upload.parts >= 1
    assert upload.size_bytes > 0.1 * MIB
    for word in (left.url, upload.upload_id, str(upload.size_bytes)):
        assert word in repr(upload)
    assert found(place, left.url) == [replace(upload, age=found(place, left.url)[0].age)]


@on_each_of("moto", "versitygw")  # minio takes no prefix between one whole key and all
def test_a_folder_shows_what_is_below_and_abort_ends_one_key(place: Place, top: str) -> None:
    if not top.startswith("s3://"):
        (Path(top) / "dir").mkdir()
    keys = ["dir/a.tif", "dir/a.tif.bak", "dir/b.tif", "other.tif"]
    places = {key: leave_an_upload(place, key) for key in keys}
    assert [upload.url for upload in found(place, top)] == [top + key for key in sorted(keys)]
    assert [upload.url for upload in found(place, top + "dir/")] == [top + k for k in keys[:3]]
    options = {"storage_options": place.storage_options}

    would = uploads.abort(places["dir/a.tif"].url, dry_run=True, **options)
    assert len(found(place, top)) == 4
    ended = uploads.abort(places["dir/a.tif"].url, **options)
    assert [upload.url for upload in ended] == [top + "dir/a.tif"]
    assert [upload.upload_id for upload in would] == [upload.upload_id for upload in ended]
    assert [upload.url for upload in found(place, top)] == [top + key for key in keys[1:]]
    assert uploads.abort(places["dir/a.tif"].url, **options) == []

    # An id is looked for below the prefix, and only there.
    [backup] = found(place, places["dir/a.tif.bak"].url)
    assert uploads.abort(top + "other.tif", upload_id=backup.upload_id, **options) == []
    assert [u.url for u in uploads.abort(top, upload_id=backup.upload_id, **options)] == [
        places["dir/a.tif.bak"].url
    ]
    assert [upload.url for upload in found(place, top)] == [top + key for key in keys[2:]]


@pytest.mark.parametrize("older_than", [timedelta(days=1), 86400, "1d", "24 hours"])
def test_those_older_than_an_age_are_ended(
    place: Place, top: str, proxy: S3Proxy, older_than: Any
) -> None:
    old, new = leave_an_upload(place, "old.tif"), leave_an_upload(place, "new.tif")
    make_old(old, proxy, timedelta(hours=25))
    make_old(new, proxy, timedelta(hours=23))
    options = {"older_than": older_than, "storage_options": place.storage_options}
    [ended] = uploads.abort(top, **options)
    assert ended.url == old.url
    assert timedelta(hours=25) <= ended.age < timedelta(hours=25, minutes=2)
    assert [upload.url for upload in found(place, top)] == [new.url]
    assert uploads.abort(new.url, **options) == []


def test_a_prefix_alone_ends_nothing(place: Place, top: str) -> None:
    leave_an_upload(place)
    prefixes = [top]
    if top.startswith("s3://"):
        prefixes.append(top.rstrip("/"))
    for prefix in prefixes:
        with pytest.raises(InvalidArgumentError, match=r"give older_than=.* or upload_id=, or the"):
            uploads.abort(prefix, storage_options=place.storage_options)
    assert len(found(place, top)) == 1


@pytest.mark.parametrize("older_than", [-1, "-1d", "1 fortnight", "", float("nan"), [], "d1e400"])
def test_an_age_that_is_none_is_refused(older_than: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(f"older_than={older_than!r} is no")):
        uploads.abort(tmp_path, older_than=older_than)


def test_what_cannot_be_listed_is_refused(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="both given"):
        uploads.abort(tmp_path, older_than=1, upload_id="x")
    with pytest.raises(InvalidArgumentError, match="expected s3://bucket/key"):
        uploads.list("s3://", s3.storage_options)
    with pytest.raises(ObjectNotFoundError, match="create the bucket, or correct its name"):
        uploads.list("s3://no-such-bucket/a/", s3.storage_options)


def test_a_folder_whose_begin_was_cut_short_is_found_and_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.tif.ccog-run").mkdir()
    [upload] = uploads.list(tmp_path)
    assert (upload.url, upload.parts, upload.size_bytes) == (str(tmp_path / "a.tif"), 0, 0)
    assert uploads.abort(tmp_path / "a.tif") == [upload]
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_ends_while_it_is_listed_is_left_out(on_s3: Place, proxy: S3Proxy) -> None:
    leave_an_upload(on_s3)
    gone = b"<Error><Code>NoSuchUpload</Code></Error>"
    proxy.hook = lambda _, path: (404, gone) if "uploadId=" in path else None
    assert found(on_s3, on_s3.url) == []


@pytest.fixture(params=["threads", "distributed"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of the scheduler that a write is given to; "" for threads of the client's own."""
    if request.param == "threads":
        yield ""
    else:
        yield request.getfixturevalue("cluster").scheduler_address


@on_each_of(*s3_servers.NAMES)
def test_a_killed_client_leaves_no_object_and_one_orphan_that_abort_ends(
    place: Place, address: str, top: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("client")
    with client_in_mid_write(place, folder, address) as client:
        client.kill()
        client.wait()
    assert place.read() is None
    [orphan] = found(place, top)
    assert orphan.url == place.url and orphan.parts >= 1
    assert uploads.abort(place.url, storage_options=place.storage_options)[0].url == place.url
    assert found(place, top) == [] and place.leftovers() == []
    # Who still has the missing chunk comes too late.
    (folder / "go on").touch()
    if address:
        with distributed.Client(address, set_as_default=False) as another:
            wait_for_workers(another)
    assert found(place, top) == [] and place.leftovers() == [] and place.read() is None
