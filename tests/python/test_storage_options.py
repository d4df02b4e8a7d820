"""Storage options in s3fs's spelling: checked, hidden, and resolved where they are used."""

import pickle
from datetime import UTC, datetime

import pytest

from ccog._certificates import find_ca_bundle
from ccog._openers import opener_of
from ccog.credentials import Credentials, S3Config, StorageOptions, resolve
from ccog.errors import InvalidArgumentError, NotYetImplementedError

URL = "s3://bucket/dir/dem.tif"
KEYS = {"key": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI"}
pytestmark = pytest.mark.usefixtures("no_aws_of_this_machine")


def test_keys_and_aws_defaults():
    config = resolve({**KEYS, "token": "T"})
    assert config.credentials == Credentials(key="AKIDEXAMPLE", secret="wJalrXUtnFEMI", token="T")
    assert (config.endpoint_url, config.region, config.anon) == ("", "us-east-1", False)
    assert config.ca_bundle == find_ca_bundle()
    assert dict(config.create_headers)["content-type"].startswith("image/tiff; ")
    assert config.request_headers == config.metadata == ()


@pytest.mark.parametrize(
    "given",
    [
        {"key": "K", "secret": "S"},
        {"username": "K", "password": "S"},
        {"client_kwargs": {"aws_access_key_id": "K", "aws_secret_access_key": "S"}},
    ],
)
def test_spellings_of_the_secrets(given):
    assert resolve(given).credentials == Credentials(key="K", secret="S")


@pytest.mark.parametrize(
    "show", [repr, str, lambda value: f"{value}", lambda value: str([value])], ids=range(4)
)
def test_secrets_are_not_shown(show):
    given = {
        **KEYS,
        "token": "TOKEN1",
        "client_kwargs": {"aws_secret_access_key": "NESTED", "region_name": "eu-west-1"},
    }
    options = StorageOptions(given)
    for secret in ("AKIDEXAMPLE", "wJalrXUtnFEMI", "TOKEN1", "NESTED"):
        assert secret not in show(options)
        assert secret not in show(resolve(options))
    assert "eu-west-1" in show(options)


def test_storage_options_travel():
    options = StorageOptions({**KEYS, "client_kwargs": {"region_name": "eu-west-1"}})
    again = pickle.loads(pickle.dumps(options))
    assert again == options
    assert resolve(again) == resolve(options)
    assert resolve(again).region == "eu-west-1"
    assert StorageOptions(options) == options
    assert StorageOptions({"anon": True}) != options


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"acces_key": "K"}, "storage_options: unknown option 'acces_key'"),
        ({"endpoint": "x"}, r"did you mean endpoint_url"),
        ({"secrets": "x"}, r"did you mean secret\b"),
        ({"client_kwargs": {"region": "x"}}, "client_kwargs: unknown.*region_name"),
        ({"config_kwargs": {"timeout": 3}}, "config_kwargs: unknown.*timeout"),
        ({"config_kwargs": {"s3": {"adressing": 1}}}, r"\['s3'\].*addressing_style"),
        ({"config_kwargs": {"retries": {"max": 1}}}, r"\['retries'\].*max_attempts"),
        ({"s3_additional_kwargs": {"Acl": "private"}}, "unknown 'Acl'; did you mean ACL"),
        ({"client_kwargs": "x"}, "client_kwargs is a str, not dict"),
        ({"key": "K"}, "key and secret go together"),
        ({"token": "T"}, "token with both"),
        ({"anon": True, **KEYS}, "anon=True contradicts key"),
        ({"profile": "p", **KEYS}, "profile contradicts key"),
        ({"session": object()}, "session cannot travel"),
        ({"anon": "false"}, "anon='false': allowed is True or False"),
        (
            {"config_kwargs": {"s3": {"payload_signing_enabled": "no"}}},
            "payload_signing_enabled='no': allowed is True or False",
        ),
        (5, "storage_options is a int, not dict"),
        ({"s3_additional_kwargs": {"Metadata": "a=b"}}, "Metadata is a str, not dict"),
        (
            {"s3_additional_kwargs": {"SSEKMSKeyId": "k"}},
            "goes with ServerSideEncryption='aws:kms'",
        ),
        ({"s3_additional_kwargs": {"SSECustomerkey": "k"}}, "did you mean SSECustomerKey"),
        ({"s3_additional_kwargs": {"IfNoneMatch": "*"}}, "the argument overwrite=False of"),
        ({"anon": True, "endpoint_url": "ftp://x"}, 'endpoint_url "ftp://x"'),
        ({"anon": True, "endpoint_url": "http://u:p@x"}, "endpoint_url holds a user name"),
        ({"anon": True, "client_kwargs": {"region_name": "a b"}}, 'region "a b"'),
        ({"anon": True, "config_kwargs": {"read_timeout": -1}}, "read_timeout=-1: allowed"),
        ({"anon": True, "config_kwargs": {"retries": -5}}, "retries=-5: allowed"),
        ({"anon": True, "config_kwargs": {"s3": {"addressing_style": "host"}}}, "'host'"),
        ({"s3_additional_kwargs": {"CacheControl": "a\r\nx-amz-acl: public-read"}}, "ASCII"),
        ({"s3_additional_kwargs": {"Metadata": {"a b": "c"}}}, "cannot be a header's name"),
        ({"s3_additional_kwargs": {"Metadata": {"title": "Höhe"}}}, "printable ASCII"),
    ],
)
def test_bad_options_are_answered_clearly(given, message):
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        opener_of(URL, given).open()
    assert isinstance(raised.value, ValueError)
    assert "wJalrXUtnFEMI" not in str(raised.value)


