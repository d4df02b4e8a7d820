"""The task of a unit: pixels in, runs of tile bytes and the next level's pixels out."""

from __future__ import annotations

from collections.abc import Sequence

from ccog import _core, _versions
from ccog._arrays import Array, origins
from ccog._checks import check_patches, check_source
from ccog._lazy_chunk import LazyChunk
from ccog._patch import Patch, Patches, Place
from ccog._piece import Piece, Recorded, handed_bytes, join_statistics, over, samples
from ccog._target import Session
from ccog._threads import most_threads
from ccog._upload import settle
from ccog.errors import NoSuchUploadError


def encode(
    session: Session,
    stage: int,
    row: int,
    column: int,
    sources: Sequence[Piece | LazyChunk | Array],
    columns: int,
    places: Sequence[Place] | None = None,
    patches: Sequence[Patches] = (),
    record: str | None = None,
) -> Piece | Recorded:
    """Encode and put a unit's tiles on all levels of its stage; reduce for the next one.

    Parameters
    ----------
    stage, row, column:
        Which unit.
    sources:
        What the unit's rectangle is made of, row by row with `columns` a row.
    places:
        Where each of `sources` lies, if together they are not just the unit's rectangle.
    patches:
        What else the unit reads.
    record:
        That a journal may have of this unit and its neighbours; then there is nothing to do.
    """
    _versions.check(_versions.current(session.plan), session.target.versions, "this worker")
    pieces = [s for s in sources if isinstance(s, Piece)]
    if session.over or any(piece.runs is None for piece in pieces) or None in patches:
        return over(pieces)
    # Before a chunk that is made here only is made: a worker that was lost costs no more than this.
    if record is not None and session.records is not None and session.records.has(record):
        return Recorded()
    read = [patch for some in patches if some is not None for patch in some]
    moved_bytes = handed_bytes(pieces) + sum(patch.resident_bytes for patch in read)
    plan = session.plan
    # At work from the making of the source on, which takes a thread too.
    with _core.Crew(most_threads()) as crew:
        arrays = [samples(s) for s in sources]
        views: list[tuple[Array, int, int]] = []
        if places is None:
            check_source(plan, stage, row, column, arrays, columns)
            y0, x0, _, _ = plan.unit_owned(stage, row, column)
            corners = origins(arrays, columns)
            views += [(a, y0 + y, x0 + x) for a, (y, x) in zip(arrays, corners, strict=True)]
        else:
            read += map(Patch, arrays, places)
        check_patches(plan, stage, row, column, read)
        views += [(patch.array, patch.place.y, patch.place.x) for patch in read]
        try:
            runs, array, statistics = _core.encode_unit(
                plan,
                session.store,
                session.upload_id,
                stage,
                row,
                column,
                views,
                [piece.runs for piece in pieces],
                crew,
            )
        except NoSuchUploadError as error:
            return settle(session, error, pieces)
    return Piece(runs, array, moved_bytes, statistics or join_statistics(plan, pieces))
