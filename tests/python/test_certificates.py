"""Which certificates a server's is held against."""

import sys

import pytest

from ccog._certificates import find_ca_bundle
from ccog.credentials import resolve
from ccog.errors import InvalidArgumentError

pytestmark = pytest.mark.usefixtures("no_aws_of_this_machine")


def test_the_order_of_certificates(tmp_path):
    aws, ssl, system = (tmp_path / name for name in ("aws.pem", "ssl.pem", "system.pem"))
    for path in (aws, ssl, system):
        path.touch()
    both = {"AWS_CA_BUNDLE": str(aws), "SSL_CERT_FILE": str(ssl)}
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert find_ca_bundle({variable: str(aws), "SSL_CERT_FILE": str(ssl)}) == str(aws)
    stores = (str(tmp_path / "missing.pem"), str(system))
    assert find_ca_bundle(both, stores) == str(aws)
    assert find_ca_bundle({"SSL_CERT_FILE": str(ssl)}, stores) == str(ssl)
    assert find_ca_bundle({"SSL_CERT_FILE": ""}, stores) == str(system)
    certifi = pytest.importorskip("certifi")
    assert find_ca_bundle({}, ()) == certifi.where()


def test_a_named_file_that_is_missing_is_not_passed_over(tmp_path):
    for variable in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        with pytest.raises(InvalidArgumentError, match=rf"{variable}=.*there is no such file"):
            find_ca_bundle({variable: str(tmp_path / "no.pem")})
    given = {"anon": True, "client_kwargs": {"verify": str(tmp_path / "no.pem")}}
    with pytest.raises(InvalidArgumentError, match=r"client_kwargs\['verify'\]=.*no such file"):
        resolve(given)


def test_no_certificates_at_all(monkeypatch):
    monkeypatch.setitem(sys.modules, "certifi", None)
    with pytest.raises(InvalidArgumentError, match="AWS_CA_BUNDLE"):
        find_ca_bundle({}, ())


def test_verify(tmp_path):
    own = tmp_path / "own.pem"
    own.touch()
    config = resolve({"anon": True, "client_kwargs": {"verify": str(own)}})
    assert (config.verify, config.ca_bundle) == (True, str(own))
    config = resolve({"anon": True, "client_kwargs": {"verify": False}})
    assert (config.verify, config.ca_bundle) == (False, None)
