"""boto3's spelling of what an object is created with, as the headers that S3's REST API has.

From https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html and PutObject.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from . import _customer_key
from .errors import InvalidArgumentError, NotYetImplementedError

__all__ = ["Headers", "create_headers", "mapping", "nearest"]

#: Ordered pairs, so that they are hashable and always signed alike.
Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"

_SSE = "x-amz-server-side-encryption"
_CREATE = {
    "ACL": "x-amz-acl",
    "BucketKeyEnabled": f"{_SSE}-bucket-key-enabled",
    "CacheControl": "cache-control",
    "ContentDisposition": "content-disposition",
    "ContentEncoding": "content-encoding",
    "ContentLanguage": "content-language",
    "ContentType": "content-type",
    "Expires": "expires",
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWriteACP": "x-amz-grant-write-acp",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "SSEKMSEncryptionContext": f"{_SSE}-context",
    "SSEKMSKeyId": f"{_SSE}-aws-kms-key-id",
    "ServerSideEncryption": _SSE,
    "StorageClass": "x-amz-storage-class",
    "Tagging": "x-amz-tagging",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
}
#: These go with every request of an upload, not only with the one that creates it.
_EVERY = {
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
    "RequestPayer": "x-amz-request-payer",
}
#: What boto3 takes with the object, and `write_ccog` as arguments.
_ARGUMENTS = {"IfMatch": "if_match=", "IfNoneMatch": "overwrite=False"}
_NOT_YET = ("ChecksumType",)
_NAMES = (*_CREATE, *_EVERY, *_NOT_YET, *_customer_key.NAMES, "ChecksumAlgorithm", "Metadata")


def create_headers(kwargs: Mapping[str, Any]) -> tuple[Headers, Headers, Headers]:
    """Translate ``s3_additional_kwargs``, but for the customer's key (`_customer_key`).

    Returns
    -------
    create : pairs of name and value
        For CreateMultipartUpload and PutObject, lower-case names, sorted; Content-Type is always
        among them.
    every : pairs of name and value
        For every request.
    metadata : pairs of name and value
        The object's own metadata, without ``x-amz-meta-``.
    """
    create = {"content-type": CONTENT_TYPE}
    every: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for name, value in kwargs.items():
        if value is None or name in _customer_key.NAMES:
            continue
        if name == "Metadata":
            for key, text in mapping(name, value).items():
                if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", str(key)):
                    raise InvalidArgumentError(f"Metadata: {key!r} cannot be a header's name")
                metadata[str(key).lower()] = _plain(f"Metadata[{key!r}]", text)
        elif name in _CREATE:
            create[_CREATE[name]] = _plain(name, _text(name, value))
        elif name in _EVERY:
            every[_EVERY[name]] = _plain(name, value)
        elif name in _ARGUMENTS:
            raise InvalidArgumentError(
                f"s3_additional_kwargs: {name} is the argument {_ARGUMENTS[name]} of write_ccog"
            )
        elif name == "ChecksumAlgorithm":
            continue  # it is `checksum` of `write_ccog`
        elif name in _NOT_YET:
            raise NotYetImplementedError(f"s3_additional_kwargs: {name} is not done yet")
        else:
            raise InvalidArgumentError(
                f"s3_additional_kwargs: unknown {name!r}; {nearest(name, _NAMES)}"
            )
    encryption = kwargs.get("ServerSideEncryption")
    if kwargs.get("SSEKMSKeyId") is not None and not str(encryption).startswith("aws:kms"):
        raise InvalidArgumentError(
            f"s3_additional_kwargs: SSEKMSKeyId goes with ServerSideEncryption='aws:kms', not "
            f"{encryption!r}"
        )
    return _pairs(create), _pairs(every), _pairs(metadata)


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Return a nested option, checked to be a mapping; empty where it is None."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(f"storage_options: {name} is a {type(value).__name__}, not dict")
    return value


def nearest(name: Any, known: Sequence[str]) -> str:
    """Say which of the known names is meant, or which there are."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(by_lower[lower] for lower in near)}?"
    return f"known: {', '.join(known)}"


def _pairs(headers: Mapping[str, str]) -> Headers:
    return tuple(sorted(headers.items()))


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):  # Tagging
        return urlencode(value)
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        if name == "Expires":
            return format_datetime(utc, usegmt=True)
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _plain(name: str, value: Any) -> str:
    """Check that a value can go into a header as it is, and be signed as it goes."""
    text = str(value).strip()
    if not text.isascii() or not text.isprintable():
        raise InvalidArgumentError(f"{name}={text!r}: headers take printable ASCII only")
    return re.sub(" +", " ", text)
