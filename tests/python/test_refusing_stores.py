"""Stores that refuse: one clear error, and no secret in it."""

from __future__ import annotations

import logging
import os
import pickle
import re
from collections.abc import Iterator
from typing import Any

import pytest

import ccog
from ccog.errors import CcogError, InvalidArgumentError, ObjectNotFoundError, StoreError
from embedded_s3 import s3_client, s3_server, storage_options
from pixels import never, noise

SHAPE = (300, 420)


SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCY"
TOKEN = "a-session-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def strict_s3() -> Iterator[str]:
    """The URL of a server that knows one bucket and no user at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "1")
        with s3_server() as url:
            s3_client(url).create_bucket(Bucket="bucket")
            yield url


# One that is put at once and one in parts: both look at the store before a chunk is computed.
ARRAYS = {
    "small": noise(SHAPE, 128, each=never),
    "large": noise((3000, 3000), 1500, "float64", each=never),
}


def refused(array: Any, url: str, options: dict[str, Any], caplog: Any) -> CcogError:
    """Give the error of a write, after checking that it is one sentence without a secret."""
    secrets = {"secret": SECRET, "token": TOKEN}
    retries = {"config_kwargs": {"retries": {"total_max_attempts": 2}}}
    write = ccog.write_ccog(array, url, storage_options=options | secrets | retries)
    caplog.set_level(logging.DEBUG, "ccog")
    with pytest.raises(CcogError) as raised:
        write.compute(scheduler="threads")
    assert "\n" not in str(raised.value)
    for text in (
        repr(raised.value),
        repr(pickle.loads(pickle.dumps(raised.value)).__dict__),
        *getattr(raised.value, "__notes__", []),
        repr(write),
        caplog.text,
    ):
        assert SECRET not in text
        assert TOKEN not in text
    assert not getattr(raised.value, "__notes__", [])
    return raised.value


@pytest.mark.parametrize("size", ARRAYS)
def test_a_wrong_bucket_is_one_clear_error(size: str, s3: Any, caplog: Any) -> None:
    error = refused(ARRAYS[size], "s3://no-such-bucket/a.tif", s3.storage_options, caplog)
    assert isinstance(error, ObjectNotFoundError)
    assert "/no-such-bucket?" in str(error) and "create the bucket, or correct its name" in str(
        error
    )


@pytest.mark.parametrize("size", ARRAYS)
def test_wrong_credentials_are_one_clear_error(size: str, strict_s3: str, caplog: Any) -> None:
    error = refused(ARRAYS[size], "s3://bucket/a.tif", storage_options(strict_s3), caplog)
    assert isinstance(error, StoreError) and not error.retryable
    assert "403 InvalidAccessKeyId" in str(error) and "check the access key" in str(error)


@pytest.mark.parametrize("size", ARRAYS)
@pytest.mark.parametrize(
    ("endpoint_url", "message"),
    [
        ("http://127.0.0.1:9", "Failed to connect|Could not connect"),
        ("http://no-such-host.invalid", "Could not resolve host"),
    ],
)
def test_a_dead_endpoint_is_one_clear_error(
    size: str, endpoint_url: str, message: str, caplog: Any
) -> None:
    error = refused(ARRAYS[size], "s3://bucket/a.tif", storage_options(endpoint_url), caplog)
    assert isinstance(error, StoreError) and error.retryable
    assert re.search(message, str(error)) and endpoint_url in str(error)
    assert "check endpoint_url, region and the network (after 2 attempts)" in str(error)


def test_a_server_that_echoes_a_secret_is_not_quoted(on_s3: Any, proxy: Any, caplog: Any) -> None:
    body = f"<Error><Code>AccessDenied</Code><Message>{SECRET} {TOKEN}!</Message></Error>"
    proxy.hook = lambda *_: (403, body.encode())
    error = refused(ARRAYS["small"], on_s3.url, on_s3.storage_options, caplog)
    assert "AccessDenied: *** ***!" in str(error)


def test_no_credentials_at_all_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(InvalidArgumentError, match="no AWS credentials found: pass key= and"):
        ccog.write_ccog(ARRAYS["small"], "s3://bucket/a.tif").compute(scheduler="threads")
