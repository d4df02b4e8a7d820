"""Uploads that were begun and neither completed nor aborted: find them, and end them.

A write that is killed leaves one. It is invisible, but its parts take room, which S3 bills, until
it is ended. Listings of uploads show no metadata, so nobody can see who began one: `abort` ends
what it is told to, and nothing else.
"""

from __future__ import annotations

import builtins
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccog import _stores
from ccog._filesystems import unwrap
from ccog._journal import Journal, read_begun
from ccog.errors import InvalidArgumentError, NoSuchUploadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ccog._records import Records

__all__ = ["Upload", "abort", "list"]

#: That look at uploads side by side: each look is a request or more, and little work.
_THREADS = 16


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An unfinished upload, as it was when it was listed.

    Attributes
    ----------
    url:
        Of the object that it is for: ``s3://bucket/key`` or an absolute path.
    upload_id:
        The store's name for it.
    began:
        By the store's clock, in UTC.
    age:
        Since then, by the same clock.
    parts, size_bytes:
        What has been put so far.
    """

    url: str
    upload_id: str
    began: datetime
    age: timedelta
    parts: int
    size_bytes: int


def list(  # noqa: A001 - ccog.uploads.list(...) says what it does
    prefix: Any, storage_options: Mapping[str, Any] | None = None
) -> builtins.list[Upload]:
    """List unfinished uploads, ccog's and others'.

    Parameters
    ----------
    prefix : str, path or fsspec object
        As S3 sees it, what keys begin with: ``s3://bucket``, ``s3://bucket/some/prefix``,
        ``s3://bucket/key``. Of files: a file, or a folder and all below it.
    storage_options : mapping, optional
        As for `write_ccog`. Needs s3:ListBucketMultipartUploads on the bucket, and
        s3:ListMultipartUploadParts.

    Returns
    -------
    list of Upload
        By URL, of the same one the oldest first.
    """
    prefix, storage_options = unwrap(prefix, storage_options)
    url = _stores.check_prefix(prefix)
    found, now_unix_s = _stores.find_uploads(url, storage_options)
    open_store = _stores.opens_below(url, storage_options)

    def look(one: tuple[str, str, int]) -> Upload | None:
        url, upload_id, began_unix_s = one
        try:
            sizes = [part.size_bytes for part in open_store(url).list_parts(upload_id)]
        except NoSuchUploadError:
            if _stores.is_s3(url):
                return None  # ended meanwhile
            sizes = []  # its folder is there, but begin did not come to its end
        return Upload(
            url=url,
            upload_id=upload_id,
            began=datetime.fromtimestamp(began_unix_s, UTC),
            age=timedelta(seconds=max(0, now_unix_s - began_unix_s)),
            parts=len(sizes),
            size_bytes=sum(sizes),
        )

    in_order = sorted(found, key=lambda one: (one[0], one[2], one[1]))
    with ThreadPoolExecutor(_THREADS) as pool:
        return [upload for upload in pool.map(look, in_order) if upload is not None]


def abort(
    target: Any,
    *,
    upload_id: str | None = None,
    older_than: timedelta | float | str | None = None,
    dry_run: bool = False,
    journal: Any = None,
    storage_options: Mapping[str, Any] | None = None,
) -> builtins.list[Upload]:
    """End unfinished uploads, until the store lists nothing of them.

    Of a write that is still under way this makes an error; nothing that is complete is touched.

    Parameters
    ----------
    target : str, path or fsspec object
        An object, as ``s3://bucket/key`` or a file's path: uploads to this very one, not to those
        whose keys begin with it. What ends in a slash, a bucket and a folder stand for all below
        them, and then `upload_id` or `older_than` has to be given.
    upload_id : str, optional
        End only the one of this id.
    older_than : timedelta, number of seconds or str such as "1d" or "12h", optional
        End only those that began longer ago, by the store's clock.
    dry_run : bool
        End nothing.
    journal : str or path, optional
        Of a write to this object: end the upload that it names, which may be gone already, and
        remove it. Without it an upload is ended and its journal, of which the store knows nothing,
        stays; ``resume=True`` then says that the upload is gone.
    storage_options : mapping, optional
        As for `write_ccog`. Needs s3:AbortMultipartUpload beside what `list` needs.

    Returns
    -------
    list of Upload
        What was ended, or with `dry_run` would be.

    Raises
    ------
    InvalidArgumentError
        A prefix alone, which may hold the uploads of others; an age that is none; or a journal of
        another object.
    """
    if upload_id is not None and older_than is not None:
        raise InvalidArgumentError(
            "upload_id= and older_than= were both given: one upload is ended whatever its age"
        )
    if journal is not None and (upload_id is not None or older_than is not None):
        raise InvalidArgumentError(
            "journal= names the upload to end: leave upload_id= and older_than= out"
        )
    least = None if older_than is None else _timedelta(older_than)
    target, storage_options = unwrap(target, storage_options)
    prefix = _stores.check_prefix(target)
    records = None
    if journal is not None:
        records = Journal(_stores.check_prefix(journal).rstrip("/"), storage_options).open()
        upload_id = _named_upload(records, prefix)
    holds_many = prefix.endswith("/") or Path(prefix).is_dir()
    if holds_many and upload_id is None and least is None:
        raise InvalidArgumentError(
            f"{prefix} may hold uploads of others: give older_than=, such as '1d', or upload_id=, "
            "or the URL of one object"
        )
    ended = [
        upload
        for upload in list(prefix, storage_options)
        if (holds_many or upload.url == prefix)
        and (upload_id is None or upload.upload_id == upload_id)
        and (least is None or upload.age > least)
    ]
    if not dry_run:
        open_store = _stores.opens_below(prefix, storage_options)
        for upload in ended:
            open_store(upload.url).abort(upload.upload_id)
        if records is not None:
            records.remove_all()
    return ended


def _named_upload(records: Records, url: str) -> str:
    """Give the upload that a journal names; "" where it names none, and no upload is of that id."""
    begun = read_begun(records)
    if begun is None:
        return ""
    if begun.url != url:
        raise InvalidArgumentError(f"the journal {records.url} is of {begun.url}, not of {url}")
    return begun.upload_id


def _timedelta(older_than: timedelta | float | str) -> timedelta:
    if isinstance(older_than, timedelta):
        age = older_than
    else:
        from dask.utils import parse_timedelta

        try:
            seconds = float(parse_timedelta(older_than))
            age = timedelta(seconds=seconds)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            age = timedelta(-1)
    if age < timedelta(0):
        raise InvalidArgumentError(
            f"older_than={older_than!r} is no age: give a timedelta, seconds, or such as '1d' or "
            "'12h'"
        )
    return age
