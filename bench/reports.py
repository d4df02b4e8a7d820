"""The JSON that a run of the benchmark leaves, and what changed from one to another."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccog
import samples
from targets import FILE, S3, server_name

#: What changes are looked for in, and what a unit of it is called.
_FIGURES = {"wall_s": "s", "cpu_s": "s of CPU", "peak_bytes": "bytes", "size_bytes": "bytes"}
_PACKAGES = (
    *("dask", "imagecodecs", "numpy", "odc-geo", "rasterio", "rio-cogeo", "rioxarray"),
    *("s3fs", "xarray", "zarr"),
)


def machine() -> dict[str, str]:
    """Say where and with what the figures were measured."""
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "taken": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        "cpu": names[0] if names else platform.machine(),
        "cores": str(os.cpu_count()),
        "server": server_name(),
        "python": platform.python_version(),
        "ccog": ccog.__version__,
    } | {name: importlib.metadata.version(name) for name in _PACKAGES}


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Put what was measured anew in the place of what was there; a row of a table counts as one."""
    out = old | new
    out["rows"] = old.get("rows", {}) | new.get("rows", {})
    tables = old.get("options", {}), new.get("options", {})
    titles = dict.fromkeys(title for table in tables for title in table)
    out["options"] = {
        title: tables[0].get(title, {}) | tables[1].get(title, {}) for title in titles
    }
    return out


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def save(path: Path, report: dict[str, Any]) -> None:
    """Write it with as many digits as mean something."""
    path.write_text(json.dumps(_rounded(report), indent=1) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Name every median that moved by more than either's runs lie apart."""
    for name, row in new.get("rows", {}).items():
        for kind in (FILE, S3):
            before, now = old.get("rows", {}).get(name, {}).get(kind, {}), row.get(kind, {})
            for writer in now:
                for figure, unit in _FIGURES.items():
                    a, b = samples.of(before, writer, figure), samples.of(now, writer, figure)
                    if a is None or b is None or a.median == 0:
                        continue
                    if abs(b.median - a.median) > max(a.spread, b.spread):
                        yield (
                            f"{name} to {kind}, {writer}: {a.median:.6g} to {b.median:.6g} {unit} "
                            f"({b.median / a.median - 1:+.1%})"
                        )
