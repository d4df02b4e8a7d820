"""SSE-C: a key of the customer's own, in boto3's spelling, as the headers that S3 wants it in.

From https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from .errors import InvalidArgumentError

__all__ = ["NAMES", "customer_key_headers"]

KEY, ALGORITHM, MD5 = NAMES = ("SSECustomerKey", "SSECustomerAlgorithm", "SSECustomerKeyMD5")
_KEY_BYTES = 32  # of AES256, the one algorithm


def customer_key_headers(kwargs: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Translate the key in ``s3_additional_kwargs``; no message shows it.

    As boto3: the key is raw, bytes or str, and is encoded here; with an MD5 it is encoded already.

    Returns
    -------
    pairs of name and value
        Secret; empty without a key.
    """
    given = {name: kwargs[name] for name in NAMES if kwargs.get(name) is not None}
    if not given:
        return ()
    if KEY not in given:
        raise InvalidArgumentError(f"s3_additional_kwargs: {' and '.join(given)} without {KEY}")
    algorithm = given.get(ALGORITHM, "AES256")
    if algorithm != "AES256":
        raise InvalidArgumentError(f"{ALGORITHM}={algorithm!r}: S3 has AES256 only")
    if kwargs.get("ServerSideEncryption") is not None or kwargs.get("SSEKMSKeyId") is not None:
        raise InvalidArgumentError(
            f"s3_additional_kwargs: {KEY} contradicts ServerSideEncryption and SSEKMSKeyId: an "
            "object is encrypted with one key"
        )
    key, encoded = _key(given[KEY], is_encoded=MD5 in given)
    md5 = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if given.get(MD5, md5) != md5:
        raise InvalidArgumentError(f"{MD5} is not that of {KEY}: leave it out to have it computed")
    prefix = "x-amz-server-side-encryption-customer-"
    return (
        (prefix + "algorithm", algorithm),
        (prefix + "key", encoded),
        (prefix + "key-md5", md5),
    )


def _key(given: Any, *, is_encoded: bool) -> tuple[bytes, str]:
    """Raw and in base64."""
    if not isinstance(given, bytes | str):
        raise InvalidArgumentError(f"{KEY} is a {type(given).__name__}: give bytes or str")
    key = given.encode() if isinstance(given, str) else given
    if is_encoded:
        try:
            key = base64.b64decode(key, validate=True)
        except binascii.Error:
            raise InvalidArgumentError(
                f"{KEY} goes with {MD5} in base64: leave {MD5} out to give the key as it is"
            ) from None
    if len(key) != _KEY_BYTES:
        raise InvalidArgumentError(
            f"{KEY} has {len(key)} bytes: AES256 takes {_KEY_BYTES}, as they are, or in base64 "
            f"together with {MD5}"
        )
    return key, base64.b64encode(key).decode()
