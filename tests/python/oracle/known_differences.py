"""Where a random case may differ from GDAL, and why; everything else is a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verdicts import AGREEMENT, NOT_DONE, REFUSED_BY_US, SAME, Verdict


@dataclass(frozen=True)
class Known:
    """A difference with its cause.

    Attributes
    ----------
    what, cause:
        For the page of compatibility.
    applies:
        Whether it can be what a verdict shows.
    comparable:
        False where bytes cannot be compared: GDAL's own vary, or numbers are compared instead.
    """

    what: str
    cause: str
    applies: Callable[[Verdict], bool]
    comparable: bool = True

    def text(self) -> str:
        return f"{self.what}: {self.cause}"


def _unused_overview_codec(verdict: Verdict) -> bool:
    codec = verdict.case.options.get("OVERVIEW_COMPRESS", "none")
    return _refused(f"ccog: COMPRESS={codec} holds")(verdict) and codec != verdict.case.options.get(
        "COMPRESS"
    )


def _unused_codec(verdict: Verdict) -> bool:
    options = verdict.case.options
    empty = verdict.case.pixels in ("zero", "nodata") and options.get("SPARSE_OK") == "YES"
    return empty and _refused(f"ccog: COMPRESS={options.get('COMPRESS')} holds")(verdict)


def _due_to(kind: str, cause: str) -> Callable[[Verdict], bool]:
    """Return whether a verdict of this kind has nothing but differences that begin so."""
    return lambda verdict: (
        verdict.kind == kind and all(text.startswith(cause) for text in verdict.differences)
    )


def _refused(*words: str) -> Callable[[Verdict], bool]:
    """Return whether only ccog refuses, and says all of this."""
    return lambda verdict: (
        verdict.kind == REFUSED_BY_US and all(word in verdict.differences[0] for word in words)
    )


KNOWN: tuple[Known, ...] = (
    Known(
        "a mask from a source whose masks have 8 bits a pixel, such as GDAL's MEM",
        "GDAL makes each level of the mask from the grey values of the one before; here, as from a "
        "GeoTIFF's masks of one bit, from valid and invalid. Not among the cases",
        lambda _: False,
    ),
    Known(
        "uint64 overviews of 2^64",
        "GDAL's cast of what reaches it, as CUBIC and LANCZOS do beside the largest values, is "
        "undefined and gives 0; here the largest value. Not among the cases",
        lambda _: False,
    ),
    Known(
        "LERC of 8-bit samples",
        "liblerc ends its Huffman code in bytes that it never wrote, so that GDAL's own files "
        "differ from run to run; nothing else differs",
        _due_to(SAME, "liblerc: "),
        comparable=False,
    ),
    Known(
        "NBITS, several bands and tiles that pass the edge of the image",
        "GDAL packs whatever its memory holds beyond the edge, of all bands but the last, so that "
        "its own files differ from run to run; zeros here",
        _due_to(SAME, "padding: "),
        comparable=False,
    ),
    Known(
        "OVERVIEW_COMPRESS=LERC beside another COMPRESS",
        "refused: libtiff has the parameters of LERC from the image. Not among the cases: beside "
        "NBITS, where GDAL crashes",
        _refused("OVERVIEW_COMPRESS=LERC"),
    ),
    Known(
        "MAX_Z_ERROR_OVERVIEW where overviews are not LERC",
        "refused, for it would be ignored",
        _refused("MAX_Z_ERROR_OVERVIEW"),
    ),
    Known(
        "OVERVIEW_COMPRESS that does not hold such samples, where there are no overviews",
        "refused whatever the size of the image; GDAL looks at it where it makes overviews",
        _unused_overview_codec,
    ),
    Known(
        "COMPRESS that does not hold such samples, where SPARSE_OK=YES leaves out every tile",
        "refused whatever is in the image; GDAL looks at it when it encodes a tile",
        _unused_codec,
    ),
    Known(
        "an option that could not act, such as OVERVIEW_QUALITY beside OVERVIEW_COMPRESS=LZW",
        "refused; GDAL ignores it, or warns",
        _refused("contradicts"),
    ),
    Known(
        "COMPRESS=JPEG, int8 and an alpha band",
        "refused: GDAL makes the alpha a mask of uint8, whose overviews int8 does not hold",
        _refused("opacities are no int8"),
    ),
    Known(
        "COMPRESS=JPEG, STATISTICS=YES, an alpha band and mask=",
        "refused: GDAL measures what mask= says, and masks all else by the alpha band",
        _refused("STATISTICS=YES would be of mask="),
    ),
    Known(
        "OVERVIEW_PREDICTOR that complex samples do not take, without overviews",
        "refused; GDAL looks at it when it makes overviews",
        _refused("ccog: OVERVIEW_PREDICTOR", "the data is complex"),
    ),
    Known(
        "complex samples in bands of more than 5 MiB, or images of more than 16 MiB",
        "GDAL makes their overviews in pieces of so many rows, which show where sizes are odd; "
        "under NEAREST, or with a mask, it makes each level from full resolution, here from the "
        "level before. Not among the cases",
        lambda _: False,
    ),
    Known(
        "STATISTICS=YES",
        "mean and standard deviation are exact here, and sums in the order of blocks in GDAL; they "
        "agree to 1e-12, and may differ in the last digits of their text",
        _due_to(SAME, "digits: "),
        comparable=False,
    ),
)


def cause(verdict: Verdict) -> str | None:
    """Return why the verdict is no agreement; None where it is one, or where nobody knows."""
    if verdict.kind in AGREEMENT:
        return None
    for known in KNOWN:
        if known.applies(verdict):
            return known.text()
    return None


def is_unexplained(verdict: Verdict) -> bool:
    """Whether something is wrong; what is said not to be done yet is not."""
    if verdict.kind in (*AGREEMENT, NOT_DONE):
        return False
    return cause(verdict) is None
