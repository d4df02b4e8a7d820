"""SSE-C: a key of the customer's own, as boto3 takes it, and never shown."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

import ccog
import s3_servers
from ccog.credentials import StorageOptions, resolve
from ccog.errors import InvalidArgumentError
from embedded_s3 import s3_client, storage_options
from pixels import noise
from tls_s3 import Authority

RAW = b"0123456789abcdefghijklmnopqrstuv"
ENCODED = base64.b64encode(RAW).decode()
MD5 = "qkvGcbTBx6OOKYAPUO9jRg=="


def headers(**kwargs: Any) -> dict[str, str]:
    given = {"anon": True, "s3_additional_kwargs": kwargs}
    return dict(resolve(given).customer_key_headers)


def boto_headers(**kwargs: Any) -> dict[str, str]:
    """What boto3 makes of the same arguments."""
    client = Session().create_client(
        "s3", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    sent: dict[str, str] = {}

    def catch(request: Any, **_: Any) -> None:
        sent.update(request.headers)
        raise InterruptedError

    client.meta.events.register("before-send.s3", catch)
    with pytest.raises(InterruptedError):
        client.head_object(Bucket="bucket", Key="key", **kwargs)
    return {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in sent.items()
        if "encryption" in name
    }


@pytest.mark.parametrize(
    "given",
    [
        {"SSECustomerKey": RAW},
        {"SSECustomerKey": RAW.decode()},
        {"SSECustomerKey": bytes(range(32))},
        {"SSECustomerKey": "ä" * 16},
        {"SSECustomerKey": ENCODED, "SSECustomerKeyMD5": MD5},
    ],
    ids=["bytes", "str", "not text", "not ASCII", "with MD5"],
)
def test_a_key_is_taken_as_boto3_takes_it(given: dict[str, Any]) -> None:
    ours = headers(**given)
    assert ours == boto_headers(**given, SSECustomerAlgorithm="AES256")
    assert headers(**given, SSECustomerAlgorithm="AES256") == ours
    assert len(ours) == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"SSECustomerKey": RAW[1:]}, "has 31 bytes: AES256 takes 32"),
        ({"SSECustomerKey": ENCODED}, "has 44 bytes: AES256 takes 32, as they are, or in base64"),
        ({"SSECustomerKey": RAW, "SSECustomerKeyMD5": MD5}, "leave SSECustomerKeyMD5 out|24 bytes"),
        ({"SSECustomerKey": ENCODED, "SSECustomerKeyMD5": MD5[1:]}, "is not that of"),
        ({"SSECustomerKey": ENCODED + "!", "SSECustomerKeyMD5": MD5}, "in base64"),
        ({"SSECustomerKey": 5}, "is a int: give bytes or str"),
        ({"SSECustomerKey": RAW, "SSECustomerAlgorithm": "AES128"}, "'AES128': S3 has AES256"),
        ({"SSECustomerAlgorithm": "AES256"}, "SSECustomerAlgorithm without SSECustomerKey"),
        ({"SSECustomerKey": RAW, "ServerSideEncryption": "AES256"}, "contradicts"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_not_shown(given: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        ccog.write_ccog(
            noise((64, 64), 64), "s3://bucket/key", storage_options={"s3_additional_kwargs": given}
        )
    for secret in (RAW.decode()[1:9], ENCODED[1:9]):
        assert secret not in str(raised.value)


def test_a_key_is_in_no_repr_but_travels() -> None:
    options = StorageOptions({"anon": True, "s3_additional_kwargs": {"SSECustomerKey": RAW}})
    for shown in (repr(options), repr(resolve(options))):
        assert RAW.decode() not in shown and ENCODED not in shown
    again = pickle.loads(pickle.dumps(options))
    assert dict(resolve(again).customer_key_headers) == headers(SSECustomerKey=RAW)


@pytest.mark.parametrize("shape", [(64, 64), (1024, 3000)], ids=["at once", "in parts"])
def test_an_object_can_be_read_with_its_key_alone(
    shape: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := s3_servers.missing("minio"):  # moto takes the key, and encrypts nothing
        pytest.skip(why)
    authority = Authority(tmp_path, "authority")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.pem))
    with s3_servers.start("minio", authority.issue("127.0.0.1")) as url:
        client = s3_client(url)
        client.create_bucket(Bucket="bucket")
        where = {"Bucket": "bucket", "Key": "key"}
        # What stands there with another key cannot be looked at, and is replaced all the same.
        for key in (RAW[::-1], RAW):
            given = {"SSECustomerKey": key}
            write = ccog.write_ccog(
                noise(shape, 1024, "float64"),
                "s3://bucket/key",
                storage_options=storage_options(url) | {"s3_additional_kwargs": given},
                compress="NONE",
            )
            result = write.compute(scheduler="threads")
            assert (result.parts > 1) == (shape[0] > 64)
            head = client.head_object(**where, **given, SSECustomerAlgorithm="AES256")
            assert head["ContentLength"] == result.size_bytes
        assert head["SSECustomerKeyMD5"] == MD5
        with pytest.raises(client.exceptions.ClientError):
            client.get_object(**where)
        write = ccog.write_ccog(
            noise(shape, 1024), "s3://bucket/key", storage_options=storage_options(url)
        )
        assert write.compute(scheduler="threads").size_bytes > 0
        client.get_object(**where)
