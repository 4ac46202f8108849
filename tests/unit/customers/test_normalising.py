"""Identifiers as they are compared, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.customers.normalising import Unreadable, has_check_digit, normalise


@pytest.mark.parametrize(
    ("form", "written", "region", "value"),
    [
        ("email", " Ann@Example.COM ", "", "ann@example.com"),
        ("email", "josé@Müller.de", "", "josé@xn--mller-kva.de"),
        ("email", "a.b+c@x.example", "", "a.b+c@x.example"),
        ("phone", "+4930123456", "", "+4930123456"),
        ("phone", "+49 (0)30 123456", "", "+4930123456"),
        ("phone", "030/123456", "DE", "+4930123456"),
        ("phone", "(212) 555-0100", "US", "+12125550100"),
        ("card", "4111 1111-1111.1111", "", "4111111111111111"),
        ("text", " K-7 ", "", "K-7"),
    ],
)
def test_an_identifier_in_any_writing_is_one(form, written, region, value) -> None:  # type: ignore[no-untyped-def]
    assert normalise(form, written, region) == value


@pytest.mark.parametrize(
    ("form", "written", "reason"),
    [
        ("email", "nothing", "not an e-mail address"),
        ("email", "a..b@x.example", "not an e-mail address"),
        ("email", "a@localhost", "not an e-mail address"),
        ("phone", "030 123456", "no country code"),
        ("phone", "call me", "not a phone number"),
        ("phone", "+49 1", "not a phone number"),
        ("card", "4111111111111112", "check digit"),
        ("card", "12", "8 to 19 digits"),
        ("text", "x" * 300, "more than 200"),
        ("text", " ", "empty"),
        ("email", "a" * 9000, "9000 signs"),
    ],
)
def test_what_is_none_says_why(form, written, reason) -> None:  # type: ignore[no-untyped-def]
    found = normalise(form, written)

    assert isinstance(found, Unreadable)
    assert reason in found.reason


@given(written=st.text(max_size=60), form=st.sampled_from(["email", "phone", "card", "text"]))
def test_no_text_breaks_it_and_what_passed_passes_again(written, form) -> None:  # type: ignore[no-untyped-def]
    found = normalise(form, written, "DE")

    if isinstance(found, str):
        assert normalise(form, found, "DE") == found


@given(digits=st.text("0123456789", min_size=7, max_size=18))
def test_exactly_one_digit_fits_as_check_digit(digits: str) -> None:
    assert sum(has_check_digit(f"{digits}{last}") for last in range(10)) == 1
