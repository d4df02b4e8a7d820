"""What credentials must be allowed to do: the policy of docs/s3.md, and no more."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import dask
import pytest

from ccog import uploads
from ccog.errors import StoreError
from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_client, s3_server, storage_options
from mid_write import source_when_parts_are_there
from pixels import noise
from places import Place

ROOT = Path(__file__).parents[2]
BUCKET = "bucket"


def policy() -> dict[str, Any]:
    """The policy as the page has it, for the bucket of this test."""
    page = (ROOT / "docs" / "s3.md").read_text()
    section = page.partition("## IAM policy")[2].partition("\n## ")[0]
    [text] = re.findall(r"```json\n(.*?)```", section, re.S)
    return json.loads(text.replace("maps/", ""))


def actions() -> list[str]:
    return [action for statement in policy()["Statement"] for action in statement["Action"]]


def test_the_policy_is_what_errors_name() -> None:
    named = set()
    for source in (ROOT / "src" / "ccog" / "store").glob("*.cpp"):
        named |= set(re.findall(r"\b(?:s3|kms):[A-Z]\w+", source.read_text()))
    page = (ROOT / "docs" / "s3.md").read_text()
    section = page.partition("## IAM policy")[2].partition("\n## ")[0]
    only_with_options = set(
        re.findall(r"`((?:s3|kms):[A-Z]\w+)`", section.partition("| option")[2])
    )
    assert named == set(actions()) | only_with_options
    assert not set(actions()) & only_with_options


def test_the_lifecycle_rule_is_one(s3: Any) -> None:
    page = (ROOT / "docs" / "s3.md").read_text()
    section = page.partition("## Orphans and lifecycle")[2].partition("\n## ")[0]
    [text] = re.findall(r"```json\n(.*?)```", section, re.S)
    rules = json.loads(text)
    s3.client.put_bucket_lifecycle_configuration(Bucket=s3.bucket, LifecycleConfiguration=rules)
    [rule] = s3.client.get_bucket_lifecycle_configuration(Bucket=s3.bucket)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@dataclass(frozen=True)
class Guarded:
    """A server that lets nobody do what no policy allows."""

    endpoint_url: str
    admin: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.admin["AccessKeyId"],
            aws_secret_access_key=self.admin["SecretAccessKey"],
        )

    def place(self, user: str, allowed: dict[str, Any]) -> Place:
        """Somewhere to write to with the credentials of a new user."""
        keys = new_user(self.client("iam"), user, allowed)
        return s3_place_of(self, keys)


def s3_place_of(server: Guarded, keys: dict[str, str]) -> Place:
    client = server.client("s3")
    options = {"key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"]}
    return Place(
        url=f"s3://{BUCKET}/out.tif",
        storage_options=storage_options(server.endpoint_url) | options,
        options={"compress": "NONE", "blocksize": 256, "overview_resampling": "AVERAGE"},
        chunk_px=(1024, 2560),
        read=lambda: client.get_object(Bucket=BUCKET, Key="out.tif")["Body"].read(),
        put=lambda data: client.put_object(Bucket=BUCKET, Key="out.tif", Body=data),
        leftovers=lambda: client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []),
    )


def new_user(iam: Any, name: str, allowed: dict[str, Any]) -> dict[str, str]:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(allowed))
    return iam.create_access_key(UserName=name)["AccessKey"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    with s3_server(INITIAL_NO_AUTH_ACTION_COUNT="4") as url:
        s3_client(url).create_bucket(Bucket=BUCKET)
        iam = boto3.client(
            "iam",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
        yield Guarded(url, new_user(iam, "admin", everything))


def fail(_pixels: Any) -> Any:
    raise ZeroDivisionError


def test_the_policy_is_enough_for_all_that_ccog_does(guarded: Guarded) -> None:
    place = guarded.place("writer", policy())
    for array in (noise((64, 64), 64), place.source()):
        done = place.write(array).compute(scheduler="threads")
        assert len(place.read() or b"") == done.size_bytes
    left = place.write(source_when_parts_are_there(place, fail))
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        dask.compute(left, scheduler="threads", pool=pool)
    look = functools.partial(uploads.list, f"s3://{BUCKET}/", place.storage_options)
    assert len(look()) == 1
    uploads.abort(place.url, storage_options=place.storage_options)
    assert look() == []


def test_the_policy_is_enough_for_a_journal(guarded: Guarded) -> None:
    allowed = policy()
    place = guarded.place("without-deleting", allowed)
    journal = f"s3://{BUCKET}/journal"
    with pytest.raises(StoreError, match=r"403 AccessDenied.*the credentials need s3:DeleteObject"):
        place.write(place.source(), journal=journal).compute(scheduler="threads")
    assert place.leftovers() == []
    allowed["Statement"][0]["Action"].append("s3:DeleteObject")
    place = guarded.place("journalist", allowed)
    broken = source_when_parts_are_there(place, fail)
    with pytest.raises(ZeroDivisionError):
        place.write(broken, journal=journal).compute(scheduler="threads")
    done = place.write(place.source(), journal=journal, resume=True).compute(scheduler="threads")
    assert len(place.read() or b"") == done.size_bytes
    assert place.leftovers() == []


def without(action: str) -> dict[str, Any]:
    lacking = policy()
    for statement in lacking["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    return lacking


@pytest.mark.parametrize(
    "action", ["s3:PutObject", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"]
)
def test_a_permission_that_is_missing_is_named(guarded: Guarded, action: str) -> None:
    place = guarded.place(f"without-{action[3:]}", without(action))
    with pytest.raises(StoreError, match=f"403 AccessDenied.*the credentials need {action}") as r:
        place.write(place.source()).compute(scheduler="threads")
    assert not r.value.retryable and "\n" not in str(r.value)


def test_an_upload_that_may_not_be_ended_is_named(guarded: Guarded) -> None:
    place = guarded.place("without-abort", without("s3:AbortMultipartUpload"))
    with pytest.raises(ZeroDivisionError) as raised:
        place.write(source_when_parts_are_there(place, fail)).compute(scheduler="threads")
    [note] = raised.value.__notes__
    assert "the credentials need s3:AbortMultipartUpload" in note
    admin = {"key": guarded.admin["AccessKeyId"], "secret": guarded.admin["SecretAccessKey"]}
    assert uploads.abort(place.url, storage_options=place.storage_options | admin)


def test_without_reading_a_write_works_all_the_same(guarded: Guarded) -> None:
    place = guarded.place("without-reading", without("s3:GetObject"))
    done = place.write(place.source()).compute(scheduler="threads")
    assert len(place.read() or b"") == done.size_bytes


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key": "AKIAIOSFODNN7EXAMPLE"}, "403 InvalidAccessKeyId.*; check the access key, and"),
        ({"secret": "wrong"}, "403 SignatureDoesNotMatch.*; check the secret key, the region, and"),
    ],
    ids=["key", "secret"],
)
def test_wrong_credentials_are_one_clear_sentence(
    guarded: Guarded, wrong: dict[str, Any], message: str
) -> None:
    place = s3_place_of(guarded, guarded.admin)
    place = replace(place, storage_options=place.storage_options | wrong)
    for array in (noise((64, 64), 64), place.source()):
        with pytest.raises(StoreError, match=message) as raised:
            place.write(array).compute(scheduler="threads")
        assert not raised.value.retryable and "\n" not in str(raised.value)
        assert guarded.admin["SecretAccessKey"] not in str(raised.value)
