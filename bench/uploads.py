"""Upload parts to a server that forgets them: ccog's client beside botocore's.

As a program it is one of botocore's rows: puts parts, and says what that took.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cases import CCOG, THREADS, UNSIGNED

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "python"))
from tls_s3 import Authority  # noqa: E402 - which is there

PART_BYTES = 16 << 20
BOTOCORE, HASH = "botocore upload_part", "SHA-256 of the payload alone"
#: botocore's second row adds no CRC of its own to the signed payload, as ccog does not.
CLIENTS = (CCOG, UNSIGNED, BOTOCORE, f"{BOTOCORE}, when_required", HASH)
#: What upload_loop is told to do.
_LOOPS = {CCOG: "put", UNSIGNED: "put-unsigned", HASH: "hash"}
TRANSPORTS = ("http", "https")


@contextlib.contextmanager
def sink(certificate: tuple[Path, Path] | None) -> Iterator[str]:
    """Run the server in a process of its own and give its URL."""
    command = [sys.executable, str(Path(__file__).with_name("s3_sink.py"))]
    process = subprocess.Popen(
        [*command, *map(str, certificate or ())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


def measure(client: str, url: str, ca_bundle: str, parts: int) -> dict[str, float]:
    """Run one client once, in a process of its own."""
    arguments = [url, str(THREADS), str(parts), str(PART_BYTES), *filter(None, [ca_bundle])]
    if client.startswith(BOTOCORE):
        checksum = "when_required" if client.endswith("when_required") else "when_supported"
        command = [sys.executable, __file__, checksum, *arguments]
    else:
        command = [str(ROOT / "build" / "release" / "upload_loop"), _LOOPS[client], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(runs: int, quick: bool) -> dict[str, Any]:
    """Measure all clients in turns: {transport: {client: its runs}}."""
    parts = 16 if quick else 128
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder), "authority")
        for transport in TRANSPORTS:
            certificate = authority.issue("127.0.0.1") if transport == "https" else None
            ca_bundle = str(authority.pem) if certificate else ""
            measured: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
            with sink(certificate) as url:
                for _, client in itertools.product(range(runs), CLIENTS):
                    one = measure(client, url, ca_bundle, parts)
                    measured[client].append(one | {"bytes": parts * PART_BYTES})
            report[transport] = measured
    return report


def table(report: dict[str, Any]) -> str:
    """Make the Markdown table; figures are medians of the runs."""
    lines = [
        f"upload: parts of {PART_BYTES >> 20} MiB to a loopback server from {THREADS} threads; "
        "CPU of the client",
        "",
        "| client | over | GB/s | CPU s a GB | × botocore's GB a CPU second |",
        "|---|---|--:|--:|--:|",
    ]
    for transport, measured in report.items():
        cpu_s_per_gb = {
            client: statistics.median(run["cpu_s"] / run["bytes"] * 1e9 for run in runs)
            for client, runs in measured.items()
        }
        for client, runs in measured.items():
            gb_per_s = statistics.median(run["bytes"] / 1e9 / run["wall_s"] for run in runs)
            times = cpu_s_per_gb[BOTOCORE] / cpu_s_per_gb[client]
            cells = [client, transport, f"{gb_per_s:.2f}", f"{cpu_s_per_gb[client]:.3f}"]
            lines.append("| " + " | ".join([*cells, f"{times:.2f}"]) + " |")
    return "\n".join(lines)


def from_threads(threads: int, parts: int, put: Callable[[int], Any]) -> None:
    numbers = iter(range(1, parts + 1))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            put(number)

    pool = [threading.Thread(target=work) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def with_botocore(checksum: str, url: str, threads: int, parts: int, size_bytes: int, ca: str):
    import random

    from botocore.config import Config
    from botocore.session import Session

    config = Config(max_pool_connections=threads, request_checksum_calculation=checksum)
    client = Session().create_client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing-secret",
        region_name="us-east-1",
        verify=ca or None,
        config=config,
    )
    part = random.Random(7).randbytes(size_bytes)

    def put(number: int) -> None:
        client.upload_part(
            Bucket="bucket", Key="a.tif", UploadId="upload", PartNumber=number, Body=part
        )

    from_threads(threads, threads, put)  # opens the connections
    began, cpu_began = time.perf_counter(), cpu_seconds()
    from_threads(threads, parts, put)
    wall_s, cpu_s = time.perf_counter() - began, cpu_seconds() - cpu_began
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s}))


if __name__ == "__main__":
    checksum, url, threads, parts, size_bytes, *ca = sys.argv[1:]
    with_botocore(checksum, url, int(threads), int(parts), int(size_bytes), "".join(ca))
