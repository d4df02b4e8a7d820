"""Rows make GDAL's file to the byte; chunks make its tiles in an order of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import rasterio
from hypothesis import given, settings

from same_bytes import check_chunks, check_rows, check_strips
from writes import PROFILE, aligned_cases, row_cases, strip_cases


@settings(PROFILE, max_examples=80)
@given(strip_cases(["NONE", "LZW"]))
def test_strips_are_gdals_file(case):
    check_strips(case)


@settings(PROFILE, max_examples=80)
@given(aligned_cases(["NONE", "LZW"]))
def test_chunks_are_gdals_tiles_and_tags(case):
    check_chunks(case)


@settings(PROFILE, max_examples=120)
@given(row_cases(["NONE"]))
def test_any_chunks_in_rows_are_gdals_file(case):
    check_rows(case)


def test_so_they_are_compressed():
    compare_compressed(max_examples=80)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_are_so_compressed():
    compare_compressed(max_examples=1500)


def compare_compressed(max_examples: int) -> None:
    wheel = Path(rasterio.__file__).parents[1] / "rasterio.libs"
    codecs = [*wheel.glob("libdeflate-*.so*"), *wheel.glob("libzstd-*.so*")]
    if len(codecs) != 2:
        pytest.skip(f"{wheel} has not GDAL's libdeflate and libzstd, which ccog is to use as well")
    program = Path(__file__).with_name("same_bytes.py")
    result = subprocess.run(
        [sys.executable, "-W", "ignore", program, str(max_examples)],
        env=os.environ | {"LD_PRELOAD": ":".join(map(str, codecs))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
