"""Writes through a proxy that makes requests fail: the object is right, or an error was raised."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccog import _openers
from ccog.errors import CcogError, StoreError
from clusters import cluster_client
from fault_schedule import FaultSchedule, name_of
from faults import (
    CutHeaders,
    Fault,
    HangUp,
    LateAnswer,
    LateRequest,
    LoseAnswer,
    NotHttp,
    Refuse,
    SlowDownBurst,
    Twice,
)
from faulty_writes import TIMEOUTS, Outcome, carry_out, draw_write
from places import Place
from s3_proxy import S3Proxy
from test_failures import KillWorkerOnce

#: Of each kind; `./dev test` takes every fifth. A quarter is done on versitygw.
WRITES = 200
CASES = pytest.mark.parametrize(
    ("seed", "s3_server"),
    [
        pytest.param(
            seed,
            "versitygw" if seed % 4 == 2 else "moto",
            marks=[] if seed % 5 == 0 else pytest.mark.slow,
        )
        for seed in range(WRITES)
    ],
    indirect=["s3_server"],
)


def scheduler_of(seed: int, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Some run on a cluster."""
    if seed % 10 == 5:
        return {"scheduler": request.getfixturevalue("client")}
    return {"scheduler": "threads"}


def judge(outcome: Outcome, server: str) -> None:
    wild = "" if outcome.write.must_work else " --wild"
    again = f"./dev faults --case {outcome.write.seed} --server {server}{wild}"
    story = "\n    ".join(map(str, [outcome.write, *outcome.events]))
    assert outcome.problems == [], f"{again} makes it again: {story}"
    assert outcome.stored or outcome.error is not None


@CASES
def test_every_write_works_where_one_request_in_twenty_fails(
    seed: int, s3_server: str, s3: Any, proxy: S3Proxy, request: pytest.FixtureRequest
) -> None:
    write = draw_write(seed, wild=False)
    assert write.must_work
    outcome = carry_out(write, s3, proxy, **scheduler_of(seed, request))
    judge(outcome, s3_server)
    assert outcome.stored and outcome.error is None


@CASES
def test_an_object_is_right_or_absent_whatever_fails(
    seed: int, s3_server: str, s3: Any, proxy: S3Proxy, request: pytest.FixtureRequest
) -> None:
    write = draw_write(seed, wild=True)
    judge(carry_out(write, s3, proxy, **scheduler_of(seed, request)), s3_server)


def test_a_schedule_is_the_same_whatever_the_order_of_requests() -> None:
    requests = [("PUT", f"/b/k?partNumber={n}&uploadId=u") for n in range(1, 30)] * 3
    first, second = FaultSchedule(7, 0.3), FaultSchedule(7, 0.3)
    for method, path in requests:
        first(method, path)
    for method, path in sorted(requests, reverse=True):
        second(method, path.replace("=u", "=another"))
    assert 10 < len(first.events) < 60
    assert sorted(map(str, first.events)) == sorted(map(str, second.events))
    assert [str(event) for event in FaultSchedule(8, 0.3).events] != first.events


# ---------------------------------------------------------------- one kind of request, one fault


def at(asked: str, fault: Fault, attempts: int = 1) -> Any:
    """A hook by which the first attempts at what is asked meet a fault."""
    schedule = FaultSchedule(0, 0)

    def hook(method: str, path: str) -> Fault | None:
        schedule(method, path)
        name = name_of(method, path)
        matches = name == asked or name.rpartition(" ")[0] == asked
        return fault if matches and schedule.seen[name] <= attempts else None

    return hook


@pytest.fixture
def impatient(on_s3: Place) -> Place:
    """The bucket behind the proxy, for a client that waits for two seconds."""
    return replace(on_s3, storage_options=on_s3.storage_options | {"config_kwargs": {**TIMEOUTS}})


