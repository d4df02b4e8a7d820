"""An upload's begin and end: the first task of a write, its last one, and what comes too late."""

from __future__ import annotations

from collections.abc import Sequence

from ccog import _core, _versions
from ccog._piece import Piece, handed_bytes, join_statistics, over
from ccog._result import BandStatistics, WriteResult
from ccog._target import Session, Target
from ccog.errors import CcogError, CorruptError, NoSuchUploadError


def begin(plan: _core.WritePlan, target: Target) -> Session:
    """Open the upload, or adopt the one that this task opened when it ran before."""
    _versions.check(_versions.current(plan), target.versions, "the worker that begins the write")
    if target.opener is None:
        return Session(plan, target, "")
    store = target.opener.open()
    try:
        if plan.single_object:
            store.check_writable(target.run_id, target.planned_at_unix_s, target.condition)
            return Session(plan, target, "", took=store.took)
        upload_id = store.begin(
            target.run_id, target.planned_at_unix_s, plan.object_bytes, target.condition
        )
    except NoSuchUploadError:
        return Session(plan, target, "", over=True)
    return Session(plan, target, upload_id, took=store.took)


def end(target: Target, upload_id: str | None) -> None:
    """End an upload until nothing is left of it.

    Parameters
    ----------
    target:
        Of the run that began it.
    upload_id:
        None where the begin task's result is not known: then what it may have left is looked for.
    """
    if target.opener is None:
        return
    store = target.opener.open()
    if upload_id is None:
        upload_id = store.find_upload(target.run_id, target.planned_at_unix_s, target.condition)
    if upload_id is not None:
        store.abort(upload_id)


def finish(session: Session, pieces: Sequence[Piece]) -> WriteResult | bytes:
    """Write the header in front of everything and complete the object."""
    plan, target = session.plan, session.target
    if any(piece.runs is None for piece in pieces):
        return _finished_before(session)
    runs = [piece.runs for piece in pieces]
    statistics = join_statistics(plan, pieces)
    store = session.store
    if store is None:
        return _core.finish_bytes(plan, runs, statistics)
    try:
        done = _core.finish(
            plan, store, session.upload_id, target.run_id, runs, statistics, target.condition
        )
    except NoSuchUploadError as error:
        settle(session, error, pieces)
        return _finished_before(session)
    requests, retries, throttles = map(sum, zip(session.took, done.took, strict=True))
    return WriteResult(
        url=store.url,
        size_bytes=done.size_bytes,
        etag=done.etag,
        header_bytes=done.header_bytes,
        levels=tuple(plan.levels),
        tiles=plan.tile_count,
        parts=done.parts,
        padding_bytes=done.padding_bytes,
        bytes_moved=handed_bytes(pieces),
        requests=requests,
        retries=retries,
        throttles=throttles,
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
    if store is None or there is None or there.run_id != target.run_id:
        raise CorruptError("tasks found the write finished, but its object is not there any more")
    return WriteResult(
        url=store.url,
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
