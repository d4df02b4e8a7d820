"""Seeded rasters that compress about 2:1, as real ones do; any window, from coordinates alone."""

from __future__ import annotations

import numpy as np

# Lattice spacings of the noise. Each octave is 2 ** ROUGHNESS times as high as the one below it.
SPACINGS_PX = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
ROUGHNESS = 0.8
# Leaves an eighth of the pixels.
ISLANDS_ABOVE = 0.6


def _hash(seed: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Give a number in [-1, 1) for each lattice point (SplitMix64 of its coordinates)."""
    with np.errstate(over="ignore"):
        state = (
            rows.astype(np.uint64)[:, np.newaxis] * np.uint64(0x9E3779B97F4A7C15)
            + columns.astype(np.uint64)[np.newaxis, :] * np.uint64(0xC2B2AE3D27D4EB4F)
            + np.uint64(seed) * np.uint64(0x165667B19E3779F9)
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)


def _weights(begin_px: int, end_px: int, spacing_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the lattice indexes under an interval and the matrix that interpolates from them."""
    position = np.arange(begin_px, end_px) / spacing_px
    lower = np.floor(position).astype(np.int64)
    fraction = position - lower
    smooth = fraction * fraction * (3 - 2 * fraction)
    indexes = np.arange(lower[0], lower[-1] + 2)
    matrix = np.zeros((position.size, indexes.size), dtype=np.float32)
    pixel = np.arange(position.size)
    matrix[pixel, lower - lower[0]] = 1 - smooth
    matrix[pixel, lower - lower[0] + 1] = smooth
    return indexes, matrix


def noise(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make fractal noise, float32 of about -2 to 2, the same in any window but for rounding."""
    total = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for octave, spacing_px in enumerate(SPACINGS_PX):
        y, down = _weights(rows.start, rows.stop, spacing_px)
        x, across = _weights(columns.start, columns.stop, spacing_px)
        lattice = _hash(seed * len(SPACINGS_PX) + octave, y, x)
        height = np.float32((spacing_px / SPACINGS_PX[-1]) ** ROUGHNESS)
        if spacing_px == 1:
            total += height * lattice[:-1, :-1]
        else:
            total += height * (down @ lattice @ across.T)
    return total


def elevation(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make metres above the sea, float32 (1, y, x), in steps of 1/256 m."""
    metres = 900 + 500 * noise(seed, rows, columns)
    return (np.round(metres * 256) / np.float32(256)).astype(np.float32)[np.newaxis]


def reflectance(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make four bands of scaled reflectance, uint16 (4, y, x): a scene, its tint, sensor noise."""
    scene = noise(seed, rows, columns)
    tint = noise(seed + 1, rows, columns)
    bands = []
    for mean, gain, tinted in [
        (900, 350, 0.3),
        (1000, 380, 0.1),
        (1100, 450, -0.2),
        (2600, 700, -0.5),
    ]:
        sensor = _hash(mean, np.array(rows), np.array(columns))
        values = mean + gain * (scene + np.float32(tinted) * tint) + np.float32(25) * sensor
        bands.append(np.clip(np.round(values), 1, 10000).astype(np.uint16))
    return np.stack(bands)


def classes(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make patches of twelve classes, uint8 (1, y, x): steps of two fields that cross."""
    steps = np.digitize(noise(seed + 2, rows, columns), (-0.4, 0.0, 0.4))
    others = np.digitize(noise(seed + 3, rows, columns), (-0.25, 0.25))
    return (1 + 3 * steps + others).astype(np.uint8)[np.newaxis]


def islands(seed: int, rows: range, columns: range) -> np.ndarray:
    """Make metres above the sea where a third field is high, float32 (1, y, x); NaN elsewhere."""
    land = noise(seed + 4, rows, columns) > ISLANDS_ABOVE
    return np.where(land, elevation(seed, rows, columns), np.float32(np.nan))
