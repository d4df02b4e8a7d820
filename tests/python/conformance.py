"""Run the store contract on every store and say in `docs/s3.md` what was run.

`./dev servers` runs this. Edit the tests in `tests/cpp`, not that table.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import s3_servers

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "s3.md"
PROGRAM = ROOT / "build" / "dev" / "ccog_tests"
STORES = ("memory", "file", "file_in_place", *s3_servers.NAMES)
_FILTER = "--gtest_filter=Stores/StoreConformance.*:Servers/S3Servers.*"
_MARKS = ("<!-- made by ./dev servers -->\n", "<!-- until here -->\n")

Results = dict[str, dict[str, str]]  # of each test, what came out on each store


def run() -> Results:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        s3_servers.main([str(PROGRAM), _FILTER, "--gtest_brief=1", f"--gtest_output=json:{report}"])
        suites: list[dict[str, Any]] = json.loads(report.read_text())["testsuites"]
    results: Results = {}
    for test in (test for suite in suites for test in suite["testsuite"]):
        name, store = test["name"].split("/")
        came_out = "failed" if "failures" in test else "yes"
        if test["result"] == "SKIPPED":
            came_out = "skipped"
        results.setdefault(name, {})[store] = came_out
    return results


def listed() -> set[tuple[str, str]]:
    """The names of all tests with their stores, as the program has them."""
    command = [str(PROGRAM), _FILTER, "--gtest_list_tests"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (\w+)/(\w+)", text, re.M))


def table(results: Results) -> str:
    lines = [row(("what every store does", *STORES)), row(["---", *["---"] * len(STORES)])]
    for name, by_store in results.items():
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=A)(?=[A-Z])", " ", name).capitalize()
        lines.append(row((words, *(by_store.get(store, "") for store in STORES))))
    passed = [
        str(sum(by_store.get(store) == "yes" for by_store in results.values())) for store in STORES
    ]
    return "".join([*lines, row(("passed", *passed))])


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def on_page() -> str:
    """The table as the page has it."""
    return PAGE.read_text().partition(_MARKS[0])[2].partition(_MARKS[1])[0]


def main() -> int:
    if lacking := list(filter(None, map(s3_servers.missing, s3_servers.NAMES))):
        print("; ".join(lacking), file=sys.stderr)
        return 1
    results = run()
    before, _, rest = PAGE.read_text().partition(_MARKS[0])
    after = rest.partition(_MARKS[1])[2]
    PAGE.write_text(before + _MARKS[0] + table(results) + _MARKS[1] + after)
    return any("failed" in by_store.values() for by_store in results.values())


if __name__ == "__main__":
    sys.exit(main())
