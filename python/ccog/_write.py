"""`write_ccog`: plan a write and build its graph, which cleans up where computing it fails."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dask._task_spec import DataNode, Task, TaskRef
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph

from ccog import (
    _arrangement,
    _computing,
    _core,
    _fusion,
    _graph,
    _planning,
    _sample,
    _source,
    _upload,
    _versions,
)
from ccog._choice import Choice
from ccog._piece import over
from ccog._recording import Recording
from ccog._target import Session, Target
from ccog._unit_source import Key

if TYPE_CHECKING:
    import dask.array


def write_ccog(
    data: Any,
    store: Any = None,
    *,
    mask: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = True,
    if_match: str | None = None,
    checksum: str | None = None,
    layout: str = "chunk",
    parts: str = "gaps",
    max_waiting_bytes: int = _arrangement.MAX_WAITING_BYTES,
    max_task_bytes: int | None = None,
    assume_ratio: float | None = None,
    aim: str | None = None,
    journal: Any = None,
    resume: bool = False,
    creation_options: Mapping[str, Any] | None = None,
    COG_creation_options: Mapping[str, Any] | None = None,  # noqa: N803 - its older spelling
    crs: Any = None,
    transform: Sequence[float] | None = None,
    nodata: float | None = None,
    gcps: Any = None,
    rpcs: Any = None,
    tags: Mapping[str, Any] | None = None,
    band_tags: Sequence[Mapping[str, Any] | None] | None = None,
    colormap: Mapping[int, Sequence[int]] | None = None,
    color_interpretation: Sequence[Any] | None = None,
    **options: Any,
) -> Delayed:
    """Write a Cloud Optimized GeoTIFF, from all workers at once.

    Parameters
    ----------
    data : xarray.DataArray, dask.array.Array or numpy.ndarray
        ``(y, x)`` or ``(band, y, x)``, of an integer type of 8 to 64 bits, float32, float64,
        complex64 or complex128.
        Chunks of any shape are taken; multiples of the tile size that halve evenly are fastest.
    store : str, path, ccog.Store or fsspec object, optional
        ``s3://bucket/key``, a path, or an object that writes to any other service (`ccog.Store`);
        None: the result is the file's bytes. Of fsspec: an FSMap, the pair of a filesystem and a
        path, an OpenFile or a UPath, of s3fs or local files, with the filesystem's own options.
    mask : xarray.DataArray, dask.array.Array or numpy.ndarray, optional
        ``(y, x)`` of booleans or integers: what is not 0 is valid, for all bands. Becomes the mask
        of the file, and overviews are made of valid pixels only; `data` is stored as it is.
    storage_options : mapping, optional
        How to reach the store, in s3fs's spelling. What is not given is resolved on the workers,
        as botocore does it.
    overwrite : bool
        False: never replace what stands there. It is looked for before a chunk is computed, and
        whoever makes the object meanwhile keeps it (S3 by If-None-Match, files by the rename).
    if_match : str, optional
        Replace only the object with this ETag, such as that of an earlier `WriteResult`. Not for
        files.
    checksum : {"crc64nvme", "crc32c", "sha256", "none"}, optional
        What S3 holds each part against and keeps with the object, beside the SHA-256 of each
        request, which is always signed. Such uploads want ``parts="dense"`` or ``"equal"``.
    layout : {"chunk", "row-major"}
        Order of the tiles in the file. "row-major" is GDAL's: compressed tiles travel once to where
        their rows are put together. Chunks of full width are in that order in any case.
    parts : {"gaps", "dense", "equal"}
        Part numbers of an upload. With "gaps" each part is put as soon as it is large enough, under
        a number that is reserved for its place in the file; some stay unused. "dense" numbers them
        from 1 without gaps; with "equal" all but the last are of the same size too, as Cloudflare
        R2 wants it. For both, all compressed tiles wait on the workers until their sizes are known.
        The file is the same.
    max_waiting_bytes : int
        Refuse a write of which more bytes than this could wait.
    max_task_bytes : int, optional
        Refuse a write that may need more memory than this for one task; the error says which chunks
        would do. A worker needs it once a thread.
    assume_ratio : float, optional
        Bytes of encoded tiles by those of their samples, for an image that could pass what the
        store takes if nothing compressed: parts are planned for a quarter more than this, and a
        write that turns out larger fails as soon as a task finds that out. None: a few chunks of
        such an image are computed and encoded to see. Of no effect on images that fit in any case.
    aim : {"size", "speed", "read"}, optional
        What ``compress="auto"`` chooses codec, level and predictor for, by tiles of a few chunks,
        which are computed at once: the fewest bytes, which is the default, the least time to encode
        and send, or to fetch and decode. Times may choose otherwise another time, sizes do not. The
        `Write` that is returned has the `choice`; its options, named in place of "auto", make the
        same file.
    journal : str or path, optional
        A folder, or ``s3://bucket/prefix``, of this write's own, which all workers see and
        `storage_options` reach: what tasks have handed on is kept there until the write is
        finished, so that one that was killed goes on. Of the pixels nothing is compared.
    resume : bool
        True: go on with the write that the journal is of, or begin one where it is of none. It is
        looked into at once. A write of another plan is refused.
    creation_options, COG_creation_options : mapping, optional
        GDAL's COG creation options, beside those given as keywords.
    crs, transform, nodata : optional
        Override what `data` says of itself; see `ccog.georeference.describe`, also for those below.
    gcps, rpcs : optional
        Ground control points, in place of a transform, and rational polynomial coefficients, as
        rasterio has them.
    tags, band_tags : mapping, sequence of mappings, optional
        Metadata of the file and of each band, by key or by domain: ``{key: value}``,
        ``{domain: {key: value}}``.
    colormap, color_interpretation : optional
        Colour table as ``{value: (red, green, blue)}``; one name a band, such as "red" or "alpha".
    **options
        GDAL's COG creation options, in any case: ``compress="ZSTD", blocksize=1024, ...``. The
        defaults are GDAL's.

    Returns
    -------
    dask.delayed.Delayed
        Of a `WriteResult`, or of bytes where `store` is None. Nothing touches the network before it
        is computed, but the journal with `resume`. Its own ``.compute()`` leaves nothing behind
        when it fails or is interrupted, unless there is a journal, which is kept then, and the
        upload with it. After a failure through any other entry point (``dask.compute``,
        ``Client.compute``) the unfinished upload stays in the store.

    Raises
    ------
    InvalidArgumentError
        Also a ValueError: an option, value or array that cannot be.
    NotYetImplementedError
        Also a NotImplementedError: what GDAL knows and ccog does not do yet.
    LimitError
        Also a ValueError: a bound of TIFF or of the store that the image cannot keep.
    ObjectExistsError, PreconditionError
        When it is computed. The first is also a FileExistsError.
    """
    prepared = _planning.prepare(
        data,
        store,
        sampler=_sample.take,
        mask=mask,
        storage_options=storage_options,
        overwrite=overwrite,
        if_match=if_match,
        checksum=checksum,
        layout=layout,
        parts=parts,
        max_waiting_bytes=max_waiting_bytes,
        max_task_bytes=max_task_bytes,
        assume_ratio=assume_ratio,
        aim=aim,
        journal=journal,
        resume=resume,
        creation_options=creation_options,
        COG_creation_options=COG_creation_options,
        crs=crs,
        transform=transform,
        nodata=nodata,
        gcps=gcps,
        rpcs=rpcs,
        tags=tags,
        band_tags=band_tags,
        colormap=colormap,
        color_interpretation=color_interpretation,
        **options,
    )
    target = Target(
        opener=prepared.opener,
        condition=prepared.condition,
        journal=prepared.journal,
        versions=_versions.current(prepared.plan),
        **_new_run(),
    )
    array = _source.arrange(prepared.array, prepared.plan.stages[0].unit_px)
    return Write(array, prepared.plan, target, prepared.choice)


def _new_run() -> dict[str, Any]:
    return {"run_id": uuid.uuid4().hex, "planned_at_unix_s": int(time.time())}


class _Tasks(Delayed):  # type: ignore[misc]
    """A `Delayed` that makes source chunks inside of encode tasks."""

    __slots__ = ()

    __dask_optimize__ = staticmethod(_fusion.optimize)


class Write(_Tasks):
    """A write to come. A `Delayed` that cleans up when its own `compute` fails.

    Attributes
    ----------
    choice:
        What ``compress="auto"`` has chosen; None where a codec was named.
    """

    __slots__ = ("_array", "_plan", "_target", "choice")

    def __init__(
        self,
        array: dask.array.Array,
        plan: _core.WritePlan,
        target: Target,
        choice: Choice | None = None,
    ) -> None:
        taken_up, recording = _upload.take_up(plan, target)
        key, graph, layer = _assemble(array, plan, taken_up, target.run_id, recording)
        super().__init__(key, graph, layer=layer)
        self._array = array
        self._plan = plan
        self._target = target
        self.choice = choice

    def __reduce__(self) -> tuple[Any, ...]:
        return Write, (self._array, self._plan, self._target, self.choice)

    def compute(self, **kwargs: Any) -> Any:
        """Write. On any error or interrupt, cancel and abort until nothing is left in the store.

        Parameters
        ----------
        **kwargs
            Those of `dask.compute`, such as ``scheduler="threads"``.
        """
        if self._target.url is None:
            return super().compute(**kwargs)
        client = _computing.distributed_client(kwargs)
        if getattr(client, "asynchronous", False):
            # What comes back is to be awaited elsewhere, like that of `Client.compute`.
            return super().compute(**kwargs)
        if client is not None:
            _versions.check_cluster(client, self._plan)
        # A run of its own, under keys of its own: the source may have changed since the last one,
        # whose result a cluster may still hold.
        fresh = replace(self._target, **_new_run())
        token = fresh.run_id
        target, recording = _upload.take_up(self._plan, fresh)
        session: Session | None = None
        try:
            # Begun by itself, so that there is no doubt of which upload to abort.
            session = _computing.begin(self._plan, target, token, client, kwargs)
            key, graph, layer = _assemble(
                self._array, self._plan, target, token, recording, session
            )
            return _Tasks(key, graph, layer=layer).compute(**kwargs)
        except BaseException as error:
            _computing.leave(target, session, error, client)
            raise


def _assemble(
    array: dask.array.Array,
    plan: _core.WritePlan,
    target: Target,
    token: str,
    recording: Recording | None,
    session: Session | None = None,
) -> tuple[Key, HighLevelGraph, str]:
    """Key of the result, graph and layer; with a session, it stands where the begin task would."""
    graph, keys = _graph.build(plan, target, _source.blocks_of(array), token, recording)
    if session is not None:
        graph[keys.begin] = DataNode(keys.begin, session)
        if session.over:
            graph = {
                keys.begin: graph[keys.begin],
                keys.finish: Task(keys.finish, _upload.finish, TaskRef(keys.begin), [over([])]),
            }
    layer = f"{_fusion.LAYER}{token}"
    high_level = HighLevelGraph.from_collections(layer, graph, dependencies=[array])
    return keys.finish, high_level, layer