@pytest.mark.parametrize(
    "given",
    [
        {"config_kwargs": {"signature_version": "s3"}},
        {"s3_additional_kwargs": {"ChecksumType": "COMPOSITE"}},
    ],
)
def test_what_is_not_done_yet(given):
    with pytest.raises(NotYetImplementedError):
        StorageOptions(given)


def test_options_about_reading_have_no_effect():
    given = {"anon": True, "default_block_size": 1, "cache_regions": True, "use_listings_cache": 0}
    assert resolve(given) == resolve({"anon": True})


# Endpoint, region, addressing


@pytest.mark.parametrize(
    ("given", "endpoint", "use_tls"),
    [
        ({}, "", True),
        ({"use_ssl": False}, "", False),
        ({"endpoint_url": "http://127.0.0.1:5000/"}, "http://127.0.0.1:5000/", False),
        ({"client_kwargs": {"endpoint_url": "https://minio:9000"}}, "https://minio:9000", True),
        ({"endpoint_url": "minio:9000"}, "minio:9000", True),
        ({"endpoint_url": "minio:9000", "use_ssl": False}, "minio:9000", False),
        ({"endpoint_url": "https://minio:9000", "use_ssl": False}, "https://minio:9000", True),
    ],
)
def test_endpoints(given, endpoint, use_tls):
    config = resolve({"anon": True, **given})
    assert (config.endpoint_url, config.use_tls) == (endpoint, use_tls)
    assert (config.ca_bundle is not None) == use_tls


