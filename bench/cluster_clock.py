"""How long a cluster would take for the steps of a write, event by event."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from imagined_write import Step


@dataclass(frozen=True)
class Speeds:
    """Of a cluster, in bytes and tasks a second; a worker has one thread.

    Attributes
    ----------
    source, store:
        What a worker gets from the source and puts to the store.
    network:
        What it gets from other workers.
    encode:
        Pixels that it reduces, predicts and compresses.
    merge_s, finish_s:
        A merge and the finish take beside their bytes.
    scheduler:
        Tasks that the scheduler hands out.
    """

    source: float = 80e6
    store: float = 80e6
    network: float = 200e6
    encode: float = 100e6
    merge_s: float = 0.01
    finish_s: float = 5.0
    scheduler: float = 1000.0


def wall_seconds(steps: Sequence[Step], workers: int, speeds: Speeds) -> float:
    """Run the steps on so many workers.

    The one of the lowest index that is ready goes to the worker that is idle longest; its inputs
    come over the network but for the largest, which is there already; nothing that a step does
    overlaps with anything else that it does.
    """
    missing = [len(step.needs) for step in steps]
    readers: list[list[int]] = [[] for _ in steps]
    for index, step in enumerate(steps):
        for needed in step.needs:
            readers[needed].append(index)
    ready = [index for index, count in enumerate(missing) if count == 0]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    idle, now, scheduler_free = workers, 0.0, 0.0
    while ready or running:
        while ready and idle:
            index = heapq.heappop(ready)
            scheduler_free = max(now, scheduler_free) + 1 / speeds.scheduler
            seconds = _seconds(steps, index, speeds)
            heapq.heappush(running, (scheduler_free + seconds, index))
            idle -= 1
        now, index = heapq.heappop(running)
        idle += 1
        for reader in readers[index]:
            missing[reader] -= 1
            if missing[reader] == 0:
                heapq.heappush(ready, reader)
    return now


def _seconds(steps: Sequence[Step], index: int, speeds: Speeds) -> float:
    step = steps[index]
    gets = sorted(steps[needed].hands_on_bytes for needed in step.needs)
    own = speeds.finish_s if index + 1 == len(steps) else speeds.merge_s
    return (
        own
        + step.source_bytes / speeds.source
        + sum(gets[:-1]) / speeds.network
        + step.encoded_bytes / speeds.encode
        + step.put_bytes / speeds.store
    )
