"""From what the user gave to a plan: everything that can be refused is refused here."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ccog import (
    _alpha,
    _choice,
    _core,
    _mask,
    _openers,
    _source,
    _target_grid,
    _tiling,
    _units,
    georeference,
)
from ccog._arrangement import MAX_WAITING_BYTES, arrangement_of, check_part_sizes
from ccog._checksum import with_checksum
from ccog._choice import Choice
from ccog._condition import WriteCondition, condition_of
from ccog._copied_tags import copied_tags
from ccog._journal import Journal, journal_of
from ccog._openers import Opener
from ccog._palette import check_palette
from ccog._plan_arguments import plan_arguments
from ccog._sample import Sample
from ccog.errors import InvalidArgumentError, LimitError
from ccog.options import parse_options

_DESCRIBING = tuple(inspect.signature(georeference.describe).parameters)[1:]

#: Finds out of an array and the plan's arguments how well it compresses.
Sampler = Callable[[Any, Mapping[str, Any]], Sample]


@dataclass(frozen=True)
class Prepared:
    """A plan with the array it is for.

    Attributes
    ----------
    array:
        Dask or NumPy, ``(y, x)`` or ``(band, y, x)``, north-up; a mask is the last band.
    plan:
        The core's plan.
    opener:
        Of the store; None for bytes.
    condition:
        What has to hold of what stands there.
    journal:
        Where records are kept, if they are.
    choice:
        Of the codec, where it was left to ccog.
    """

    array: Any
    plan: _core.WritePlan
    opener: Opener | None
    condition: WriteCondition
    journal: Journal | None
    choice: Choice | None


def prepare(
    data: Any,
    store: Any,
    *,
    sampler: Sampler | None = None,
    storage_options: Any = None,
    overwrite: bool = True,
    if_match: str | None = None,
    checksum: str | None = None,
    layout: str = "chunk",
    parts: str = "gaps",
    max_waiting_bytes: int = MAX_WAITING_BYTES,
    max_task_bytes: int | None = None,
    assume_ratio: float | None = None,
    aim: str | None = None,
    journal: Any = None,
    resume: bool = False,
    creation_options: Mapping[str, Any] | None = None,
    COG_creation_options: Mapping[str, Any] | None = None,  # noqa: N803 - its older spelling
    **others: Any,
) -> Prepared:
    """Check everything and make the plan; touches no network, unless pixels are looked at.

    The arguments are those of `write_ccog`; `others` are those of `georeference.describe`, and
    creation options. Where those leave the codec to ccog, some tiles are looked at.

    Parameters
    ----------
    sampler:
        Reads pixels, if the image may be too large for the store and nothing is said of its ratio.
        None: no pixel is read for that, and such an image is refused.
    """
    arrangement = arrangement_of(
        layout=layout,
        parts=parts,
        max_waiting_bytes=max_waiting_bytes,
        max_task_bytes=max_task_bytes,
        assume_ratio=assume_ratio,
    )
    opener = _openers.opener_of(store, storage_options)
    check_part_sizes(opener, parts)
    opener = with_checksum(opener, checksum)
    condition = condition_of(overwrite, if_match, opener)
    kept = journal_of(journal, resume, opener, storage_options, parts)
    described = georeference.describe(
        data, **{name: others.pop(name) for name in _DESCRIBING if name in others}
    )
    array = described.array
    if isinstance(getattr(array, "_meta", None), np.ma.MaskedArray):
        raise InvalidArgumentError(
            "masked arrays are not taken: pass dask.array.ma.filled(data, value) and nodata=value, "
            "or mask=~dask.array.ma.getmaskarray(data)"
        )
    parsed = parse_options(
        others,
        creation_options,
        COG_creation_options,
        dtype=array.dtype,
        has_color_table=bool(described.color_table),
    )
    aim = _choice.check_aim(aim, auto=parsed.auto)
    _target_grid.check_target(described, parsed)
    if parsed.tiling_scheme != "CUSTOM":
        fitted = _tiling.fit(described, parsed)
        described = replace(described, tiling_scheme=fitted.items)
        parsed = replace(parsed, overview_count=fitted.overview_count)
    check_palette(described, parsed)
    described = _alpha.with_one_mask(described, parsed)
    by_vrt = _alpha.becomes_mask(described, parsed) or parsed.statistics
    described = copied_tags(described, parsed, by_vrt=by_vrt)
    arguments_of = partial(plan_arguments, described, opener=opener, arrangement=arrangement)
    arguments = arguments_of(parsed)
    if described.mask is not None:
        chunk_px = _source.chunk_px(array, parsed.blocksize)
        array = _mask.join(array, described.mask, chunk_px, byte_mask=parsed.statistics)
    choice = None
    if parsed.auto:
        choice, codec = _choice.choose(array, arguments, aim)
        arguments = arguments_of(replace(parsed, image=codec, overview=codec))
    plan = _make_plan(array, arguments, sampler)
    return Prepared(array, plan, opener, condition, kept, choice)


def _make_plan(
    array: Any, arguments: Mapping[str, Any], sampler: Sampler | None
) -> _core.WritePlan:
    """Make the plan; where only the worst case is too much for the store, of what is likely.

    Its units are the chunks, or several of them.
    """
    try:
        return _units.with_fewest_moved(_core.WritePlan(**arguments), arguments)
    except LimitError:
        if sampler is None or arguments["assume_ratio"] is not None:
            raise
        try:
            _core.WritePlan(**{**arguments, "assume_ratio": sys.float_info.min})
        except LimitError:
            would_do = False
        else:
            would_do = True
        if not would_do:  # whatever the ratio, so not a pixel is read
            raise
    sampled = {**arguments, "assume_ratio": sampler(array, arguments).ratio}
    return _units.with_fewest_moved(_core.WritePlan(**sampled), sampled)
