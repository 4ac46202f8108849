"""Search texts and masks."""

from datetime import UTC, datetime

import pytest

from regulars.customers import Customer, masked, masked_text, masked_values
from regulars.customers.derived import words

AT = datetime(2025, 1, 1, tzinfo=UTC)


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


def test_a_mask_finds_addresses_in_other_texts_and_in_ids() -> None:
    customer = Customer(
        customer_id=1, user_id="ann@example.com", name="Ann", email=None, phone=None, created_at=AT,
        first_seen_at=AT, last_seen_at=AT, traits={"note": "write ann@example.com or +47 2345 6789"}, test=False,
    )  # fmt: skip

    hidden = masked(customer, may_see_contacts=False)

    assert (hidden.user_id, hidden.traits) == ("a…@e….com", {"note": "write a…@e….com or …89"})
    assert masked_values({"E-Mail": "x", "phoneNumber": "0151 23"}) == {"E-Mail": "…x", "phoneNumber": "…23"}


def test_a_mask_reaches_nested_values_and_lists() -> None:
    told = {"shipping": {"Postal_Code": "0150", "city": "Oslo"}, "phone": ["+47 1234", None], "email": None}

    assert masked_values(told) == {
        "shipping": {"Postal_Code": "…50", "city": "Oslo"},
        "phone": ["…34", None],
        "email": None,
    }
    assert masked_text("a@b") == "a…@…"
