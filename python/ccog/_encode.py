"""The task of a unit: pixels in, runs of tile bytes and the next level's pixels out."""

from __future__ import annotations

from collections.abc import Sequence

from ccog import _core, _versions
from ccog._checks import check_blocks, check_source
from ccog._halos import Side, Strips, views_beside
from ccog._piece import Array, Piece, handed_bytes, join_statistics, origins, over, samples
from ccog._target import Session
from ccog._unit_source import Place
from ccog._upload import settle
from ccog.errors import NoSuchUploadError


def encode(
    session: Session,
    stage: int,
    row: int,
    column: int,
    sources: Sequence[Piece | Array],
    columns: int,
    places: Sequence[Place] = (),
    sides: Sequence[Side] = (),
    strips: Sequence[Strips] = (),
) -> Piece:
    """Encode and put a unit's tiles on all levels of its stage; reduce for the next one.

    Parameters
    ----------
    stage, row, column:
        Which unit.
    sources:
        What the unit's rectangle is made of, row by row with `columns` a row.
    places:
        Where each of `sources` lies, if together they are not just the unit's rectangle.
    sides, strips:
        Of the neighbours, some of whose pixels the unit reads.
    """
    _versions.check(_versions.current(session.plan), session.target.versions, "this worker")
    pieces = [s for s in sources if isinstance(s, Piece)]
    ended = any(piece.runs is None for piece in pieces)
    ended = ended or any(all(strip is None for strip in neighbour) for neighbour in strips)
    if session.over or ended:
        return over(pieces)
    arrays = [samples(s) for s in sources]
    plan = session.plan
    y0, x0, _, _ = plan.unit_owned(stage, row, column)
    if places:
        check_blocks(plan, row, column, arrays, places)
        views = [(a, place.y, place.x) for a, place in zip(arrays, places, strict=True)]
    else:
        check_source(plan, stage, row, column, arrays, columns)
        corners = origins(arrays, columns)
        views = [(a, y0 + y, x0 + x) for a, (y, x) in zip(arrays, corners, strict=True)]
    views += views_beside(plan, stage, row, column, sides, strips)
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
        )
    except NoSuchUploadError as error:
        return settle(session, error, pieces)
    strip_bytes = sum(a.nbytes for strip in strips for a in strip if a is not None)
    moved_bytes = handed_bytes(pieces) + strip_bytes
    return Piece(runs, array, moved_bytes, statistics or join_statistics(plan, pieces))
