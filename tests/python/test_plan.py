"""`ccog.plan` takes what `write_ccog` takes and refuses what it refuses."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import ccog
from ccog import _planning
from ccog.errors import InvalidArgumentError

IMAGE = np.zeros((2, 40, 30), "uint8")


def test_the_arguments_are_those_of_a_write():
    ours, theirs = inspect.signature(ccog.plan), inspect.signature(ccog.write_ccog)
    assert {**theirs.parameters, "sample": ours.parameters["sample"]} == ours.parameters
    assert ours.parameters["sample"].default is False
    assert ours.return_annotation == "Plan"
    plan = ccog.plan(
        IMAGE, "s3://bucket/key", storage_options={"anon": True}, tags={"a": "b"}, blocksize=16
    )
    assert plan.levels == ((40, 30), (20, 15), (10, 7))


@pytest.mark.parametrize(
    "arguments",
    [
        {"storage_options": {"secrt": "x"}},
        {"tags": {"IMAGE_STRUCTURE": {"a": "b"}}},
        {"band_tags": [{}]},
        {"colormap": {0: (1, 2)}},
        {"gcps": [(1, 2)]},
        {"layout": "rows"},
        {"parts": "consecutive"},
        {"max_waiting_bytes": "1 GiB"},
        {"max_waiting_bytes": -1},
        {"max_task_bytes": True},
        {"max_task_bytes": -1},
        {"assume_ratio": 0},
        {"assume_ratio": 1.01},
        {"assume_ratio": float("nan")},
        {"assume_ratio": True},
        {"nodata": 256},
        {"compres": "ZSTD"},
        {"tiling_scheme": "Mercator"},
        {"mask": np.zeros((3, 3))},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_both_refuse_the_same(arguments):
    messages = []
    for function in (ccog.plan, ccog.write_ccog):
        with pytest.raises(InvalidArgumentError) as raised:
            function(IMAGE, None, **arguments)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


def test_nobody_can_change_a_plan_through_its_arguments():
    plan = _planning.prepare(IMAGE, None).plan
    plan.arguments["bands"] = 7
    plan.__getstate__()["bands"] = 7
    assert plan.arguments["bands"] == plan.bands == 2
