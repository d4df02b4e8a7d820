"""Which request meets which fault: a function of a seed, and not of the time."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from faults import PASSING, Fault, operation


class Event(NamedTuple):
    """One fault: at which request, and at which of its attempts."""

    request: str
    attempt: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.request}, attempt {self.attempt}: {self.fault}"


@dataclass
class FaultSchedule:
    """The hook of a proxy by which requests of one write fail.

    A request is known by what it asks for ("part 3"), so the n-th attempt of it has the same fate
    in every run, in whichever order the threads come.

    Attributes
    ----------
    seed, rate, faults:
        The share of requests to which something happens, and what may happen.
    events:
        What has happened so far.
    seen:
        How often each request has come.
    """

    seed: int
    rate: float
    faults: Sequence[Fault] = PASSING
    events: list[Event] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, method: str, path: str) -> Fault | None:
        request = name_of(method, path)
        with self._lock:
            self.seen[request] += 1
            attempt = self.seen[request]
            fault = self.fate(request, attempt)
            if fault is not None:
                self.events.append(Event(request, attempt, fault))
        return fault

    def fate(self, request: str, attempt: int) -> Fault | None:
        """Give what happens to this attempt, perhaps because it began with an earlier one."""
        for earlier in range(3):
            if attempt > earlier:
                fault = self._begins(request, attempt - earlier)
                if fault is not None and fault.lasts > earlier:
                    return fault
        return None

    def _begins(self, request: str, attempt: int) -> Fault | None:
        draw = random.Random(f"{self.seed} {request} {attempt}")
        if draw.random() >= self.rate:
            return None
        asked = request.rstrip("0123456789 ")
        possible = [fault for fault in self.faults if asked in fault.takes]
        return draw.choice(possible) if possible else None

    def __str__(self) -> str:
        happened = "\n".join(f"    {event}" for event in self.events) or "    nothing happened"
        return f"seed {self.seed}, rate {self.rate:.0%}, {self.seen.total()} requests:\n{happened}"


def name_of(method: str, path: str) -> str:
    """Name a request, the same in every run of the same write."""
    number = re.search("partNumber=([0-9]+)", path)
    return operation(method, path) + (f" {number[1]}" if number else "")
