"""How a comparison of two arms reads: the verdict, the pictures with their intervals, and what they mean."""

from dataclasses import dataclass, replace

from regulars.console.charts import CONTROL, Chart, Estimate, comparison
from regulars.console.formats import change, number, percent
from regulars.console.parts import Tone
from regulars.experiments import THRESHOLD, Comparison, Interval, Replay, points

TONES: dict[str, tuple[str, Tone]] = {
    "blocked": ("No verdict", "bad"),
    "too_early": ("Too early to say", "waiting"),
    "nothing_to_compare": ("Nothing to compare", "quiet"),
    "no_difference": ("No difference seen", "quiet"),
    "more": ("A rise", "good"),
    "fewer": ("A fall", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    word: str
    tone: Tone
    verdict: str  # The first sentence;
    sensitivity: str  # what could have been found, or what to do.
    charts: tuple[Chart, ...]
    facts: tuple[tuple[str, str], ...]


def view(found: Comparison, *, key: str, did: str, href: str = "") -> ComparisonView:
    word, tone = TONES[found.outcome]
    verdict, sensitivity = split(found.verdict)
    return ComparisonView(
        word=word,
        tone=tone,
        verdict=verdict,
        sensitivity=sensitivity,
        charts=charts(found, key=key, did=did, href=href),
        facts=facts(found),
    )


def split(verdict: str) -> tuple[str, str]:
    """The verdict's first sentence, and the rest."""
    first, stop, rest = verdict.partition(". ")
    return first + stop.strip(), rest


def charts(found: Comparison, *, key: str, did: str, href: str = "") -> tuple[Chart, ...]:
    """Nothing is drawn before the windows have closed or while an arm is empty."""
    if found.outcome in ("too_early", "nothing_to_compare", "blocked"):
        return ()
    rates, difference = rates_chart(found, key, did, href), difference_chart(found, key, href)
    return tuple(chart for chart in (rates, difference) if chart is not None)


def rates_chart(found: Comparison, key: str, did: str, href: str) -> Chart | None:
    s, of_treated, of_held_out = found.sums, found.interval_treated, found.interval_held_out
    if found.rate_treated is None or found.rate_held_out is None or not of_treated or not of_held_out:
        return None
    return comparison(
        key=f"{key}-rates",
        title=f"Share who {did}",
        unit="%",
        arms=(
            arm(f"Treated ({number(s.treated)})", found.rate_treated, of_treated, s.treated),
            arm(
                f"Held out ({number(s.held_out)})", found.rate_held_out, of_held_out, s.held_out, control=True
            ),
        ),
        definition="Everybody by the arm they were assigned to, whatever they received; the bar is the 95% "
        "score interval of Wilson.",
        href=f"{href}/chart?picture=rates" if href else "",
    )


def difference_chart(found: Comparison, key: str, href: str) -> Chart | None:
    if found.difference is None or found.interval is None:
        return None
    drawn = comparison(
        key=f"{key}-difference",
        title="Difference in percentage points",
        unit="points",
        arms=(
            Estimate(
                label="Treated − held out",
                value=round(found.difference * 100, 2),
                low=round(found.interval.low * 100, 2),
                high=round(found.interval.high * 100, 2),
                people=found.sums.treated + found.sums.held_out,
            ),
        ),
        definition="Treated less held out, with its 95% interval by Newcombe. One that crosses the line "
        "at 0 shows no difference.",
        href=f"{href}/chart?picture=difference" if href else "",
    )
    return replace(drawn, spec=with_zero(drawn.spec))


def with_zero(spec: dict[str, object]) -> dict[str, object]:
    """The picture with a line at zero, grey like the control."""
    layers = spec["layer"]
    assert isinstance(layers, list)
    mark = {"type": "rule", "color": CONTROL, "strokeWidth": 2, "aria": False}
    line = {"mark": mark, "encoding": {"x": {"datum": 0}}}
    return {**spec, "layer": [*layers, line]}


def arm(label: str, rate: float, interval: Interval, people: int, *, control: bool = False) -> Estimate:
    return Estimate(
        label=label, value=rate, low=interval.low, high=interval.high, people=people, control=control
    )


def facts(found: Comparison) -> tuple[tuple[str, str], ...]:
    said: list[tuple[str, str]] = []
    done = found.outcome in ("no_difference", "more", "fewer")
    if done and found.difference is not None and found.interval is not None:
        low, high = points(found.interval.low), points(found.interval.high)
        said.append(("Difference", f"{points(found.difference)} points, between {low} and {high}"))
    if done and found.lift is not None and found.lift_interval is not None:
        low, high = change(found.lift_interval.low), change(found.lift_interval.high)
        said.append(("Relative lift", f"{change(found.lift)}, between {low} and {high}"))
    if found.detectable is not None:
        said.append(("Could be found", f"a rise of {found.detectable * 100:.1f} points, 8 times in 10"))
    said.append(("Sample ratio", sample_ratio(found)))
    return tuple(said)


def sample_ratio(found: Comparison) -> str:
    s, p = found.sums, found.sample_ratio_p_value
    arms = f"{number(s.assigned_treated)} to {number(s.assigned_held_out)}"
    declared = f"{s.held_out_share / 100:g}% declared"
    chance = f"chance {percent(p)}" if p >= THRESHOLD else f"chance {p:.1g}"
    return f"{arms}, {declared}: {'fits' if p >= THRESHOLD else 'does not fit'} ({chance})"


def replay_words(found: Replay) -> tuple[str, str]:
    """The A/A replay's result, and what it means."""
    rate, i = found.rejection_rate, found.interval
    result = (
        f"{number(found.rejections)} of {number(found.salts)} divisions found a difference that cannot be "
        f"there: {percent(rate)}, between {percent(i.low)} and {percent(i.high)}."
    )
    if found.nominal:
        return result, (
            "The rule promises 5 false alarms in 100, and 5% lies inside: the verdict can be trusted as far "
            "as its interval says."
        )
    eager = rate > 0.05  # noqa: PLR2004 - the nominal rate.
    return result, (
        "The rule promises 5 false alarms in 100, and 5% lies outside: with these people the verdict is too "
        f"{'eager' if eager else 'careful'}."
    )
