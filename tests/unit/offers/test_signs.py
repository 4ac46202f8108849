"""How codes look, and what their check sign finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from regulars.offers import ALPHABET, Look, VoucherPool, Worth, bare
from regulars.offers.signs import check_sign, drawn, shape
from regulars.offers.validation import validate

LOOK = Look(prefix="GC-", pattern="####-####-####", suffix="x")
ONE = drawn(LOOK, 1)[0]


def test_codes_are_drawn_by_their_pattern_without_look_alikes():
    found = drawn(LOOK, 5_000)

    assert len(set(found)) == 5_000
    assert all(re.fullmatch(f"GC-(?:[{ALPHABET}]{{4}}-?){{3}}x", code) for code in found)
    assert not set("01ILOUW") & set("".join(code[3:-1] for code in found))
    assert {code[3] for code in found} == set(ALPHABET)
    assert all(shape(LOOK).fits(bare(code.lower().replace("-", " "))) for code in found)


@given(st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_found(at, sign):
    middle = bare(ONE)[2:-1]
    wrong = middle[:at] + sign + middle[at + 1 :]

    assert shape(LOOK).fits(f"GC{wrong}X") == (wrong == middle)


def test_two_neighbours_that_changed_places_are_always_found():
    for code in drawn(LOOK, 300):
        middle = bare(code)[2:-1]
        for at in range(len(middle) - 1):
            swapped = middle[:at] + middle[at + 1] + middle[at] + middle[at + 2 :]
            assert shape(LOOK).fits(f"GC{swapped}X") == (swapped == middle)


def test_the_check_sign_of_a_long_code_has_no_weight_of_zero():
    long = ALPHABET * 3
    assert all(
        check_sign(long, ALPHABET) != check_sign(long[:at] + "2" + long[at + 1 :], ALPHABET)
        for at in range(len(long))
        if long[at] != "2"
    )


def test_everything_wrong_with_a_pool_is_named_at_its_place():
    pool = VoucherPool(
        name=" ",
        worth=Worth(kind="percent_off", percent="120", most="-1"),
        currency="USD",
        look=Look(pattern="###-a", alphabet="AB1I0O2Z"),
        uses_per_code=0,
        budget="0",
        valid_days=0,
        reserve_minutes=0,
    )

    found = [one.path for one in validate(pool)]

    assert found == [
        "name",
        "worth.percent",
        "worth.most",
        "budget",
        "look.alphabet",
        "look.pattern",
        "look.pattern",
        "valid_days",
        "uses_per_code",
        "reserve_minutes",
    ]
