"""Where the certificates of the trusted authorities are, for a libcurl that ships none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from .errors import InvalidArgumentError

__all__ = ["find_ca_bundle"]

#: Files, not directories, for libcurl reads the latter only with some TLS libraries.
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Red Hat without the link above
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS, the BSDs
)


def find_ca_bundle(
    environment: Mapping[str, str] | None = None, system: Iterable[str] = _SYSTEM_BUNDLES
) -> str:
    """Return the path of a PEM file of trusted authorities.

    The first of: AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, which botocore knows, CURL_CA_BUNDLE,
    SSL_CERT_FILE, the system's own store, the package certifi.

    Raises
    ------
    InvalidArgumentError
        A variable names a file that is not there, or nothing is found.
    """
    environment = os.environ if environment is None else environment
    for variable in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        named = environment.get(variable)
        if named:
            return check_ca_bundle(named, variable)
    for path in system:
        if Path(path).is_file():
            return path
    try:
        import certifi
    except ImportError:
        raise InvalidArgumentError(
            "no certificates of trusted authorities: install the system's ca-certificates or the "
            "Python package certifi, or name a PEM file in AWS_CA_BUNDLE"
        ) from None
    return certifi.where()


def check_ca_bundle(path: str, source: str) -> str:
    """Return `path` if it is a file, or raise an error that names `source`."""
    if not Path(path).is_file():
        raise InvalidArgumentError(
            f"{source}={path}: there is no such file; name a PEM file of certificates, "
            f"or leave {source} out"
        )
    return path
