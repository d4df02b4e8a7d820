"""What `compress="auto"` chooses for the benchmark's rasters, or all that it tries for one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import dask.array as da
import numpy as np

import ccog
import terrain
from cases import SEED
from ccog._choice import AIMS, Choice
from ccog._table import choice_cells


def classes(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make a dozen classes of land, uint8 (1, y, x)."""
    steps = np.floor(3 * (terrain.noise(seed, rows, columns) + 2))
    return np.clip(steps, 0, 11).astype(np.uint8)[np.newaxis]


_RASTERS: dict[str, Callable[[int, range, range], np.ndarray]] = {
    "elevation, float32": terrain.elevation,
    "reflectance, 4 x uint16": terrain.reflectance,
    "photograph, 3 x uint8": terrain.photograph,
    "classes, uint8": classes,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size-px", type=int, default=4096)
    parser.add_argument("--table", choices=[name.partition(",")[0] for name in _RASTERS])
    parser.add_argument("--aim", choices=AIMS, default=AIMS[0])
    arguments = parser.parse_args()
    edge = range(arguments.size_px)
    if arguments.table is None:
        print("| raster |", " | ".join(f'`aim="{aim}"`' for aim in AIMS), "|")
        print("|---|", "|".join("---" for _ in AIMS), "|")
    for name, make in _RASTERS.items():
        array = da.from_array(make(SEED, edge, edge), chunks=(-1, 2048, 2048))
        if arguments.table is None:
            choices = [ccog.plan(array, compress="auto", aim=aim).choice for aim in AIMS]
            print(f"| {name} |", " | ".join(_options(choice) for choice in choices), "|")
        elif name.startswith(arguments.table):
            choice = ccog.plan(array, compress="auto", aim=arguments.aim).choice
            head, *rows = choice_cells(choice)
            print("|", " | ".join(head), "|\n|", "|".join("---" for _ in head), "|")
            for row in rows:
                print("|", " | ".join(row), "|")


def _options(choice: Choice) -> str:
    return " ".join(choice.chosen.options.values()) + f"; {choice.chosen.ratio:.3f}"


if __name__ == "__main__":
    main()
