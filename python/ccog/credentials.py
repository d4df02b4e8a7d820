"""What the native S3 store needs, resolved on the worker that uses it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ._aws import Chain, Credentials
from ._certificates import check_ca_bundle, find_ca_bundle
from ._s3_headers import Headers, create_headers
from ._storage_options import StorageOptions, mapping
from .errors import InvalidArgumentError

__all__ = ["Credentials", "S3Config", "StorageOptions", "resolve"]


@dataclass(frozen=True, kw_only=True)
class S3Config:
    """Everything the native store needs for one bucket; `repr` hides the secrets.

    Attributes
    ----------
    endpoint_url : str
        Scheme and host (and port), without the bucket and without a slash at the end.
    region : str
        For signing.
    credentials : Credentials, callable or None
        What a user spelled out, or what asks anew each time it is called; None where `anon`.
    anon : bool
        Requests are not signed.
    path_style : bool
        Whether the bucket is the first part of the path rather than of the host.
    verify : bool
        Whether the server's certificate is checked.
    ca_bundle : str or None
        PEM file of trusted authorities; None without TLS or where `verify` is off.
    create_headers, request_headers : pairs of name and value
        For the requests that create an object, and for every request.
    metadata : pairs of name and value
        The object's own, without ``x-amz-meta-``.
    connect_timeout_s, read_timeout_s : float
        Seconds.
    max_attempts : int
        Of one request, the first one included.
    """

    endpoint_url: str
    region: str
    credentials: Credentials | Callable[[], Credentials] | None = None
    anon: bool = False
    path_style: bool = False
    verify: bool = True
    ca_bundle: str | None = None
    create_headers: Headers = ()
    request_headers: Headers = ()
    metadata: Headers = ()
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    max_attempts: int = 8


def resolve(
    storage_options: StorageOptions | Mapping[str, Any] | None,
    url: str,
    *,
    environment: Mapping[str, str] | None = None,
) -> S3Config:
    """Resolve region and endpoint, and where credentials come from, on the worker that uses them.

    What is not given comes from the environment (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION,
    AWS_DEFAULT_REGION, AWS_MAX_ATTEMPTS) and, for credentials and profiles, from botocore's chain
    where botocore is installed (and neither key nor anon is given).

    Parameters
    ----------
    storage_options : StorageOptions, mapping or None
        What the user said.
    url : str
        ``s3://bucket/key``.
    environment : mapping, optional
        Read instead of the process's environment, for everything but botocore's chain.

    Raises
    ------
    InvalidArgumentError
        Bad options or URL, an unknown profile, a missing CA file. That there are no credentials
        anywhere is found when they are asked for.
    """
    options = StorageOptions(storage_options)
    environment = os.environ if environment is None else environment
    bucket = _bucket(url)
    client, config = options.group("client_kwargs"), options.group("config_kwargs")
    key, secret, token = options.secrets()
    anon = bool(options.get("anon", False))
    profile = options.get("profile")
    chain = Chain(profile, environment, use_files=bool(profile) or not (key or anon))

    region = client.get("region_name") or config.get("region_name") or chain.region() or "us-east-1"
    given_endpoint = options.get("endpoint_url") or client.get("endpoint_url") or chain.endpoint()
    use_ssl = bool(options.get("use_ssl", True)) and bool(client.get("use_ssl", True))
    endpoint = _endpoint(given_endpoint, str(region), use_ssl)

    credentials: Credentials | Callable[[], Credentials] | None = None
    if key is not None and secret is not None:
        credentials = Credentials(key=key, secret=secret, token=token or "")
    elif not anon:
        credentials = chain.credentials

    verify = client.get("verify", True)
    ca_bundle = None
    if endpoint.startswith("https:") and verify is not False:
        ca_bundle = (
            check_ca_bundle(verify, "client_kwargs['verify']")
            if isinstance(verify, str)
            else find_ca_bundle(environment)
        )
    create, every, metadata = create_headers(options.group("s3_additional_kwargs"))
    if options.get("requester_pays"):
        every = tuple(sorted({**dict(every), "x-amz-request-payer": "requester"}.items()))
    style = mapping("s3", config.get("s3")).get("addressing_style", "auto")
    return S3Config(
        endpoint_url=endpoint,
        region=str(region),
        credentials=credentials,
        anon=anon,
        path_style=_path_style(style, bucket, endpoint, custom=given_endpoint is not None),
        verify=verify is not False,
        ca_bundle=ca_bundle,
        create_headers=create,
        request_headers=every,
        metadata=metadata,
        connect_timeout_s=_seconds(config, "connect_timeout", S3Config.connect_timeout_s),
        read_timeout_s=_seconds(config, "read_timeout", S3Config.read_timeout_s),
        max_attempts=_max_attempts(config.get("retries"), environment),
    )


def _bucket(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or len(parts.path) < 2:
        raise InvalidArgumentError(f"{url!r}: expected s3://bucket/key")
    return parts.netloc


def _endpoint(given: str | None, region: str, use_ssl: bool) -> str:
    scheme = "https" if use_ssl else "http"
    if given is None:
        if not re.fullmatch(r"[a-z0-9-]+", region):
            raise InvalidArgumentError(f"region {region!r}: expected such as eu-central-1")
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"{scheme}://s3.{region}.{suffix}"
    if "://" not in given:
        given = f"{scheme}://{given}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidArgumentError(f"endpoint_url={given!r}: expected http(s)://host[:port]")
    if parts.username or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise InvalidArgumentError(
            "endpoint_url: expected http(s)://host[:port] alone, without user, path or query"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _path_style(style: str, bucket: str, endpoint: str, *, custom: bool) -> bool:
    """As botocore: other stores than AWS by path, and so are buckets that no host name can have."""
    if style not in ("auto", "path", "virtual"):
        raise InvalidArgumentError(
            f"addressing_style={style!r}: allowed is 'auto', 'path' or 'virtual'"
        )
    if style != "auto":
        return style == "path"
    host_like = re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket) is not None
    own = custom and not (urlsplit(endpoint).hostname or "").endswith(
        (".amazonaws.com", ".amazonaws.com.cn")
    )
    return own or not host_like


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
