"""Azure block blobs as a store for `ccog.write_ccog`: an example of a `ccog.Store`.

Needs the package azure-storage-blob on the client and on all workers::

    store = AzureStore("https://ACCOUNT.blob.core.windows.net", "maps", "dem.tif", credential=KEY)
    ccog.write_ccog(array, store).compute()

Azure has no multipart uploads. A blob has uncommitted blocks instead, which nobody sees, under
names that the writer chooses; committing a list of them makes the blob, and discards all others. An
upload is the blocks that carry its id in their names, as long as its block 0 says that it is open.

A block cannot be deleted. An upload that is aborted is marked so, and its blocks are Azure's to
discard: with the next commit to the same blob, or a week after the last block was put. Committing
nothing and deleting the empty blob would discard them at once, but also those of every other
writer, and show readers an empty file for a moment.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobClient, BlobType, BlockState, ContentSettings

from ccog.errors import NoSuchUploadError, ObjectNotFoundError
from ccog.store import Limits, ObjectInfo, Part, UploadInfo

CONTENT = ContentSettings("image/tiff; application=geotiff; profile=cloud-optimized")

#: Names of metadata are C#'s identifiers.
RUN_ID = "ccog_run_id"

#: In block 0 of each upload. Only its length is listed.
OPEN, ENDED = b"1", b"10"


@dataclass(frozen=True)
class AzureStore:
    """One block blob.

    Attributes
    ----------
    account_url:
        Such as ``https://ACCOUNT.blob.core.windows.net``.
    container, blob:
        Where in the account; the container has to exist.
    credential:
        Whatever `azure.storage.blob.BlobClient` takes and pickle does: an account key, a SAS token,
        an ``azure.identity`` credential, or None for a URL that needs none. It travels to the
        workers.
    """

    account_url: str
    container: str
    blob: str
    credential: Any = field(default=None, repr=False)

    #: Blocks have no least size; smaller ones than this would only be more requests.
    limits = Limits(
        min_part_bytes=4 << 20,
        max_part_bytes=4000 << 20,
        max_parts=50_000 - 1,  # and block 0
        max_object_bytes=(50_000 - 1) * (4000 << 20),
    )

    @property
    def url(self) -> str:
        return f"{self.account_url}/{self.container}/{self.blob}"

    @functools.cached_property
    def _client(self) -> BlobClient:
        # Azure's client may be used by several threads, and tries again what failed in passing.
        return BlobClient(
            self.account_url,
            self.container,
            self.blob,
            credential=self.credential,
            max_single_put_size=self.limits.max_part_bytes,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_client"}

    def begin(self, run_id: str, planned_at_unix_s: int) -> str:
        # Made of what is given, so that a task that runs twice at once opens one upload.
        upload_id = f"{planned_at_unix_s:010d}-{run_id}"
        self._put_block(upload_id, 0, OPEN)
        return upload_id

    def put_part(self, upload_id: str, number: int, data: bytes) -> Part:
        # Azure does not know whether the upload is open, and to ask it before each part would be a
        # request for a long list. A block that comes too late is never seen.
        self._put_block(upload_id, number, data)
        return Part(number=number, size_bytes=len(data))

    def complete(self, upload_id: str, run_id: str, parts: Sequence[Part]) -> ObjectInfo:
        # Not those that a commit has taken already: a second one fails.
        blocks = [
            BlobBlock(_block_id(upload_id, part.number), BlockState.UNCOMMITTED) for part in parts
        ]
        with self._errors(upload_id):
            done = self._client.commit_block_list(
                blocks, metadata={RUN_ID: run_id}, content_settings=CONTENT
            )
        size_bytes = sum(part.size_bytes for part in parts)
        return ObjectInfo(size_bytes=size_bytes, etag=str(done["etag"]), run_id=run_id)

    def abort(self, upload_id: str) -> None:
        if upload_id in self._uploads():
            self._put_block(upload_id, 0, ENDED)

    def list_uploads(self) -> list[UploadInfo]:
        return [
            UploadInfo(upload_id=upload_id, initiated_unix_s=int(upload_id[:10]))
            for upload_id in self._uploads()
        ]

    def list_parts(self, upload_id: str) -> list[Part]:
        uploads = self._uploads()
        if upload_id not in uploads:
            raise NoSuchUploadError(f"{self.url} has no open upload {upload_id}")
        sizes = uploads[upload_id]
        return [Part(number=number, size_bytes=sizes[number]) for number in sorted(sizes) if number]

    def put_object(self, run_id: str, data: bytes) -> ObjectInfo:
        with self._errors():
            done = self._client.upload_blob(
                data,
                BlobType.BLOCKBLOB,
                overwrite=True,
                metadata={RUN_ID: run_id},
                content_settings=CONTENT,
                validate_content=True,
            )
        return ObjectInfo(size_bytes=len(data), etag=str(done["etag"]), run_id=run_id)

    def head(self) -> ObjectInfo | None:
        try:
            with self._errors():
                there = self._client.get_blob_properties()
        except ResourceNotFoundError:
            return None
        return ObjectInfo(
            size_bytes=there.size, etag=there.etag, run_id=there.metadata.get(RUN_ID, "")
        )

    def get(self, begin: int, end: int) -> bytes:
        try:
            with self._errors():
                return self._client.download_blob(begin, end - begin).readall()
        except ResourceNotFoundError as error:
            raise ObjectNotFoundError(f"{self.url} does not exist") from error

    def _put_block(self, upload_id: str, number: int, data: bytes) -> None:
        with self._errors():
            # Azure compares the bytes with their MD5.
            self._client.stage_block(_block_id(upload_id, number), data, validate_content=True)

    def _uploads(self) -> dict[str, dict[int, int]]:
        """Sizes of the uncommitted blocks of all open uploads, by number."""
        try:
            with self._errors():
                _, blocks = self._client.get_block_list("uncommitted")
        except ResourceNotFoundError:
            return {}
        uploads: dict[str, dict[int, int]] = {}
        for block in blocks:
            if ours := re.fullmatch(r"(\d{10}-[\w-]+)-(\d{5})", block.id):
                uploads.setdefault(ours[1], {})[int(ours[2])] = block.size
        return {name: sizes for name, sizes in uploads.items() if sizes.get(0) == len(OPEN)}

    @contextmanager
    def _errors(self, upload_id: str = "") -> Iterator[None]:
        """Say in ccog's terms what has a meaning for ccog."""
        try:
            yield
        except HttpResponseError as error:
            code = getattr(error, "error_code", None)  # storage's own; untyped
            if code == "ContainerNotFound":
                raise ObjectNotFoundError(
                    f"{self.url}: there is no container {self.container}: create it, or correct "
                    "its name"
                ) from error
            # The blocks went with another commit.
            if code in ("InvalidBlockList", "BlobNotFound") and upload_id:
                raise NoSuchUploadError(f"{self.url} has no upload {upload_id}") from error
            raise


def _block_id(upload_id: str, number: int) -> str:
    """All of a blob's blocks must have names of one length, of 64 bytes at most."""
    return f"{upload_id}-{number:05d}"
