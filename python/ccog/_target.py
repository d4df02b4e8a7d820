"""Where a write goes, and the state that its tasks share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from ccog import _core
from ccog._condition import WriteCondition
from ccog._openers import Opener
from ccog._versions import Versions


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every task must know of the destination; small, picklable, without secrets in `repr`.

    Attributes
    ----------
    condition:
        What has to hold of what stands there.
    opener:
        Opens the store where it is used; ``None`` where the caller gets the bytes.
    run_id:
        Names this write in the object's metadata, so that a task that runs again after the end
        recognises its own work.
    planned_at_unix_s:
        When the plan was made; only uploads that began later can be adopted.
    versions:
        Of the client; workers must have the same.
    """

    opener: Opener | None
    condition: WriteCondition
    run_id: str
    planned_at_unix_s: int
    versions: Versions

    @property
    def url(self) -> str | None:
        """Name of the object; ``None`` where the caller gets the bytes."""
        return None if self.opener is None else self.opener.url


@dataclass(frozen=True)
class Session:
    """The begin task's result, on which every other task depends: it carries plan and upload."""

    plan: _core.WritePlan
    target: Target
    upload_id: str
    over: bool = False  #: the object carries this run's id already: begin ran again after the end
    took: tuple[int, int, int] = (0, 0, 0)  #: requests, retries and throttles, to begin
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _opened: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def store(self) -> _core.Store | None:
        """The store, opened once a process; ``None`` where the caller gets the bytes."""
        opener = self.target.opener
        if opener is None:
            return None
        with self._lock:
            if not self._opened:
                self._opened.append(opener.open())
            store: _core.Store = self._opened[0]
            return store

    def __reduce__(self) -> tuple[Any, ...]:
        return Session, (self.plan, self.target, self.upload_id, self.over, self.took)
