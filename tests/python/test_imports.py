"""What is imported with the package, and what not until it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ccog

#: That take long to import, and that a process may do without.
HEAVY = {
    *("dask", "distributed", "tornado", "jinja2", "cloudpickle", "yaml"),
    *("xarray", "pandas", "rasterio", "fsspec", "botocore", "boto3", "asyncio", "ssl"),
}


def imported_by(program: str) -> list[str]:
    """Modules that a fresh process, in which NumPy is, imports when it runs a program."""
    script = f"""
import sys, numpy
before = set(sys.modules)
{program}
print(*set(sys.modules) - before)
"""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def packages_of(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize(
    "program", ["import ccog", "import ccog; dir(ccog)", "import ccog.uploads"]
)
def test_the_package_alone_imports_nothing_heavy(program: str) -> None:
    assert packages_of(imported_by(program)) & HEAVY == set()


def test_the_package_alone_imports_few_modules() -> None:
    modules = imported_by("import ccog")
    assert "ccog" in modules and len(modules) <= 12


def test_the_functions_alone_import_dask_and_no_arrays() -> None:
    # Dask itself imports the others.
    of_dask = {"dask", "jinja2", "yaml", "cloudpickle", "ssl"}
    imported = packages_of(imported_by("from ccog import plan, write_ccog"))
    assert imported & HEAVY <= of_dask


def test_a_plan_imports_no_scheduler() -> None:
    program = "import ccog; ccog.plan(numpy.zeros((600, 600), 'uint8'))"
    imported = packages_of(imported_by(program))
    assert {"dask", "rasterio"} <= imported
    assert not imported & {"distributed", "tornado", "fsspec"}


def test_all_that_is_public_is_there_and_listed() -> None:
    listed = dir(ccog)
    assert listed == sorted(set(listed))
    assert set(ccog.__all__) <= set(listed)
    namespace: dict[str, object] = {}
    exec("from ccog import *", namespace)
    assert set(ccog.__all__) <= namespace.keys()
    assert namespace["uploads"] is sys.modules["ccog.uploads"]
    with pytest.raises(AttributeError, match="no attribute 'plans'"):
        getattr(ccog, "plans")  # noqa: B009 - a type checker knows that there is none
