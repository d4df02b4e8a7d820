"""The functions that run on workers. All but `begin` are pure: run again, they do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccog import _core, _stores, _versions
from ccog._piece import Array, Piece, origins, paste
from ccog._result import BandStatistics, WriteResult
from ccog._target import Session, Target
from ccog.errors import CcogError, CorruptError, InvalidArgumentError, NoSuchUploadError


def begin(plan: _core.WritePlan, target: Target) -> Session:
    """Open the upload, or adopt the one that this task opened when it ran before."""
    _versions.check(_versions.current(), target.versions, "the worker that begins the write")
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


class Place(NamedTuple):
    """Where a block, or what is cut from it, lies in the image, in pixels."""

    y: int
    x: int
    height: int
    width: int


class Side(NamedTuple):
    """Where a neighbour lies: rows down and columns to the right, each -1, 0 or 1."""

    down: int
    right: int

    @property
    def strips(self) -> tuple[str, ...]:
        """The strips of that neighbour that lie here; the first one holds what is needed."""
        down = {-1: ("bottom",), 0: (), 1: ("top",)}[self.down]
        return (*down, *{-1: ("right",), 0: (), 1: ("left",)}[self.right])


SIDES = tuple(Side(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))


class Strips(NamedTuple):
    """Edges of a source, for the units around it; those that the task was asked for."""

    top: Array | None = None
    bottom: Array | None = None
    left: Array | None = None
    right: Array | None = None


def halo(
    source: Piece | Array, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0
) -> Strips:
    """Copy what neighbours need, so many rows or columns, and the source need not travel."""
    if isinstance(source, Piece) and source.runs is None:
        return Strips()
    array = samples(source)
    _, height, width = array.shape
    return Strips(
        array[:, :top].copy() if top else None,
        array[:, max(0, height - bottom) :].copy() if bottom else None,
        array[:, :, :left].copy() if left else None,
        array[:, :, max(0, width - right) :].copy() if right else None,
    )


def cut(block: Array, y0: int, x0: int, height: int, width: int) -> Array:
    """Copy what a unit needs of a block that it does not get whole."""
    return samples(block)[:, y0 : y0 + height, x0 : x0 + width].copy()


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
    _check_versions(session)
    pieces = [s for s in sources if isinstance(s, Piece)]
    over = any(piece.runs is None for piece in pieces)
    over = over or any(all(strip is None for strip in neighbour) for neighbour in strips)
    if session.over or over:
        return _over(pieces)
    arrays = [samples(s) for s in sources]
    plan = session.plan
    y0, x0, _, _ = plan.unit_owned(stage, row, column)
    if places:
        _check_blocks(plan, row, column, arrays, places)
        views = [(a, place.y, place.x) for a, place in zip(arrays, places, strict=True)]
    else:
        _check_source(plan, stage, row, column, arrays, columns)
        corners = origins(arrays, columns)
        views = [(a, y0 + y, x0 + x) for a, (y, x) in zip(arrays, corners, strict=True)]
    views += _views_beside(plan, stage, row, column, sides, strips)
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
        return _settle(session, error, pieces)
    strip_bytes = sum(a.nbytes for strip in strips for a in strip if a is not None)
    moved_bytes = _handed_bytes(pieces) + strip_bytes
    return Piece(runs, array, moved_bytes, statistics or _statistics(plan, pieces))


def pixels(piece: Piece) -> Piece:
    """Give all of a unit but its tiles, which go elsewhere."""
    return replace(piece, runs=None if piece.runs is None else _core.RunSet())


def pick(session: Session, piece: Piece, stage: int, row: int, strip: int, first: bool) -> Piece:
    """Give those of a unit's tiles that belong to a strip of its unit row.

    Parameters
    ----------
    first:
        Whether this one gets all but the tiles too, for there are no `pixels`.
    """
    rest = piece if first else Piece(None, None, 0)
    if piece.runs is None:
        return rest
    return replace(rest, runs=_core.pick_strip(session.plan, piece.runs, stage, row, strip))


def rows(session: Session, pieces: Sequence[Piece]) -> Piece:
    """Put the tiles of a strip in the file's order, row by row, and put them."""
    return merge(session, pieces, 1)


def merge(session: Session, pieces: Sequence[Piece], columns: int) -> Piece:
    """Join the results of neighbouring units, given row by row with `columns` a row."""
    if any(piece.runs is None for piece in pieces):
        return _over(pieces)
    try:
        runs = _core.merge_runs(
            session.plan, session.store, session.upload_id, [piece.runs for piece in pieces]
        )
    except NoSuchUploadError as error:
        return _settle(session, error, pieces)
    arrays = [piece.array for piece in pieces if piece.array is not None]
    array = paste(arrays, columns) if arrays else None
    return Piece(runs, array, _handed_bytes(pieces), _statistics(session.plan, pieces))


