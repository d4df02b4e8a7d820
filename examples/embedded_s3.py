"""An S3 server for demonstrations, tests and benchmarks: moto's, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# Any pair will do: this server checks no signature. Those of the tests do.
ACCESS_KEY = "testing"
SECRET_KEY = "testing-secret"
REGION = "us-east-1"

# The port is the system's choice (no race for a free one), and the end of the standard input is the
# end of the server, so none outlives the process that started it, however that one ends.
_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def s3_server(**environment: str) -> Iterator[str]:
    """Run a server on a free loopback port, with these variables too, and give its URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # one line a request
        text=True,
        env={**os.environ, **environment},
    )
    with process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port:
                raise RuntimeError("moto's server did not start; run `./dev setup` to install it")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def storage_options(endpoint_url: str) -> dict[str, object]:
    """Options that reach the server at `endpoint_url`, spelled as fsspec's s3fs spells them."""
    return {
        "key": ACCESS_KEY,
        "secret": SECRET_KEY,
        "endpoint_url": endpoint_url,
        "client_kwargs": {"region_name": REGION},
    }


def s3_client(endpoint_url: str):
    """Make a boto3 client of the server at `endpoint_url`."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
    )
