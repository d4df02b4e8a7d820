"""A cluster on several hosts that have nothing in common but a network, one of which goes away."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import distributed
import pytest

import ccog
import hosts
from hosts import Host
from mid_write import until, wait_for_workers
from pixels import noise
from places import Place, s3_place
from s3_proxy import Exchange, S3Proxy, s3_proxy

#: How long programs may take to start or to end on a busy machine.
_TIMEOUT_S = 120

#: So soon a silent host is given up; distributed takes no less than 11 s of TCP.
_CONFIG = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "12s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "8s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s",
    "DASK_LOGGING__DISTRIBUTED": "critical",  # on others that went away
}

_PORT = 8786


@dataclass(frozen=True)
class Cluster:
    """A scheduler and workers, each on a host of its own; the S3 server and the client are here.

    Attributes
    ----------
    disk:
        Where each host has its own.
    """

    scheduler: Host
    workers: list[Host]
    disk: Path
    proxy: S3Proxy
    client: Any

    def start_worker(self, host: Host) -> None:
        address = f"tcp://{self.scheduler.ip}:{_PORT}"
        own = ["--host", host.ip, "--name", host.name, "--local-directory", str(self.disk)]
        size = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        host.start("distributed.cli.dask_worker", address, *own, *size, **_CONFIG)

    def names(self) -> list[str]:
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return sorted(worker["name"] for worker in workers)

    def await_workers(self) -> None:
        until(lambda: self.names() == [host.name for host in self.workers], _TIMEOUT_S)


@pytest.fixture(scope="module")
def hosted(
    s3_urls: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    if why := hosts.missing():
        pytest.skip(why)
    disk = tmp_path_factory.mktemp("disk")
    names = ["scheduler", "worker-1", "worker-2", "worker-3"]
    with (
        hosts.network(names, disk) as (ip, [scheduler, *workers]),
        s3_proxy(s3_urls("moto"), ip) as proxy,
    ):
        own = ["--host", scheduler.ip, "--port", str(_PORT), "--no-dashboard"]
        scheduler.start("distributed.cli.dask_scheduler", *own, **_CONFIG)
        address = f"tcp://{scheduler.ip}:{_PORT}"
        with distributed.Client(address, timeout=_TIMEOUT_S, set_as_default=False) as client:
            cluster = Cluster(scheduler, workers, disk, proxy, client)
            for host in workers:
                cluster.start_worker(host)
            cluster.await_workers()
            yield cluster


@pytest.fixture
def place(hosted: Cluster, s3: Any) -> Place:
    return s3_place(s3, hosted.proxy.endpoint_url)


def source() -> da.Array:
    """Six chunks, each of enough bytes for a part."""
    return noise((2048, 2304), (1024, 768), "float64")


def bytes_of(place: Place, **options: Any) -> bytes:
    """What a write on threads makes."""
    write = ccog.write_ccog(source(), None, **place.options | options)
    return write.compute(scheduler="threads")


def test_hosts_share_nothing_but_the_network(hosted: Cluster, tmp_path: Path) -> None:
    network = Path("/proc/self/ns/net")
    others = hosted.client.run(Path.readlink, network).values()
    assert len({*others, network.readlink()}) == 4
    own = {f"tcp://{host.ip}": host.name for host in hosted.workers}
    for address, files in hosted.client.run(leave_a_file).items():
        assert files == [own[address.rpartition(":")[0]]]
    assert list(hosted.disk.iterdir()) == []
    assert set(hosted.client.run(can_write_in, str(tmp_path)).values()) == {False}


def leave_a_file(dask_worker: Any) -> list[str]:
    folder = Path(tempfile.gettempdir())
    (folder / dask_worker.name).touch()
    return [path.name for path in folder.glob("worker-*")]


def can_write_in(folder: str) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("options", [{}, {"layout": "row-major"}, {"parts": "dense"}], ids=str)
def test_a_write_on_several_hosts_is_that_on_threads(
    options: dict[str, Any], hosted: Cluster, place: Place
) -> None:
    result = place.write(source(), **options).compute(scheduler=hosted.client)
    assert result.parts > 1
    assert place.read() == bytes_of(place, **options)
    assert place.leftovers() == []


@dataclass
class Loss:
    """Lets a host be lost, in the middle of its second part.

    So it holds results that others need, and one of its requests has no answer.
    """

    hosts: list[Host]
    lose: Callable[[Host], None]
    lost: Host | None = None
    _have_put: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, method: str, path: str) -> Callable[[Exchange], None] | None:
        return self._part if method == "PUT" and "partNumber" in path else None

    def _part(self, exchange: Exchange) -> None:
        with self._lock:
            now = self.lost is None and exchange.client_ip in self._have_put
            if now:
                [self.lost] = [host for host in self.hosts if host.ip == exchange.client_ip]
                self.lose(self.lost)
        if now:
            exchange.reset()
            return
        exchange.answer(exchange.forward())
        self._have_put.add(exchange.client_ip)


@pytest.mark.parametrize(
    ("lose", "bring_back"),
    [(Host.unplug, Host.plug_in), (Host.switch_off, Host.switch_on)],
    ids=["unplugged", "switched off"],
)
def test_a_write_survives_the_loss_of_a_host(
    lose: Callable[[Host], None],
    bring_back: Callable[[Host], None],
    hosted: Cluster,
    place: Place,
) -> None:
    loss = hosted.proxy.hook = Loss(hosted.workers, lose)
    try:
        place.write(source()).compute(scheduler=hosted.client)
    finally:
        hosted.proxy.hook = None
    assert loss.lost is not None
    expected = bytes_of(place)
    assert place.read() == expected
    assert place.leftovers() == []

    until(lambda: loss.lost.name not in hosted.names(), _TIMEOUT_S)
    bring_back(loss.lost)
    # One that was only unplugged has gone on, and is late with what it was about.
    loss.lost.await_programs()
    hosted.start_worker(loss.lost)
    hosted.await_workers()
    wait_for_workers(hosted.client)
    assert place.read() == expected
    assert place.leftovers() == []
