"""`write_ccog`: plan a write, build its graph, and clean up where computing it fails."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dask._task_spec import DataNode, Task
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph

from ccog import _graph, _planning, _source, _stores, _tasks, _versions
from ccog._target import Session, Target
from ccog.credentials import StorageOptions


def write_ccog(
    data: Any,
    store: Any = None,
    *,
    mask: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    layout: str = "chunk",
    creation_options: Mapping[str, Any] | None = None,
    COG_creation_options: Mapping[str, Any] | None = None,  # noqa: N803 - its older spelling
    crs: Any = None,
    transform: Sequence[float] | None = None,
    nodata: float | None = None,
    **options: Any,
) -> Delayed:
    """Write a Cloud Optimized GeoTIFF, from all workers at once.

    Parameters
    ----------
    data : xarray.DataArray, dask.array.Array or numpy.ndarray
        ``(y, x)`` or ``(band, y, x)``, of an integer type of 8 to 64 bits, float32 or float64.
        Chunks of any shape are taken; multiples of the tile size that halve evenly are fastest.
    store : str or path, optional
        ``s3://bucket/key`` or a path; None: the result is the file's bytes.
    mask : optional
        Not implemented yet.
    storage_options : mapping, optional
        How to reach the store, in s3fs's spelling. What is not given is resolved on the workers,
        as botocore does it.
    layout : {"chunk", "row-major"}
        Order of the tiles in the file. "row-major" is GDAL's; so far it needs chunks of full width,
        for which both are the same file.
    creation_options, COG_creation_options : mapping, optional
        GDAL's COG creation options, beside those given as keywords.
    crs, transform, nodata : optional
        Override what `data` says of itself; see `ccog.georeference.describe`.
    **options
        GDAL's COG creation options, in any case: ``compress="ZSTD", blocksize=1024, ...``. The
        defaults are GDAL's, but for COMPRESS (DEFLATE) and OVERVIEW_RESAMPLING (AVERAGE) as long as
        LZW and CUBIC are not there.

    Returns
    -------
    dask.delayed.Delayed
        Of a `WriteResult`, or of bytes where `store` is None. Nothing touches the network before it
        is computed. Its own ``.compute()`` leaves nothing behind when it fails or is interrupted;
        after a failure through any other entry point (``dask.compute``, ``Client.compute``) the
        unfinished upload stays in the store.

    Raises
    ------
    InvalidArgumentError
        Also a ValueError: an option, value or array that cannot be.
    NotYetImplementedError
        Also a NotImplementedError: what GDAL knows and ccog does not do yet.
    LimitError
        Also a ValueError: a bound of TIFF or of the store that the image cannot keep.
    """
    prepared = _planning.prepare(
        data,
        store,
        mask=mask,
        layout=layout,
        creation_options=creation_options,
        COG_creation_options=COG_creation_options,
        crs=crs,
        transform=transform,
        nodata=nodata,
        options=options,
    )
    run_id = uuid.uuid4().hex
    target = Target(
        url=prepared.url,
        storage_options=StorageOptions(storage_options),
        run_id=run_id,
        planned_at_unix_s=int(time.time()),
        versions=_versions.current(),
    )
    array, blocks = _source.blocks(prepared.array, prepared.plan.stages[0].unit_px)
    layer = f"ccog-write-{run_id}"
    graph, keys = _graph.build(prepared.plan, target, blocks, run_id)
    high_level = HighLevelGraph.from_collections(layer, graph, dependencies=[array])
    return Write(keys, high_level, layer, target)


class Write(Delayed):  # type: ignore[misc]
    """A write to come. A `Delayed` that cleans up when its own `compute` fails."""

    __slots__ = ("_begin_key", "_target")

    def __init__(
        self, keys: _graph.Keys, graph: HighLevelGraph, layer: str, target: Target
    ) -> None:
        super().__init__(keys.finish, graph, layer=layer)
        self._begin_key = keys.begin
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        keys = _graph.Keys(self._begin_key, self._key)
        return Write, (keys, self._dask, self._layer, self._target)

    def compute(self, **kwargs: Any) -> Any:
        """Write. On any error or interrupt, cancel and abort until nothing is left in the store.

        Parameters
        ----------
        **kwargs
            Those of `dask.compute`, such as ``scheduler="threads"``.
        """
        if self._target.url is None:
            return super().compute(**kwargs)
        client = _distributed_client(kwargs)
        if client is not None:
            _versions.check_cluster(client)
        # A run of its own: the source may have changed since the last one.
        target = replace(self._target, run_id=uuid.uuid4().hex, planned_at_unix_s=int(time.time()))
        session: Session | None = None
        try:
            # Begun by itself, so that there is no doubt of which upload to abort.
            session = self._begin(target).compute(**kwargs)
            return self._after(session).compute(**kwargs)
        except BaseException as error:
            _clean_up(target, session, error)
            raise

    def _begin(self, target: Target) -> Delayed:
        planned: Task = self._dask.layers[self._layer][self._begin_key]
        key = f"ccog-begin-{target.run_id}"
        task = Task(key, planned.func, planned.args[0], target)
        return Delayed(key, HighLevelGraph.from_collections(key, {key: task}))

    def _after(self, session: Session) -> Delayed:
        """The rest of the graph, with the begin task's result in the place of the task."""
        layers = dict(self._dask.layers)
        tasks = dict(layers[self._layer])
        tasks[self._begin_key] = DataNode(self._begin_key, session)
        layers[self._layer] = tasks
        graph = HighLevelGraph(layers, self._dask.dependencies)
        return Delayed(self._key, graph, layer=self._layer)


def _clean_up(target: Target, session: Session | None, error: BaseException) -> None:
    """End the upload of a failed run; where that fails too, say so in a note to `error`."""
    try:
        store = _stores.open_store(str(target.url), target.storage_options)
        for upload_id in [session.upload_id] if session else _tasks.begun(store, target):
            if upload_id:
                store.abort(upload_id)
    except Exception as failure:
        name = f"upload {session.upload_id}" if session else "the upload, if it had begun,"
        error.add_note(
            f"ccog could not end {name} of {target.url} ({failure}); end it yourself, for what it "
            "holds is billed until then"
        )


def _distributed_client(kwargs: Mapping[str, Any]) -> Any:
    """The `distributed.Client` that `dask.compute` would use, if any."""
    scheduler = kwargs.get("scheduler")
    if kwargs.get("get") is not None:
        return None
    if hasattr(scheduler, "run_on_scheduler"):
        return scheduler
    if scheduler not in (None, "dask.distributed", "distributed"):
        return None
    try:
        from distributed import default_client
    except ImportError:
        return None
    from dask.base import get_scheduler

    # A scheduler chosen by dask.config goes before the default client.
    get = get_scheduler(scheduler=scheduler)
    try:
        client = default_client()
    except ValueError:
        return None
    return client if get == client.get else None