@pytest.mark.parametrize(
    ("environment", "endpoint", "region"),
    [
        ({"AWS_ENDPOINT_URL": "http://a"}, "http://a", "us-east-1"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b", None),
        (
            {"AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "",
            None,
        ),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "", "eu-west-1"),
        ({"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "x"}, None, "eu-west-3"),
    ],
)
def test_environment(environment, endpoint, region):
    config = resolve({"anon": True}, environment=environment)
    assert endpoint in (None, config.endpoint_url)
    assert region in (None, config.region)


def test_options_go_before_the_environment():
    environment = {"AWS_ENDPOINT_URL_S3": "http://env", "AWS_REGION": "env-1"}
    given = {
        "anon": True,
        "endpoint_url": "http://mine",
        "client_kwargs": {"region_name": "mine-1"},
    }
    config = resolve(given, environment=environment)
    assert (config.endpoint_url, config.region) == ("http://mine", "mine-1")


@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
def test_addressing(style):
    given = {"anon": True, "config_kwargs": {"s3": {"addressing_style": style}}}
    assert resolve(given).addressing == style
    assert resolve({"anon": True}).addressing == "auto"


@pytest.mark.parametrize(("given", "signed"), [(None, True), (True, True), (False, False)])
def test_payloads_are_signed_unless_told_not_to(given, signed):
    options = {"anon": True, "config_kwargs": {"s3": {"payload_signing_enabled": given}}}
    assert resolve(options).sign_payloads == signed
    assert resolve({"anon": True}).sign_payloads


def test_dualstack_and_fips(tmp_path):
    def both(config_kwargs, **environment):
        config = resolve({"anon": True, "config_kwargs": config_kwargs}, environment=environment)
        return config.use_dualstack, config.use_fips

    assert both({}) == (False, False)
    assert both({"use_dualstack_endpoint": True}) == (True, False)
    assert both({"s3": {"use_dualstack_endpoint": True}}) == (True, False)
    assert both({"use_fips_endpoint": True}) == (False, True)
    assert both({}, AWS_USE_DUALSTACK_ENDPOINT="true", AWS_USE_FIPS_ENDPOINT="True") == (True, True)
    assert both({"use_fips_endpoint": False}, AWS_USE_FIPS_ENDPOINT="true") == (False, False)
    pytest.importorskip("botocore")
    (tmp_path / "config").write_text("[profile lab]\nuse_fips_endpoint = true\n")
    assert resolve({"profile": "lab"}).use_fips


def test_timeouts_and_attempts():
    given = {"config_kwargs": {"connect_timeout": 2, "read_timeout": 3.5, "retries": {}}}
    config = resolve({"anon": True, **given})
    assert (config.connect_timeout_s, config.read_timeout_s) == (2.0, 3.5)
    assert config.max_attempts == S3Config.max_attempts

    def attempts(retries, **environment):
        given = {"anon": True, "config_kwargs": {"retries": retries}}
        return resolve(given, environment=environment).max_attempts

    assert attempts({"max_attempts": 4}) == 5
    assert attempts({"total_max_attempts": 4, "max_attempts": 9}) == 4
    assert attempts(None, AWS_MAX_ATTEMPTS="3") == 3
    assert attempts(2, AWS_MAX_ATTEMPTS="9") == 3
    with pytest.raises(InvalidArgumentError, match="AWS_MAX_ATTEMPTS='many'"):
        attempts(None, AWS_MAX_ATTEMPTS="many")


# Headers


def test_additional_kwargs_become_headers():
    given = {
        "ACL": "bucket-owner-full-control",
        "StorageClass": "STANDARD_IA",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "alias/k",
        "BucketKeyEnabled": True,
        "Tagging": {"project": "a b", "x": "1&2"},
        "ContentType": "image/tiff",
        "CacheControl": "max-age=60,  public ",
        "Expires": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        "ContentEncoding": None,
        "ExpectedBucketOwner": 123456789012,
        "Metadata": {"Source": "survey", "year": 2024},
    }
    config = resolve({"anon": True, "s3_additional_kwargs": given, "requester_pays": True})
    assert config.create_headers == (
        ("cache-control", "max-age=60, public"),
        ("content-type", "image/tiff"),
        ("expires", "Wed, 02 Jan 2030 03:04:05 GMT"),
        ("x-amz-acl", "bucket-owner-full-control"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "alias/k"),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging", "project=a+b&x=1%262"),
    )
    assert config.request_headers == (
        ("x-amz-expected-bucket-owner", "123456789012"),
        ("x-amz-request-payer", "requester"),
    )
    assert config.metadata == (("source", "survey"), ("year", "2024"))


def test_the_header_table_is_boto_s():
    """Names and headers are those of botocore's own model of S3."""
    pytest.importorskip("botocore")
    from botocore.session import Session

    from ccog._s3_headers import _CREATE, _EVERY

    shape = Session().get_service_model("s3").operation_model("CreateMultipartUpload").input_shape
    theirs = {
        name: member.serialization["name"].lower()
        for name, member in shape.members.items()
        if member.serialization.get("location") == "header"
    }
    ours = {**_CREATE, **_EVERY}
    assert len(theirs) > 25
    assert {name: ours[name] for name in ours if name in theirs} == {
        name: theirs[name] for name in ours if name in theirs
    }
    assert set(ours) <= set(theirs)
