"""Where a write goes, and the state that its tasks share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ccog import _core
from ccog._condition import WriteCondition
from ccog._journal import Journal
from ccog._openers import Opener
from ccog._records import Records
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
    journal:
        Where records are kept, if they are.
    """

    opener: Opener | None
    condition: WriteCondition
    run_id: str
    planned_at_unix_s: int
    versions: Versions
    journal: Journal | None = None

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
    _opened: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def store(self) -> _core.Store | None:
        """The store, opened once a process; ``None`` where the caller gets the bytes."""
        opener = self.target.opener
        if opener is None:
            return None
        store: _core.Store = self._open("store", opener.open)
        return store

    @property
    def records(self) -> Records | None:
        """The journal, opened once a process; ``None`` where the write keeps none."""
        journal = self.target.journal
        if journal is None or not self.upload_id:
            return None
        records: Records = self._open("records", lambda: journal.open(self.target.run_id))
        return records

    def _open(self, what: str, open_it: Callable[[], Any]) -> Any:
        with self._lock:
            if what not in self._opened:
                self._opened[what] = open_it()
            return self._opened[what]

    def __reduce__(self) -> tuple[Any, ...]:
        return Session, (self.plan, self.target, self.upload_id, self.over, self.took)
