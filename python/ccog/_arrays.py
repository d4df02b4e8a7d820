"""Samples ``(band, y, x)`` that tasks hand on; where all pixels are one, that one travels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def is_one_pixel(array: Array) -> bool:
    """Whether ``(band, y, x)`` samples are one pixel in memory: an empty area is handed on so."""
    return array.size > array.shape[0] and array.strides[1:] == (0, 0)


def detached(view: Array) -> Array:
    """Copy a part of an array, so that the rest need not stay; one pixel where all are the same."""
    pixel = view[:, :1, :1]
    if is_one_pixel(view) or _is_of(view, pixel):
        return np.broadcast_to(pixel.copy(), view.shape)
    return view.copy()


def _is_of(view: Array, pixel: Array) -> bool:
    """Whether all pixels are this one, bit for bit. Ends with the first row that has another."""
    if view.size == 0 or view[:, -1:, -1:].tobytes() != pixel.tobytes():
        return False
    row = np.broadcast_to(pixel, (view.shape[0], 1, view.shape[2])).tobytes()
    return all(view[:, y : y + 1].tobytes() == row for y in range(view.shape[1]))


def packed(array: Array) -> tuple[Array, tuple[int, ...]]:
    """What of an array is sent to another process: see `unpacked`."""
    return np.ascontiguousarray(array[:, :1, :1]) if is_one_pixel(array) else array, array.shape


def unpacked(array: Array, shape: tuple[int, ...]) -> Array:
    """Undo `packed`."""
    return array if array.shape == shape else np.broadcast_to(array, shape)


def travelling_bytes(array: Array) -> int:
    """Count the bytes of `packed`."""
    return int(packed(array)[0].nbytes)


def paste(arrays: Sequence[Array], columns: int) -> Array:
    """Join ``(band, y, x)`` pieces, given row by row with `columns` a row, into one array."""
    if len(arrays) == 1:
        return arrays[0]
    heights = [a.shape[1] for a in arrays[::columns]]
    widths = [a.shape[2] for a in arrays[:columns]]
    first = arrays[0]
    pixel = first[:, :1, :1].tobytes()
    if all(is_one_pixel(a) and a[:, :1, :1].tobytes() == pixel for a in arrays):
        return np.broadcast_to(first[:, :1, :1], (first.shape[0], sum(heights), sum(widths)))
    out = np.empty((first.shape[0], sum(heights), sum(widths)), first.dtype)
    for (y, x), piece in zip(origins(arrays, columns), arrays, strict=True):
        out[:, y : y + piece.shape[1], x : x + piece.shape[2]] = piece
    return out


def origins(arrays: Sequence[Array], columns: int) -> list[tuple[int, int]]:
    """``(y, x)`` of each piece's first pixel, relative to the first piece."""
    out: list[tuple[int, int]] = []
    y = 0
    for begin in range(0, len(arrays), columns):
        x = 0
        for piece in arrays[begin : begin + columns]:
            out.append((y, x))
            x += piece.shape[2]
        y += arrays[begin].shape[1]
    return out
