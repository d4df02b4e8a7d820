"""Random writes over all options are GDAL's files; `differential.py` says which, and shows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import same_libraries
from random_case import draw_case

PROGRAM = Path(__file__).with_name("differential.py")


def run(*arguments: object) -> None:
    environment = same_libraries.preloaded()
    if environment is None:
        pytest.skip("rasterio's wheel has not the codec libraries that ccog is to use as well")
    command = [sys.executable, "-W", "ignore", PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("first", [51_000_000, 51_000_060])
def test_random_writes_are_gdals(first):
    run("--case", *range(first, first + 60))


@pytest.mark.parametrize("seed", [62, 63])
def test_random_colour_tables_are_gdals(seed):
    run(f"--seed={seed}", "--cases=40", "--only=COLOR_TABLE")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_writes_are_gdals():
    run("--seed=13", "--cases=500")


def test_a_seed_is_a_case():
    assert draw_case(11_000_007).text() == draw_case(11_000_007).text()
    assert draw_case(11_000_007).text() != draw_case(11_000_008).text()
