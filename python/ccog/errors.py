"""The errors of ccog: one base class, and one subclass a kind, each also the built-in it resembles.

Every error survives pickling whole (Dask carries them from worker to client).
"""

from __future__ import annotations

__all__ = [
    "CcogError",
    "CorruptError",
    "InvalidArgumentError",
    "IoError",
    "LimitError",
    "NoSuchUploadError",
    "NotYetImplementedError",
    "ObjectExistsError",
    "ObjectNotFoundError",
    "PreconditionError",
    "StoreError",
    "from_core",
]


class CcogError(Exception):
    """Base of every error that ccog raises on purpose.

    Parameters
    ----------
    message : str
        A sentence that names the option or object, and the remedy.
    code : str, optional
        The core's name for the kind of error; the class's own by default.
    retryable : bool
        Whether the same call may succeed when it is made again.
    """

    code: str = "error"
    retryable: bool = False

    def __init__(
        self, message: str = "", *, code: str | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message)
        # Instance attributes, because pickling an exception keeps `args` and `__dict__` only.
        self.code = type(self).code if code is None else code
        self.retryable = retryable


class InvalidArgumentError(CcogError, ValueError):
    """An option or input that the caller has to change."""

    code = "invalid_argument"


class NotYetImplementedError(CcogError, NotImplementedError):
    """Something that GDAL knows and ccog does not do yet."""

    code = "not_implemented"


class LimitError(CcogError, ValueError):
    """A bound of TIFF, of the store or of the plan would be exceeded."""

    code = "limit"


class IoError(CcogError, OSError):
    """A local file operation failed."""

    code = "io"


class StoreError(CcogError):
    """The object store refused, or could not be reached."""

    code = "store"


class NoSuchUploadError(StoreError):
    """The multipart upload is unknown to the store: completed, aborted or never begun."""

    code = "no_such_upload"


class PreconditionError(StoreError):
    """The object is not the one that was to be replaced (``if_match``)."""

    code = "precondition"


class ObjectExistsError(PreconditionError, FileExistsError):
    """The object exists, and was not to be replaced (``overwrite=False``)."""

    code = "exists"


class ObjectNotFoundError(StoreError):
    """The object or the bucket does not exist."""

    code = "not_found"


class CorruptError(CcogError):
    """Runs, tiles or parts that do not fit together; never the caller's fault."""

    code = "corrupt"


_BY_CODE: dict[str, type[CcogError]] = {
    kind.code: kind
    for kind in (
        InvalidArgumentError,
        NotYetImplementedError,
        LimitError,
        IoError,
        StoreError,
        NoSuchUploadError,
        PreconditionError,
        ObjectExistsError,
        ObjectNotFoundError,
        CorruptError,
    )
}


def from_core(code: str, message: str, retryable: bool) -> CcogError:
    """Return (not raise) the error for one of the core's codes; unknown codes give `CcogError`."""
    return _BY_CODE.get(code, CcogError)(message, code=code, retryable=retryable)
