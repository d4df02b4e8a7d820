"""An upload's begin and end: the first task of a write, its last one, and what comes too late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ccog import _core, _versions
from ccog._journal import Begun, Journal, check_same, describe, read_begun, remedy, write_begun
from ccog._piece import Piece, handed_bytes, join_statistics, over
from ccog._recording import Recording
from ccog._result import BandStatistics, WriteResult
from ccog._target import Session, Target
from ccog.errors import CcogError, CorruptError, NoSuchUploadError, ObjectExistsError, StoreError


def begin(plan: _core.WritePlan, target: Target) -> Session:
    """Open the upload, or adopt the one that this task opened when it ran before."""
    _versions.check(_versions.current(plan), target.versions, "the worker that begins the write")
    if target.opener is None:
        return Session(plan, target, "")
    store = target.opener.open()
    try:
        if plan.single_object:
            store.check_writable(target.run_id, target.planned_at_unix_s, target.condition)
            upload_id = ""
        elif target.journal is not None:
            upload_id = _begin_in_journal(plan, target, target.journal, store)
        else:
            upload_id = _open_upload(plan, target, store)
    except NoSuchUploadError:
        return Session(plan, target, "", over=True)
    return Session(plan, target, upload_id, took=store.took)


def _open_upload(plan: _core.WritePlan, target: Target, store: _core.Store) -> str:
    return store.begin(target.run_id, target.planned_at_unix_s, plan.object_bytes, target.condition)


def _begin_in_journal(
    plan: _core.WritePlan, target: Target, journal: Journal, store: _core.Store
) -> str:
    """Adopt the upload that the journal names; where it names none, open one and name it there."""
    records = journal.open(target.run_id)
    begun = read_begun(records)
    if begun is None:
        upload_id = _open_upload(plan, target, store)
        said = Begun(store.url, target.run_id, upload_id, target.planned_at_unix_s, describe(plan))
        try:
            begun = write_begun(records, said)
        except CcogError:
            store.abort(upload_id)
            raise
        if begun.upload_id != upload_id:
            store.abort(upload_id)
    if begun.run_id != target.run_id:
        raise ObjectExistsError(
            f"the journal {journal.url} is of an unfinished write of {begun.url}: go on with it by "
            f"resume=True, or {remedy(journal.url, begun.url)}"
        )
    try:
        store.list_parts(begun.upload_id)
    except NoSuchUploadError as error:
        there = store.head()
        if there is not None and there.run_id == target.run_id:
            raise  # the write is done
        raise StoreError(
            f"upload {begun.upload_id} of {begun.url}, with which the journal {journal.url} would "
            f"go on, is gone: it was aborted, or ended by a lifecycle rule; "
            f"{remedy(journal.url, begun.url)}"
        ) from error
    return begun.upload_id


def take_up(plan: _core.WritePlan, target: Target) -> tuple[Target, Recording | None]:
    """Look into the journal, where the write has one, for a run to go on with.

    Returns
    -------
    tuple
        The target, with that run's name, and what of it is recorded.
    """
    journal = target.journal
    if journal is None or plan.single_object:
        return target, None
    if not journal.resume:
        return target, Recording()
    records = journal.open()
    begun = read_begun(records)
    if begun is None:
        return target, Recording()
    check_same(begun, str(target.url), plan, journal.url)
    target = replace(target, run_id=begun.run_id, planned_at_unix_s=begun.planned_at_unix_s)
    return target, Recording(records.names())


def recorded(session: Session, name: str) -> Piece:
    """Give the result that a record is of."""
    if session.over or session.records is None:
        return over([])
    piece = session.records.load(name)
    if piece is not None:
        return piece
    gone = CorruptError(
        f"the record {name} is gone from the journal {session.records.url}: resume again, and what "
        "it stood for is encoded again"
    )
    return settle(session, gone, [])


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
    """Write the header in front of everything, complete the object and remove its journal."""
    result = _complete(session, pieces)
    target = session.target
    if target.journal is not None:
        # Also where the end was before: whoever was to remove it may have been killed.
        records = target.journal.open()
        begun = read_begun(records)
        if begun is not None and begun.run_id == target.run_id:
            records.remove_all()
    return result


def _complete(session: Session, pieces: Sequence[Piece]) -> WriteResult | bytes:
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
