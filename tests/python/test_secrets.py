"""Secrets are in no log, error, repr or task that anybody sees, wherever a write runs."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dask.utils import key_split

from ccog import uploads
from ccog.credentials import StorageOptions, resolve
from places import Place
from s3_proxy import Exchange, Response, S3Proxy
from steps import layer_of

CUSTOMER_KEY = "a-customer-key-of-32-bytes-x-y-z"
OPTIONS = {
    "key": "AKIAIOSFODNN7EXAMPLE",
    "secret": "wJalrXUtnFEMI-K7MDENG-bPxRfiCY",
    "token": "a-session-token-that-nobody-may-see",
    "s3_additional_kwargs": {"SSECustomerKey": CUSTOMER_KEY},
}
SECRETS = (
    OPTIONS["key"],
    OPTIONS["secret"],
    OPTIONS["token"],
    CUSTOMER_KEY,
    base64.b64encode(CUSTOMER_KEY.encode()).decode(),
)


def assert_without_secrets(shown: Any, secrets: tuple[Any, ...] = SECRETS) -> None:
    text = shown.decode("latin-1") if isinstance(shown, bytes) else str(shown)
    for secret in secrets:
        at = text.find(secret)
        assert at < 0, f"{secret} in {text[max(0, at - 200) : at + 50]}"


@pytest.fixture
def secretive(on_s3: Place) -> Place:
    """An object in S3, with every secret that options can hold."""
    return replace(on_s3, storage_options=on_s3.storage_options | OPTIONS)


@pytest.fixture
def talkative(proxy: S3Proxy) -> S3Proxy:
    """A proxy that refuses parts, and says again all that it has been sent."""

    def echo(exchange: Exchange) -> None:
        exchange.read_body()
        said = " ".join(map(str, [*exchange.headers.values(), *SECRETS[1:]]))
        body = f"<Error><Code>AccessDenied</Code><Message>{said}</Message></Error>"
        exchange.answer(Response(403, {"Content-Type": "application/xml"}, body.encode()))

    proxy.hook = lambda method, path: echo if method == "PUT" and "partNumber=" in path else None
    return proxy


def set_level(level: int) -> None:
    for name in ("", "ccog", "distributed", "distributed.worker", "distributed.scheduler"):
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def debugging(client: Any) -> Iterator[Any]:
    """A cluster that logs all it can."""
    client.run(set_level, logging.DEBUG)
    yield client
    client.run(set_level, logging.INFO)


def tasks_on_scheduler(dask_scheduler: Any) -> list[str]:
    """What the dashboard and an error's log could show of the tasks."""
    return [
        " ".join(map(str, (task, repr(task.run_spec), task.exception_text, task.traceback_text)))
        for task in dask_scheduler.tasks.values()
    ]


def test_a_cluster_logs_and_shows_none(
    secretive: Place, talkative: S3Proxy, debugging: Any
) -> None:
    future = debugging.compute(secretive.write(secretive.source()))
    error = future.exception(timeout=60)
    assert "AccessDenied" in str(error) and "s3:PutObject" in str(error)
    tasks = debugging.run_on_scheduler(tasks_on_scheduler)
    assert any("ccog-encode" in task and "AccessDenied" in task for task in tasks)
    logs = [
        debugging.get_worker_logs(),
        debugging.get_worker_logs(nanny=True),
        debugging.get_scheduler_logs(),
    ]
    assert "ccog-encode" in str(logs[0]) and "AccessDenied" in str(logs[0])
    trace = traceback.format_exception(type(error), error, future.traceback())
    for shown in (*logs, tasks, repr(error), pickle.dumps(error), trace):
        # The access key's id is shown to whoever may see what was refused; it opens nothing.
        assert_without_secrets(shown, SECRETS[1:])
    del future
    talkative.hook = None
    ended = uploads.abort(secretive.url, storage_options=secretive.storage_options)
    assert_without_secrets(ended)


def test_threads_log_and_show_none(
    secretive: Place, talkative: S3Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    write = secretive.write(secretive.source())
    with pytest.raises(Exception, match="AccessDenied") as raised:
        write.compute(scheduler="threads")
    graph = layer_of(write)
    [begin] = [key for key in graph if key_split(key) == "ccog-begin"]
    talkative.hook = None
    session = graph[begin]({})
    shown: list[Any] = [caplog.text, "".join(traceback.format_exception(raised.value))]
    assert_without_secrets(shown, SECRETS[1:])
    shown = [write, write.dask, write.dask._repr_html_(), dict(write.dask), list(graph), session]
    shown += [repr(one) for one in (*shown, session.store, session.target, graph[begin])]
    shown += [resolve(secretive.storage_options), StorageOptions(secretive.storage_options)]
    for one in shown:
        assert_without_secrets(one)
    uploads.abort(secretive.url, storage_options=secretive.storage_options)


def test_secrets_of_a_profile_never_travel(
    on_s3: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)  # botocore's too
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "credentials").write_text(
        f"[lab]\naws_access_key_id = {OPTIONS['key']}\n"
        f"aws_secret_access_key = {OPTIONS['secret']}\naws_session_token = {OPTIONS['token']}\n"
    )
    options = {k: v for k, v in on_s3.storage_options.items() if k not in ("key", "secret")}
    place = replace(on_s3, storage_options=options | {"profile": "lab"})
    write = place.write(place.source())
    graph = layer_of(write)
    [begin] = [key for key in graph if key_split(key) == "ccog-begin"]
    session = graph[begin]({})
    assert session.store.list_uploads()  # the credentials are there, and in use
    for shown in (pickle.dumps(write), pickle.dumps(session), caplog.text, session, write.dask):
        assert_without_secrets(shown)
    write.compute(scheduler="threads")
    uploads.abort(place.url, storage_options=place.storage_options)
