"""What `compress="auto"` chooses for the benchmark's rasters, or all that it tries for one."""

from __future__ import annotations

import argparse

import dask.array as da

import ccog
from ccog._choice import AIMS, Choice
from ccog._table import choice_cells
from rasters import RASTERS, SEED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size-px", type=int, default=4096)
    parser.add_argument("--table", choices=list(RASTERS))
    parser.add_argument("--aim", choices=AIMS, default=AIMS[0])
    arguments = parser.parse_args()
    edge = range(arguments.size_px)
    if arguments.table is None:
        print("| raster |", " | ".join(f'`aim="{aim}"`' for aim in AIMS), "|")
        print("|---|", "|".join("---" for _ in AIMS), "|")
    for name, raster in RASTERS.items():
        array = da.from_array(raster.make(SEED, edge, edge), chunks=(-1, 2048, 2048))
        if arguments.table is None:
            choices = [ccog.plan(array, compress="auto", aim=aim).choice for aim in AIMS]
            print(
                f"| {name}, {raster.bands} x {raster.dtype} |",
                " | ".join(_options(choice) for choice in choices),
                "|",
            )
        elif name == arguments.table:
            choice = ccog.plan(array, compress="auto", aim=arguments.aim).choice
            head, *rows = choice_cells(choice)
            print("|", " | ".join(head), "|\n|", "|".join("---" for _ in head), "|")
            for row in rows:
                print("|", " | ".join(row), "|")


def _options(choice: Choice) -> str:
    return " ".join(choice.chosen.options.values()) + f"; {choice.chosen.ratio:.3f}"


if __name__ == "__main__":
    main()
