"""What the machine knows of AWS: environment, profiles and botocore's chain of credentials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .errors import InvalidArgumentError, StoreError

__all__ = ["Chain"]

_REMEDY = (
    "pass key= and secret= in storage_options, or anon=True, or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or configure a profile"
)


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
        self._session = _botocore_session(profile) if use_files else None

    def region(self) -> str | None:
        """AWS_REGION, AWS_DEFAULT_REGION or the profile's."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            if self._environment.get(name):
                return self._environment[name]
        region = self._scoped().get("region")
        return str(region) if region else None

    def endpoint(self) -> str | None:
        """AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's."""
        if self._environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return None
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            if self._environment.get(name):
                return self._environment[name]
        endpoint = self._scoped().get("endpoint_url")
        return str(endpoint) if endpoint else None

    def credentials(self) -> tuple[str, str, str | None, float | None]:
        """Return key, secret, token or None, and when they end (seconds since 1970) or None."""
        if self._session is None:
            return self._from_environment()
        from botocore.exceptions import BotoCoreError

        try:
            found = self._session.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        except BotoCoreError as error:
            raise StoreError(f"no AWS credentials: {error}", retryable=True) from error
        if found is None or frozen is None or not frozen.access_key:
            raise InvalidArgumentError(f"no AWS credentials found: {_REMEDY}")
        # botocore offers no public way to ask; a refreshable one keeps the moment here.
        ends = getattr(found, "_expiry_time", None)
        expires_at_s = ends.timestamp() if isinstance(ends, datetime) else None
        return frozen.access_key, frozen.secret_key, frozen.token, expires_at_s

    def _from_environment(self) -> tuple[str, str, str | None, float | None]:
        key = self._environment.get("AWS_ACCESS_KEY_ID")
        secret = self._environment.get("AWS_SECRET_ACCESS_KEY")
        if not key or not secret:
            raise InvalidArgumentError(
                f"no AWS credentials found: {_REMEDY} (profiles and roles need botocore)"
            )
        return key, secret, self._environment.get("AWS_SESSION_TOKEN") or None, None

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
