"""What a store has to do, for those who write one: any service with multipart uploads will do.

An instance of a class with the members of `Store` is what `write_ccog` takes as `store`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Limits", "ObjectInfo", "Part", "Store", "UploadInfo"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a store takes. The defaults are AWS S3's.

    Attributes
    ----------
    min_part_bytes, max_part_bytes:
        Of every part; the last one may be smaller.
    max_parts:
        Parts are numbered from 1 to this.
    max_object_bytes:
        Of the whole object.
    parts:
        The least that it asks of parts, as the option of `write_ccog` has it: "gaps" takes part
        numbers with gaps, "dense" none, "equal" wants parts of one size, too.
    whose:
        Name of the store in messages.
    """

    min_part_bytes: int = 5 << 20
    max_part_bytes: int = 5 << 30
    max_parts: int = 10_000
    max_object_bytes: int = 10_000 * (5 << 30)
    parts: str = "gaps"
    whose: str = "the store"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that a store holds.

    Attributes
    ----------
    number:
        From 1.
    size_bytes:
        Of its bytes.
    etag:
        Whatever `Store.complete` needs to know of it; opaque to ccog, and may be empty.
    """

    number: int
    size_bytes: int
    etag: str = ""


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """A finished object.

    Attributes
    ----------
    size_bytes:
        Of the whole object.
    etag:
        As the service names this version of it; opaque.
    run_id:
        Of the run that wrote it, from the object's metadata; empty where there is none.
    """

    size_bytes: int
    etag: str
    run_id: str = ""


@dataclass(frozen=True, kw_only=True)
class UploadInfo:
    """An unfinished upload.

    Attributes
    ----------
    upload_id:
        As `Store.begin` returned it.
    initiated_unix_s:
        When it began, in seconds since 1970, by the service's clock or by that of the client.
    """

    upload_id: str
    initiated_unix_s: int


class Store(Protocol):
    """One object to be written, in numbered parts that come in any order, some of them twice.

    The instance is pickled and travels to the workers, where several threads of several processes
    call it at once: hold what opens a connection (a name, a way to credentials), not the
    connection, and nothing secret that `repr` shows. The object must be invisible until `complete`.

    Of any method a `CcogError` is raised as it is; anything else that is raised becomes the cause
    of a `StoreError`. ccog makes no call a second time after an error: retry what is worth it
    yourself. Tasks that Dask runs again do make the same calls again.
    """

    @property
    def url(self) -> str:
        """Name of the object in results and messages; no secrets."""

    @property
    def limits(self) -> Limits:
        """What the service takes; the plan keeps to it."""

    def begin(self, run_id: str, planned_at_unix_s: int) -> str:
        """Open an upload and return its id; `complete` must be able to give the object `run_id`.

        Called only where `list_uploads` shows none that began since `planned_at_unix_s` (one is
        adopted, several are an error), and where the object does not carry `run_id` already.

        Parameters
        ----------
        run_id:
            1 to 64 letters, digits, ``_`` and ``-``; `write_ccog` gives 32 hexadecimal digits.
        planned_at_unix_s:
            When the write was planned, in seconds since 1970 by the client's clock.
        """

    def put_part(self, upload_id: str, number: int, data: bytes) -> Part:
        """Store one part; a second put of a number replaces the first.

        Raises
        ------
        NoSuchUploadError
            Where the service knows that the upload was completed, aborted or never begun.
        """

    def complete(self, upload_id: str, run_id: str, parts: Sequence[Part]) -> ObjectInfo:
        """Join `parts` to the object, which replaces what stood there and carries `run_id`.

        They are all that `list_parts` gave, by increasing number, and checked against what was put.

        Raises
        ------
        NoSuchUploadError
            Where the upload was completed, aborted or never begun.
        """

    def abort(self, upload_id: str) -> None:
        """End the upload, until `list_uploads` does not show it any more; unknown ones are fine."""

    def list_uploads(self) -> Sequence[UploadInfo]:
        """Return the unfinished uploads of this very object."""

    def list_parts(self, upload_id: str) -> Sequence[Part]:
        """Return all parts, by increasing number.

        Raises
        ------
        NoSuchUploadError
            Where the upload was completed, aborted or never begun.
        """

    def put_object(self, run_id: str, data: bytes) -> ObjectInfo:
        """Write a small object in one go; it carries `run_id`."""

    def head(self) -> ObjectInfo | None:
        """Return the finished object, or None."""

    def get(self, begin: int, end: int) -> bytes:
        """Return the bytes [begin, end) of the finished object; 0 <= begin < end <= its size.

        Raises
        ------
        ObjectNotFoundError
            Where there is none.
        """
