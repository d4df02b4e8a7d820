"""What the native S3 store needs, resolved on the worker that uses it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ._aws import Chain, Credentials
from ._certificates import check_ca_bundle, find_ca_bundle
from ._customer_key import customer_key_headers
from ._s3_headers import Headers, create_headers, mapping
from ._storage_options import StorageOptions
from .errors import InvalidArgumentError

__all__ = ["Credentials", "S3Config", "StorageOptions", "resolve"]


@dataclass(frozen=True, kw_only=True)
class S3Config:
    """Everything the native store needs for one bucket; `repr` hides the secrets.

    Attributes
    ----------
    endpoint_url : str
        As it was given; "" is AWS.
    use_tls : bool
        Where `endpoint_url` names no scheme.
    use_accelerate, use_dualstack, use_fips : bool
        Which of AWS's endpoints.
    region : str
        To begin with; the store may say another.
    credentials : Credentials, callable or None
        What a user spelled out, or what asks anew each time it is called; None where `anon`.
    anon : bool
        Requests are not signed.
    addressing : {"auto", "path", "virtual"}
        Whether the bucket is the first part of the path or of the host.
    verify : bool
        Whether the server's certificate is checked.
    ca_bundle : str or None
        PEM file of trusted authorities; None without TLS or where `verify` is off.
    create_headers, request_headers : pairs of name and value
        For the requests that create an object, and for every request.
    customer_key_headers : pairs of name and value
        For every request that reads or writes the object's bytes; secret.
    metadata : pairs of name and value
        The object's own, without ``x-amz-meta-``.
    connect_timeout_s, read_timeout_s : float
        Seconds.
    sign_payloads : bool
        Whether the SHA-256 of what is stored is signed.
    max_attempts : int
        Of one request, the first one included.
    """

    endpoint_url: str
    use_tls: bool
    use_accelerate: bool
    use_dualstack: bool
    use_fips: bool
    region: str
    credentials: Credentials | Callable[[], Credentials] | None = None
    anon: bool = False
    addressing: str = "auto"
    verify: bool = True
    ca_bundle: str | None = None
    create_headers: Headers = ()
    request_headers: Headers = ()
    customer_key_headers: Headers = field(default=(), repr=False)
    metadata: Headers = ()
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    sign_payloads: bool = True
    max_attempts: int = 8


def named_endpoint(
    storage_options: StorageOptions | Mapping[str, Any] | None,
    *,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Return the endpoint that the options, this process's environment or the profile name.

    "" where none does, which is AWS, or where the profile is not on this machine. Asks neither the
    network nor for credentials.
    """
    options = StorageOptions(storage_options)
    given = options.get("endpoint_url") or options.group("client_kwargs").get("endpoint_url")
    if not given:
        environment = os.environ if environment is None else environment
        with contextlib.suppress(InvalidArgumentError):
            given = Chain(options.get("profile"), environment, use_files=True).endpoint()
    return str(given or "")


