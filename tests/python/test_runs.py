"""What tasks hand to each other travels whole, without copies, and damage is noticed."""

from __future__ import annotations

import itertools
import pickle
import sys
from typing import Any

import dask.sizeof
import numpy as np
import pytest
from distributed.protocol import deserialize, serialize

import ccog
from ccog import _core
from ccog._arrays import origins, paste
from ccog._merges import merge
from ccog._piece import Piece
from ccog.errors import CorruptError
from pixels import noise
from places import Place
from steps import Steps


@pytest.fixture(scope="module")
def steps() -> Steps:
    """A write to memory of which all encode tasks have run."""
    steps = Steps(ccog.write_ccog(noise((3, 500, 700), 256), blocksize=64))
    for key in steps.keys("encode"):
        steps.run(key)
    return steps


@pytest.fixture(scope="module")
def pieces(steps: Steps) -> list[Piece]:
    pieces = [steps.done[key] for key in steps.keys("encode")]
    assert any(piece.array is not None for piece in pieces)
    return pieces


def round_trip(piece: Piece) -> tuple[Piece, int, list[pickle.PickleBuffer]]:
    """Give the copy, the bytes of the pickle itself, and its out-of-band buffers."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(piece, protocol=5, buffer_callback=buffers.append)
    # As they come from the network: other memory, which may be read-only.
    return pickle.loads(data, buffers=[bytes(b.raw()) for b in buffers]), len(data), buffers


def same(a: Piece, b: Piece) -> bool:
    if (a.runs is None) != (b.runs is None) or (a.array is None) != (b.array is None):
        return False
    if a.runs is not None and b.runs is not None:
        if a.runs.metadata() != b.runs.metadata() or a.runs.intervals != b.runs.intervals:
            return False
        for left, right in zip(a.runs.buffers(), b.runs.buffers(), strict=True):
            if not np.array_equal(left, right):
                return False
    return a.moved_bytes == b.moved_bytes and (a.array is None or np.array_equal(a.array, b.array))


def test_pixels_and_residues_travel_out_of_band(pieces: list[Piece]) -> None:
    for piece in pieces:
        copy, pickled_bytes, buffers = round_trip(piece)
        assert same(copy, piece)
        out_of_band = sum(len(b.raw()) for b in buffers)
        # What stays in the pickle are names and 4 bytes or less a tile.
        assert pickled_bytes < 3000
        assert out_of_band <= piece.resident_bytes <= out_of_band + pickled_bytes


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_works(pieces: list[Piece], protocol: int) -> None:
    for piece in pieces:
        assert same(pickle.loads(pickle.dumps(piece, protocol=protocol)), piece)


def test_distributed_sends_a_piece_as_frames(pieces: list[Piece]) -> None:
    for piece in pieces:
        header, frames = serialize(piece)
        assert same(deserialize(header, [bytes(frame) for frame in frames]), piece)


def test_dask_knows_the_size_of_a_piece(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert piece.resident_bytes < sys.getsizeof(piece) < piece.resident_bytes + 1024
        assert dask.sizeof.sizeof(piece) >= piece.resident_bytes


def test_pieces_that_have_travelled_make_the_same_file(steps: Steps, pieces: list[Piece]) -> None:
    expected = steps.run(steps.write.key)
    for key in steps.keys("encode"):
        steps.done[key] = round_trip(steps.done[key])[0]
    assert steps.run(steps.write.key) == expected
    assert len(pieces) > 5


def test_pieces_with_parts_travel_too(place: Place) -> None:
    steps = Steps(place.write(place.source()))
    for key in steps.keys("encode"):
        steps.done[key] = round_trip(steps.run(key))[0]
    assert steps.run(steps.write.key).size_bytes == len(place.read() or b"")
    assert place.leftovers() == []


def test_a_piece_of_a_write_that_is_over_travels() -> None:
    over = Piece(None, None, 17)
    assert same(pickle.loads(pickle.dumps(over)), over)


def test_a_merge_takes_values_and_leaves_them(steps: Steps, pieces: list[Piece]) -> None:
    session = steps.done[steps.key("begin")]
    neighbours = pieces[:2]
    before = [piece.runs.metadata() for piece in neighbours]
    first, second = (merge(session, neighbours, 2) for _ in range(2))
    assert same(first, second)
    assert [piece.runs.metadata() for piece in neighbours] == before


def test_truncated_metadata_is_corrupt(pieces: list[Piece]) -> None:
    runs = pieces[0].runs
    metadata, buffers = runs.metadata(), runs.buffers()
    for size in range(len(metadata)):
        with pytest.raises(CorruptError, match="message of a run set is damaged"):
            _core.RunSet.from_parts(metadata[:size], buffers)
    with pytest.raises(CorruptError, match="damaged"):
        _core.RunSet.from_parts(metadata + b"\0", buffers)


def test_buffers_that_do_not_go_with_the_metadata_are_corrupt(pieces: list[Piece]) -> None:
    runs = next(piece.runs for piece in pieces if sum(map(len, piece.runs.buffers())))
    metadata, buffers = runs.metadata(), runs.buffers()
    [first, *_] = [i for i, buffer in enumerate(buffers) if len(buffer)]
    shorter = [b[:-1] if i == first else b for i, b in enumerate(buffers)]
    for wrong in (buffers[:-1], [*buffers, buffers[0]], [], shorter):
        with pytest.raises(CorruptError, match="damaged"):
            _core.RunSet.from_parts(metadata, wrong)


def test_flipped_bytes_never_make_another_run_set_of_the_wrong_size(pieces: list[Piece]) -> None:
    runs = pieces[0].runs
    metadata, buffers = runs.metadata(), runs.buffers()
    for at, bit in itertools.product(range(len(metadata)), (0, 6, 7)):
        damaged = bytearray(metadata)
        damaged[at] ^= 1 << bit
        try:
            made = _core.RunSet.from_parts(bytes(damaged), buffers)
        except CorruptError:
            continue
        assert sum(map(len, made.buffers())) == sum(map(len, buffers))


def test_paste_puts_pieces_side_by_side() -> None:
    whole = np.arange(3 * 5 * 7).reshape(3, 5, 7)
    parts = [whole[:, y, x] for y in (slice(0, 2), slice(2, 5)) for x in (slice(0, 4), slice(4, 7))]
    np.testing.assert_array_equal(paste(parts, 2), whole)
    assert origins(parts, 2) == [(0, 0), (0, 4), (2, 0), (2, 4)]


def test_an_empty_run_set_is_nothing() -> None:
    empty: Any = _core.RunSet()
    assert empty.resident_bytes == 0
    assert empty.intervals == []
    assert _core.RunSet.from_parts(empty.metadata(), empty.buffers()).intervals == []
