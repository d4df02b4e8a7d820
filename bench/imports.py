"""What `import ccog` costs beyond NumPy: medians of fresh processes, which take turns."""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time

_PROGRAMS = {
    "nothing": "",
    "numpy": "import numpy",
    "numpy, ccog": "import numpy, ccog",
    "numpy, ccog.uploads": "import numpy, ccog.uploads",
    "numpy, ccog.write_ccog": "import numpy; from ccog import write_ccog",
    "numpy, dask": "import numpy, dask",
    "numpy, rasterio": "import numpy, rasterio",
}


def _cpu_s() -> float:
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(program: str) -> tuple[float, float]:
    """Give wall and CPU time of a process, in seconds."""
    begin_s, begin_cpu_s = time.perf_counter(), _cpu_s()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - begin_s, _cpu_s() - begin_cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in _PROGRAMS}
    for program in _PROGRAMS.values():
        _run(program)  # reads files into the page cache
    for _ in range(arguments.runs):
        for name, program in _PROGRAMS.items():
            took[name].append(_run(program))
    medians_ms = {
        name: [1000 * statistics.median(times) for times in zip(*runs, strict=True)]
        for name, runs in took.items()
    }
    print("| imports | wall, ms | CPU, ms | wall beyond NumPy's | CPU beyond NumPy's |")
    print("|---|--:|--:|--:|--:|")
    numpy_ms = medians_ms["numpy"]
    for name, ms in medians_ms.items():
        beyond_ms = [one - other for one, other in zip(ms, numpy_ms, strict=True)]
        print(f"| {name} |", " | ".join(f"{value:.0f}" for value in [*ms, *beyond_ms]), "|")


if __name__ == "__main__":
    main()
