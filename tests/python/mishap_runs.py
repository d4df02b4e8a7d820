"""Writes to which something happens in their middle, counted, for `docs/scaling.md`.

python mishap_runs.py                                             # all of them, and the page
python mishap_runs.py --what "a worker is killed" --seed 7        # one again
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mishaps
import s3_servers
from conftest import Bucket
from embedded_s3 import s3_client, storage_options
from mishaps import Ending, Mishap, carry_out
from s3_proxy import s3_proxy

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
_BEGIN = "<!-- made by `./dev deaths`: edit tests/python/mishap_runs.py, not this -->\n"
_END = "<!-- end of what `./dev deaths` made -->\n"


class Runs(NamedTuple):
    """So many mishaps of one kind on one server."""

    server: str
    what: str
    seeds: range


ALL = [
    Runs("moto", mishaps.KILLED, range(10)),
    Runs("versitygw", mishaps.KILLED, range(10, 13)),
    Runs("moto", mishaps.ROOT_KILLED, range(5)),
    Runs("moto", mishaps.BEGIN_KILLED, range(2)),
    Runs("versitygw", mishaps.BEGIN_KILLED, range(2, 4)),
    Runs("moto", mishaps.STOPPED, range(5)),
    Runs("moto", mishaps.RETIRED, range(5)),
    Runs("moto", mishaps.INTERRUPTED, range(8)),
    Runs("versitygw", mishaps.INTERRUPTED, range(8, 10)),
    Runs("moto", mishaps.FAILED, range(8)),
    Runs("versitygw", mishaps.FAILED, range(8, 10)),
    Runs("moto", mishaps.CANCELLED, range(8)),
    Runs("versitygw", mishaps.CANCELLED, range(8, 10)),
    Runs("moto", mishaps.FAILED_ELSEWHERE, range(8)),
    Runs("versitygw", mishaps.FAILED_ELSEWHERE, range(8, 10)),
]


@contextlib.contextmanager
def bucket_on(server: str) -> Iterator[Bucket]:
    """Run a server with a bucket, behind a proxy: moto does not say when uploads began."""
    with s3_servers.start(server) as server_url, s3_proxy(server_url) as proxy:
        url = proxy.endpoint_url
        client = s3_client(url)
        name = f"mishaps-{uuid.uuid4().hex}"
        client.create_bucket(Bucket=name)
        yield Bucket(url, name, storage_options(url), client)


def run(runs: Runs) -> list[Ending]:
    """Carry them out one after the other on one cluster."""
    endings = []
    with bucket_on(runs.server) as s3, mishaps.cluster() as client:
        for seed in runs.seeds:
            ending = carry_out(Mishap(runs.what, seed), s3, client)
            endings.append(ending)
            print(f"{runs.server}, {runs.what}, seed {seed}: {ending.happened}", flush=True)
            for problem in ending.problems:
                print(f"    {problem}", flush=True)
    return endings


def row(runs: Runs, endings: list[Ending]) -> str:
    """Count the endings, as a line of the table."""
    numbers = [
        len(endings),
        sum(ending.stored and ending.error is None for ending in endings),
        sum(not ending.stored and ending.error is not None for ending in endings),
        sum(ending.orphans for ending in endings),
        sum(bool(ending.problems) for ending in endings),
    ]
    return f"| {runs.what} | {runs.server} | {' | '.join(map(str, numbers))} |"


def table(done: list[tuple[Runs, list[Ending]]]) -> str:
    """Make what stands on the page."""
    columns = [
        "what happens",
        "server",
        "runs",
        "object right",
        "no object, and an error",
        "uploads left, which `ccog.uploads` lists and ends",
        "anything else",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---|---|--:|--:|--:|--:|--:|"]
    return "\n".join(lines + [row(*one) for one in done]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    kinds = (*mishaps.SURVIVED, *mishaps.ENDED, *mishaps.ORPHANED)
    parser.add_argument("--what", choices=kinds, help="of this kind only; no page")
    parser.add_argument("--seed", type=int, help="a single one, with --what")
    parser.add_argument("--server", choices=s3_servers.NAMES, default="moto", help="with --seed")
    given = parser.parse_args()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says of dead workers
    wanted = [runs for runs in ALL if given.what in (None, runs.what)]
    if given.seed is not None:
        wanted = [Runs(given.server, given.what, range(given.seed, given.seed + 1))]
    for server in {runs.server for runs in wanted}:
        if why := s3_servers.missing(server):
            parser.error(why)
    done = [(runs, run(runs)) for runs in wanted]
    print(table(done))
    if given.what is None:
        page = PAGE.read_text()
        between = re.compile(re.escape(_BEGIN) + ".*" + re.escape(_END), re.S)
        PAGE.write_text(between.sub(lambda _: _BEGIN + "\n" + table(done) + "\n" + _END, page))
    return sum(len(ending.problems) for _, endings in done for ending in endings)


if __name__ == "__main__":
    sys.exit(min(1, main()))
