"""Cells of downloads: what a spreadsheet would take for a formula is text."""

import pytest

from regulars.console.chart_files import plain_cell


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_be_a_formula_is_made_text(sign: str) -> None:
    assert plain_cell(f"{sign}1+1") == f"'{sign}1+1"


def test_other_cells_stay() -> None:
    assert [plain_cell(cell) for cell in ("a=1", "", -3, None)] == ["a=1", "", -3, None]
