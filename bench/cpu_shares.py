"""What a sample of the CPU was spent on: a rule for each frame of its stack, innermost first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """A function and the file of the program or library that it is in."""

    symbol: str
    dso: str


Stack = tuple[Frame, ...]  #: innermost first

#: What CPU goes to, in the order of the table.
KINDS = (
    "encode",
    "predict",
    "reduce",
    "statistics",
    "copy",
    "source",
    "hash",
    "send",
    "file",
    "pages",
    "Python",
    "kernel",
    "unattributed",
)
MEANING = {
    "encode": "the codec's library",
    "predict": "predictors",
    "reduce": "overviews",
    "statistics": "statistics, and the look for missing pixels",
    "copy": "cutting and interleaving tiles, `memmove`",
    "source": "reading the raw file",
    "hash": "SHA-256, CRC",
    "send": "libcurl and the kernel's sockets",
    "file": "the kernel's writing of files",
    "pages": "page faults, mapping and unmapping of memory",
    "Python": "Python, Dask, NumPy",
    "kernel": "of the kernel, all else",
    "unattributed": "all else",
}

KERNEL = "[kernel.kallsyms]"

# The first rule that one of the kernel's frames meets decides: a fault while the source is read
# into new memory is a fault.
_KERNEL_RULES = (
    ("pages", r"page_fault|do_anonymous_page|clear_page|clear_huge_page|handle_mm_fault"),
    ("pages", r"munmap|mmap|madvise|unmap_|exit_mm|mprotect|sys_brk"),
    ("send", r"sock|tcp_|inet_|sys_send|sys_recv|ip_queue_xmit|net_rx"),
    ("source", r"vfs_read|do_readv|do_preadv|ksys_read|sys_pread|filemap_read"),
    (
        "file",
        r"vfs_write|do_writev|do_pwritev|vfs_iter_write|generic_perform_write|copy_file_range",
    ),
    ("file", r"fsync|unlink|rename|truncate|fallocate|writeback|sys_open|sys_mkdir|sys_rmdir"),
)
# Codecs and what they are made of are told by their libraries, the rest by function.
_LIBRARY_RULES = (
    ("encode", r"libdeflate|libzstd|libtiff|libjpeg|libwebp|libsharpyuv|libLerc|liblzma|libz\."),
    ("hash", r"libcrypto"),
    ("send", r"libcurl|libssl|libnghttp"),
    ("Python", r"python3|libpython|numpy|openblas|gfortran|quadmath|\.cpython-|_ctypes"),
)
_CORE = re.compile(r"_core\.|/ccog_|codec_loop")
_CORE_RULES = (
    ("predict", r"predictor|predict"),
    (
        "statistics",
        r"measure|[sS]tatistics|is_all_missing|has_only_nodata|missing",
    ),
    ("reduce", r"reduce|average|mean|convol|[gG]auss|mode|rank|LevelMaker"),
    (
        "copy",
        r"cut_tile|cut_mask|interleave|copy_|stored_tile|pack_samples|Rope|Mosaic",
    ),
    ("hash", r"crc|sha256|sigv4"),
    ("send", r"HttpPool|BodyReader|ccog_http|S3Client"),
    ("file", r"FileStore|UploadDirectory|posix::"),
    ("encode", r"TileEncoder|LercEncoder|LibtiffEncoder"),
    ("Python", r"nanobind|ccog::python"),
)
_LIBC = re.compile(r"libc\.so|libc-|ld-linux|libstdc\+\+|libgcc|libm\.so|libpthread|\[vdso\]")
_MOVES = re.compile(r"mem(cpy|move|set|_)|_avx|_evex|_erms|bcopy")


def _first(rules: Iterable[tuple[str, str]], text: str) -> str | None:
    return next((kind for kind, pattern in rules if re.search(pattern, text)), None)


def kind_of(stack: Stack) -> str:
    """Say which of `KINDS` a sample with this stack belongs to."""
    kernel = [frame.symbol for frame in stack if frame.dso.startswith("[")]
    if kernel and stack[0].dso.startswith("["):
        for kind, pattern in _KERNEL_RULES:
            if any(re.search(pattern, symbol) for symbol in kernel):
                return kind
        return "kernel"
    moves = bool(_LIBC.search(stack[0].dso) and _MOVES.search(stack[0].symbol))
    for frame in stack:
        if _LIBC.search(frame.dso):
            continue
        if _CORE.search(frame.dso):
            kind = _first(_CORE_RULES, frame.symbol)
            # What is moved in order to be reduced, cut or appended to a buffer is a copy all the
            # same; what is moved to libcurl's buffer is sent.
            if moves:
                return kind if kind in ("send", "Python") else "copy"
        else:
            kind = _first(_LIBRARY_RULES, frame.dso)
        if kind:
            return kind
    return "unattributed"


def inner_name(stack: Stack) -> str:
    """Give the innermost function that is neither the kernel's nor a C library's."""
    frame = next((f for f in stack if not f.dso.startswith("[") and not _LIBC.search(f.dso)), None)
    own = stack[0] if frame is None else frame
    return f"{short(own.symbol)} ({own.dso.rsplit('/', 1)[-1]})"


def short(symbol: str) -> str:
    """Leave out a C++ function's arguments, template arguments and namespaces of ours."""
    symbol = symbol.replace("(anonymous namespace)", "").replace("ccog::", "")
    while True:
        shorter = re.sub(r"<[^<>]*>", "", symbol)
        if shorter == symbol:
            return symbol.split("(")[0].replace("::::", "::").lstrip(":") or symbol
        symbol = shorter


def shares(samples: Counter[Stack]) -> dict[str, int]:
    """Count the samples of each kind."""
    counts = dict.fromkeys(KINDS, 0)
    for stack, count in samples.items():
        counts[kind_of(stack)] += count
    return counts


def largest(samples: Counter[Stack], kind: str, most: int) -> list[tuple[str, int]]:
    """Name the functions that most samples of one kind are of."""
    names: Counter[str] = Counter()
    for stack, count in samples.items():
        if kind_of(stack) == kind:
            names[inner_name(stack)] += count
    return names.most_common(most)
