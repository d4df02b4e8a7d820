"""The page of compatibility says what the options table of the code says."""

from __future__ import annotations

from compatibility import PAGE, option_table


def test_the_page_has_every_option_as_the_code_has_it():
    assert option_table() in PAGE.read_text(), "run ./dev compat"
