"""How many threads the tasks of this process may use together."""

from __future__ import annotations

import sys
import threading
from typing import Any


def most_threads() -> int:
    """Those of the pool that this thread is of: of a worker, or of Dask's threaded scheduler.

    One elsewhere: a process of a pool of them shares its cores with the others, and whoever has
    tasks run in a thread of their own wants no more.
    """
    if "distributed.worker" in sys.modules:
        from distributed.worker import get_worker

        try:
            threads: int = get_worker().state.nthreads
            return threads
        except ValueError:
            pass  # this is no task of a worker
    if "dask.threaded" in sys.modules:
        # By its name, for a pool lists a thread of its own only after that has begun to work.
        name, _, _ = threading.current_thread().name.rpartition("_")
        for pool in _threaded_pools():
            if name and name == getattr(pool, "_thread_name_prefix", None):
                most: int = pool._max_workers
                return most
    return 1


def _threaded_pools() -> list[Any]:
    """Of the threaded scheduler; its own, and the one that Dask's configuration names."""
    import dask
    from dask import threaded

    with threaded.pools_lock:
        pools: list[Any] = [pool for some in threaded.pools.values() for pool in some.values()]
        return [threaded.default_pool, dask.config.get("pool", None), *pools]
