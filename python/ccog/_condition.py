"""What has to hold of what stands at the target: ``overwrite`` and ``if_match`` of `write_ccog`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ccog.errors import InvalidArgumentError

if TYPE_CHECKING:
    from ccog._openers import Opener


class WriteCondition(NamedTuple):
    """See store/store.h.

    Attributes
    ----------
    only_if_absent:
        There is no object.
    if_match:
        The object there has this ETag; "" where any will do.
    """

    only_if_absent: bool = False
    if_match: str = ""


def condition_of(overwrite: Any, if_match: Any, opener: Opener | None) -> WriteCondition:
    """Check the two options, and that the store can keep what they say."""
    if type(overwrite) is not bool:
        raise InvalidArgumentError(f"overwrite={overwrite!r}: allowed is True or False")
    if overwrite and if_match is None:
        return WriteCondition()
    named = "overwrite=False" if if_match is None else f"if_match={if_match!r}"
    if if_match is not None:
        if not isinstance(if_match, str) or not re.fullmatch(r'[!#-~]+|"[!#-~]+"', if_match):
            raise InvalidArgumentError(f"{named} is no ETag: use that of the object to replace")
        if not overwrite:
            raise InvalidArgumentError(
                f"{named} wants an object to replace and overwrite=False wants none: give one"
            )
    condition = WriteCondition(not overwrite, if_match or "")
    reason = "bytes replace nothing" if opener is None else opener.refusal(condition)
    if reason:
        raise InvalidArgumentError(f"{named}: {reason}")
    return condition
