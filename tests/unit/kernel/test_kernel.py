"""Amounts, ids, cursors, folding and calendar bounds."""

import doctest
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars import kernel
from regulars.kernel import Invalid, Money, NotFound, amounts, clock, ids, text


@pytest.mark.parametrize("module", [amounts, clock, ids, text])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@given(st.integers(0, 2**63 - 1))
def test_a_public_id_reads_back(number):
    assert kernel.parse_public_id("cus", kernel.public_id("cus", number)) == number


@pytest.mark.parametrize(
    "wrong", ["", "cus_", "cus_0z8", "cus_Z8", "ord_z8", "cus_ilo", "cus_" + "z" * 30, "z8"]
)
def test_a_text_that_is_no_public_id_is_not_found(wrong):
    with pytest.raises(NotFound):
        kernel.parse_public_id("cus", wrong)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "BHD"]))
def test_money_reads_back_what_it_writes(minor, currency):
    money = Money(minor, currency)

    assert Money.parse(money.decimal, currency) == money


def test_money_of_two_currencies_is_not_added():
    with pytest.raises(Invalid, match="convert"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize("wrong", ["", "x", "1,20", "NaN", "Infinity"])
def test_an_unreadable_amount_says_how_to_write_it(wrong):
    with pytest.raises(Invalid, match="12.30"):
        Money.parse(wrong, "USD")


def test_half_a_cent_rounds_up():
    assert Money.parse(Decimal("0.125"), "USD").minor == 13


STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@given(st.integers(-(2**62), 2**62), STORABLE, st.datetimes(timezones=st.just(UTC)))
def test_a_cursor_reads_back(number, words, instant):
    cursor = kernel.encode_cursor(number, words, instant)

    if len(cursor) <= 400:
        assert kernel.decode_cursor(cursor, (int, str, datetime)) == (number, words, instant)


@given(st.text())
def test_a_cursor_of_any_other_form_is_refused_and_never_breaks(junk):
    with pytest.raises(Invalid):
        kernel.decode_cursor(junk, (int, datetime))


def test_the_days_on_which_clocks_change_have_23_and_25_hours():
    spring = kernel.day_bounds(date(2025, 3, 9), "America/New_York")
    autumn = kernel.day_bounds(date(2025, 11, 2), "America/New_York")

    assert (spring[1] - spring[0]).total_seconds() == 23 * 3600
    assert (autumn[1] - autumn[0]).total_seconds() == 25 * 3600


def test_a_local_time_that_is_skipped_moves_past_the_gap():
    moved = kernel.local_instant(date(2025, 3, 9), time(2, 30), "America/New_York")

    assert moved == datetime(2025, 3, 9, 7, 30, tzinfo=UTC)


def test_month_bounds_follow_the_zone():
    start, end = kernel.month_bounds(date(2025, 3, 15), "America/New_York")

    assert (start, end) == (datetime(2025, 3, 1, 5, tzinfo=UTC), datetime(2025, 4, 1, 4, tzinfo=UTC))


def test_folding_joins_what_people_write_differently():
    assert kernel.fold("ÉLODIE\u00a0 Straße") == kernel.fold("élodie STRASSE")
