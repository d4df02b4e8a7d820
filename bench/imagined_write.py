"""A write of any size whose pixels and bytes are imagined and whose everything else is real.

The plan, the graph, the merge tree, numbers, parts and header are what a real write makes, by the
same functions. In place of the encode tasks stands one that takes tile sizes from a generator and
has zeros for bytes, all of one block of memory; the store counts parts and forgets them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
from dask._task_spec import Task

from ccog import _core, _graph, _planning, _source, _versions
from ccog._encode import encode
from ccog._piece import Piece, handed_bytes
from ccog._target import Session, Target

MIB = 1 << 20

Sizes = np.ndarray[Any, np.dtype[np.uint32]]
#: Sizes of so many tiles of at most so many bytes.
Kind = Callable[[np.random.Generator, int, int], Sizes]


def _constant(_random: np.random.Generator, count: int, tile_bytes: int) -> Sizes:
    return np.full(count, tile_bytes, np.uint32)


def _random(random: np.random.Generator, count: int, tile_bytes: int) -> Sizes:
    return random.integers(0, tile_bytes, count, dtype=np.uint32, endpoint=True)


def _almost_empty(random: np.random.Generator, count: int, tile_bytes: int) -> Sizes:
    return np.where(random.random(count) < 1e-3, tile_bytes, 0).astype(np.uint32)


def _hostile(random: np.random.Generator, count: int, tile_bytes: int) -> Sizes:
    """Whole units that are empty, tiny, full, or a byte off the smallest part."""
    sizes = np.zeros(count, np.uint32)
    choice = random.integers(5)
    if choice == 1:
        sizes[:] = 1
    elif choice == 2:
        sizes[:] = tile_bytes
    elif choice > 2:
        left = 5 * MIB + int(random.integers(-1, 2))
        for i in range(min(count, left // tile_bytes + 1)):
            sizes[i] = min(left, tile_bytes)
            left -= int(sizes[i])
    return sizes


KINDS: dict[str, Kind] = {
    "constant": _constant,
    "random": _random,
    "almost empty": _almost_empty,
    "hostile": _hostile,
}


@dataclass(frozen=True)
class Image:
    """What is to be written; with ``COMPRESS=NONE``, so that tiles have up to their raw size.

    Attributes
    ----------
    name:
        In tables.
    shape_px, chunk_px:
        ``(height, width)``.
    tile_px:
        BLOCKSIZE.
    """

    name: str
    shape_px: tuple[int, int]
    chunk_px: tuple[int, int]
    tile_px: int
    dtype: str = "uint8"

    @property
    def tile_bytes(self) -> int:
        return self.tile_px**2 * np.dtype(self.dtype).itemsize

    def prepare(self, **arguments: Any) -> _planning.Prepared:
        """Plan the write to S3."""
        array = da.zeros(self.shape_px, chunks=self.chunk_px, dtype=self.dtype)
        return _planning.prepare(
            array,
            "s3://bucket/imagined.tif",
            crs="EPSG:3857",
            transform=(1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
            compress="NONE",
            overview_resampling="AVERAGE",
            blocksize=self.tile_px,
            **arguments,
        )


@dataclass
class Step:
    """A task that has run, for the clock.

    Attributes
    ----------
    needs:
        Indices of the steps before it.
    source_bytes, encoded_bytes:
        Pixels that it reads of the source, and all pixels that it encodes.
    put_bytes, hands_on_bytes:
        What it sends to the store, and what it hands to the next task: residues, tile sizes and
        pixels.
    """

    needs: list[int]
    source_bytes: int = 0
    encoded_bytes: int = 0
    put_bytes: int = 0
    hands_on_bytes: int = 0


@dataclass
class Outcome:
    """What came out."""

    plan: _core.WritePlan
    seconds: dict[str, float] = field(default_factory=dict)  #: of this process's CPU
    steps: list[Step] = field(default_factory=list)
    tasks: int = 0  #: beyond the source's
    parts: int = 0
    object_bytes: int = 0
    header_bytes: int = 0
    padding_bytes: int = 0
    moved_bytes: int = 0  #: residues and tile sizes that tasks have handed on, at all
    message_bytes: int = 0  #: the most that one task hands on of those
    merge_bytes: int = 0  #: the most that one task gets of those
    root_bytes: int = 0  #: of the last task: what it gets, and what it takes beside that
    largest_part_bytes: int = 0


@dataclass(frozen=True)
class _Opener:
    """Of the one store of this process."""

    store: _core.Store
    url: str = "counting://"
    in_place: bool = False

    @property
    def limits(self) -> Any:
        return self.store.limits

    def open(self) -> _core.Store:
        return self.store


class ImaginedWrite:
    """Runs all tasks of a write, one after the other."""

    def __init__(self, image: Image, kind: Kind, **arguments: Any) -> None:
        self._image = image
        self._kind = kind
        self._random = np.random.default_rng(20240601)
        self._unit_bytes = 0  # of the tiles of the unit that was encoded last
        cpu = time.process_time()
        prepared = image.prepare(**arguments)
        self._out = Outcome(prepared.plan)
        self._out.seconds["plan"] = time.process_time() - cpu
        assert prepared.opener is not None
        self._store = _core.open_counting(prepared.opener.limits)
        target = Target(
            opener=_Opener(self._store),  # type: ignore[arg-type]
            condition=prepared.condition,
            run_id="imagined",
            planned_at_unix_s=0,
            versions=_versions.current(prepared.plan),
        )
        cpu = time.process_time()
        array = _source.arrange(prepared.array, prepared.plan.stages[0].unit_px)
        self._graph, self._keys = _graph.build(
            prepared.plan, target, _source.blocks_of(array), "imagined"
        )
        self._out.seconds["graph"] = time.process_time() - cpu
        self._out.tasks = len(self._graph)
        for key, task in self._graph.items():
            if task.func is encode:
                self._graph[key] = Task(key, self._encode, *task.args)

    def run(self) -> Outcome:
        """Write."""
        out, finish = self._out, self._graph[self._keys.finish]
        out.seconds |= {"encode": 0.0, "merge": 0.0}
        done: dict[Any, Any] = {self._keys.begin: self._graph[self._keys.begin]({})}
        index: dict[Any, int] = {}
        for key in self._in_order():
            task = self._graph[key]
            needed = [n for n in task.dependencies if n in index]
            cpu = time.process_time()
            piece = task({n: done.get(n) for n in task.dependencies})
            is_unit = task.func == self._encode
            out.seconds["encode" if is_unit else "merge"] += time.process_time() - cpu
            inputs = [done.pop(n) for n in needed]  # each is read by one task
            self._note(key if is_unit else None, inputs, piece, [index[n] for n in needed])
            index[key] = len(out.steps) - 1
            done[key] = piece
        last = [n for n in finish.dependencies if n in index]
        pieces = [done[n] for n in last]
        parts = self._store.list_parts(done[self._keys.begin].upload_id)
        out.largest_part_bytes = max((part.size_bytes for part in parts), default=0)
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        before_bytes = _memory_bytes("VmRSS")
        cpu = time.process_time()
        result = finish({n: done[n] for n in finish.dependencies})
        out.seconds["finish"] = time.process_time() - cpu
        got_bytes = sum(piece.resident_bytes for piece in pieces)
        out.root_bytes = got_bytes + _memory_bytes("VmHWM") - before_bytes
        out.moved_bytes = handed_bytes(pieces)
        out.parts, out.object_bytes = result.parts, result.size_bytes
        out.header_bytes, out.padding_bytes = result.header_bytes, result.padding_bytes
        put_bytes = result.size_bytes - sum(step.put_bytes for step in out.steps)
        out.steps.append(Step([index[n] for n in last], put_bytes=put_bytes))
        return out

    def _in_order(self) -> list[Any]:
        """Every task after those it needs, branch after branch, but for begin and finish."""
        order: list[Any] = []
        stack = [(self._keys.finish, False)]
        while stack:
            key, seen = stack.pop()
            if seen:
                order.append(key)
                continue
            stack.append((key, True))
            needed = [
                n
                for n in self._graph[key].dependencies
                if n in self._graph and n != self._keys.begin
            ]
            stack += [(n, False) for n in sorted(needed, reverse=True)]
        return order[:-1]

    def _encode(
        self,
        session: Session,
        stage: int,
        row: int,
        column: int,
        sources: list[Any],
        *_where: Any,
    ) -> Piece:
        tiles = [
            (begin, self._kind(self._random, end - begin, self._image.tile_bytes))
            for begin, end in session.plan.unit_tiles(stage, row, column)
        ]
        self._unit_bytes = sum(int(sizes.sum()) for _, sizes in tiles)
        plan, store, upload_id = session.plan, session.store, session.upload_id
        pieces = [source for source in sources if isinstance(source, Piece)]
        below = [piece.runs for piece in pieces]
        runs = _core.zero_runs(plan, store, upload_id, tiles)
        if below:
            runs = _core.merge_runs(plan, store, upload_id, [runs, *below])
        return Piece(runs, None, handed_bytes(pieces))

    def _note(self, unit: Any, inputs: list[Piece], piece: Piece, needs: list[int]) -> None:
        out, plan = self._out, self._out.plan
        got_bytes = sum(p.resident_bytes for p in inputs)
        out.merge_bytes = max(out.merge_bytes, got_bytes)
        out.message_bytes = max(out.message_bytes, piece.resident_bytes)
        step = Step(needs)
        came_bytes = sum(_residue_bytes(p) for p in inputs)
        pixels_bytes = sum(
            out.steps[n].hands_on_bytes - p.resident_bytes
            for n, p in zip(needs, inputs, strict=True)
        )
        if unit is None:
            step.put_bytes = came_bytes - _residue_bytes(piece)
            step.hands_on_bytes = piece.resident_bytes + pixels_bytes
        else:
            _, number, row, column = unit
            stage = plan.stages[number]
            _, _, height, width = plan.unit_owned(number, row, column)
            raw_bytes = height * width * self._image.tile_bytes // self._image.tile_px**2
            levels = stage.last_level - stage.first_level + 1
            step.source_bytes = raw_bytes if number == 0 else 0
            step.encoded_bytes = sum(raw_bytes >> 2 * level for level in range(levels))
            step.put_bytes = came_bytes + self._unit_bytes - _residue_bytes(piece)
            handed = raw_bytes >> 2 * levels if stage.hands_on else 0
            step.hands_on_bytes = piece.resident_bytes + handed
        out.steps.append(step)


def _residue_bytes(piece: Piece) -> int:
    assert piece.runs is not None
    tiles = sum(end - begin for begin, end in piece.runs.intervals)
    return piece.resident_bytes - tiles * np.dtype(np.uint32).itemsize


def _memory_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(name)]
    return int(line.split()[1]) << 10
