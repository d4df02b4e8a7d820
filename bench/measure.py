"""Runs of the writers of a row, one after the other and in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dask
import distributed  # noqa: F401 - for its defaults, which dask.config has from then on

from cases import CSIRO, LOOP, Case, Row
from raw_file import raw_file
from samples import Runs
from tables import PEERS
from targets import FILE, ROOT, S3, Target, target

#: How often a peer's run that failed is made again; what fails of ours is a defect.
_RUNS_AGAIN = 2


def _measure(
    case: Case, writer: str, where: Target, environment: Mapping[str, str], *, memory: bool = False
) -> Any:
    """Run one writer once, in a process of its own: for its memory, or for all else."""
    raw = raw_file(case)
    if writer == LOOP:
        command = [
            str(ROOT / "build" / "release" / "codec_loop"),
            *(str(raw), case.dtype, str(case.bands), str(case.size_px), str(case.size_px)),
            *(case.resampling, case.compress, str(case.level or 0), str(case.predictor)),
            *(str(case.options.get(name, 0)) for name in ("quality", "max_z_error")),
        ]
    else:
        job = {"case": asdict(case), "writer": writer, "memory": memory, "target": asdict(where)}
        program = str(Path(__file__).with_name("contestants.py"))
        command = [sys.executable, program, json.dumps(job)]
    # A second level of threads below the two would measure something else.
    environment = {**environment, **where.environment, "OMP_NUM_THREADS": "1"}
    if memory:
        environment |= _worker_environment()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        where.remove()
        raise RuntimeError(f"{writer} failed on {case.name}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _tried(
    case: Case, writer: str, where: Target, environment: Mapping[str, str], *, memory: bool
) -> Any:
    """Measure a peer again where its run fails, or one run would end hours of them.

    odc-geo's may: two of its tasks can both begin the upload, which it asserts they do not.
    """
    for _ in range(_RUNS_AGAIN if writer in PEERS else 0):
        try:
            return _measure(case, writer, where, environment, memory=memory)
        except RuntimeError as error:
            print(f"{error}\n{writer} runs again", file=sys.stderr)
    return _measure(case, writer, where, environment, memory=memory)


def _worker_environment() -> dict[str, str]:
    """Give what distributed starts its workers with: by it glibc keeps little of what is freed."""
    given = dask.config.get("distributed.nanny.pre-spawn-environ")
    return {name: str(value) for name, value in given.items()}


def in_turns(
    case: Case,
    writers: list[str],
    runs: int,
    kind: str = FILE,
    environment: Mapping[str, str] = os.environ,
) -> Runs:
    """Measure all writers, so that a slow minute of the machine falls on all of them.

    The memory of each comes from one run more.
    """
    measured: Runs = {writer: {} for writer in writers}

    def add(writer: str, what: str, *, memory: bool = False) -> None:
        print(f"{case.name} to {kind}, {what}: {writer}", file=sys.stderr)
        for figure, value in _tried(case, writer, where, environment, memory=memory).items():
            measured[writer].setdefault(figure, []).append(value)

    with target(kind) as where:
        for run in range(runs):
            for writer in writers:
                add(writer, f"{run + 1} of {runs}")
        for writer in writers:
            if writer != LOOP:
                add(writer, "memory", memory=True)
    return measured


def row_in_turns(row: Row, writers: list[str] | None, runs: int) -> dict[str, Any]:
    """Measure a row at its targets; those writers alone, if any are named."""
    report: dict[str, Any] = {"case": asdict(row.case)}
    for kind, those in ((FILE, row.files), (S3, row.objects)):
        chosen = [one for one in those if is_here(one) and (not writers or one in writers)]
        if chosen:
            report[kind] = in_turns(row.case, chosen, runs, kind)
    return report


def is_here(writer: str) -> bool:
    """Whether it can run; CSIRO's ccog is not on PyPI."""
    return writer != CSIRO or bool(os.environ.get("CSIRO_CCOG"))
