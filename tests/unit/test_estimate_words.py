"""The pages on estimates say what an estimate does."""

from pathlib import Path

import pytest

from regulars.api.estimates import Estimate
from regulars.insights import estimating

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize("page", ["build-a-segment.md", "look-before-a-segment-goes-live.md"])
def test_a_page_names_from_how_many_people_on_a_size_is_reckoned(page: str) -> None:
    text = (HOW_TO / page).read_text()
    assert f"more than {estimating.EVERYBODY_MAX:,} people" in text
    assert f"{estimating.PEOPLE_ASKED:,}" in text
    assert "caps of one topic" in text


def test_the_api_says_which_caps_are_counted() -> None:
    assert "Caps of one topic are not counted" in (Estimate.model_fields["after_caps"].description or "")
