"""An upload's begin and end: the first task of a write, its last one, and what comes too late."""

from __future__ import annotations

from collections.abc import Sequence

from ccog import _core, _stores, _versions
from ccog._piece import Piece, handed_bytes, join_statistics, over
from ccog._result import BandStatistics, WriteResult
from ccog._target import Session, Target
from ccog.errors import CcogError, CorruptError, NoSuchUploadError


def begin(plan: _core.WritePlan, target: Target) -> Session:
    """Open the upload, or adopt the one that this task opened when it ran before."""
    _versions.check(_versions.current(plan), target.versions, "the worker that begins the write")
    if target.url is None:
        return Session(plan, target, "")
    store = _stores.open_store(target.url, target.storage_options)
    try:
        if plan.single_object and _stores.is_s3(target.url):
            store.list_uploads()  # a wrong bucket is found now, not when all is encoded
            return Session(plan, target, "")
        upload_id = store.begin(target.run_id, target.planned_at_unix_s, plan.object_bytes)
    except NoSuchUploadError:
        return Session(plan, target, "", over=True)
    if plan.single_object:
        store.abort(upload_id)  # it has shown that the folder can be written to
        upload_id = ""
    return Session(plan, target, upload_id)


def end(target: Target, upload_id: str | None) -> None:
    """End an upload until nothing is left of it.

    Parameters
    ----------
    target:
        Of the run that began it.
    upload_id:
        None where the begin task's result is not known: then what it may have left is looked for.
    """
    store = _stores.open_store(str(target.url), target.storage_options)
    for one in _begun(store, target) if upload_id is None else [upload_id]:
        store.abort(one)


def _begun(store: _core.Store, target: Target) -> list[str]:
    """Uploads that the begin task of this run may have left: none, or the only one there can be."""
    if not _stores.is_s3(str(target.url)):
        return [target.run_id]  # a folder's uploads are named so
    # By the client's clock; S3 stamps whole seconds.
    uploads = [
        upload_id
        for upload_id, began_unix_s in store.list_uploads()
        if began_unix_s >= target.planned_at_unix_s - 2
    ]
    return uploads if len(uploads) == 1 else []


def finish(session: Session, pieces: Sequence[Piece]) -> WriteResult | bytes:
    """Write the header in front of everything and complete the object."""
    plan, target = session.plan, session.target
    if any(piece.runs is None for piece in pieces):
        return _finished_before(session)
    runs = [piece.runs for piece in pieces]
    statistics = join_statistics(plan, pieces)
    if target.url is None:
        return _core.finish_bytes(plan, runs, statistics)
    try:
        done = _core.finish(plan, session.store, session.upload_id, target.run_id, runs, statistics)
    except NoSuchUploadError as error:
        settle(session, error, pieces)
        return _finished_before(session)
    return WriteResult(
        url=target.url,
        size_bytes=done.size_bytes,
        etag=done.etag,
        header_bytes=done.header_bytes,
        levels=tuple(plan.levels),
        tiles=plan.tile_count,
        parts=done.parts,
        padding_bytes=done.padding_bytes,
        bytes_moved=handed_bytes(pieces),
        statistics=None
        if statistics is None
        else tuple(BandStatistics(*band) for band in _core.read_statistics(plan, statistics)),
    )


def settle(session: Session, error: CcogError, pieces: Sequence[Piece]) -> Piece:
    """The upload is gone: fine if the object there is this very write's, an error otherwise."""
    store = session.store
    there = None if store is None else store.head()
    if there is None or there.run_id != session.target.run_id:
        raise error
    return over(pieces)


def _finished_before(session: Session) -> WriteResult:
    store, target, plan = session.store, session.target, session.plan
    there = None if store is None else store.head()
    if there is None or there.run_id != target.run_id or target.url is None:
        raise CorruptError("tasks found the write finished, but its object is not there any more")
    return WriteResult(
        url=target.url,
        size_bytes=there.size_bytes,
        etag=there.etag,
        header_bytes=0,
        levels=tuple(plan.levels),
        tiles=plan.tile_count,
        parts=0,
        padding_bytes=0,
        bytes_moved=0,
        already_done=True,
    )
