"""Random writes through the fault proxy, counted, for "Retries and faults" in `docs/s3.md`.

python fault_runs.py                                  # all of them, and the page
python fault_runs.py --server versitygw --writes 50   # some, printed
python fault_runs.py --case 17 --wild                 # one again, with what happened to it
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import s3_servers
from clusters import cluster_client
from conftest import Bucket
from embedded_s3 import s3_client, storage_options
from faults import PASSING
from faulty_writes import Outcome, carry_out, draw_write
from s3_proxy import S3Proxy, s3_proxy

PAGE = Path(__file__).parents[2] / "docs" / "s3.md"
#: Of each kind, on each server.
WRITES = {"moto": 200, "versitygw": 50}
_JOB_WRITES = 25
KINDS = {
    False: "5 % of the requests fail, 8 attempts",
    True: "10 to 70 % fail, half of the writes also for lasting reasons, 3 attempts",
}

_BEGIN = "<!-- made by `./dev faults`: edit tests/python/fault_runs.py, not this -->\n"
_END = "<!-- end of what `./dev faults` made -->\n"


@contextlib.contextmanager
def place_on(server: str) -> Iterator[tuple[Bucket, S3Proxy]]:
    """Run a server with a bucket, and a proxy before it."""
    with s3_servers.start(server) as url, s3_proxy(url) as proxy:
        client = s3_client(url)
        name = f"faults-{uuid.uuid4().hex}"
        client.create_bucket(Bucket=name)
        yield Bucket(url, name, storage_options(url), client), proxy


class Job(NamedTuple):
    """Some writes of one kind on one server."""

    server: str
    wild: bool
    seeds: range


def run(job: Job) -> list[Outcome]:
    """Carry out a job, every tenth write on a cluster."""
    outcomes = []
    with place_on(job.server) as (s3, proxy), cluster_client() as client:
        for seed in job.seeds:
            write = draw_write(seed, wild=job.wild)
            scheduler = client if seed % 10 == 5 else "threads"
            outcomes.append(carry_out(write, s3, proxy, scheduler=scheduler))
            for problem in outcomes[-1].problems:
                print(f"{job.server}, {write}: {problem}", flush=True)
    return outcomes


def run_all(counts: dict[str, int]) -> dict[tuple[str, bool], list[Outcome]]:
    """Carry out so many writes of each kind on each server, several side by side."""
    jobs = [
        Job(server, wild, range(first, min(first + _JOB_WRITES, writes)))
        for server, writes in counts.items()
        for wild in KINDS
        for first in range(0, writes, _JOB_WRITES)
    ]
    runs: dict[tuple[str, bool], list[Outcome]] = {}
    # Writes wait for most of their time.
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        for job, outcomes in zip(jobs, pool.map(run, jobs), strict=True):
            runs.setdefault((job.server, job.wild), []).extend(outcomes)
            print(row(job.server, job.wild, outcomes), flush=True)
    return runs


def row(server: str, wild: bool, outcomes: list[Outcome]) -> str:
    """Count the outcomes, as a line of the table."""
    right = sum(outcome.stored for outcome in outcomes)
    silent = sum(outcome.stored and outcome.error is not None for outcome in outcomes)
    numbers = [
        len(outcomes),
        sum(outcome.requests for outcome in outcomes),
        sum(len(outcome.events) for outcome in outcomes),
        right,
        len(outcomes) - right,
        silent,
        sum(outcome.orphans for outcome in outcomes),
        sum(bool(outcome.problems) for outcome in outcomes),
    ]
    return f"| {server} | {KINDS[wild]} | {' | '.join(f'{n:,}' for n in numbers)} |"


def table(runs: dict[tuple[str, bool], list[Outcome]]) -> str:
    """Make what stands on the page."""
    met = Counter(
        type(event.fault).__name__
        for outcomes in runs.values()
        for outcome in outcomes
        for event in outcome.events
    )
    columns = [
        "server",
        "what fails",
        "writes",
        "requests",
        "of them met a fault",
        "object right",
        "absent, and an error",
        "right, and an error",
        "uploads for the clean-up",
        "anything else",
    ]
    lines = [
        f"| {' | '.join(columns)} |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(row(server, wild, outcomes) for (server, wild), outcomes in runs.items()),
        "",
        f"The faults, {len({type(fault) for fault in PASSING})} kinds that pass and errors that do "
        "not, and how often each was met: "
        + ", ".join(f"{name} {count}" for name, count in met.most_common())
        + ".",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", choices=s3_servers.NAMES, help="this one only; no page")
    parser.add_argument("--writes", type=int, default=50, help="of each kind, with --server")
    parser.add_argument("--case", type=int, help="the seed of a single write, on moto or --server")
    parser.add_argument("--wild", action="store_true", help="the case is one of the second kind")
    given = parser.parse_args()
    if given.case is not None:
        seeds = range(given.case, given.case + 1)
        [outcome] = run(Job(given.server or "moto", given.wild, seeds))
        print(outcome.write, *outcome.events, f"raised: {outcome.error}", sep="\n    ")
        return len(outcome.problems)
    counts = {given.server: given.writes} if given.server else WRITES
    for server in counts:
        if why := s3_servers.missing(server):
            parser.error(why)
    runs = run_all(counts)
    print(table(runs))
    if not given.server:
        page = PAGE.read_text()
        between = re.compile(re.escape(_BEGIN) + ".*" + re.escape(_END), re.S)
        PAGE.write_text(between.sub(lambda _: _BEGIN + "\n" + table(runs) + "\n" + _END, page))
    return sum(len(outcome.problems) for outcomes in runs.values() for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(min(1, main()))
