"""Refusals that say what is wrong: requests are made again by another clock, for another region."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ccog.errors import StoreError
from particular import InRegion, Particular, WithOwnClock
from places import Place
from s3_proxy import Exchange, Response, S3Proxy


@pytest.mark.parametrize(
    "server",
    [
        WithOwnClock(),
        WithOwnClock(ahead=timedelta(days=-400)),
        InRegion(),
    ],
    ids=["clock ahead", "clock behind", "other region"],
)
@pytest.mark.parametrize("scheduler", ["threads", "distributed"])
def test_a_write_heeds_what_the_store_says_of_its_requests(
    on_s3: Place, proxy: S3Proxy, client: Any, server: Particular, scheduler: str
) -> None:
    server.refused = server.taken = 0
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected = on_s3.read()
    proxy.hook = server
    on_s3.write(on_s3.source()).compute(
        scheduler=client if scheduler == "distributed" else "threads"
    )
    assert on_s3.read() == expected
    assert on_s3.leftovers() == []
    # Each store learns it once, though several threads may be refused before one has.
    assert 1 <= server.refused < server.taken / 2


def test_a_clock_that_no_correction_satisfies_is_an_error(on_s3: Place, proxy: S3Proxy) -> None:
    class Confused(WithOwnClock):
        def refusal(self, exchange: Exchange) -> Response | None:
            self.ahead += timedelta(days=1)
            return super().refusal(exchange)

    proxy.hook = Confused()
    with pytest.raises(StoreError, match=r"RequestTimeTooSkewed.*clock"):
        on_s3.write(on_s3.source()).compute(scheduler="threads")
    assert on_s3.leftovers() == []
