"""Stores that refuse: one clear error, and no secret in it."""

from __future__ import annotations

import logging
import pickle
import re
from collections.abc import Iterator
from typing import Any

import pytest
import xarray

import ccog
from ccog.errors import CcogError, InvalidArgumentError, ObjectNotFoundError, StoreError
from embedded_s3 import (
    ACCESS_KEY,
    REGION,
    SECRET_KEY,
    s3_client,
    s3_server,
    storage_options,
)
from pixels import never, noise

SHAPE = (300, 420)


SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCY"
TOKEN = "a-session-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def strict_s3() -> Iterator[str]:
    """The URL of a server that knows one bucket and no user at all."""
    with s3_server(INITIAL_NO_AUTH_ACTION_COUNT="1") as url:
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
    assert "check endpoint_url, region, the network and the proxy" in str(error)


def test_a_server_that_echoes_a_secret_is_not_quoted(on_s3: Any, proxy: Any, caplog: Any) -> None:
    body = f"<Error><Code>AccessDenied</Code><Message>{SECRET} {TOKEN}!</Message></Error>"
    proxy.hook = lambda *_: (403, body.encode())
    error = refused(ARRAYS["small"], on_s3.url, on_s3.storage_options, caplog)
    assert "AccessDenied: *** ***!" in str(error)


@pytest.mark.usefixtures("no_aws_of_this_machine")
def test_no_credentials_at_all_are_one_clear_error() -> None:
    with pytest.raises(InvalidArgumentError, match="no AWS credentials found: pass key= and"):
        ccog.write_ccog(ARRAYS["small"], "s3://bucket/a.tif").compute(scheduler="threads")


#: What S3 says (a status, a code, words or more), and what the error says of it.
ANSWERS = {
    "another region": (301, "PermanentRedirect", "", "not in region us-east-1; give its own"),
    "a region known to the store": (
        400,
        "AuthorizationHeaderMalformed",
        "<Region>eu-west-1</Region>",
        "the bucket is in region eu-west-1: leave endpoint_url out, or give that of this region",
    ),
    "an expired token": (400, "ExpiredToken", "", "give new ones|renew|refresh"),
    "a wrong token": (400, "InvalidToken", "", "give new ones|renew|refresh"),
    "a missing permission": (403, "AccessDenied", "", "the credentials need s3:"),
    "a bucket that does without ACLs": (
        400,
        "AccessControlListNotSupported",
        "",
        "leave ACL out of s3_additional_kwargs, or let the bucket's ObjectOwnership allow it",
    ),
    "a key of KMS that is none": (400, "KMS.NotFoundException", "", "check SSEKMSKeyId"),
    "a clock that is wrong": (403, "RequestTimeTooSkewed", "", "set this machine's clock"),
}


@pytest.mark.parametrize("size", ARRAYS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_what_s3_refuses_is_one_clear_sentence(
    answer: str, size: str, on_s3: Any, proxy: Any, caplog: Any
) -> None:
    status, code, more, message = ANSWERS[answer]
    body = f"<Error><Code>{code}</Code><Message>No.</Message>{more}</Error>"
    proxy.hook = lambda *_: (status, body.encode())
    error = refused(ARRAYS[size], on_s3.url, on_s3.storage_options, caplog)
    assert isinstance(error, StoreError)
    text = str(error)
    # What was asked for, what S3 said, and what to do.
    assert re.fullmatch(rf"GET http://\S+: HTTP {status} {code}: No\.; .+", text), text
    assert re.search(message, text), text


def test_a_bucket_that_is_not_public_is_one_clear_sentence(on_s3: Any, proxy: Any) -> None:
    proxy.hook = lambda *_: (403, b"<Error><Code>AccessDenied</Code></Error>")
    options = {"anon": True, "endpoint_url": proxy.endpoint_url}
    write = ccog.write_ccog(ARRAYS["small"], on_s3.url, storage_options=options)
    with pytest.raises(StoreError, match=r"anonymous requests lack s3:\w+.*; give credentials$"):
        write.compute(scheduler="threads")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://bucket", "expected s3://bucket/key"),
        ("s3://bucket/dir/", "expected s3://bucket/key"),
        ("s3://a b/key", '"a b" in "s3://a b/key" cannot be a bucket'),
        ("s3://bucket/" + "k" * 1025, "has 1025 bytes; S3 takes 1024 at most"),
    ],
)
def test_a_key_or_bucket_that_cannot_be_is_one_clear_sentence(url: str, message: str) -> None:
    options = {"key": "k", "secret": SECRET, "endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        ccog.write_ccog(ARRAYS["small"], url, storage_options=options).compute(scheduler="threads")
    assert "\n" not in str(raised.value) and SECRET not in str(raised.value)


def test_the_example_of_the_readme_works_as_written(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody has it whose credentials and endpoint are configured."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint_url)
    x = xarray.DataArray(noise(SHAPE, 128), dims=("y", "x"), name="elevation")
    acl = {"ACL": "bucket-owner-full-control"}
    ccog.write_ccog(
        x,
        s3.url("dem.tif"),
        compress="ZSTD",
        predictor="YES",
        overview_resampling="AVERAGE",
        storage_options={"anon": False, "s3_additional_kwargs": acl},
    ).compute()
    grants = s3.client.get_object_acl(Bucket=s3.bucket, Key="dem.tif")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    head = s3.client.head_object(Bucket=s3.bucket, Key="dem.tif")
    assert head["ContentType"] == "image/tiff; application=geotiff; profile=cloud-optimized"
