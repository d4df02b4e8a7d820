"""Where the CPU of a write goes, by perf's samples; `./dev profile` runs this.

Only the write is sampled: modules are imported, and a first, small write is over, before the
sampling begins. The server, where there is one, is another process and not part of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import cases
import cpu_shares
import marked
import targets
from cases import Case
from cpu_shares import Frame, Stack
from performance_page import PAGE, between
from raw_file import lazy_array, raw_file
from targets import FILE, S3, Target
from writers import import_for, write_ccog

SAMPLES_A_SECOND = 997  # prime, so that nothing periodic is in step with it

#: How each raster is compressed: (COMPRESS, LEVEL).
CODECS = {
    "terrain": [("DEFLATE", 6), ("ZSTD", 9), ("ZSTD", 1), ("NONE", None)],
    "reflectance": [("ZSTD", 9), ("ZSTD", 1), ("NONE", None)],
}


def profiled_cases(quick: bool) -> dict[str, Case]:
    """Give the cases by what they are called in the table."""
    found = {}
    for raster, codecs in CODECS.items():
        for compress, level in codecs:
            name = " ".join(map(str, filter(None, [raster, compress, level])))
            case = Case(raster=raster, compress=compress, level=level, predict=compress != "NONE")
            found[name] = case.quick() if quick else case
    return found


# ------------------------------------------------------------------ the process that is sampled


def write_sampled(
    name: str, quick: bool, runs: int, target: Target, controls: tuple[Path, Path]
) -> None:
    """Write a case `runs` times while perf samples, and tell it when by its two pipes."""
    import dask

    import_for(cases.CCOG, target)
    case, small = profiled_cases(quick)[name], profiled_cases(True)[name]
    raw_file(case)  # so that it is not made while perf samples

    def write(one: Case) -> None:
        raw = raw_file(one)
        write_ccog(lazy_array(one, raw), raw, one, target)

    def tell(command: str) -> None:
        with controls[0].open("w") as control, controls[1].open() as answer:
            control.write(f"{command}\n")
            control.flush()
            answer.readline()

    with dask.config.set(scheduler="threads", num_workers=cases.THREADS):
        write(small)
        usage_began = os.times()
        tell("enable")
        for _ in range(runs):
            write(case)
        tell("disable")
        usage_ended = os.times()
    cpu_s = usage_ended.user + usage_ended.system - usage_began.user - usage_began.system
    print(cpu_s / runs)


# ------------------------------------------------------------------ the process that samples


@dataclasses.dataclass(frozen=True)
class Profile:
    """Of one case: CPU seconds of a write, and the samples of some."""

    cpu_s: float
    samples: Counter[Stack]


def sample(name: str, quick: bool, runs: int, target: Target) -> Profile:
    """Write one case under perf."""
    with tempfile.TemporaryDirectory() as folder:
        data, controls = f"{folder}/perf.data", [f"{folder}/control", f"{folder}/answer"]
        for path in controls:
            os.mkfifo(path)
        # Stacks are unwound by what exceptions are, for libraries keep no frame pointers.
        record = [
            *("perf", "record", "--quiet", "--event", "cpu-clock", "--output", data),
            *("--freq", str(SAMPLES_A_SECOND), "--call-graph", "dwarf,16384", "--mmap-pages", "8M"),
            *("--delay", "-1", "--control", f"fifo:{controls[0]},{controls[1]}", "--"),
        ]
        size = "quick" if quick else "whole"
        job = [name, size, str(runs), json.dumps(dataclasses.asdict(target)), *controls]
        worker = [sys.executable, __file__, "--worker", *job]
        done = subprocess.run([*record, *worker], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the write of {name} failed under perf:\n{done.stderr}")
        script = ["perf", "script", "--input", data, "--fields", "ip,sym,dso", "--no-inline"]
        shown = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    return Profile(float(done.stdout.split()[-1]), parse(shown))


_FRAME = re.compile(r"\s*[0-9a-f]+ (.*) \(([^()]*|\[[^\]]*\])\)$")


def parse(script: str) -> Counter[Stack]:
    """Count the stacks in what `perf script` prints: a line a frame, an empty one after each."""
    samples: Counter[Stack] = Counter()
    for text in script.split("\n\n"):
        found = map(_FRAME.match, text.strip("\n").split("\n"))
        stack = tuple(Frame(match[1], match[2]) for match in found if match)
        if stack:
            samples[stack] += 1
    return samples


def table(profiles: dict[str, Profile]) -> str:
    """Make the Markdown table: CPU seconds of a write, by kind and case."""
    lines = [
        "| CPU s | " + " | ".join(profiles) + " | what |",
        "|---" + "|--:" * len(profiles) + "|---|",
        "| all | " + " | ".join(f"{p.cpu_s:.2f}" for p in profiles.values()) + " | |",
    ]
    for kind in cpu_shares.KINDS:
        cells = []
        for profile in profiles.values():
            share = cpu_shares.shares(profile.samples)[kind] / profile.samples.total()
            cells.append(f"{share * profile.cpu_s:.2f}")
        lines.append("| " + " | ".join([kind, *cells, cpu_shares.MEANING[kind]]) + " |")
    return "\n".join(lines)


def details(name: str, profile: Profile, most: int) -> str:
    """List the functions that most of each kind's samples are of, or called from."""
    lines = [f"{name}: CPU s by function"]
    for kind in cpu_shares.KINDS:
        for function, count in cpu_shares.largest(profile.samples, kind, most):
            cpu_s = count / profile.samples.total() * profile.cpu_s
            lines.append(f"  {kind:<12} {cpu_s:6.3f}  {function}")
    return "\n".join(lines)


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        name, size, runs, target, *controls = sys.argv[2:]
        where = Target(**json.loads(target))
        write_sampled(name, size == "quick", int(runs), where, tuple(map(Path, controls)))
        return
    parser = argparse.ArgumentParser(prog="./dev profile", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rasters")
    parser.add_argument("--runs", type=int, default=3, help="writes a case that are sampled")
    parser.add_argument("--case", action="append", choices=list(profiled_cases(True)))
    parser.add_argument(
        "--target", action="append", choices=[FILE, *targets.SERVERS], help="file and versitygw"
    )
    parser.add_argument("--docs", action="store_true", help=f"put the tables into {PAGE.name}")
    parser.add_argument("--details", type=int, default=0, help="list so many functions a kind")
    args = parser.parse_args()
    if shutil.which("perf") is None:
        parser.error("there is no perf; on Debian it is in the package linux-perf")
    tables = []
    for where in args.target or [FILE, "versitygw"]:
        with targets.target(FILE if where == FILE else S3, where) as target:
            profiles = {
                name: sample(name, args.quick, args.runs, target)
                for name in args.case or profiled_cases(True)
            }
        tables.append(f"To {where}:\n\n{table(profiles)}")
        print(f"\n{tables[-1]}\n", flush=True)
        for name, profile in profiles.items() if args.details else ():
            print(details(name, profile, args.details), flush=True)
    if args.docs:
        marked.replace(PAGE, "profile", "./dev profile --docs", between("\n\n".join(tables)))


if __name__ == "__main__":
    main()
