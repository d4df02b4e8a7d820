"""Azurite, Microsoft's imitation of Azure's blobs: a program for node.js that `./dev` fetches."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from s3_servers import guarded

# The account that it knows, and that everybody may know.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_PROGRAM = Path(__file__).parents[2] / "build/azurite/node_modules/azurite/dist/src/blob/main.js"


def missing() -> str | None:
    """Say why it cannot be started here; None if it can."""
    if shutil.which("node") and _PROGRAM.exists():
        return None
    return "there is no Azurite: `./dev azurite` fetches it where there are node and npm"


@contextlib.contextmanager
def azurite() -> Iterator[str]:
    """Run it on a free loopback port and give the URL of its account; nothing goes to the disk."""
    options = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"]
    address = ["--blobHost", "127.0.0.1", "--blobPort", "0"]
    with guarded(["node", str(_PROGRAM), *options, *address], "Azurite") as port:
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
