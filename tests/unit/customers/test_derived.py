"""Displayed columns, search terms and masks."""

from datetime import UTC, datetime

import pytest

from regulars.customers import Customer, masked, masked_text, masked_values
from regulars.customers.derived import displayed, terms, words

AT = datetime(2025, 1, 1, tzinfo=UTC)


def test_a_name_comes_whole_or_from_its_halves() -> None:
    assert displayed({"name": " Ann Lee "}).name == "Ann Lee"
    assert displayed({"firstName": "Ann", "lastName": "Lee"}).name == "Ann Lee"
    assert displayed({"first_name": "Ann"}).name == "Ann"
    assert displayed({"name": {"odd": 1}, "email": True}).name is None


def test_terms_are_folded_words_whole_addresses_and_digits() -> None:
    shown = displayed({"name": "José Müller", "email": "José@Example.com", "phone": "+1 (555) 010-44"})

    assert terms(shown, ["HH-7"]) == {"jose", "muller", "jose@example.com", "155501044", "hh-7"}


@pytest.mark.parametrize(
    ("text", "found"),
    [("Müller an", ["muller", "an"]), ("+1 555 010", ["1555010"]), ("12", ["12"]), ("  ", [])],
)
def test_a_search_text_is_cut_like_the_terms(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_mask_hides_addresses_wherever_they_stand() -> None:
    customer = Customer(
        customer_id=1, user_id="7", name="Ann", email="ann@example.com", phone="+1 555 010 44", created_at=AT,
        first_seen_at=AT, last_seen_at=AT, traits={"email": "ann@example.com", "city": "Oslo"}, test=False,
    )  # fmt: skip

    hidden = masked(customer, may_see_contacts=False)

    assert (hidden.email, hidden.phone) == ("a…@e….com", "…44")
    assert hidden.traits == {"email": "a…@e….com", "city": "Oslo"}
    assert masked(customer, may_see_contacts=True) is customer


def test_a_mask_reaches_nested_values_and_lists() -> None:
    told = {"shipping": {"Postal_Code": "0150", "city": "Oslo"}, "phone": ["+47 1234", None], "email": None}

    assert masked_values(told) == {
        "shipping": {"Postal_Code": "…50", "city": "Oslo"},
        "phone": ["…34", None],
        "email": None,
    }
    assert masked_text("a@b") == "a…@…"
