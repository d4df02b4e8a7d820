"""Workers that die, stop and go in mid-write; writes that are interrupted, fail or are cancelled.

`./dev deaths` has many more of them (mishap_runs.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import mishaps
from mishaps import Mishap, carry_out
from s3_proxy import S3Proxy


@pytest.fixture(scope="module")
def mortals() -> Iterator[Any]:
    """A client of workers that may be killed."""
    with mishaps.cluster() as client:
        yield client


@pytest.mark.parametrize(
    "what", [*mishaps.SURVIVED, *mishaps.ENDED, *mishaps.ORPHANED], ids=lambda what: what
)
def test_what_happens_to_a_write_has_the_end_that_is_promised(
    what: str, s3: Any, proxy: S3Proxy, mortals: Any
) -> None:
    # Through the proxy, for moto does not say when uploads began.
    options = s3.storage_options | {"endpoint_url": proxy.endpoint_url}
    ending = carry_out(Mishap(what, 1), replace(s3, storage_options=options), mortals)
    print(ending)
    assert ending.problems == []
