"""Cloud Optimized GeoTIFFs of any size, written from Dask arrays by the workers themselves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ccog import errors, store, uploads
from ccog._core import __version__
from ccog._result import WriteResult
from ccog.errors import CcogError
from ccog.store import Store

if TYPE_CHECKING:
    from ccog._plan import Plan, plan
    from ccog._write import write_ccog

__all__ = [
    "CcogError",
    "Plan",
    "Store",
    "WriteResult",
    "__version__",
    "errors",
    "plan",
    "store",
    "uploads",
    "write_ccog",
]

_LAZY = {"Plan": "_plan", "plan": "_plan", "write_ccog": "_write"}


def __getattr__(name: str) -> Any:
    # Dask is imported when the first write is planned, not with the package.
    if name in _LAZY:
        return getattr(importlib.import_module(f"ccog.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'ccog' has no attribute {name!r}")
