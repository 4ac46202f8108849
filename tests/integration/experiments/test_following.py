"""Profiles are merged and split: the earliest arm counts, people of both arms are counted, a split gives back."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from regulars.db import Tx
from regulars.experiments import Arm, Sums, assign, compare, contaminated, follow, readouts, save_readout
from tests.integration.people import know, regroup

AT = datetime(2025, 3, 1, tzinfo=UTC)
HALVES = (Arm(name="held_out", share=5000), Arm(name="treated", share=5000))
ALL, NONE = 10_000, 0


def put(tx: Tx, customer_id: int, arm: str, *, day: int = 0) -> None:
    share = {"held_out": ALL, "treated": NONE}[arm]
    arms = (Arm(name="held_out", share=share), Arm(name="treated", share=ALL - share))
    assign(tx, "spring", [customer_id], salt="s", arms=arms, at=AT + timedelta(days=day))


def arm_of(tx: Tx, customer_id: int) -> str:
    return assign(tx, "spring", [customer_id], salt="s", arms=HALVES, at=AT + timedelta(days=9))[customer_id]


@pytest.mark.parametrize("order", list(permutations([2, 3])))
def test_the_earliest_arm_is_the_persons_whatever_the_order_of_merges(tx: Tx, order) -> None:
    know(tx, [1, 2, 3])
    put(tx, 1, "treated", day=2)
    put(tx, 2, "held_out", day=1)
    put(tx, 3, "treated", day=3)

    for away in order:
        regroup(tx, {away: 1}, [follow])

    assert (arm_of(tx, 1), contaminated(tx, "spring")) == ("held_out", 1)


def test_a_split_gives_each_profile_its_arm_back(tx: Tx) -> None:
    know(tx, [1, 2])
    put(tx, 1, "treated", day=2)
    put(tx, 2, "held_out", day=1)
    regroup(tx, {2: 1}, [follow])

    regroup(tx, {2: 2}, [follow])

    assert (arm_of(tx, 1), arm_of(tx, 2), contaminated(tx, "spring")) == ("treated", "held_out", 0)


def test_the_person_is_not_drawn_again_when_only_the_profile_merged_away_was(tx: Tx) -> None:
    know(tx, [1, 2])
    put(tx, 2, "held_out")
    regroup(tx, {2: 1}, [follow])

    put(tx, 1, "treated", day=5)

    assert (arm_of(tx, 1), contaminated(tx, "spring")) == ("held_out", 0)


def test_people_of_both_arms_stand_in_the_verdict_as_a_figure(tx: Tx) -> None:
    sums = Sums(
        assigned_treated=500,
        assigned_held_out=500,
        held_out_share=5000,
        treated=500,
        held_out=500,
        converted_treated=60,
        converted_held_out=55,
        contaminated=3,
    )

    save_readout(tx, "spring", "Test data", sums, at=AT)

    said = "3 people were in both arms before profiles were merged, and count in the first."
    assert compare(sums).verdict.endswith(said)
    (kept,) = readouts(tx)
    assert kept.comparison.verdict.endswith(said)
