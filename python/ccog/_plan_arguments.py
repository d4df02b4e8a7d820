"""The arguments of the core's plan, of what the user gave: pixels, options, store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ccog import _alpha, _core, _openers, _source, template
from ccog._palette import palette_of

if TYPE_CHECKING:
    from ccog._arrangement import Arrangement
    from ccog._openers import Opener
    from ccog.georeference import Georeference
    from ccog.options import WriteOptions

#: What a task that puts tile rows together may hold; None: as the core sees fit.
STRIP_BYTES: int | None = None


def plan_arguments(
    described: Georeference,
    options: WriteOptions,
    opener: Opener | None,
    arrangement: Arrangement,
) -> dict[str, Any]:
    """Give them by name; GDAL makes the tags, and refuses what it cannot make."""
    array = described.array
    alpha_is_mask = _alpha.becomes_mask(described, options)
    image_bands = described.bands - 1 if alpha_is_mask else described.bands
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
        alpha_band=image_bands if alpha_is_mask else _alpha.alpha_band(described),
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
        palette=palette_of(described),
        statistics=options.statistics,
        big_tiff=options.bigtiff,
        template_file=template_file,
        metadata=template.final_metadata(template_file, described),
        limits=_openers.BYTES_LIMITS if opener is None else opener.limits,
        in_place=opener is not None and opener.in_place,
        gather=opener is None,
        strip_bytes=STRIP_BYTES,
        **arrangement._asdict(),
    )