def resolve(
    storage_options: StorageOptions | Mapping[str, Any] | None,
    *,
    environment: Mapping[str, str] | None = None,
) -> S3Config:
    """Resolve region and endpoint, and where credentials come from, on the worker that uses them.

    What is not given comes from the environment (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION,
    AWS_DEFAULT_REGION, AWS_USE_DUALSTACK_ENDPOINT, AWS_USE_FIPS_ENDPOINT, AWS_MAX_ATTEMPTS) and,
    for credentials and profiles, from botocore's chain where botocore is installed (and neither key
    nor anon is given).

    Parameters
    ----------
    storage_options : StorageOptions, mapping or None
        What the user said.
    environment : mapping, optional
        Read instead of the process's environment, for everything but botocore's chain.

    Raises
    ------
    InvalidArgumentError
        Bad options, an unknown profile, a missing CA file. That there are no credentials
        anywhere is found when they are asked for.
    """
    options = StorageOptions(storage_options)
    environment = os.environ if environment is None else environment
    client, config = options.group("client_kwargs"), options.group("config_kwargs")
    key, secret, token = options.secrets()
    anon = bool(options.get("anon", False))
    profile = options.get("profile")
    chain = Chain(profile, environment, use_files=bool(profile) or not (key or anon))

    region = client.get("region_name") or config.get("region_name") or chain.region() or "us-east-1"
    endpoint = options.get("endpoint_url") or client.get("endpoint_url") or chain.endpoint() or ""
    use_ssl = bool(options.get("use_ssl", True)) and bool(client.get("use_ssl", True))
    scheme = endpoint.partition("://")[0] if "://" in endpoint else None
    use_tls = use_ssl if scheme is None else scheme == "https"

    credentials: Credentials | Callable[[], Credentials] | None = None
    if key is not None and secret is not None:
        credentials = Credentials(key=key, secret=secret, token=token or "")
    elif not anon:
        credentials = chain.credentials

    verify = client.get("verify", True)
    ca_bundle = None
    if use_tls and verify is not False:
        ca_bundle = (
            check_ca_bundle(verify, "client_kwargs['verify']")
            if isinstance(verify, str)
            else find_ca_bundle(environment)
        )
    additional = options.group("s3_additional_kwargs")
    create, every, metadata = create_headers(additional)
    if options.get("requester_pays"):
        every = tuple(sorted({**dict(every), "x-amz-request-payer": "requester"}.items()))
    s3 = mapping("s3", config.get("s3"))

    def switch(name: str) -> bool:
        given = config.get(name, s3.get(name))
        return chain.switch(name) if given is None else bool(given)

    return S3Config(
        endpoint_url=endpoint,
        use_tls=use_tls,
        use_accelerate=bool(s3.get("use_accelerate_endpoint")),
        use_dualstack=switch("use_dualstack_endpoint"),
        use_fips=switch("use_fips_endpoint"),
        region=str(region),
        credentials=credentials,
        anon=anon,
        addressing=_addressing(s3.get("addressing_style", "auto")),
        verify=verify is not False,
        ca_bundle=ca_bundle,
        create_headers=create,
        request_headers=every,
        customer_key_headers=customer_key_headers(additional),
        metadata=metadata,
        connect_timeout_s=_seconds(config, "connect_timeout", S3Config.connect_timeout_s),
        read_timeout_s=_seconds(config, "read_timeout", S3Config.read_timeout_s),
        sign_payloads=s3.get("payload_signing_enabled") in (None, True),
        max_attempts=_max_attempts(config.get("retries"), environment),
    )


def _addressing(style: Any) -> str:
    if style not in ("auto", "path", "virtual"):
        raise InvalidArgumentError(
            f"addressing_style={style!r}: allowed is 'auto', 'path' or 'virtual'"
        )
    return str(style)


def _seconds(config: Mapping[str, Any], name: str, default: float) -> float:
    try:
        seconds = float(config.get(name, default))
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        _bad_number(name, config[name], "a number of seconds above 0")
    return seconds


def _max_attempts(retries: Any, environment: Mapping[str, str]) -> int:
    """Count as botocore: `max_attempts` without the first attempt, `total_max_attempts` with it."""
    first, name = 0, "retries"
    value: Any = retries
    if isinstance(retries, Mapping):
        value = retries.get("total_max_attempts")
        if value is None and retries.get("max_attempts") is not None:
            first, value = 1, retries["max_attempts"]
    elif retries is not None:
        first = 1
    if value is None:
        name, value = "AWS_MAX_ATTEMPTS", environment.get("AWS_MAX_ATTEMPTS")
        first = 0
    if value is None:
        return S3Config.max_attempts
    try:
        attempts = int(value) + first
    except (TypeError, ValueError):
        attempts = 0
    if attempts < 1:
        _bad_number(name, value, "a whole number")
    return attempts


def _bad_number(name: str, value: Any, allowed: str) -> NoReturn:
    raise InvalidArgumentError(f"{name}={value!r}: allowed is {allowed}")
