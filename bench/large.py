"""Write images that are far larger than memory to a real S3 server; `./dev large` runs this.

A cluster of two worker processes writes a mosaic, made as it is read, to versitygw or minio on this
machine. The memory of workers, scheduler and client is sampled from outside. The run fails unless
the object is a strictly valid COG with the right pixels and no worker ever took more memory than
the plan allows. With ``--docs`` figures and plots go into docs/scaling.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import distributed
import rasterio
from rasterio.session import AWSSession

import ccog
import memory_log
import memory_plot
from cog_check import check
from large_page import Figures, document, section
from mosaic import NODATA, Mosaic
from processes import cluster

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "examples"), str(ROOT / "tests" / "python")]
import s3_servers  # noqa: E402 - which is there
from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_client, storage_options  # noqa: E402

RESULTS = ROOT / "bench" / "results"
CHUNK_PX = 8192
WORKERS, THREADS = 2, 1
#: What a worker may take before Dask spills, pauses and restarts it: more than the bound, which is
#: what is asserted.
MEMORY_LIMIT = "4GiB"
OPTIONS = {"compress": "ZSTD", "level": 1, "overview_resampling": "AVERAGE", "nodata": NODATA}

CASES = {
    "sparse": (Mosaic(200_000, islands=40), {"SPARSE_OK": True}),
    "dense": (Mosaic(100_000), {}),
}


def warm_up(client: distributed.Client, endpoint_url: str, pids: dict[str, int]) -> int:
    """Have every worker load all that it needs once; the most that one then takes.

    That is a write of a small image through the same code to the same server by each worker alone:
    the interpreter, all libraries, a connection, a codec.
    """
    small = Mosaic(2 * CHUNK_PX).array(CHUNK_PX)
    for number, worker in enumerate(client.scheduler_info(n_workers=-1)["workers"]):
        write = ccog.write_ccog(
            small[: CHUNK_PX // 8, : CHUNK_PX // 8],
            f"s3://large/warm-up-{number}.tif",
            storage_options=storage_options(endpoint_url),
            **OPTIONS,
        )
        client.compute(write, workers=[worker], allow_other_workers=False).result()
    return max(memory_log.resident_bytes(pid) for name, pid in pids.items() if "worker" in name)


def run(case: str, server: str, size_px: int | None, plot: Path, windows: int) -> Figures:
    mosaic, options = CASES[case]
    if size_px is not None:
        mosaic = Mosaic(size_px, mosaic.islands)
    _check_disk(mosaic)
    array = mosaic.array(CHUNK_PX)
    url = "s3://large/mosaic.tif"
    with contextlib.ExitStack() as stack:
        endpoint_url = stack.enter_context(s3_servers.start(server))
        s3_client(endpoint_url).create_bucket(Bucket="large")
        arguments = {**OPTIONS, **options, "storage_options": storage_options(endpoint_url)}
        client, pids = stack.enter_context(cluster(WORKERS, THREADS, MEMORY_LIMIT))
        plan = ccog.plan(array, url, **arguments)
        print(plan, file=sys.stderr)
        base = warm_up(client, endpoint_url, pids)
        frontier = plan.frontier_bytes(WORKERS * THREADS)
        bound = base + frontier
        begin_s = time.monotonic()
        with memory_log.recorded(pids) as samples:
            result = ccog.write_ccog(array, url, **arguments).compute()
        wall_s = time.monotonic() - begin_s
        peaks = {name: memory_log.peak_bytes(pid) for name, pid in pids.items()}
        size = f"{mosaic.size_px:,} × {mosaic.size_px:,}"
        memory_plot.draw(samples, bound, f"{size}, {case}, to {server}", plot)
        stack.enter_context(_gdal(endpoint_url))
        checked = check(f"/vsis3/{url.removeprefix('s3://')}", mosaic, windows)
        left = s3_client(endpoint_url).list_multipart_uploads(Bucket="large").get("Uploads", [])
    figures = Figures(
        case=case,
        server=server,
        size_px=mosaic.size_px,
        raw_bytes=mosaic.size_px**2,
        object_bytes=result.size_bytes,
        header_bytes=result.header_bytes,
        padding_bytes=result.padding_bytes,
        tiles=result.tiles,
        parts=result.parts,
        chunk_px=CHUNK_PX,
        chunks=array.data.npartitions,
        tasks=plan.tasks,
        bytes_moved=result.bytes_moved,
        requests=result.requests,
        retries=result.retries,
        wall_s=wall_s,
        base=base,
        frontier=frontier,
        bound=bound,
        peaks=peaks,
        checked=checked,
    )
    print(json.dumps(asdict(figures), indent=2), file=sys.stderr)
    if left:
        raise AssertionError(f"{len(left)} uploads were left behind")
    together = sum(peak for name, peak in peaks.items() if "worker" in name)
    # As no worker is below its base, none is above the bound then.
    if together > WORKERS * base + frontier:
        raise AssertionError(
            f"the workers took {together} bytes, more than {WORKERS} x {base} + {frontier}"
        )
    return figures


def _check_disk(mosaic: Mosaic) -> None:
    """Refuse a dense image that the server's folder cannot take: its parts, and the object."""
    needed_bytes = 2 * mosaic.size_px**2 if mosaic.islands is None else 0
    free_bytes = shutil.disk_usage(tempfile.gettempdir()).free
    if free_bytes < needed_bytes:
        raise SystemExit(
            f"{tempfile.gettempdir()} has {free_bytes / 1e9:.0f} GB free and the server may need "
            f"{needed_bytes / 1e9:.0f} GB there: set TMPDIR to a larger disk, or take --size-px"
        )


def _gdal(endpoint_url: str) -> rasterio.Env:
    session = AWSSession(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
        endpoint_url=endpoint_url.removeprefix("http://"),
    )
    return rasterio.Env(session, AWS_HTTPS="NO", AWS_VIRTUAL_HOSTING="FALSE")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev large", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--server", choices=["versitygw", "minio"], default="versitygw")
    parser.add_argument("--size-px", type=int, help="of other height and width, for a quick look")
    parser.add_argument("--windows", type=int, default=20, help="compared on each level")
    parser.add_argument("--docs", action="store_true", help="put figures and plots into docs/")
    args = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for case in args.case or CASES:
        stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        stem = RESULTS / f"{stamp}-large-{case}"
        plot = ROOT / "docs" / f"scaling-{case}.svg" if args.docs else stem.with_suffix(".svg")
        figures = run(case, args.server, args.size_px, plot, args.windows)
        stem.with_suffix(".json").write_text(json.dumps(asdict(figures), indent=2) + "\n")
        if args.docs:
            document(figures)
        print(section(figures))


if __name__ == "__main__":
    main()
