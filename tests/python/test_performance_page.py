"""What the pages say of speed is what the benchmark's kept report gives, and nothing else."""

import copy

import pytest

import marked
import performance_page
import reports
import samples
from performance_page import COMMAND, REPORT, SECTIONS, between


@pytest.mark.parametrize(("page", "name"), SECTIONS, ids=lambda part: getattr(part, "name", part))
def test_a_page_says_what_the_report_gives(page, name) -> None:
    made = SECTIONS[page, name](reports.load(REPORT))
    assert marked.between(page, name, COMMAND) == between(made)


def test_a_report_of_some_rows_replaces_those_alone() -> None:
    kept = {"rows": {"a": 1, "b": 2}, "options": {"Codecs": {"LZW": 3, "ZSTD": 4}}, "scaling": 5}
    new = {"rows": {"b": 6, "c": 7}, "options": {"Codecs": {"LZW": 8}, "Other": {"MODE": 9}}}
    assert reports.merged(kept, new) == {
        "rows": {"a": 1, "b": 6, "c": 7},
        "options": {"Codecs": {"LZW": 8, "ZSTD": 4}, "Other": {"MODE": 9}},
        "scaling": 5,
    }


def test_a_change_is_what_moves_by_more_than_the_runs_lie_apart() -> None:
    def report(*wall_s: float) -> dict:
        return {"rows": {"a": {"case": {}, "file": {"ccog": {"wall_s": list(wall_s)}}}}}

    assert not list(reports.changes(report(1.0, 1.2, 1.4), report(1.1, 1.5, 1.6)))
    (change,) = reports.changes(report(1.0, 1.1, 1.2), report(1.4, 1.5, 1.6))
    assert change == "a to file, ccog: 1.1 to 1.5 s (+36.4%)"


def test_ratios_are_of_runs_beside_each_other() -> None:
    # The machine was slow in the second turn, for both.
    runs = {"ccog": {"wall_s": [1.0, 3.0, 1.0]}, "GDAL": {"wall_s": [2.0, 6.0, 2.0]}}
    assert samples.ratio(runs, "GDAL", "ccog", "wall_s") == samples.Sample(2.0, 2.0, 2.0)
    alone = copy.deepcopy(runs)
    alone["GDAL"]["wall_s"] = [None]
    assert samples.ratio(alone, "GDAL", "ccog", "wall_s") is None


def test_the_page_holds_its_plots_and_refers_to_no_other_file(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    import html_page

    html_page.write(tmp_path / "page.html", reports.load(REPORT))
    text = (tmp_path / "page.html").read_text()
    assert text.count("data:image/png;base64,") >= 4
    assert 'src="docs' not in text
    assert performance_page.PLOT.exists()