def finish(session: Session, pieces: Sequence[Piece]) -> WriteResult | bytes:
    """Write the header in front of everything and complete the object."""
    plan, target = session.plan, session.target
    if any(piece.runs is None for piece in pieces):
        return _finished_before(session)
    runs = [piece.runs for piece in pieces]
    statistics = _statistics(plan, pieces)
    if target.url is None:
        return _core.finish_bytes(plan, runs, statistics)
    try:
        done = _core.finish(plan, session.store, session.upload_id, target.run_id, runs, statistics)
    except NoSuchUploadError as error:
        _settle(session, error, pieces)
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
        bytes_moved=_handed_bytes(pieces),
        statistics=None
        if statistics is None
        else tuple(BandStatistics(*band) for band in _core.read_statistics(plan, statistics)),
    )


def samples(source: Piece | Array) -> Array:
    """The source's samples as ``(band, y, x)``."""
    array = source.array if isinstance(source, Piece) else source
    if isinstance(source, Piece) and array is None:
        raise CorruptError("a stage has no array to read")
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidArgumentError(
            "a chunk came as a masked array, which its metadata did not say: pass "
            "dask.array.ma.filled(data, value) and nodata=value, or "
            "mask=~dask.array.ma.getmaskarray(data)"
        )
    array = np.asarray(array)
    if array.ndim not in (2, 3):
        raise InvalidArgumentError(
            f"a chunk came as {array.dtype} of shape {array.shape}; its metadata promised an image"
        )
    return array[np.newaxis] if array.ndim == 2 else array


def _check_versions(session: Session) -> None:
    _versions.check(_versions.current(), session.target.versions, "this worker")


def _check_source(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    arrays: Sequence[Array],
    columns: int,
) -> None:
    height = sum(array.shape[1] for array in arrays[::columns])
    width = sum(array.shape[2] for array in arrays[:columns])
    for array in arrays:
        _check_chunk(plan, stage, row, column, array, height, width)


def _check_chunk(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    array: Array,
    height: int | None = None,
    width: int | None = None,
) -> None:
    """Compare what is known of a chunk, one of whose pieces `array` is, with the plan."""
    y0, x0, own_height, own_width = plan.unit_owned(stage, row, column)
    height = own_height if height is None else height
    width = own_width if width is None else width
    promised = (np.dtype(plan.dtype), plan.source_bands, own_height, own_width)
    if (array.dtype, array.shape[0], height, width) != promised:
        raise InvalidArgumentError(
            f"chunk ({row}, {column}) of level {plan.stages[stage].first_level}, at pixel "
            f"y={y0} x={x0}, came as {array.dtype} with {array.shape[0]} bands of "
            f"{height} x {width} pixels; its metadata promised {plan.dtype} with "
            f"{plan.source_bands} bands of {own_height} x {own_width}"
        )


def _views_beside(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    sides: Sequence[Side],
    strips: Sequence[Strips],
) -> list[tuple[Array, int, int]]:
    """What the unit reads of its neighbours, and at which y and x it lies."""
    right_px, left_px = plan.stages[stage].halo_px[1], plan.stages[stage].halo_before_px[1]
    views: list[tuple[Array, int, int]] = []
    for side, neighbour in zip(sides, strips, strict=True):
        place = row + side.down, column + side.right
        y, x, height, width = plan.unit_owned(stage, *place)
        strip: Array = getattr(neighbour, side.strips[0])
        if side.down:
            _check_chunk(plan, stage, *place, strip, width=strip.shape[2])
            if side.right:
                strip = strip[:, :, :right_px] if side.right > 0 else strip[:, :, -left_px:]
        else:
            _check_chunk(plan, stage, *place, strip, height=strip.shape[1])
        if side.down < 0:
            y += height - strip.shape[1]
        if side.right < 0:
            x += width - strip.shape[2]
        views.append((strip, y, x))
    return views


def _check_blocks(
    plan: _core.WritePlan,
    row: int,
    column: int,
    arrays: Sequence[Array],
    places: Sequence[Place],
) -> None:
    for array, place in zip(arrays, places, strict=True):
        promised = (np.dtype(plan.dtype), (plan.source_bands, place.height, place.width))
        if (array.dtype, array.shape) != promised:
            bands, height, width = array.shape
            raise InvalidArgumentError(
                f"chunk ({row}, {column}) of level 0: what it reads at pixel y={place.y} "
                f"x={place.x} came as {array.dtype} with {bands} bands of {height} x {width} "
                f"pixels; the source's metadata promised {plan.dtype} with {plan.source_bands} "
                f"bands of {place.height} x {place.width}"
            )


def _statistics(plan: _core.WritePlan, pieces: Sequence[Piece]) -> bytes | None:
    """Join the pieces' statistics, in their order."""
    some = [piece.statistics for piece in pieces if piece.statistics is not None]
    return _core.merge_statistics(plan, some) if some else None


def _handed_bytes(pieces: Sequence[Piece]) -> int:
    """Count what has been handed on by all tasks up to the one that gets these pieces."""
    return sum(piece.resident_bytes + piece.moved_bytes for piece in pieces)


def _over(pieces: Sequence[Piece]) -> Piece:
    return Piece(None, None, sum(piece.moved_bytes for piece in pieces))


def _settle(session: Session, error: CcogError, pieces: Sequence[Piece]) -> Piece:
    """The upload is gone: fine if the object there is this very write's, an error otherwise."""
    store = session.store
    there = None if store is None else store.head()
    if there is None or there.run_id != session.target.run_id:
        raise error
    return _over(pieces)


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
