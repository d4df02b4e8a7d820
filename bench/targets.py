"""Where the writers of the benchmark write to: a local file, or an object on a local S3 server."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "examples"), str(ROOT / "tests" / "python")]
import s3_servers  # noqa: E402 - which is there
from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_client, storage_options  # noqa: E402

FILE, S3 = "file", "S3"
SERVERS = s3_servers.NAMES
#: Of raw files and of what is written from them.
FOLDER = ROOT / "build" / "bench"
_BUCKET = "bench"


@dataclass(frozen=True)
class Target:
    """What one writer makes, a file or an object.

    Attributes
    ----------
    name:
        Its path, or its key.
    endpoint_url:
        The server's; None for a file.
    """

    name: str
    endpoint_url: str | None = None

    @property
    def url(self) -> str:
        """What is handed to writers."""
        return f"s3://{_BUCKET}/{self.name}" if self.endpoint_url else self.name

    @property
    def gdal_path(self) -> str:
        return f"/vsis3/{_BUCKET}/{self.name}" if self.endpoint_url else self.name

    @property
    def storage_options(self) -> dict[str, object]:
        """What fsspec needs to reach it."""
        return storage_options(self.endpoint_url) if self.endpoint_url else {}

    @property
    def environment(self) -> dict[str, str]:
        """What GDAL and botocore read their settings from."""
        if not self.endpoint_url:
            return {}
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_S3_ENDPOINT": self.endpoint_url.removeprefix("http://"),
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            # GDAL's writers of TIFF go back to what they wrote before.
            "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "YES",
        }

    def files(self) -> list[tuple[str, int]]:
        """Give path or key and bytes of the file, or of those in the folder of that name."""
        if self.endpoint_url:
            pages = s3_client(self.endpoint_url).get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=_BUCKET, Prefix=self.name)
            return [(one["Key"], one["Size"]) for page in found for one in page.get("Contents", [])]
        path = Path(self.name)
        paths = path.rglob("*") if path.is_dir() else [path] if path.exists() else []
        return [(str(one), one.stat().st_size) for one in paths if one.is_file()]

    def remove(self) -> None:
        """Leave nothing."""
        if self.endpoint_url:
            client = s3_client(self.endpoint_url)
            for key, _ in self.files():
                client.delete_object(Bucket=_BUCKET, Key=key)
        elif Path(self.name).is_dir():
            shutil.rmtree(self.name)
        else:
            Path(self.name).unlink(missing_ok=True)


def server_name() -> str:
    """Name the server that objects are written to here."""
    return "moto" if s3_servers.missing("versitygw") else "versitygw"


@contextlib.contextmanager
def scratch_folder() -> Iterator[str]:
    """Make a folder on the disk that the raw files are on, and remove it at the end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        yield folder


@contextlib.contextmanager
def target(kind: str, server: str | None = None) -> Iterator[Target]:
    """Give a file, or an object on a server; both live as long as the context.

    Parameters
    ----------
    kind:
        `FILE` or `S3`.
    server:
        Name of the server; None: the one of `server_name`.
    """
    if kind == FILE:
        with scratch_folder() as folder:
            yield Target(f"{folder}/out")
        return
    with s3_servers.start(server or server_name()) as endpoint_url:
        s3_client(endpoint_url).create_bucket(Bucket=_BUCKET)
        yield Target("out", endpoint_url)
