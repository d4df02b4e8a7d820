"""fsspec's objects as stores: what they name, and how it is reached."""

from __future__ import annotations

import inspect
import os
from typing import Any

from ccog.errors import InvalidArgumentError

__all__ = ["unwrap"]


def unwrap(store: Any, storage_options: Any) -> tuple[Any, Any]:
    """Take URL (or path) and options out of an fsspec object; give back what is none as it is.

    Parameters
    ----------
    store : Any
        Among others an FSMap (``filesystem.get_mapper("bucket/key.tif")``), the pair of a
        filesystem and a path, an OpenFile or a UPath, of S3 or of local files. The options are
        those that the filesystem was made with: what its session has found is not looked at, and
        is resolved again on the workers.
    storage_options : Any
        None for fsspec's objects, which have their own.
    """
    if store is None or isinstance(store, str | os.PathLike):
        return store, storage_options
    from fsspec import AbstractFileSystem

    filesystem, path = _parts_of(store)
    if not isinstance(filesystem, AbstractFileSystem):
        return store, storage_options
    name = type(filesystem).__name__
    if path is None:
        raise InvalidArgumentError(
            f"store={name} names no file: give the pair (filesystem, 'bucket/key.tif'), or "
            "filesystem.get_mapper('bucket/key.tif')"
        )
    if storage_options:
        raise InvalidArgumentError(
            f"storage_options beside a store that has its own: give them to {name}"
        )
    protocols = filesystem.protocol
    protocols = (protocols,) if isinstance(protocols, str) else protocols
    path = filesystem._strip_protocol(os.fspath(path))  # type: ignore[no-untyped-call]
    if "file" in protocols:
        return path, None
    if "s3" not in protocols:
        raise InvalidArgumentError(
            f"store: {name} ({protocols[0]}://) is not taken: use s3fs, local files, or a URL"
        )
    names = [*inspect.signature(type(filesystem).__init__).parameters][1:]  # without self
    given = dict(zip(names, filesystem.storage_args, strict=False))
    return f"s3://{path}", given | filesystem.storage_options


def _parts_of(store: Any) -> tuple[Any, Any]:
    """Filesystem and path, where there are such."""
    from fsspec import AbstractFileSystem, FSMap
    from fsspec.core import OpenFile

    match store:
        case AbstractFileSystem():
            return store, None
        case (filesystem, str() | os.PathLike() as path):
            return filesystem, path
        case FSMap():
            return store.fs, store.root
        case OpenFile():
            return store.fs, store.path
    # universal_pathlib may be missing; its paths are no os.PathLike but for local files.
    if any(base.__name__ == "UPath" for base in type(store).__mro__):
        return store.fs, store.path
    return None, None
