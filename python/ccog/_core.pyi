"""Types of the C++ core; see the headers under src/ccog for the contracts."""

from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np

from ccog._aws import Credentials
from ccog.store import Limits, ObjectInfo, Part, UploadInfo
from ccog.store import Store as PythonStore

__version__: str

def template_metadata(file: bytes) -> str: ...
def check_codec(
    codec: tuple[str, int, int, int, bool, float], tile_px: int, bands: int, dtype: str, nbits: int
) -> None: ...
@final
class Stage:
    first_level: int
    last_level: int
    hands_on: bool
    unit_px: tuple[int, int]
    grid: tuple[int, int]
    halo_px: tuple[int, int]
    halo_before_px: tuple[int, int]
    group: tuple[int, int]
    merge_shapes: list[tuple[int, int]]

@final
class ClusterBounds:
    def __init__(self, plan: WritePlan) -> None: ...
    peak_encode_bytes: int
    peak_merge_bytes: int
    peak_finish_bytes: int
    peak_task_bytes: int
    largest_result_bytes: int
    moved_bytes: int
    def frontier_bytes(self, threads: int) -> int: ...

@final
class WritePlan:
    def __init__(self, **arguments: Any) -> None: ...
    arguments: dict[str, Any]
    bands: int
    dtype: str
    tile_px: int
    levels: list[tuple[int, int]]
    stages: list[Stage]
    tile_count: int
    codec_versions: str
    row_major: bool
    single_object: bool
    object_bytes: int | None
    worst_object_bytes: int
    planned_object_bytes: int
    raw_tiles_bytes: int
    relies_on_ratio: bool
    worst_header_bytes: int
    peak_strip_bytes: int
    waits: bool
    worst_waiting_bytes: int
    least_part_bytes: int
    part_numbers: int
    numbers_per_group: int
    def source_bands(self, stage: int) -> int: ...
    def strips(self, stage: int) -> int: ...
    def strip_columns(self, stage: int, row: int, strip: int) -> list[int]: ...
    def unit_owned(self, stage: int, row: int, column: int) -> tuple[int, int, int, int]: ...
    def unit_tiles(self, stage: int, row: int, column: int) -> list[tuple[int, int]]: ...

@final
class Store:
    url: str
    limits: Limits
    took: tuple[int, int, int]
    def begin(
        self,
        run_id: str,
        planned_at_unix_s: int,
        object_bytes: int | None = None,
        condition: tuple[bool, str] = ...,
    ) -> str: ...
    def find_upload(
        self, run_id: str, planned_at_unix_s: int, condition: tuple[bool, str] = ...
    ) -> str | None: ...
    def check_writable(
        self, run_id: str, planned_at_unix_s: int, condition: tuple[bool, str] = ...
    ) -> None: ...
    def put_part(
        self, upload_id: str, number: int, data: bytes, offset_bytes: int | None = None
    ) -> Part: ...
    def complete(self, upload_id: str, run_id: str, parts: Sequence[Part]) -> ObjectInfo: ...
    def abort(self, upload_id: str) -> None: ...
    def list_uploads(self) -> list[UploadInfo]: ...
    def list_parts(self, upload_id: str) -> list[Part]: ...
    def put_object(self, run_id: str, data: bytes) -> ObjectInfo: ...
    def head(self) -> ObjectInfo | None: ...
    def get(self, begin: int, end: int) -> bytes: ...

@final
class Folder:
    url: str
    def put_new(self, name: str, data: Any) -> bool: ...
    def put(self, name: str, data: Any) -> None: ...
    def get(self, name: str) -> bytes | None: ...
    def has(self, name: str) -> bool: ...
    def list(self) -> list[str]: ...
    def remove(self, name: str) -> None: ...
    def remove_empty(self) -> None: ...

def open_file_folder(path: str) -> Folder: ...
def open_s3_folder(
    url: str,
    options: dict[str, Any],
    credentials: Credentials | Callable[[], Credentials] | None,
) -> Folder: ...
def open_file(path: str) -> Store: ...
def open_memory(name: str, limits: Limits) -> Store: ...
def open_counting(limits: Limits) -> Store: ...
def open_python(store: PythonStore) -> Store: ...
def open_s3(
    url: str,
    options: dict[str, Any],
    credentials: Credentials | Callable[[], Credentials] | None,
) -> Store: ...
def find_s3_uploads(
    url: str,
    options: dict[str, Any],
    credentials: Credentials | Callable[[], Credentials] | None,
) -> tuple[list[tuple[str, str, int]], int]: ...
def find_file_uploads(path: str) -> tuple[list[tuple[str, str, int]], int]: ...
@final
class S3Provider:
    name: str
    limits: Limits
    keeps_conditions: bool
    takes_checksums: bool

def s3_provider(endpoint_url: str, bucket: str) -> S3Provider: ...
def file_limits() -> Limits: ...
@final
class RunSet:
    resident_bytes: int
    intervals: list[tuple[int, int]]
    def without_bytes(self) -> RunSet: ...
    def metadata(self) -> bytes: ...
    def buffers(self) -> list[np.ndarray[Any, np.dtype[np.uint8]]]: ...
    @staticmethod
    def from_parts(
        metadata: bytes, buffers: list[np.ndarray[Any, np.dtype[np.uint8]]]
    ) -> RunSet: ...

def record_bytes(
    of: str, runs: RunSet, note: str, others: list[Any]
) -> np.ndarray[Any, np.dtype[np.uint8]]: ...
def read_record(
    data: bytes, of: str
) -> tuple[RunSet, str, list[np.ndarray[Any, np.dtype[np.uint8]]]]: ...
class Crew:
    def __init__(self, most_threads: int) -> None: ...
    def __enter__(self) -> Crew: ...
    def __exit__(self, *error: object) -> None: ...

def encode_unit(
    plan: WritePlan,
    store: Store | None,
    upload_id: str,
    stage: int,
    row: int,
    column: int,
    sources: list[tuple[np.ndarray[Any, Any], int, int]],
    runs: list[RunSet | None],
    crew: Crew | None = None,
) -> tuple[RunSet, np.ndarray[Any, Any] | None, bytes | None]: ...
def zero_runs(
    plan: WritePlan,
    store: Store | None,
    upload_id: str,
    tiles: Sequence[tuple[int, np.ndarray[Any, np.dtype[np.uint32]]]],
) -> RunSet: ...
def pick_strip(plan: WritePlan, runs: RunSet, stage: int, row: int, strip: int) -> RunSet: ...
def merge_runs(
    plan: WritePlan, store: Store | None, upload_id: str, runs: list[RunSet | None]
) -> RunSet: ...
def lay_out(
    plan: WritePlan, runs: list[RunSet | None], statistics: bytes | None
) -> list[int]: ...
def put_inside(
    plan: WritePlan, store: Store | None, upload_id: str, runs: RunSet
) -> RunSet: ...
@final
class FinishedObject:
    size_bytes: int
    etag: str
    header_bytes: int
    padding_bytes: int
    parts: int
    took: tuple[int, int, int]

def finish(
    plan: WritePlan,
    store: Store | None,
    upload_id: str,
    run_id: str,
    runs: list[RunSet | None],
    statistics: bytes | None,
    condition: tuple[bool, str],
) -> FinishedObject: ...
def finish_bytes(
    plan: WritePlan, runs: list[RunSet | None], statistics: bytes | None
) -> bytes: ...
def merge_statistics(plan: WritePlan, messages: list[bytes]) -> bytes: ...
def read_statistics(
    plan: WritePlan, message: bytes
) -> list[tuple[int, float, float, float, float]]: ...
