"""A `ccog.Store` of a folder: what a user's class may look like, with nothing but files in it."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccog.errors import NoSuchUploadError, ObjectNotFoundError
from ccog.store import Limits, ObjectInfo, Part, UploadInfo


@dataclass(frozen=True)
class FolderStore:
    folder: Path

    limits = Limits(min_part_bytes=1000)

    @property
    def url(self) -> str:
        return f"folder:{self.folder}"

    def begin(self, run_id: str, planned_at_unix_s: int) -> str:  # noqa: ARG002
        upload_id = uuid.uuid4().hex
        self._upload(upload_id).mkdir(parents=True)
        return upload_id

    def put_part(self, upload_id: str, number: int, data: bytes) -> Part:
        folder = self._existing(upload_id)
        part = Part(number=number, size_bytes=len(data), etag=hashlib.sha256(data).hexdigest())
        whole = folder / f"{uuid.uuid4().hex}.tmp"
        whole.write_bytes(data)
        whole.rename(folder / f"{number:06d}")
        return part

    def complete(self, upload_id: str, run_id: str, parts: Sequence[Part]) -> ObjectInfo:
        folder = self._existing(upload_id)
        data = [(folder / f"{part.number:06d}").read_bytes() for part in parts]
        assert [hashlib.sha256(one).hexdigest() for one in data] == [part.etag for part in parts]
        info = self.put_object(run_id, b"".join(data))
        shutil.rmtree(folder)
        return info

    def abort(self, upload_id: str) -> None:
        shutil.rmtree(self._upload(upload_id), ignore_errors=True)

    def list_uploads(self) -> list[UploadInfo]:
        return [
            UploadInfo(upload_id=path.name, initiated_unix_s=int(path.stat().st_mtime))
            for path in self.folder.glob("uploads/*")
        ]

    def list_parts(self, upload_id: str) -> list[Part]:
        paths = sorted(self._existing(upload_id).glob("[0-9]" * 6))
        return [self._part(path) for path in paths]

    def put_object(self, run_id: str, data: bytes) -> ObjectInfo:
        etag = hashlib.sha256(data).hexdigest()
        words = json.dumps({"size_bytes": len(data), "etag": etag, "run_id": run_id})
        whole = self.folder / f"{uuid.uuid4().hex}.tmp"
        whole.write_bytes(words.encode() + b"\n" + data)
        whole.rename(self.folder / "object")
        return ObjectInfo(**json.loads(words))

    def head(self) -> ObjectInfo | None:
        there = self._object()
        return None if there is None else ObjectInfo(**there[0])

    def get(self, begin: int, end: int) -> bytes:
        there = self._object()
        if there is None:
            raise ObjectNotFoundError(f"there is nothing in {self.folder}")
        return there[1][begin:end]

    def _object(self) -> tuple[dict[str, Any], bytes] | None:
        path = self.folder / "object"
        if not path.exists():
            return None
        words, _, data = path.read_bytes().partition(b"\n")
        return json.loads(words), data

    def _upload(self, upload_id: str) -> Path:
        return self.folder / "uploads" / upload_id

    def _existing(self, upload_id: str) -> Path:
        if not self._upload(upload_id).is_dir():
            raise NoSuchUploadError(f"{self.url} has no upload {upload_id}")
        return self._upload(upload_id)

    def _part(self, path: Path) -> Part:
        data = path.read_bytes()
        etag = hashlib.sha256(data).hexdigest()
        return Part(number=int(path.name), size_bytes=len(data), etag=etag)
