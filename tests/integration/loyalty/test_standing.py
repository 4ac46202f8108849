"""Tier and points of many at once."""

from decimal import Decimal

from regulars.loyalty import Currency, adjust, enrol, standings
from tests.integration.loyalty.books import CLUB, START, no_tiers, open_club


def test_members_have_their_tier_and_points_and_others_are_left_out(tx) -> None:
    open_club(tx)
    enrol(tx, "club", 1, at=START)
    enrol(tx, "club", 2, at=START)
    adjust(tx, "club", 1, 250, key="a", at=START, reason="a welcome", actor="Lina")

    found = standings(tx, [1, 2, 3])

    assert found == {1: {"tier": "Member", "points": 250}, 2: {"tier": "Member"}}


def test_points_with_digits_read_as_people_write_them(tx) -> None:
    stamps = (Currency(code="points", name="stamps", scale=2),)
    open_club(tx, no_tiers(currencies=stamps, earning=CLUB.earning))
    enrol(tx, "club", 1, at=START)
    adjust(tx, "club", 1, 250, key="a", at=START, reason="a welcome", actor="Lina")

    assert standings(tx, [1]) == {1: {"points": Decimal("2.50")}}
