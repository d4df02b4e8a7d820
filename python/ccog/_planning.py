"""From what the user gave to a plan: everything that can be refused is refused here."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ccog import (
    _choice,
    _core,
    _mask,
    _openers,
    _source,
    _target_grid,
    _tiling,
    _units,
    georeference,
    template,
)
from ccog._checksum import with_checksum
from ccog._choice import Choice
from ccog._colors import colors_by_value
from ccog._condition import WriteCondition, condition_of
from ccog._copied_tags import copied_tags
from ccog._gdal_options import KERNELS, OWN_KERNELS
from ccog._journal import Journal, journal_of
from ccog._openers import Opener
from ccog._sample import Sample
from ccog.errors import InvalidArgumentError, LimitError
from ccog.options import WriteOptions, parse_options

_DESCRIBING = tuple(inspect.signature(georeference.describe).parameters)[1:]

#: Methods that GDAL has interpolate values with a colour table too, and warns of it.
_INTERPOLATING = ("BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS")

#: What a task that puts tile rows together may hold; None: as the core sees fit.
STRIP_BYTES: int | None = None


#: Finds out of an array and the plan's arguments how well it compresses.
Sampler = Callable[[Any, Mapping[str, Any]], Sample]

#: What `write_ccog` lets wait in the cluster unless it is told otherwise.
MAX_WAITING_BYTES = 64 << 30


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
    if layout not in ("chunk", "row-major"):
        raise InvalidArgumentError(f"layout={layout!r} is not known: use 'chunk' or 'row-major'")
    if parts not in ("gaps", "dense", "equal"):
        raise InvalidArgumentError(f"parts={parts!r} is not known: use 'gaps', 'dense' or 'equal'")
    _check_bytes("max_waiting_bytes", max_waiting_bytes)
    if max_task_bytes is not None:
        _check_bytes("max_task_bytes", max_task_bytes)
    _check_ratio(assume_ratio)
    opener = _openers.opener_of(store, storage_options)
    _check_part_sizes(opener, parts)
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
    _check_palette(described, parsed)
    alpha_is_mask = _alpha_becomes_mask(described, parsed)
    if described.mask is not None and alpha_is_mask:
        if parsed.statistics:
            raise InvalidArgumentError(
                "STATISTICS=YES would be of mask= and the overviews of the alpha band, which "
                "COMPRESS=JPEG makes the mask: leave one of the two out"
            )
        warnings.warn(
            "COMPRESS=JPEG makes the alpha band the mask, as GDAL does: mask= is left out",
            stacklevel=3,
        )
        described = replace(described, mask=None)
    described = copied_tags(described, parsed, by_vrt=parsed.statistics or alpha_is_mask)
    arguments_of = partial(
        _plan_arguments,
        described,
        opener=opener,
        row_major=layout == "row-major",
        parts=parts,
        max_waiting_bytes=max_waiting_bytes,
        max_task_bytes=max_task_bytes,
        assume_ratio=None if assume_ratio is None else float(assume_ratio),
    )
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


def _check_bytes(option: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise InvalidArgumentError(f"{option}={value!r} is no number of bytes: use an int")


def _check_ratio(value: Any) -> None:
    if value is None:
        return
    known = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (known and 0 < value <= 1):
        raise InvalidArgumentError(
            f"assume_ratio={value!r} is no ratio: use a number above 0 and at most 1, the bytes of "
            "encoded tiles by those of their samples"
        )


def _check_part_sizes(opener: _openers.Opener | None, parts: str) -> None:
    """Hold s3fs's word for equal parts against ours: the plan depends on it, the store does not."""
    if isinstance(opener, _openers.S3Opener):
        fixed = opener.storage_options.get("fixed_upload_size")
        if fixed and parts != "equal":
            raise InvalidArgumentError(
                f"fixed_upload_size=True asks for parts of one size, and parts={parts!r} does not: "
                "give parts='equal'"
            )


