"""What a user names as the store, as it travels to the processes that open it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ccog import _core, _stores, credentials
from ccog._condition import WriteCondition
from ccog._filesystems import unwrap
from ccog.credentials import StorageOptions
from ccog.errors import InvalidArgumentError
from ccog.store import Limits, Store

#: Bytes for the caller are one object in memory, whatever its size.
BYTES_LIMITS = Limits(max_part_bytes=1 << 62, max_object_bytes=1 << 62)

_MEMBERS = [name for name in vars(Store) if not name.startswith("_")]


class Opener(Protocol):
    """Where a write goes: small and picklable, opened in each process that uses it."""

    @property
    def url(self) -> str:
        """Name of the object; for a file its path."""

    @property
    def limits(self) -> Limits:
        """What the store takes; touches no network."""

    @property
    def in_place(self) -> bool:
        """Whether parts are taken at their offsets, where sizes are known beforehand."""

    def refusal(self, condition: WriteCondition) -> str:
        """Why the store cannot keep a condition, and what to do; empty if it can."""

    def open(self) -> _core.Store:
        """Open the store; credentials are resolved in this process, when needed."""


@dataclass(frozen=True)
class FileOpener:
    """Of a file, by its absolute path."""

    url: str
    in_place: bool = True

    @property
    def limits(self) -> Limits:
        return _core.file_limits()

    def refusal(self, condition: WriteCondition) -> str:
        if condition.if_match:
            return f"{self.url} is a file, for which there is overwrite=False only"
        return ""

    def open(self) -> _core.Store:
        return _core.open_file(self.url)


@dataclass(frozen=True)
class S3Opener:
    """Of ``s3://bucket/key``."""

    url: str
    storage_options: StorageOptions
    checksum: str = "none"
    in_place: bool = False

    @property
    def provider(self) -> _core.S3Provider:
        """Whose service it is, as far as the endpoint tells."""
        bucket = self.url.removeprefix("s3://").partition("/")[0]
        return _core.s3_provider(credentials.named_endpoint(self.storage_options), bucket)

    @property
    def limits(self) -> Limits:
        limits = self.provider.limits
        if self.checksum == "none" or limits.parts != "gaps":
            return limits
        return replace(limits, parts="dense", whose=f"checksum={self.checksum!r}")

    def check_checksum(self) -> None:
        """Raise where the provider is known to take none."""
        if self.checksum != "none" and not self.provider.takes_checksums:
            raise InvalidArgumentError(
                f"checksum={self.checksum!r}: {self.provider.name} takes none: leave it out"
            )

    def refusal(self, condition: WriteCondition) -> str:
        provider = self.provider
        if any(condition) and not provider.keeps_conditions:
            return (
                f"{provider.name} keeps no condition when an upload ends: leave it out, and look "
                "at what is there yourself"
            )
        return ""

    def open(self) -> _core.Store:
        options, keys = _stores.s3_arguments(self.storage_options)
        return _core.open_s3(self.url, options | {"checksum": self.checksum}, keys)


@dataclass(frozen=True)
class PythonOpener:
    """Of an object of the user's own class."""

    store: Store = field(repr=False)
    in_place: bool = False

    @property
    def url(self) -> str:
        return self.store.url

    @property
    def limits(self) -> Limits:
        return self.store.limits

    def refusal(self, condition: WriteCondition) -> str:
        if any(condition):
            name = type(self.store).__name__
            return f"{name} has no way to keep what is at {self.url}: leave it out"
        return ""

    def open(self) -> _core.Store:
        return _core.open_python(self.store)


def opener_of(store: Any, storage_options: Any = None) -> Opener | None:
    """Check what `write_ccog` was given; None where the caller gets the bytes.

    Raises
    ------
    InvalidArgumentError
        Neither URL nor path nor a `ccog.Store`, or options that do not go with it.
    """
    store, storage_options = unwrap(store, storage_options)
    options = StorageOptions(storage_options)
    if store is None:
        return None
    if not isinstance(store, str | os.PathLike):
        _check_members(store)
        if storage_options:
            raise InvalidArgumentError(
                f"storage_options are S3's: give {type(store).__name__} what it needs itself"
            )
        return PythonOpener(store)
    url = _stores.check_prefix(store)
    if not _stores.is_s3(url):
        return FileOpener(url)
    if url.endswith("/"):
        raise InvalidArgumentError(f"store={os.fspath(store)!r}: expected s3://bucket/key")
    return S3Opener(url, options)


def _check_members(store: Any) -> None:
    """Raise unless `store` has all of a `ccog.Store` and can travel."""
    import cloudpickle  # type: ignore[import-untyped]

    name = type(store).__name__
    missing = [member for member in _MEMBERS if not hasattr(store, member)]
    if isinstance(store, type) or len(missing) == len(_MEMBERS):
        raise InvalidArgumentError(
            f"store of type {name} is not taken: use an s3:// URL, a path, an instance of a "
            "ccog.Store, or None to get the bytes"
        )
    if missing:
        raise InvalidArgumentError(
            f"store of type {name} lacks {', '.join(missing)}: see ccog.Store for what they do"
        )
    if not isinstance(store.url, str) or not isinstance(store.limits, Limits):
        raise InvalidArgumentError(
            f"{name}.url and {name}.limits are a {type(store.url).__name__} and a "
            f"{type(store.limits).__name__}: they have to be a str and a ccog.store.Limits"
        )
    try:
        cloudpickle.dumps(store)  # as Dask does it
    except Exception as error:
        raise InvalidArgumentError(
            f"store of type {name} cannot travel to the workers ({error}): hold what opens a "
            "connection, not the connection"
        ) from error
