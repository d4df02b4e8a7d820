"""The versions that decide the bytes: they must be the same on the client and on every worker."""

from __future__ import annotations

from typing import Any

from ccog import _core
from ccog.errors import InvalidArgumentError

Versions = dict[str, str]


def current(plan: _core.WritePlan) -> Versions:
    """Versions of ccog and of the codecs that the plan uses, in this process."""
    return {"ccog": _core.__version__, "codecs": plan.codec_versions}


def check(here: Versions, expected: Versions, who: str) -> None:
    """Raise `InvalidArgumentError` where `here` (of `who`) is not what the plan was made with."""
    if here == expected:
        return
    differences = ", ".join(
        f"{name} {here.get(name, 'absent')} instead of {wanted}"
        for name, wanted in expected.items()
        if here.get(name) != wanted
    )
    raise InvalidArgumentError(
        f"{who} has {differences}; install the same ccog wheel and codec libraries on the client "
        "and on all workers, since a task that runs again elsewhere must make the same bytes"
    )


def check_cluster(client: Any, plan: _core.WritePlan) -> None:
    """Compare every worker of a `distributed.Client` with this process, before a write begins."""
    expected = current(plan)
    for worker, versions in client.run(_on_worker, plan, on_error="return").items():
        if not isinstance(versions, dict):
            raise InvalidArgumentError(
                f"worker {worker} cannot use ccog ({versions}); install the client's version "
                f"({expected['ccog']}) there"
            )
        check(versions, expected, f"worker {worker}")


def _on_worker(plan: _core.WritePlan) -> Versions:
    return current(plan)
