"""Random writes by GDAL's COG driver and by ccog, compared: as bytes, pixels, masks, tags.

    python differential.py --seed 1 --cases 500           # a table a feature
    python differential.py --case 1000017                 # one case again, with its differences
    python differential.py --seed 1 --cases 40 --only COMPRESS=JPEG

Case n of seed s has the seed s * 1,000,000 + n; the same seed is the same case everywhere.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import known_differences
import same_libraries
from random_case import RandomCase, draw_case
from report import summary, table
from verdicts import Verdict, judge

CASES_PER_SEED = 1_000_000


def cases(seed: int, count: int, only: str | None = None) -> Iterator[RandomCase]:
    """Yield the cases of a seed; if a feature is named, those with it, of a value or of any."""
    number = 0
    while count > 0 and number < CASES_PER_SEED:
        case = draw_case(seed * CASES_PER_SEED + number)
        number += 1
        if only is None or any(only in (text, text.partition("=")[0]) for text in case.features()):
            yield case
            count -= 1


def run(chosen: list[int], jobs: int = 1, verbose: bool = False) -> list[Verdict]:
    """Judge cases by their seeds; they come back in order."""
    verdicts = []
    with ProcessPoolExecutor(jobs, initializer=_be_quiet) as pool:
        for verdict in pool.map(_judge, chosen):
            verdicts.append(verdict)
            if verbose and known_differences.is_unexplained(verdict):
                print(f"{verdict.kind}: {verdict.case.text()}", flush=True)
                for line in verdict.differences[:4]:
                    print(f"    {line}", flush=True)
    return verdicts


def _be_quiet() -> None:
    """Keep what libraries print of refusals, which are verdicts here, from the output."""
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _judge(seed: int) -> Verdict:
    return judge(draw_case(seed))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--case", type=int, nargs="*", help="seeds of single cases")
    parser.add_argument("--only", metavar="FEATURE[=VALUE]", help="cases with this feature alone")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where every verdict goes")
    parser.add_argument("--quiet", action="store_true", help="no table, no cases")
    parser.add_argument("--own-libraries", action="store_true", help="not those of GDAL's wheel")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    if not args.own_libraries and not same_libraries.are_preloaded():
        environment = same_libraries.preloaded()
        if environment is not None:
            return subprocess.run([sys.executable, *sys.argv], env=environment).returncode
    began = time.perf_counter()
    chosen = args.case or [case.seed for case in cases(args.seed, args.cases, args.only)]
    verdicts = run(chosen, args.jobs, verbose=not args.quiet and not args.case)
    if args.case:
        for verdict in verdicts:
            print(f"{verdict.case.text()}\n  {verdict.kind}", *verdict.differences, sep="\n    ")
    elif not args.quiet:
        print(table(verdicts))
    print(summary(verdicts), f"in {time.perf_counter() - began:.0f} s")
    if args.json:
        args.json.write_text(json.dumps([_as_json(verdict) for verdict in verdicts], indent=1))
    return int(any(known_differences.is_unexplained(verdict) for verdict in verdicts))


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "case": verdict.case.seed,
        "kind": verdict.kind,
        "cause": known_differences.cause(verdict),
        "features": verdict.case.features(),
        "differences": verdict.differences,
        "text": verdict.case.text(),
    }


if __name__ == "__main__":
    sys.exit(main())
