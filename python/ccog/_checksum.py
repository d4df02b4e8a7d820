"""What the store keeps of the object's bytes: ``checksum`` of `write_ccog`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ccog._openers import Opener, S3Opener
from ccog.errors import InvalidArgumentError

CHECKSUMS = ("crc64nvme", "crc32c", "sha256", "none")


def with_checksum(opener: Opener | None, checksum: Any) -> Opener | None:
    """Give the opener of a store that keeps the checksum; boto3's ChecksumAlgorithm means the same.

    Raises
    ------
    InvalidArgumentError
        Unknown, said twice, or for what keeps none.
    """
    if checksum is not None and checksum not in CHECKSUMS:
        raise InvalidArgumentError(f"checksum={checksum!r}: allowed is {', '.join(CHECKSUMS)}")
    if not isinstance(opener, S3Opener):
        if checksum not in (None, "none"):
            raise InvalidArgumentError(
                f"checksum={checksum!r} is for S3: files, bytes and stores of your own keep none"
            )
        return opener
    named = opener.storage_options.group("s3_additional_kwargs").get("ChecksumAlgorithm")
    if named is not None:
        if str(named).lower() not in CHECKSUMS:
            raise InvalidArgumentError(
                f"s3_additional_kwargs: ChecksumAlgorithm={named!r}: allowed is CRC64NVME, CRC32C "
                "or SHA256"
            )
        if checksum not in (None, str(named).lower()):
            raise InvalidArgumentError(
                f"checksum={checksum!r} contradicts ChecksumAlgorithm={named!r}: give one of them"
            )
        checksum = str(named).lower()
    opener = replace(opener, checksum=checksum or "none")
    opener.check_checksum()
    return opener
