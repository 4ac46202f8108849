"""Verdicts: what is said, and what keeps it from being said."""

from regulars.experiments import Sums, compare


def sums(**changes):
    plain = {
        "assigned_treated": 214,
        "assigned_held_out": 93,
        "held_out_share": 3000,
        "treated": 214,
        "held_out": 93,
        "converted_treated": 26,
        "converted_held_out": 11,
    }
    return Sums(**(plain | changes))


def test_no_difference_is_said_with_what_could_have_been_found():
    comparison = compare(sums(), did="bought within 28 days")

    assert comparison.outcome == "no_difference"
    assert comparison.verdict == (
        "No difference seen: 12.1% of 214 treated bought within 28 days and 11.8% of 93 held out; "
        "the difference lies between −8.6 and +7.5 points. "
        "With these arms only a difference of 13.8 points or more would have been found 8 times in 10."
    )


def test_a_rise_is_said_when_the_interval_is_above_nought():
    comparison = compare(sums(converted_treated=90))

    assert comparison.outcome == "more"
    assert comparison.verdict.startswith("A rise: 42.1% of 214 treated did it")
    assert comparison.lift_interval.low > 0


def test_a_fall_is_said_when_the_interval_is_below_nought():
    assert compare(sums(converted_held_out=50)).outcome == "fewer"


def test_an_open_window_is_too_early_even_when_a_difference_shows():
    comparison = compare(sums(treated=100, converted_treated=80))

    assert comparison.outcome == "too_early"
    assert "still open for 114 of 307 people" in comparison.verdict


def test_arms_that_do_not_fit_their_shares_block_the_verdict():
    comparison = compare(sums(assigned_held_out=40, held_out=40, converted_treated=200))

    assert comparison.outcome == "blocked"
    assert comparison.verdict.startswith("No verdict: 214 treated and 40 held out")


def test_nobody_held_out_is_no_comparison_and_no_invented_figure():
    comparison = compare(
        sums(assigned_held_out=0, held_out_share=0, held_out=0, converted_held_out=0), did="bought"
    )

    assert comparison.outcome == "nothing_to_compare"
    assert "nobody was held out" in comparison.verdict
    assert (comparison.difference, comparison.interval, comparison.lift, comparison.detectable) == (None,) * 4


def test_tiny_arms_say_that_nothing_could_have_been_found():
    tiny = sums(
        assigned_treated=3,
        assigned_held_out=2,
        treated=3,
        held_out=2,
        converted_treated=1,
        converted_held_out=1,
    )

    assert "no difference, however large" in compare(tiny).verdict
