"""Cloud Optimized GeoTIFFs of any size, written from Dask arrays by the workers themselves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ccog import errors, store
from ccog._core import __version__
from ccog._result import WriteResult
from ccog.errors import CcogError
from ccog.store import Store

if TYPE_CHECKING:
    from ccog import uploads
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

#: What is imported when it is first asked for, with Dask and all that finds credentials: the module
#: that has it, or that it is.
_LAZY = {"Plan": "_plan", "plan": "_plan", "uploads": "uploads", "write_ccog": "_write"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ccog' has no attribute {name!r}")
    module = importlib.import_module(f"ccog.{_LAZY[name]}")
    return module if _LAZY[name] == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
