"""The statistics against published values, reference libraries and simulation."""

import doctest
import importlib
import math

import numpy as np
import pytest
from scipy import stats

from regulars.experiments import (
    Proportion,
    detectable_effect,
    newcombe,
    relative_lift,
    sample_ratio_p_value,
    sample_size,
    score_p_value,
    wilson,
)

COVERAGE_DRAWS = 20_000


def of(count, whole):
    return Proportion(count=count, of=whole)


@pytest.mark.parametrize("name", ["assignment", "proportion", "power", "balance", "replay", "verdict"])
def test_every_example_in_the_statistics_runs(name):
    failed, _ = doctest.testmod(importlib.import_module(f"regulars.experiments.{name}"))

    assert failed == 0


@pytest.mark.parametrize(
    ("count", "whole", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_bounds(count, whole, low, high):
    interval = wilson(of(count, whole))

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    [
        (of(56, 70), of(48, 80), 0.0524, 0.3339),
        (of(9, 10), of(3, 10), 0.1705, 0.8090),
        (of(10, 10), of(0, 20), 0.6791, 1.0000),
        (of(10, 10), of(0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_gives_the_published_bounds(a, b, low, high):
    interval = newcombe(a, b)

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(("count", "whole"), [(0, 1), (3, 10), (50, 50), (170, 1_213), (9_999, 100_000)])
def test_wilson_agrees_with_scipy(count, whole):
    reference = stats.binomtest(count, whole).proportion_ci(0.95, method="wilson")

    interval = wilson(of(count, whole))

    assert interval.low == pytest.approx(reference.low, abs=1e-12)
    assert interval.high == pytest.approx(reference.high, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [((56, 70), (48, 80)), ((3, 40), (9, 35)), ((0, 10), (4, 12))])
def test_score_test_agrees_with_scipys_chi_square(a, b):
    table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]

    ours = score_p_value(of(*a), of(*b))

    assert ours == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_sample_ratio_agrees_with_scipys_chi_square():
    ours = sample_ratio_p_value([700, 320, 180], [6000, 2500, 1500])

    assert ours == pytest.approx(stats.chisquare([700, 320, 180], [720, 300, 180]).pvalue, rel=1e-9)


def test_sample_ratio_finds_people_in_an_arm_that_has_no_share():
    assert sample_ratio_p_value([100, 1], [1, 0]) == 0.0
    assert sample_ratio_p_value([100, 0], [1, 0]) == 1.0


def test_sample_sizes_are_the_published_ones():
    assert sample_size(0.10, 0.11) == 14_751
    assert sample_size(0.05, 0.06) == 8_158


@pytest.mark.parametrize(
    ("base", "treated", "held_out"), [(0.118, 214, 93), (0.3, 700, 300), (0.02, 5_000, 500)]
)
def test_a_detectable_effect_is_found_8_times_in_10(base, treated, held_out):
    effect = detectable_effect(base, treated, held_out)
    rng = np.random.default_rng(7)

    a = rng.binomial(treated, base + effect, COVERAGE_DRAWS) / treated
    b = rng.binomial(held_out, base, COVERAGE_DRAWS) / held_out
    pooled = (a * treated + b * held_out) / (treated + held_out)
    z = (a - b) / np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / held_out))
    found = float(np.mean(np.abs(z) > 1.959964))

    assert found == pytest.approx(0.80, abs=0.03)


def test_no_effect_is_detectable_with_nobody_held_out_or_too_few():
    assert detectable_effect(0.1, 1_000, 0) is None
    assert detectable_effect(0.5, 3, 2) is None


@pytest.mark.parametrize(
    ("p", "q", "n", "m"),
    [(0.12, 0.12, 214, 93), (0.3, 0.25, 700, 300), (0.02, 0.02, 1_000, 110), (0.5, 0.4, 60, 40)],
)
def test_newcombe_covers_the_true_difference_about_95_times_in_100(p, q, n, m):
    rng = np.random.default_rng(11)

    draws = zip(
        rng.binomial(n, p, COVERAGE_DRAWS).tolist(), rng.binomial(m, q, COVERAGE_DRAWS).tolist(), strict=True
    )
    covered = sum(not newcombe(of(a, n), of(b, m)).excludes(p - q) for a, b in draws) / COVERAGE_DRAWS

    assert 0.94 < covered < 0.97


@pytest.mark.parametrize(("p", "n"), [(0.12, 214), (0.02, 400), (0.5, 60)])
def test_wilson_covers_the_true_rate_about_95_times_in_100(p, n):
    rng = np.random.default_rng(13)

    covered = np.mean([not wilson(of(x, n)).excludes(p) for x in rng.binomial(n, p, COVERAGE_DRAWS).tolist()])

    assert 0.935 < covered < 0.97


def test_relative_lift_covers_the_true_ratio_about_95_times_in_100():
    rng = np.random.default_rng(17)

    draws = zip(
        rng.binomial(700, 0.30, COVERAGE_DRAWS).tolist(),
        rng.binomial(300, 0.25, COVERAGE_DRAWS).tolist(),
        strict=True,
    )
    covered = sum(not relative_lift(of(a, 700), of(b, 300)).excludes(0.2) for a, b in draws) / COVERAGE_DRAWS

    assert 0.94 < covered < 0.965


def test_relative_lift_is_unknown_when_nobody_held_out_converts():
    assert relative_lift(of(3, 10), of(0, 10)) is None
    assert relative_lift(of(0, 10), of(3, 10)).low == -1.0


def test_a_count_above_its_whole_is_refused():
    with pytest.raises(ValueError, match="5 of 3"):
        of(5, 3)


def test_intervals_stay_finite_at_the_edges():
    for a in (of(0, 1), of(1, 1)):
        for b in (of(0, 1), of(1, 1)):
            interval = newcombe(a, b)
            assert math.isfinite(interval.low)
            assert math.isfinite(interval.high)
            assert score_p_value(a, b) <= 1
