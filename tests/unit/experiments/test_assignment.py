"""Assignment by salted hash, and the A/A replay that stands on it."""

from hashlib import sha256

import numpy as np
import pytest

from regulars.experiments import Arm, aa_replay, arms_of, buckets, sample_ratio_p_value
from regulars.kernel import Invalid

HALVES = [Arm(name="held_out", share=5000), Arm(name="treated", share=5000)]


def test_bucket_is_the_documented_formula():
    digest = sha256(b"winter:1234567890123").digest()

    assert buckets("winter", [1234567890123]).tolist() == [int.from_bytes(digest[:8], "big") % 10_000]


def test_nobody_to_assign_gives_no_arms():
    assert arms_of("winter", [], HALVES) == []


def test_buckets_are_even():
    counts = np.bincount(buckets("even", range(100_000)) // 100, minlength=100)

    assert sample_ratio_p_value(counts.tolist(), [1] * 100) > 0.001


def test_two_salts_divide_independently():
    first = np.array(arms_of("one", range(40_000), HALVES)) == "treated"
    second = np.array(arms_of("two", range(40_000), HALVES)) == "treated"

    assert float(np.mean(first & second)) == pytest.approx(0.25, abs=0.01)


def test_a_larger_share_keeps_everybody_who_was_already_in_the_first_arm():
    small = arms_of("grow", range(5_000), [Arm(name="held_out", share=1000), Arm(name="treated", share=9000)])
    large = arms_of("grow", range(5_000), [Arm(name="held_out", share=2000), Arm(name="treated", share=8000)])

    assert all(
        after == "held_out" for before, after in zip(small, large, strict=True) if before == "held_out"
    )


@pytest.mark.parametrize(
    "arms",
    [
        [Arm(name="a", share=5000)],
        [Arm(name="a", share=5000), Arm(name="a", share=5000)],
        [Arm(name="a", share=-1), Arm(name="b", share=10_001)],
    ],
)
def test_shares_that_do_not_fill_the_buckets_are_refused(arms):
    with pytest.raises(Invalid):
        arms_of("bad", [1], arms)


def test_replay_of_outcomes_that_nobody_influenced_rejects_about_five_in_a_hundred():
    rng = np.random.default_rng(3)
    rates = []
    for sample in range(8):
        outcomes = dict(enumerate((rng.random(1_200) < 0.1 + 0.05 * sample).tolist()))

        rates.append(aa_replay(outcomes, held_out_share=3000, salt=f"s{sample}").rejection_rate)

    assert float(np.mean(rates)) == pytest.approx(0.05, abs=0.012)
    assert max(rates) < 0.09


def test_replay_of_very_many_takes_a_random_part_of_them():
    outcomes = {number: number % 5 == 0 for number in range(30_000)}

    replay = aa_replay(outcomes, held_out_share=3000, salts=100)

    assert replay.customers == 10_000
    assert replay.rejection_rate < 0.15


def test_replay_needs_two_arms_and_people():
    assert aa_replay({}, held_out_share=3000) is None
    assert aa_replay({1: True}, held_out_share=0) is None
