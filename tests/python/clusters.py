"""Dask clusters on this machine, each for one test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import distributed


@contextlib.contextmanager
def cluster_client(workers: int = 2) -> Iterator[distributed.Client]:
    """Give the client, which is nobody's default, of worker processes of one thread each."""
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client
