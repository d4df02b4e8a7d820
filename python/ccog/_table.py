"""A plan as a table, of text and of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from ccog import _choice

if TYPE_CHECKING:
    from ccog._choice import Choice
    from ccog._plan import Plan

#: Worker threads for which the frontier is told.
THREADS = (8, 64, 512)


def rows(plan: Plan) -> dict[str, str]:
    """Say all of a plan but its advice, by name."""
    tile_bytes = "" if plan.relies_on_ratio else " if nothing compresses"
    out = {
        "target": plan.url or "bytes",
        "levels": ", ".join(f"{height} x {width}" for height, width in plan.levels),
        "tiles": f"{plan.tiles} of {plan.tile_px} x {plan.tile_px}",
        "layout": "row-major, as GDAL's" if plan.row_major else "chunk",
        "chunks": f"{plan.chunk_px[0]} x {plan.chunk_px[1]} pixels",
        "tasks": f"{plan.tasks} beyond the source",
        "parts": _parts(plan),
        "header": f"{bytes_text(plan.header_bytes)} at most",
        "object": f"{bytes_text(plan.worst_object_bytes)} if nothing compresses",
    }
    if plan.choice is not None:
        out["codec"] = _choice.text(plan.choice)
    if plan.relies_on_ratio:
        out["planned"] = f"for {bytes_text(plan.planned_object_bytes)}, more than that fails"
    if plan.likely_object_bytes is not None:
        out["likely"] = (
            f"{bytes_text(plan.likely_object_bytes)}, at {plan.ratio:.3g} of the raw size"
        )
    out["memory"] = f"{bytes_text(plan.peak_task_bytes)} a task at most{tile_bytes}"
    if plan.peak_strip_bytes:
        out["rows"] = f"{bytes_text(plan.peak_strip_bytes)} of tiles a task at most{tile_bytes}"
    if plan.waiting_bytes:
        out["waiting"] = f"{bytes_text(plan.waiting_bytes)} on the workers{tile_bytes}"
    out["moved"] = f"{bytes_text(plan.worst_moved_bytes)} between tasks at most{tile_bytes}"
    frontier = (
        f"{bytes_text(plan.frontier_bytes(threads))} with {threads} threads" for threads in THREADS
    )
    out["alive"] = ", ".join(frontier)
    return out


def text(title: str, named: Mapping[str, str], advice: Sequence[str], choice: Choice | None) -> str:
    lines = [title, *(f"  {name:<8}{said}" for name, said in named.items())]
    if choice is not None:
        cells = choice_cells(choice)
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines += ["    " + "  ".join(map(str.rjust, row, widths)) for row in cells]
    return "\n".join([*lines, *(f"  * {sentence}" for sentence in advice)])


def html(title: str, named: Mapping[str, str], advice: Sequence[str], choice: Choice | None) -> str:
    cells = "".join(
        f"<tr><th style='text-align: left'>{escape(name)}</th>"
        f"<td style='text-align: left'>{escape(said)}</td></tr>"
        for name, said in named.items()
    )
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in advice)
    table = f"<table><caption>{escape(title)}</caption><tbody>{cells}</tbody></table>"
    tried = "" if choice is None else _html_of(choice)
    return f"<div>{table}{tried}{f'<ul>{items}</ul>' if items else ''}</div>"


def _html_of(choice: Choice) -> str:
    head, *body = choice_cells(choice)
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def choice_cells(choice: Choice) -> list[tuple[str, ...]]:
    """Give a table of what was tried, the names of its columns first."""
    names = ("COMPRESS", "LEVEL", "PREDICTOR")
    cost = "B/pixel" if choice.aim == "size" else "ns/pixel"
    return [
        ("", *names, "of raw size", "encode ns", "decode ns", f"{choice.aim}, {cost}"),
        *(
            (
                "->" if one == choice.chosen else "",
                *(one.options.get(name, "-") for name in names),
                f"{one.ratio:.4f}",
                f"{one.encode_ns:.1f}",
                f"{one.decode_ns:.1f}",
                f"{one.cost:.4g}",
            )
            for one in choice.tried
        ),
    ]


def bytes_text(count: float) -> str:
    """Say a number of bytes in a unit that fits it."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:.4g} TiB"


def _parts(plan: Plan) -> str:
    if plan.single_object:
        return "put in one request"
    if plan.part_bytes:
        return f"at most {plan.part_numbers} of {bytes_text(plan.part_bytes)}, without gaps"
    return (
        f"numbers up to {plan.part_numbers}, {plan.numbers_per_group} for each "
        f"{bytes_text(plan.group_bytes)} of tiles"
    )
