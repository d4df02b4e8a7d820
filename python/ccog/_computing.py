"""What `Write.compute` does beside its graph: where it begins, and what it leaves when it fails."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Mapping
from typing import Any

from dask._task_spec import Task
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph

from ccog import _core, _upload
from ccog._journal import Journal, read_begun
from ccog._target import Session, Target
from ccog.errors import CcogError

#: How long an interrupt waits for a begin task that runs already.
_BEGIN_TIMEOUT_S = 30

#: Those of `compute`'s arguments that say where the tasks run.
_PLACEMENT = ("allow_other_workers", "priority", "resources", "retries", "workers")


def begin(
    plan: _core.WritePlan, target: Target, token: str, client: Any, kwargs: Mapping[str, Any]
) -> Session:
    """Begin, such that an interrupt comes before it or after it and never leaves it running."""
    if client is None:
        # In this thread, where an interrupt waits for the store's answer.
        return _upload.begin(plan, target)
    key = f"ccog-begin-{token}"
    graph = HighLevelGraph.from_collections(key, {key: Task(key, _upload.begin, plan, target)})
    options = {name: kwargs[name] for name in _PLACEMENT if name in kwargs}
    future = client.compute(Delayed(key, graph), **options)
    try:
        session: Session = future.result()
        return session
    except BaseException:
        # Where it runs, it must come to its end before the clean-up looks for what it opened.
        with contextlib.suppress(Exception):
            future.exception(timeout=_BEGIN_TIMEOUT_S)
        raise
    finally:
        future.release()


def leave(target: Target, session: Session | None, error: BaseException, client: Any) -> None:
    """Keep a failed run that may go on, end the upload of any other; say so in notes to `error`."""
    journal = target.journal
    if journal is not None and _is_begun(journal, target, session):
        error.add_note(
            f"ccog keeps the journal {journal.url}, and the upload to {target.url} that it is of: "
            f"write again with resume=True, or end both with ccog.uploads.abort({target.url!r}, "
            f"journal={journal.url!r}); what they hold is billed until then"
        )
    else:
        _clean_up(target, session, error, client)


def _is_begun(journal: Journal, target: Target, session: Session | None) -> bool:
    """Whether the journal has the run; with a session, that says so."""
    if session is not None:
        return bool(session.upload_id)
    with contextlib.suppress(CcogError):
        begun = read_begun(journal.open())
        return begun is not None and begun.run_id == target.run_id
    return False


def _clean_up(target: Target, session: Session | None, error: BaseException, client: Any) -> None:
    """End the upload of a failed run; where that fails too, say so in a note to `error`."""
    if session is None and isinstance(error, CcogError) and not error.retryable:
        return  # refused before anything began
    upload_id = None if session is None else session.upload_id
    if upload_id == "":
        return
    try:
        _end(target, upload_id, client)
    except Exception as failure:
        # libcurl says after how many milliseconds it gave up.
        if re.sub(r"\d+", "", str(failure)) == re.sub(r"\d+", "", str(error)):
            return  # the store cannot be reached, and was not when the write was to begin
        name = "the upload, if it had begun," if upload_id is None else f"upload {upload_id}"
        error.add_note(
            f"ccog could not end {name} of {target.url} ({failure}); end it yourself, for what it "
            "holds is billed until then"
        )


def _end(target: Target, upload_id: str | None, client: Any) -> None:
    """End the upload where it was begun: a worker may see and may do what this process cannot."""
    if client is not None:
        # Not as a task: those that are cancelled may still keep all threads busy.
        workers = list(client.scheduler_info()["workers"])[:1]
        with contextlib.suppress(Exception):
            client.run(_upload.end, target, upload_id, workers=workers)
            return
    _upload.end(target, upload_id)


def distributed_client(kwargs: Mapping[str, Any]) -> Any:
    """The `distributed.Client` that `dask.compute` would use, if any."""
    scheduler = kwargs.get("scheduler")
    if kwargs.get("get") is not None:
        return None
    if hasattr(scheduler, "run_on_scheduler"):
        return scheduler
    if scheduler not in (None, "dask.distributed", "distributed"):
        return None
    # Who has a client has imported it; importing it here to find none would take longer than small
    # writes do.
    if "distributed" not in sys.modules:
        return None
    from dask.base import get_scheduler
    from distributed import default_client

    # A scheduler chosen by dask.config goes before the default client.
    get = get_scheduler(scheduler=scheduler)
    try:
        client = default_client()
    except ValueError:
        return None
    return client if get == client.get else None
