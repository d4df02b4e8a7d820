"""The table of `docs/s3.md` is of the tests that there are."""

from __future__ import annotations

import pytest

import conformance


def test_the_page_says_what_is_run_on_which_store() -> None:
    if not conformance.PROGRAM.exists():
        pytest.skip("no build/dev/ccog_tests: ./dev test builds it")
    results: conformance.Results = {}
    for name, store in sorted(conformance.listed()):
        results.setdefault(name, {})[store] = "yes"
    # What came out is CTest's to say.
    page = conformance.on_page().replace(" skipped ", " yes ").splitlines()[:-1]
    assert sorted(page) == sorted(conformance.table(results).splitlines()[:-1]), "run ./dev servers"
    assert "failed" not in conformance.on_page()
