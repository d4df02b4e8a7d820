"""Tables of what a differential run found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import known_differences
from verdicts import IDENTICAL, NOT_DONE, REFUSED_BY_BOTH, VERDICTS, Verdict


def by_feature(verdicts: Iterable[Verdict]) -> dict[str, Counter[str]]:
    """Count verdicts a feature, in the order of names."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        for feature in verdict.case.features():
            counts[feature][verdict.kind] += 1
    return dict(sorted(counts.items()))


def table(verdicts: list[Verdict]) -> str:
    """Make a Markdown table of verdicts a feature; columns of nothing are left out."""
    total = Counter(verdict.kind for verdict in verdicts)
    columns = [kind for kind in VERDICTS if total[kind]]
    lines = [
        "| feature | cases | " + " | ".join(columns) + " |",
        "|---|---|" + "---|" * len(columns),
    ]
    rows = {"all": total} | by_feature(verdicts)
    for name, counts in rows.items():
        cells = [str(counts[kind] or "") for kind in columns]
        lines.append(f"| {name} | {counts.total()} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def summary(verdicts: list[Verdict]) -> str:
    """Say in one line how it went."""
    kinds = Counter(verdict.kind for verdict in verdicts)
    comparable = len(verdicts) - kinds[NOT_DONE] - kinds[REFUSED_BY_BOTH]
    unexplained = sum(map(known_differences.is_unexplained, verdicts))
    share = 100 * kinds[IDENTICAL] / max(1, comparable)
    return (
        f"{len(verdicts)} cases, {comparable} comparable, {kinds[IDENTICAL]} identical "
        f"({share:.1f} %), {kinds[NOT_DONE]} not done, {unexplained} unexplained"
    )
