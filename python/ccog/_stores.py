"""From a URL and options to what the core takes, in the process that uses it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from ccog import _core, credentials
from ccog.errors import InvalidArgumentError


def check_prefix(store: Any) -> str:
    """Normalise what may also stand for many objects: ``s3://bucket/dir/``, or a folder."""
    if not isinstance(store, str | os.PathLike):
        raise InvalidArgumentError(
            f"store of type {type(store).__name__} is not taken: use an s3:// URL or a path"
        )
    url = os.fspath(store)
    if not isinstance(url, str) or not url:
        raise InvalidArgumentError(f"store={url!r} names no file: give the path of the GeoTIFF")
    scheme = re.match(r"^([A-Za-z][A-Za-z0-9+.-]*)://", url)
    if scheme is None:
        return os.path.abspath(url)  # noqa: PTH100 - links are left to the store
    if scheme[1] == "file":
        return _path_of(url)
    if scheme[1] != "s3":
        raise InvalidArgumentError(
            f"store={url!r}: {scheme[1]}:// is not taken: use s3://bucket/key (other providers "
            "through storage_options={'endpoint_url': ...}) or a path"
        )
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise InvalidArgumentError(f"store={url!r}: expected s3://bucket/key")
    return f"s3://{bucket}/{key}"


def _path_of(url: str) -> str:
    """The path that a file URL names (RFC 8089)."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or parts.path in ("", "/"):
        raise InvalidArgumentError(
            f"store={url!r}: expected file:///path/of/the.tif, with three slashes, or a path"
        )
    if parts.query or parts.fragment:
        raise InvalidArgumentError(f"store={url!r}: write ? and # in a file URL as %3F and %23")
    return os.path.abspath(unquote(parts.path))  # noqa: PTH100


def is_s3(url: str) -> bool:
    """Whether a checked URL is S3's; otherwise it is a path."""
    return url.startswith("s3://")


def opens_below(prefix: str, storage_options: Any) -> Callable[[str], _core.Store]:
    """Give what opens objects of one bucket, or files; what they share is resolved once."""
    if not is_s3(prefix):
        return _core.open_file
    arguments = s3_arguments(storage_options)
    return lambda url: _core.open_s3(url, *arguments)


def open_folder(url: str, storage_options: Any) -> _core.Folder:
    """Open what a checked URL names, as a folder of small objects."""
    if not is_s3(url):
        return _core.open_file_folder(url)
    return _core.open_s3_folder(url, *s3_arguments(storage_options))


def find_uploads(prefix: str, storage_options: Any) -> tuple[list[tuple[str, str, int]], int]:
    """Find ``(URL, upload id, when it began)`` of all uploads below, and the store's time."""
    if not is_s3(prefix):
        return _core.find_file_uploads(prefix)
    return _core.find_s3_uploads(prefix, *s3_arguments(storage_options))


def s3_arguments(storage_options: Any) -> tuple[dict[str, Any], Any]:
    """Options and credentials, as the core takes them."""
    config = credentials.resolve(storage_options)
    return (
        {
            "endpoint_url": config.endpoint_url,
            "use_tls": config.use_tls,
            "use_accelerate": config.use_accelerate,
            "use_dualstack": config.use_dualstack,
            "use_fips": config.use_fips,
            "region": config.region,
            "anon": config.anon,
            "addressing": config.addressing,
            "verify_tls": config.verify,
            "ca_bundle": config.ca_bundle or "",
            "headers": [
                *config.create_headers,
                *config.request_headers,
                *config.customer_key_headers,
            ],
            "metadata": list(config.metadata),
            "connect_timeout_s": config.connect_timeout_s,
            "stall_timeout_s": config.read_timeout_s,
            "sign_payloads": config.sign_payloads,
            "max_attempts": config.max_attempts,
        },
        config.credentials,
    )
