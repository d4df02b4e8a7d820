"""`compress="auto"`: what is chosen by tiles, and that it is an ordinary write from then on."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import dask.array as da
import numpy as np
import pytest
import rasterio

import ccog
import rasters
import terrain
from ccog import _choice
from ccog._choice import Measure, Tried
from ccog.errors import InvalidArgumentError
from pixels import noise_pixels

EDGE = range(300)
Times = Callable[[str, int], float]


def elevation() -> np.ndarray:
    return terrain.elevation(7, EDGE, EDGE)[0]


def classes() -> np.ndarray:
    return terrain.classes(7, EDGE, EDGE)[0]


def chosen(array: Any, **options: Any) -> dict[str, str]:
    options = {"overview_resampling": "NEAREST"} | options
    return dict(ccog.plan(array, compress="auto", **options).choice.chosen.options)


def give_times(monkeypatch: pytest.MonkeyPatch, encode_s: Times, decode_s: Times) -> None:
    """Have codecs take as long as is said of their name and level, whatever the machine."""
    measure = _choice.measure

    def timed(plans: Sequence[Any], pixels: np.ndarray) -> list[Measure]:
        codecs = [plan.arguments["image_codec"][:2] for plan in plans]
        return [
            replace(one, encode_s=encode_s(*codec), decode_s=decode_s(*codec))
            for one, codec in zip(measure(plans, pixels), codecs, strict=True)
        ]

    monkeypatch.setattr(_choice, "measure", timed)


def no_time(*_: Any) -> float:
    return 0


# ---------------------------------------------------------------- what is chosen


def test_elevation_has_the_predictor_of_floats() -> None:
    options = chosen(elevation())
    assert options["PREDICTOR"] == "FLOATING_POINT"
    assert options["COMPRESS"] in ("DEFLATE", "ZSTD")


def test_classes_have_no_predictor() -> None:
    assert "PREDICTOR" not in chosen(classes())


def test_a_photograph_has_the_predictor_of_integers() -> None:
    array = da.from_array(rasters.relief(7, range(700), range(700)), chunks=(1, 256, 256))
    assert chosen(array)["PREDICTOR"] == "STANDARD"


def test_what_no_codec_makes_smaller_is_stored() -> None:
    assert chosen(noise_pixels((600, 600), "uint8")) == {"COMPRESS": "NONE"}


def test_for_speed_a_slow_codec_is_left_and_for_reading_one_that_decodes_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = 10.0

    def only(name: str) -> Times:
        return lambda codec, _: 0 if codec == name else slow

    give_times(monkeypatch, encode_s=only("ZSTD"), decode_s=only("DEFLATE"))
    fast = chosen(elevation(), aim="speed")
    assert (fast["COMPRESS"], fast["PREDICTOR"]) == ("ZSTD", "FLOATING_POINT")
    read = chosen(elevation(), aim="read")
    assert (read["COMPRESS"], read["PREDICTOR"]) == ("DEFLATE", "FLOATING_POINT")


def test_bytes_take_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    give_times(monkeypatch, lambda codec, _: 1e-6 * (codec != "NONE"), no_time)
    assert chosen(elevation(), aim="speed")["COMPRESS"] == "ZSTD"
    # An hour for whatever is not NONE is more than its bytes take.
    give_times(monkeypatch, lambda codec, _: 3600.0 * (codec != "NONE"), no_time)
    assert chosen(elevation(), aim="speed") == {"COMPRESS": "NONE"}


def test_no_time_has_a_part_in_the_choice_for_size(monkeypatch: pytest.MonkeyPatch) -> None:
    array = elevation()
    options = chosen(array)
    give_times(monkeypatch, lambda codec, level: len(codec) * (9 - level), no_time)
    assert chosen(array) == chosen(array, aim="size") == options


def tried(cost: float, ratio: float) -> Tried:
    return Tried(options={}, ratio=ratio, encode_ns=0, decode_ns=0, cost=cost)


def test_of_what_is_as_good_the_cheapest_or_the_smallest_is_chosen() -> None:
    sizes = [tried(2, 1), tried(1.009, 0.5), tried(1, 0.49)]
    assert _choice.pick(sizes, "size") == 1
    assert _choice.pick([*sizes, tried(0.995, 0.48)], "size") == 2
    times = [tried(100, 0.5), tried(104, 0.4), tried(106, 0.3)]
    assert _choice.pick(times, "speed") == _choice.pick(times, "read") == 1
    assert _choice.pick([tried(0, 0), tried(0, 0)], "speed") == 0


def test_times_are_of_a_pixel_and_differences_of_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measure, clock = _choice.measure, iter([10.0, 12.0, 20.0, 25.0])

    def by_clock(plans: Sequence[Any], pixels: np.ndarray) -> list[Measure]:
        return measure(plans[:1], pixels, lambda: next(clock)) * len(plans)

    monkeypatch.setattr(_choice, "measure", by_clock)
    plan = ccog.plan(np.ones((20, 50), "uint8"), compress="auto", aim="speed")
    for one in plan.choice.tried:
        assert one.encode_ns == pytest.approx(2e9 / 1000)
        assert one.decode_ns == pytest.approx(5e9 / 1000)


# ---------------------------------------------------------------- any raster


@pytest.mark.parametrize(
    "array",
    [
        np.full((700, 900), 7, "int16"),
        np.zeros((1, 1), "uint8"),
        np.arange(6.0).reshape(2, 3),
        np.ones((20, 40, 40), "float64"),
        np.ones((600, 600), "complex128"),
        np.arange(600 * 600, dtype="int64").reshape(600, 600),
    ],
    ids=["constant", "one pixel", "tiny", "many bands", "complex", "int64"],
)
@pytest.mark.parametrize("aim", _choice.AIMS)
def test_any_raster_is_written_as_what_was_chosen(array: np.ndarray, aim: str) -> None:
    write = ccog.write_ccog(array, compress="auto", aim=aim, overview_resampling="NEAREST")
    data = write.compute(scheduler="sync")
    with rasterio.MemoryFile(data) as file, file.open() as dataset:
        assert np.array_equal(dataset.read(), array.reshape(-1, *array.shape[-2:]))
        compression = dataset.tags(ns="IMAGE_STRUCTURE").get("COMPRESSION", "NONE")
        assert compression == write.choice.chosen.options["COMPRESS"]
    named = ccog.write_ccog(array, **write.choice.chosen.options, overview_resampling="NEAREST")
    assert named.compute(scheduler="sync") == data
    assert named.choice is None


def test_pixels_beside_a_mask_and_empty_tiles_are_no_obstacle() -> None:
    array = np.zeros((600, 600), "uint8")
    masked = ccog.write_ccog(array, mask=array == 0, compress="auto").compute(scheduler="sync")
    empty = ccog.write_ccog(array, nodata=0, sparse_ok=True, compress="auto")
    assert len(empty.compute(scheduler="sync")) < len(masked)


def test_large_tiles_are_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_choice, "_WINDOW_BYTES", 3 * 100 * 100)
    seen = []
    measure = _choice.measure

    def looked_at(plans: Sequence[Any], pixels: np.ndarray) -> list[Measure]:
        seen.append(pixels.shape)
        return measure(plans, pixels)

    monkeypatch.setattr(_choice, "measure", looked_at)
    plan = ccog.plan(noise_pixels((3, 2000, 2000), "uint8"), compress="auto", blocksize=512)
    assert set(seen) == {(3, 96, 96)} and plan.tile_px == 512


def test_nbits_leave_out_predictors_that_cannot_be() -> None:
    plan = ccog.plan(classes(), compress="auto", nbits=4, overview_resampling="NEAREST")
    assert all("PREDICTOR" not in one.options for one in plan.choice.tried)


# ---------------------------------------------------------------- how it is shown


def test_the_plan_shows_all_that_was_tried() -> None:
    plan = ccog.plan(elevation(), compress="auto")
    best = plan.choice.chosen
    assert pickle.loads(pickle.dumps(plan)) == plan
    codecs = {one.options["COMPRESS"] for one in plan.choice.tried}
    assert codecs == {"NONE", "LZW", "DEFLATE", "ZSTD"}
    lines = repr(plan).splitlines()
    [codec] = [line.split(maxsplit=1)[1] for line in lines if line.startswith("  codec")]
    said = " ".join(f"{name}={value}" for name, value in best.options.items())
    assert codec == f"{said}, for aim='size'"
    [row] = [line.split() for line in lines if line.lstrip().startswith("->")]
    assert row[1:] == [
        best.options["COMPRESS"],
        best.options["LEVEL"],
        best.options["PREDICTOR"],
        f"{best.ratio:.4f}",
        f"{best.encode_ns:.1f}",
        f"{best.decode_ns:.1f}",
        f"{best.cost:.4g}",
    ]
    costs = [one.cost for one in plan.choice.tried]
    assert costs == sorted(costs)
    _, table = ET.fromstring(plan._repr_html_()).iter("table")
    assert len(list(table.iter("tr"))) == 1 + len(plan.choice.tried)


def test_a_write_keeps_its_choice_and_says_it_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ccog"):
        write = ccog.write_ccog(classes(), compress="auto")
    [record] = caplog.records
    assert f"COMPRESS={write.choice.chosen.options['COMPRESS']}" in record.getMessage()
    assert pickle.loads(pickle.dumps(write)).choice == write.choice


def test_a_codec_that_is_named_is_no_choice() -> None:
    plan = ccog.plan(elevation(), compress="ZSTD")
    assert plan.choice is None and "codec" not in repr(plan)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": 3}, "LEVEL=3 contradicts COMPRESS=AUTO"),
        ({"predictor": "YES"}, "PREDICTOR=YES contradicts COMPRESS=AUTO"),
        ({"overview_compress": "JPEG"}, "OVERVIEW_COMPRESS=JPEG contradicts COMPRESS=AUTO"),
        ({"quality": 80}, "QUALITY=80 contradicts COMPRESS=AUTO"),
        ({"max_z_error": 0.1}, "MAX_Z_ERROR=0.1 contradicts COMPRESS=AUTO"),
        ({"aim": "price"}, "aim='price' is not known: use 'size', 'speed', 'read'"),
    ],
)
def test_what_auto_chooses_cannot_be_given_too(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        ccog.plan(elevation(), compress="auto", **options)


def test_an_aim_without_a_choice_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="aim='size' says what compress='auto'"):
        ccog.plan(elevation(), compress="ZSTD", aim="size")
