"""Cloud Optimized GeoTIFFs of any size, written from Dask arrays by the workers themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ccog import errors
from ccog._core import __version__
from ccog._result import WriteResult
from ccog.errors import CcogError

if TYPE_CHECKING:
    from ccog._write import write_ccog

__all__ = ["CcogError", "WriteResult", "__version__", "errors", "write_ccog"]


def __getattr__(name: str) -> Any:
    # Dask is imported when the first write is planned, not with the package.
    if name == "write_ccog":
        from ccog._write import write_ccog

        return write_ccog
    raise AttributeError(f"module 'ccog' has no attribute {name!r}")
