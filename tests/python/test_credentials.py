"""Where credentials, regions and endpoints are found that nobody spells out."""

import sys
from datetime import UTC, datetime

import pytest

from ccog.credentials import Credentials, resolve
from ccog.errors import InvalidArgumentError

KEYS = {"key": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI"}
pytestmark = pytest.mark.usefixtures("no_aws_of_this_machine")


def test_credentials_of_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "EK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ES")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "ET")
    assert resolve(None).credentials() == Credentials(key="EK", secret="ES", token="ET")
    assert resolve({"anon": True}).credentials is None
    assert resolve(KEYS).credentials.key == "AKIDEXAMPLE"


def test_profiles(tmp_path):
    pytest.importorskip("botocore")
    (tmp_path / "config").write_text(
        "[profile lab]\nregion = eu-north-1\nendpoint_url = http://lab:9000\n"
    )
    (tmp_path / "credentials").write_text(
        "[lab]\naws_access_key_id = PK\naws_secret_access_key = PS\n"
    )
    config = resolve({"profile": "lab"})
    assert config.credentials() == Credentials(key="PK", secret="PS")
    assert (config.region, config.endpoint_url) == ("eu-north-1", "http://lab:9000")
    with pytest.raises(InvalidArgumentError, match="nobody"):
        resolve({"profile": "nobody"})


def test_the_services_of_a_profile(tmp_path):
    pytest.importorskip("botocore")
    (tmp_path / "config").write_text(
        "[profile lab]\nendpoint_url = http://all:9000\nservices = ours\n"
        "[profile odd]\nservices = nobodys\n"
        "[services ours]\ns3 =\n  endpoint_url = http://s3:9000\nsts =\n  endpoint_url = http://sts\n"
    )
    assert resolve({"profile": "lab"}).endpoint_url == "http://s3:9000"
    with pytest.raises(InvalidArgumentError, match=r"\[services nobodys\].*add it"):
        resolve({"profile": "odd"})


def test_credentials_that_end_say_when(tmp_path):
    pytest.importorskip("botocore")
    script = tmp_path / "credentials.json"
    script.write_text(
        '{"Version": 1, "AccessKeyId": "RK", "SecretAccessKey": "RS", "SessionToken": "RT",'
        ' "Expiration": "2099-01-01T00:00:00Z"}'
    )
    (tmp_path / "config").write_text(f"[default]\ncredential_process = cat {script}\n")
    ask = resolve(None).credentials
    found = ask()
    assert (found.key, found.secret, found.token) == ("RK", "RS", "RT")
    assert found.expires_at_unix_s == datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    assert "RS" not in repr(found)
    script.write_text(script.read_text().replace("RT", "RT2"))
    assert ask().token == "RT2"  # asked anew, though the first ones still hold


def test_no_credentials_anywhere():
    with pytest.raises(InvalidArgumentError, match="no AWS credentials found: pass key="):
        resolve(None).credentials()


def test_without_botocore(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    environment = {
        "AWS_ACCESS_KEY_ID": "EK",
        "AWS_SECRET_ACCESS_KEY": "ES",
        "AWS_REGION": "eu-west-1",
    }
    config = resolve(None, environment=environment)
    assert config.credentials() == Credentials(key="EK", secret="ES")
    assert config.region == "eu-west-1"
    with pytest.raises(InvalidArgumentError, match="roles need botocore"):
        resolve(None, environment={}).credentials()
    with pytest.raises(InvalidArgumentError, match="needs botocore"):
        resolve({"profile": "lab"})


def test_botocore_is_not_imported_for_given_keys(monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    assert resolve(KEYS).credentials.key == "AKIDEXAMPLE"
    assert resolve({"anon": True}).anon
