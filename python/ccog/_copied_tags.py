"""Which metadata GDAL's COG driver copies: COPY_SRC_MDD and SRC_MDD."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import replace

from ._tags import Domains
from .errors import InvalidArgumentError
from .georeference import Georeference
from .options import WriteOptions

__all__ = ["copied_tags"]

#: GDAL's name for the domain without a name.
_DEFAULT = "_default_"
#: These are no items of GDAL_METADATA, and are written whatever is said of domains.
_TAGS_OF_THEIR_OWN = ("RPC", "xml:XMP", "COLOR_PROFILE")
#: Of which VRTs have these.
_IN_VRTS = ("RPC", "xml:XMP")
#: GeoKeys say it.
_POINT = "AREA_OR_POINT"


def copied_tags(described: Georeference, options: WriteOptions, *, by_vrt: bool) -> Georeference:
    """Leave out the metadata that GDAL leaves out with these options; without them, nothing.

    As in GDAL 3.10: AUTO, its own default, copies the default domain, and IMAGERY of bands; YES all
    domains but the default one of bands; NO none; SRC_MDD those it names, but never the default one
    of bands.

    Parameters
    ----------
    by_vrt : bool
        Whether GDAL copies a VRT that it has made of the source, into which other domains do not
        get: with STATISTICS=YES, and where COMPRESS=JPEG makes a mask of alpha.

    Raises
    ------
    InvalidArgumentError
        The statistics, which are in the default domain of bands, would be left out.
    """
    mode, named = options.copy_src_mdd, [name.lower() for name in options.src_mdd]
    if mode is None and not named:
        return described
    keeps_bands_default = mode == "AUTO" and not named
    if options.statistics and not keeps_bands_default:
        said = f"SRC_MDD={','.join(options.src_mdd)}" if named else f"COPY_SRC_MDD={mode}"
        raise InvalidArgumentError(
            f"STATISTICS=YES contradicts {said}, which leaves out the domain that statistics are "
            "in, as in GDAL: leave one of the two out"
        )

    def is_copied(domain: str) -> bool:
        return domain.lower() in named if named else mode == "YES"

    has_default = _DEFAULT in named if named else mode != "NO"
    own = _IN_VRTS if by_vrt else _TAGS_OF_THEIR_OWN
    others = () if by_vrt else tuple(filter(is_copied, described.domains))
    of_bands = ("IMAGERY",) if keeps_bands_default else tuple(filter(is_copied, _names(described)))
    left = replace(
        described,
        tags={k: text for k, text in described.tags.items() if has_default or k == _POINT},
        domains=_only(described.domains, (*own, *others)),
        band_tags=described.band_tags if keeps_bands_default else (),
        band_domains=tuple(
            _only(domains, () if by_vrt else of_bands) for domains in described.band_domains
        ),
    )
    if mode == "YES" and not named and left != described:
        warnings.warn(
            "COPY_SRC_MDD=YES leaves out metadata, that of the bands' default domain before all, "
            "as in GDAL: without this option all is written",
            stacklevel=4,
        )
    return left


def _names(described: Georeference) -> set[str]:
    return {name for domains in described.band_domains for name in domains}


def _only(domains: Domains, names: Collection[str]) -> Domains:
    return {name: items for name, items in domains.items() if name in names}
