"""The S3 servers that tests run against, each on a free loopback port in a process of its own.

As a program it runs a command that finds all that can be started here in ``CCOG_TEST_S3``, as
``moto=http://127.0.0.1:1234,versitygw=http://127.0.0.1:1235``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_server
from tls_s3 import tls_s3_server

#: moto imitates AWS and checks no signature; the others are servers that people keep data in.
NAMES = ("moto", "versitygw", "minio")

#: Where `./dev test` puts those that it builds.
_BUILT = Path(__file__).parents[2] / "build" / "servers"

# Runs the program that the arguments name, prints its port and ends it with the standard input, so
# that it does not outlive the process that started it, however that one ends.
_GUARD = """
import subprocess, sys, time
import psutil
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
try:
    process, ports = psutil.Process(server.pid), []
    while not ports and server.poll() is None:
        time.sleep(0.02)
        ports = [c.laddr.port for c in process.net_connections("tcp4") if c.status == "LISTEN"]
    print(*ports[:1], flush=True)
    sys.stdin.read()
finally:
    server.kill()
    server.wait()
"""


def program(name: str) -> str | None:
    """Find the program of a server that is one."""
    return shutil.which(name, path=f"{_BUILT}{os.pathsep}{os.environ.get('PATH', '')}")


def missing(name: str) -> str | None:
    """Say why a server cannot be started here; None if it can."""
    if name == "moto" or program(name):
        return None
    return f"there is no {name}: `./dev servers` builds it where there is a Go 1.25 or newer"


@contextlib.contextmanager
def start(name: str, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
    """Run a server and give its URL; a certificate (its file and its key's) makes that https."""
    if name == "moto":
        with tls_s3_server(*certificate) if certificate else s3_server() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="ccog-s3-") as folder:
        command = _COMMANDS[name](Path(folder), certificate)
        with guarded([program(name) or name, *command], name) as port:
            url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
            _await_readiness(url)
            yield url


def _await_readiness(url: str) -> None:
    """minio listens for some moments before it serves, and says 503 until then."""
    trusting = ssl._create_unverified_context()  # the tests look at certificates, this does not
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=10, context=trusting):
                return
        except urllib.error.HTTPError as answer:
            if answer.code != HTTPStatus.SERVICE_UNAVAILABLE:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server at {url} does not get ready")


def _versitygw(folder: Path, certificate: tuple[Path, Path] | None) -> list[str]:
    options = ["--quiet", "--keep-alive", "--port", "127.0.0.1:0", "--region", REGION]
    options += ["--access", ACCESS_KEY, "--secret", SECRET_KEY]
    if certificate:
        options += ["--cert", str(certificate[0]), "--key", str(certificate[1])]
    objects, metadata = folder / "objects", folder / "metadata"
    objects.mkdir()
    options += ["posix"]
    if not _keeps_long_attributes(objects):
        metadata.mkdir()
        options += ["--sidecar", str(metadata)]
    return [*options, str(objects)]


def _minio(folder: Path, certificate: tuple[Path, Path] | None) -> list[str]:
    certificates = folder / "certificates"
    certificates.mkdir()
    if certificate:
        shutil.copy(certificate[0], certificates / "public.crt")
        shutil.copy(certificate[1], certificates / "private.key")
    options = ["--quiet", "--address", "127.0.0.1:0", "--certs-dir", str(certificates)]
    return ["server", *options, str(folder / "objects")]


def _keeps_long_attributes(folder: Path) -> bool:
    """Whether its file system has extended attributes for all that versitygw keeps in them.

    One holds the size of every part, some 45 KB for 10,000. Those of ext4 end at 4 KB: there
    versitygw completes no upload of more than about 700 parts.
    """
    try:
        os.setxattr(folder, "user.ccog", bytes(48 * 1024))
    except OSError:
        return False
    return True


_COMMANDS = {"versitygw": _versitygw, "minio": _minio}
_ENVIRONMENT = {
    "MINIO_ROOT_USER": ACCESS_KEY,
    "MINIO_ROOT_PASSWORD": SECRET_KEY,
    "MINIO_BROWSER": "off",  # or a page for people is served to all the network
}


@contextlib.contextmanager
def guarded(command: list[str], name: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", _GUARD, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **_ENVIRONMENT},
    )
    with process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port:
                raise RuntimeError(f"{name} did not start")
            yield int(port)
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(10)


def main(command: list[str]) -> int:
    with contextlib.ExitStack() as servers:
        urls = []
        for name in NAMES:
            if why := missing(name):
                print(f"{why}; its tests are skipped", file=sys.stderr)
            else:
                urls.append(f"{name}={servers.enter_context(start(name))}")
        # The Python is for tests that compare with botocore.
        found = {"CCOG_TEST_S3": ",".join(urls), "CCOG_TEST_PYTHON": sys.executable}
        return subprocess.call(command, env={**os.environ, **found})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
