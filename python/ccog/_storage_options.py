"""s3fs's ``storage_options``, checked where they are given and carried to where they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._customer_key import KEY, customer_key_headers
from ._s3_headers import create_headers, mapping, nearest
from .errors import InvalidArgumentError, NotYetImplementedError

__all__ = ["StorageOptions"]

_SECRET = ("key", "secret", "token", "username", "password")
_CLIENT_SECRET = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_HIDDEN = (*_SECRET, *_CLIENT_SECRET, KEY)
#: Concern reading, caching or s3fs's own machinery: taken, without effect, and left behind, since
#: an event loop could not travel.
_IGNORED = (
    "asynchronous",
    "batch_size",
    "cache_regions",
    "default_block_size",
    "default_cache_type",
    "default_fill_cache",
    "listings_expiry_time",
    "local_expiry_check",
    "loop",
    "max_concurrency",
    "max_paths",
    "skip_instance_cache",
    "use_listings_cache",
    "version_aware",
)
_TOP = (
    *_SECRET,
    "anon",
    "client_kwargs",
    "config_kwargs",
    "endpoint_url",
    "fixed_upload_size",
    "profile",
    "requester_pays",
    "s3_additional_kwargs",
    "session",
    "use_ssl",
)
_SWITCHES = ("anon", "fixed_upload_size", "requester_pays", "use_ssl")
_S3_SWITCHES = ("payload_signing_enabled", "use_accelerate_endpoint", "use_dualstack_endpoint")
_CLIENT = (*_CLIENT_SECRET, "endpoint_url", "region_name", "use_ssl", "verify")
_CONFIG = (
    "connect_timeout",
    "max_pool_connections",  # without effect
    "read_timeout",
    "region_name",
    "retries",
    "s3",
    "signature_version",
    "tcp_keepalive",  # without effect
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "user_agent_extra",  # without effect
)
_CONFIG_S3 = (
    "addressing_style",
    "payload_signing_enabled",
    "use_accelerate_endpoint",
    "use_dualstack_endpoint",
)
_RETRIES = ("max_attempts", "mode", "total_max_attempts")


class StorageOptions:
    """What a user says of a store, in s3fs's spelling; `repr` hides the secrets in it.

    Parameters
    ----------
    given : mapping, optional
        ``anon``, ``key``, ``secret``, ``token``, ``profile``, ``endpoint_url``, ``use_ssl``,
        ``requester_pays``, ``fixed_upload_size``, ``client_kwargs`` (endpoint_url, region_name,
        use_ssl, verify and the aws_… secrets), ``config_kwargs`` (connect_timeout, read_timeout,
        region_name, retries, use_dualstack_endpoint, use_fips_endpoint, s3.addressing_style,
        s3.payload_signing_enabled, s3.use_accelerate_endpoint) and ``s3_additional_kwargs`` (ACL,
        StorageClass, Metadata, …).
        Options of s3fs that concern reading and caching are taken and have no effect.

    Raises
    ------
    InvalidArgumentError
        Unknown name (the message has the nearest) or options that contradict each other.
    NotYetImplementedError
        s3fs has the option, and its value asks for what ccog does not do yet.
    """

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, Any] | StorageOptions | None = None) -> None:
        if isinstance(given, StorageOptions):
            given = given._given
        self._given: dict[str, Any] = {
            key: value
            for key, value in mapping("storage_options", given).items()
            if value is not None and key not in _IGNORED
        }
        self._check()

    def _check(self) -> None:
        options = self._given
        _check_names("storage_options", options, (*_TOP, *_IGNORED))
        _check_names("client_kwargs", self.group("client_kwargs"), _CLIENT)
        config = self.group("config_kwargs")
        _check_names("config_kwargs", config, _CONFIG)
        s3 = mapping("s3", config.get("s3"))
        _check_names("config_kwargs['s3']", s3, _CONFIG_S3)
        if isinstance(config.get("retries"), Mapping):
            _check_names("config_kwargs['retries']", config["retries"], _RETRIES)
        _check_switches("storage_options", options, _SWITCHES)
        _check_switches("config_kwargs['s3']", s3, _S3_SWITCHES)
        for where in (options, self.group("client_kwargs")):
            if "@" in str(where.get("endpoint_url", "")):
                raise InvalidArgumentError(
                    "endpoint_url holds a user name or password; give them as key and secret"
                )
        if options.get("session") is not None:
            raise InvalidArgumentError(
                "storage_options: a session cannot travel to workers; name a profile instead"
            )
        if config.get("signature_version", "s3v4") != "s3v4":
            raise NotYetImplementedError(
                f"signature_version={config['signature_version']!r}: s3v4 is the one that is done"
            )
        key, secret, token = self.secrets()
        if (key is None) != (secret is None) or (token is not None and key is None):
            raise InvalidArgumentError(
                "storage_options: key and secret go together, and token with both"
            )
        if options.get("anon") and key is not None:
            raise InvalidArgumentError("storage_options: anon=True contradicts key and secret")
        if options.get("profile") and key is not None:
            raise InvalidArgumentError("storage_options: profile contradicts key and secret")
        create_headers(self.group("s3_additional_kwargs"))
        customer_key_headers(self.group("s3_additional_kwargs"))

    def get(self, name: str, default: Any = None) -> Any:
        """Return a top-level option."""
        return self._given.get(name, default)

    def group(self, name: str) -> Mapping[str, Any]:
        """Return one of the nested mappings; empty where it is not given."""
        return mapping(name, self._given.get(name))

    def secrets(self) -> tuple[str | None, str | None, str | None]:
        """Return key, secret and token, under whichever names they were given."""
        client = self.group("client_kwargs")
        names = (
            ("key", "username", "aws_access_key_id"),
            ("secret", "password", "aws_secret_access_key"),
            ("token", None, "aws_session_token"),
        )
        found = [
            self._given.get(name) or self._given.get(alias or "") or client.get(nested)
            for name, alias, nested in names
        ]
        return found[0], found[1], found[2]

    def __repr__(self) -> str:
        return f"StorageOptions({_hide(self._given)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageOptions) and self._given == other._given

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[StorageOptions], tuple[dict[str, Any]]]:
        return StorageOptions, (self._given,)


def _hide(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: "***" if key in _HIDDEN else _hide(inner) for key, inner in value.items()}


def _check_names(where: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise InvalidArgumentError(f"{where}: unknown option {name!r}; {nearest(name, known)}")


def _check_switches(where: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if given.get(name) not in (None, True, False):
            raise InvalidArgumentError(f"{where}: {name}={given[name]!r}: allowed is True or False")