def _check_palette(described: georeference.Georeference, options: WriteOptions) -> None:
    if not described.color_table or not options.overviews:
        return
    if options.resampling in OWN_KERNELS:
        methods = ", ".join(kernel for kernel in KERNELS if kernel not in _INTERPOLATING)
        raise InvalidArgumentError(
            f"OVERVIEW_RESAMPLING={options.resampling} would mix numbers of colours: use one of "
            f"{methods} with this colour table"
        )
    if options.resampling in _INTERPOLATING:
        warnings.warn(
            f"OVERVIEW_RESAMPLING={options.resampling} interpolates numbers of colours, as GDAL "
            "does: AVERAGE takes means of colours, NEAREST and MODE make no new ones",
            stacklevel=4,
        )


def _plan_arguments(
    described: georeference.Georeference,
    options: WriteOptions,
    *,
    opener: Opener | None,
    **arrangement: Any,
) -> dict[str, Any]:
    """Give the arguments of the core's plan."""
    array = described.array
    bands = _band_count(described)
    alpha_is_mask = _alpha_becomes_mask(described, options)
    image_bands = bands - 1 if alpha_is_mask else bands
    for codec in (options.image, options.overview):
        _core.check_codec(
            codec.arguments, options.blocksize, image_bands, array.dtype.name, options.nbits
        )
    stored = described
    if alpha_is_mask:
        # GDAL would make it one on its own, but by way of a VRT that forgets tags.
        colors = described.color_interpretation[:-1]
        stored = replace(described, mask=array[-1], color_interpretation=colors)
    template_file = template.make_template(stored, options, array.dtype, image_bands)
    return dict(
        image_px=tuple(array.shape[-2:]),
        bands=image_bands,
        dtype=array.dtype.name,
        mask=alpha_is_mask or described.mask is not None,
        alpha_band=image_bands if alpha_is_mask else _alpha_band(described),
        sparse=options.sparse,
        interleave=options.interleave,
        source_chunk_px=_source.chunk_px(array, options.blocksize),
        tile_px=options.blocksize,
        overview_count=options.overview_count if options.overviews else 0,
        round_up=bool(described.tiling_scheme),
        image_codec=options.image.arguments,
        overview_codec=options.overview.arguments,
        nbits=options.nbits,
        resampling=options.resampling,
        nodata=described.nodata,
        palette=_palette(described),
        statistics=options.statistics,
        big_tiff=options.bigtiff,
        template_file=template_file,
        metadata=template.final_metadata(template_file, described),
        limits=_openers.BYTES_LIMITS if opener is None else opener.limits,
        in_place=opener is not None and opener.in_place,
        gather=opener is None,
        strip_bytes=STRIP_BYTES,
        **arrangement,
    )


def _palette(described: georeference.Georeference) -> bytes | None:
    if not described.color_table:
        return None
    return b"".join(map(bytes, colors_by_value(described.color_table)))


def _alpha_becomes_mask(described: georeference.Georeference, options: WriteOptions) -> bool:
    """Whether the last band, an alpha, is stored as the mask: GDAL does so for JPEG."""
    bands = _band_count(described)
    if options.image.compression != "JPEG" or bands not in (2, 4):
        return False
    if described.color_interpretation[-1:] != ("alpha",):
        return False
    if described.array.dtype == np.int8:
        raise InvalidArgumentError(
            "COMPRESS=JPEG makes the alpha band the mask, and a mask's opacities are no int8: "
            "write uint8, or use a lossless codec"
        )
    return True


def _band_count(described: georeference.Georeference) -> int:
    return 1 if described.array.ndim == 2 else int(described.array.shape[0])


def _alpha_band(described: georeference.Georeference) -> int | None:
    """Number, from 0, of the band that says how opaque the others are; GDAL takes the first."""
    colors = described.color_interpretation
    return colors.index("alpha") if "alpha" in colors else None