@pytest.mark.parametrize("fault", [LoseAnswer(), Twice(), LateRequest(), CutHeaders()], ids=repr)
def test_a_complete_whose_answer_is_lost_has_worked(
    impatient: Place, proxy: S3Proxy, fault: Fault
) -> None:
    impatient.write(impatient.source()).compute(scheduler="threads")
    expected = impatient.read()
    proxy.hook = at("complete", fault)
    result = impatient.write(impatient.source()).compute(scheduler="threads")
    proxy.wait_until_quiet()
    assert impatient.read() == expected
    assert result.size_bytes == len(expected or b"")
    assert impatient.leftovers() == []


@pytest.mark.parametrize("fault", [CutHeaders(), HangUp(), NotHttp(), Refuse(502)], ids=repr)
def test_what_stands_there_is_asked_for_again(on_s3: Place, proxy: S3Proxy, fault: Fault) -> None:
    on_s3.put(b"0123456789")
    store = _openers.opener_of(on_s3.url, on_s3.storage_options).open()
    proxy.hook = at("head", fault)
    assert store.head().size_bytes == 10
    proxy.hook = at("get", fault)
    assert store.get(2, 5) == b"234"


def test_an_upload_whose_creation_was_not_answered_is_adopted(
    impatient: Place, proxy: S3Proxy
) -> None:
    proxy.hook = at("create", LoseAnswer())
    impatient.write(impatient.source()).compute(scheduler="threads")
    assert proxy.creations() == 1
    assert impatient.leftovers() == []


def test_retry_after_is_waited_for(impatient: Place, proxy: S3Proxy) -> None:
    proxy.hook = at("complete", SlowDownBurst(retry_after="2"))
    began_s = time.monotonic()
    impatient.write(impatient.source()).compute(scheduler="threads")
    assert time.monotonic() - began_s >= 2


def test_a_store_that_never_answers_holds_nobody(impatient: Place, proxy: S3Proxy) -> None:
    impatient.storage_options["config_kwargs"]["retries"] = {"total_max_attempts": 2}
    proxy.hook = at("part", LateAnswer(), attempts=2)  # who waited would get his answer
    with pytest.raises(StoreError, match="after 2 attempts") as raised:
        impatient.write(impatient.source()).compute(scheduler="sync")
    assert raised.value.retryable
    proxy.wait_until_quiet()
    assert impatient.leftovers() == []


# ---------------------------------------------------------------- nothing is left behind


@pytest.mark.parametrize("scheduler", ["threads", "distributed"])
def test_a_clean_up_under_faults_goes_on_until_nothing_is_listed(
    impatient: Place, proxy: S3Proxy, client: Any, scheduler: str
) -> None:
    passing = FaultSchedule(0, 0)

    def hook(method: str, path: str) -> Fault | None:
        if name_of(method, path) == "complete":
            return Refuse(403, "AccessDenied")
        return passing(method, path)

    for seed in (1, 2):
        passing = FaultSchedule(seed, 0.3)
        proxy.hook = hook
        write = impatient.write(impatient.source())
        with pytest.raises(CcogError, match="AccessDenied") as raised:
            write.compute(scheduler=client if scheduler == "distributed" else "threads")
        proxy.wait_until_quiet()
        assert not getattr(raised.value, "__notes__", []), f"{passing}"
        assert impatient.leftovers() == [], f"{passing}"
        assert impatient.read() is None


def test_workers_killed_under_faults_change_nothing(
    impatient: Place, proxy: S3Proxy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    impatient.write(impatient.source()).compute(scheduler="threads")
    expected_sum = impatient.sum()
    flags: Path = tmp_path_factory.mktemp("flags")
    array = impatient.source(KillWorkerOnce(flags, ((0, 1), (0, 2))))
    schedule = proxy.hook = FaultSchedule(38, 0.3)
    with cluster_client() as client:
        impatient.write(array).compute(scheduler=client)
    proxy.wait_until_quiet()
    assert len(list(flags.iterdir())) == 2
    assert schedule.events
    assert impatient.sum() == expected_sum
    assert impatient.leftovers() == [], f"{schedule}"
