"""Make `docs/gdal-compatibility.md`: every creation option, and what a differential run measured.

python compatibility.py                       # runs 600 cases of the seed that the page names
python compatibility.py --from verdicts.json  # of a run of `differential.py --json`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import known_differences
from ccog._gdal_options import NOTES, OPTIONS, Option
from verdicts import AGREEMENT, IDENTICAL, NOT_DONE, REFUSED_BY_BOTH, REFUSED_BY_US, VERDICTS

PAGE = Path(__file__).parents[3] / "docs" / "gdal-compatibility.md"
SEED = 9101
CASES = 600

_HEAD = """# What ccog does with GDAL's options, and how far the files agree

Made by `./dev compat`, which writes random arrays with GDAL's COG driver (3.10.3, the one inside
rasterio's wheel) and with ccog, and compares the files. Edit
`tests/python/oracle/compatibility.py`, not this page.

## Every creation option

"""


_MEASURED = "## What was measured"


def option_table() -> str:
    """Make the table of options from `ccog._gdal_options`."""
    lines = ["| option | values | ccog |", "|---|---|---|"]
    for name, option in OPTIONS.items():
        lines.append(f"| {name} | {option.allowed} | {_done(name, option)} |")
    return "\n".join(lines) + "\n"


def _done(name: str, option: Option) -> str:
    note = NOTES.get(name, "")
    if option.done is None:
        return note or "as GDAL"
    if not option.done:
        return note or "refused: not done yet"
    canonical = dict.fromkeys(option.spellings.values())
    missing = [value for value in canonical if value not in option.done]
    if canonical and not missing and not option.free and option.number is None:
        return note or "as GDAL"
    done = f"done: {', '.join(option.done)}; other values are refused"
    return f"{done}. {note}" if note else done


def measured(verdicts: list[dict[str, Any]], seed: int) -> str:
    """Make the chapter of what was measured."""
    kinds = Counter(verdict["kind"] for verdict in verdicts)
    comparable = [v for v in verdicts if v["kind"] not in (NOT_DONE, REFUSED_BY_BOTH)]
    rows = [v for v in comparable if "LAYOUT=row-major" in v["features"]]
    identical = sum(v["kind"] == IDENTICAL for v in comparable)
    as_bytes = sum(v["kind"] == IDENTICAL for v in rows)
    vague = {known.text() for known in known_differences.KNOWN if not known.comparable}
    written = [v for v in rows if v["kind"] != REFUSED_BY_US and v["cause"] not in vague]
    others = Counter(v["cause"].partition(": GDAL")[0] for v in written if v["kind"] != IDENTICAL)
    rest = "".join(f"; {count} differ in {what}" for what, count in others.items())
    lines = [
        _MEASURED,
        "",
        f"`python tests/python/oracle/differential.py --seed {seed} --cases {len(verdicts)}`: "
        "random data type, size, chunks, bands, nodata, mask, alpha, pixels, place, metadata and "
        "options; both sides use the same libtiff, libdeflate and libzstd, those of the wheel.",
        "",
        f"- {len(verdicts)} cases, of which {kinds[REFUSED_BY_BOTH]} are refused by both and "
        f"{kinds[NOT_DONE]} ask for what ccog says it does not do.",
        f"- {identical} of the {len(comparable)} others are identical. Of those in row-major "
        f"layout {as_bytes} of {len(rows)} ({_percent(as_bytes, len(rows))}) are the same file to "
        "the byte; of those that both write and whose bytes can be compared (not where GDAL's own "
        f"vary, nor the last digits of statistics) {as_bytes} of {len(written)} "
        f"({_percent(as_bytes, len(written))}){rest}. In chunk layout identical means: "
        "every tile's bytes and every tag but offsets.",
        "- *pixels and tags*: the same pixels, masks and tags, other bytes.",
        "",
        _feature_table(verdicts),
        "",
        "## Known differences",
        "",
        _known(verdicts),
        "",
        "[Where we do not do what GDAL does](decisions/0002-differences-from-gdal.md) has the "
        "reasons, and those that no random case meets.",
    ]
    return "\n".join(lines) + "\n"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


def _feature_table(verdicts: list[dict[str, Any]]) -> str:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        for feature in verdict["features"]:
            counts[feature][verdict["kind"]] += 1
    columns = [kind for kind in VERDICTS if any(count[kind] for count in counts.values())]
    lines = [
        "| feature | cases | " + " | ".join(columns) + " |",
        "|---|--:|" + "--:|" * len(columns),
    ]
    for feature, count in sorted(counts.items()):
        cells = [str(count[kind] or "") for kind in columns]
        lines.append(f"| {feature} | {count.total()} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _known(verdicts: list[dict[str, Any]]) -> str:
    met = Counter(v["cause"] for v in verdicts if v["cause"])
    lines = [
        "| what | cause | cases |",
        "|---|---|--:|",
        *(f"| {k.what} | {k.cause} | {met[k.text()]} |" for k in known_differences.KNOWN),
    ]
    unknown = [v for v in verdicts if v["kind"] not in (*AGREEMENT, NOT_DONE) and not v["cause"]]
    for verdict in unknown:
        first = (verdict["differences"] or [""])[0].splitlines()[0].replace("|", "/")
        lines.append(f"| case {verdict['case']} | not explained: {first[:120]} | 1 |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--options", action="store_true", help="only the table of options anew")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", type=int, default=CASES)
    args = parser.parse_args()
    if args.options:
        measurements = PAGE.read_text().partition(_MEASURED)[2]
        PAGE.write_text(_HEAD + option_table() + "\n" + _MEASURED + measurements)
        return
    source = args.source
    if source is None:
        source = PAGE.parents[1] / "build" / "compatibility.json"
        source.parent.mkdir(exist_ok=True)
        program = Path(__file__).with_name("differential.py")
        command = [sys.executable, "-W", "ignore", program, f"--seed={args.seed}", "--jobs=2"]
        subprocess.run([*command, f"--cases={args.cases}", f"--json={source}"], check=False)
    verdicts = json.loads(source.read_text())
    PAGE.write_text(_HEAD + option_table() + "\n" + measured(verdicts, args.seed))
    print(f"{PAGE.name} is up to date")


if __name__ == "__main__":
    main()
