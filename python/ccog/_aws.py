"""What the machine knows of AWS: environment, profiles and botocore's chain of credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import InvalidArgumentError, StoreError

__all__ = ["Chain", "Credentials"]

_REMEDY = (
    "pass key= and secret= in storage_options, or anon=True, or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or configure a profile"
)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Keys that sign requests; `repr` hides them.

    Attributes
    ----------
    key, secret : str
        Access key and secret key.
    token : str
        Of the session; "" where the keys are lasting ones.
    expires_at_unix_s : int or None
        When they end; None where nobody says so.
    """

    key: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    expires_at_unix_s: int | None = None


class Chain:
    """Looks things up where AWS's own tools look, in their order.

    Parameters
    ----------
    profile : str or None
        Of ~/.aws/config; AWS_PROFILE or the default one where None.
    environment : mapping
        Usually `os.environ`; botocore reads the process's own.
    use_files : bool
        Whether botocore, its files and its chain are asked at all.
    """

    def __init__(
        self, profile: str | None, environment: Mapping[str, str], *, use_files: bool
    ) -> None:
        self._environment = environment
        self._profile = profile
        self._session = _botocore_session(profile) if use_files else None

    def region(self) -> str | None:
        """AWS_REGION, AWS_DEFAULT_REGION or the profile's."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            if self._environment.get(name):
                return self._environment[name]
        region = self._scoped().get("region")
        return str(region) if region else None

    def endpoint(self) -> str | None:
        """AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's for S3 or the profile's for all."""
        if self._environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return None
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            if self._environment.get(name):
                return self._environment[name]
        endpoint = self._service("s3").get("endpoint_url") or self._scoped().get("endpoint_url")
        return str(endpoint) if endpoint else None

    def switch(self, name: str) -> bool:
        """AWS_USE_DUALSTACK_ENDPOINT or AWS_USE_FIPS_ENDPOINT, or what the profile says of it."""
        said = self._environment.get(f"AWS_{name.upper()}") or self._scoped().get(name)
        return str(said).lower() == "true"

    def credentials(self) -> Credentials:
        """Ask anew, whatever was found before."""
        # A session keeps what it has found for as long as it believes in it.
        session = _botocore_session(self._profile)
        if session is None:
            return self._from_environment()
        from botocore.exceptions import BotoCoreError

        try:
            found = session.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        except BotoCoreError as error:
            raise StoreError(f"no AWS credentials: {error}", retryable=True) from error
        if found is None or frozen is None or not frozen.access_key:
            raise InvalidArgumentError(f"no AWS credentials found: {_REMEDY}")
        # botocore offers no public way to ask; a refreshable one keeps the moment here.
        ends = getattr(found, "_expiry_time", None)
        return Credentials(
            key=frozen.access_key,
            secret=frozen.secret_key,
            token=frozen.token or "",
            expires_at_unix_s=int(ends.timestamp()) if isinstance(ends, datetime) else None,
        )

    def _from_environment(self) -> Credentials:
        key = self._environment.get("AWS_ACCESS_KEY_ID")
        secret = self._environment.get("AWS_SECRET_ACCESS_KEY")
        if not key or not secret:
            raise InvalidArgumentError(
                f"no AWS credentials found: {_REMEDY} (profiles and roles need botocore)"
            )
        token = self._environment.get("AWS_SESSION_TOKEN", "")
        return Credentials(key=key, secret=secret, token=token)

    def _scoped(self) -> Mapping[str, Any]:
        """The settings of the profile; an unknown default profile has none."""
        if self._session is None:
            return {}
        from botocore.exceptions import BotoCoreError

        try:
            scoped: Mapping[str, Any] = self._session.get_scoped_config()
        except BotoCoreError as error:
            raise InvalidArgumentError(f"the AWS configuration cannot be used: {error}") from error
        return scoped

    def _service(self, service: str) -> Mapping[str, Any]:
        """The settings of the section of services that the profile names."""
        name = self._scoped().get("services")
        if self._session is None or not name:
            return {}
        services = self._session.full_config.get("services", {}).get(name)
        if services is None:
            raise InvalidArgumentError(
                f"the profile wants [services {name}], which ~/.aws/config does not have: add it, "
                'or remove "services" from the profile'
            )
        settings: Mapping[str, Any] = services.get(service, {})
        return settings


def _botocore_session(profile: str | None) -> Any:
    try:
        from botocore.session import Session
    except ImportError:
        if profile is not None:
            raise InvalidArgumentError(
                f"profile={profile!r} needs botocore: install it, or pass key= and secret="
            ) from None
        return None
    return Session(profile=profile)  # type: ignore[no-untyped-call]
