"""One of every node, window, figure and test; run as a program, it writes their SQL anew.

`.venv/bin/python -m tests.unit.conditions.every_node` after a change that is meant; the difference then shows what it
changed.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from regulars import wiring
from regulars.conditions import Condition, compile_conditions, nodes, sentence, windows
from regulars.conditions.compile import Engine

FOLDER = Path(__file__).parent / "snapshots"
AT = datetime(2025, 11, 3, 5, tzinfo=UTC)
ZONE = "America/New_York"
BREAKS = re.compile(r" (?=from \(select|left join|inner join|where |group by |union all )")

assert wiring  # Registers the sources of all rooms.
ORDERED = nodes.OrderCount(comparison="at_least", number=2)
EUROS = nodes.Filter(property="currency", value="EUR")
ASKED: dict[str, Condition] = {
    "order_count": ORDERED,
    "order_count_last": nodes.OrderCount(comparison="at_least", number=16, window=windows.Last(days=84)),
    "order_sum": nodes.OrderSum(comparison="at_least", minor=5000, currency="EUR", window=windows.Last(days=30)),
    "days_since_last_order": nodes.DaysSinceLastOrder(comparison="at_least", days=90),
    "days_since_first_order": nodes.DaysSinceFirstOrder(comparison="less_than", days=30),
    "returned": nodes.Returned(within_days=30, after_days=180),
    "off_rhythm": nodes.OffRhythm(times=1.5),
    "measured_count": nodes.Measured(of="event", name="Product Viewed", window=windows.Last(days=7), value=3),
    "measured_sum": nodes.Measured(of="order", figure="sum", property="net_minor", where=(EUROS,), value=10_000),
    "measured_minimum": nodes.Measured(of="event", figure="minimum", property="price", comparison="less_than", value=5),
    "measured_maximum": nodes.Measured(of="event", figure="maximum", property="price", comparison="more_than", value=5),
    "measured_average": nodes.Measured(of="event", figure="average", property="in.side", value=2.5),
    "measured_distinct": nodes.Measured(of="event", figure="distinct", property="category", value=3),
    "measured_days_since_first": nodes.Measured(of="event", figure="days_since_first", value=30),
    "measured_days_since_last": nodes.Measured(of="message", name="sent", figure="days_since_last", value=7),
    "sequence": nodes.Sequence(
        steps=(nodes.Step(name="Product Viewed"), nodes.Step(name="Product Added"), nodes.Step(of="order")),
        within_hours=24, window=windows.Last(days=30),
    ),
    "not_followed": nodes.NotFollowed(
        first=nodes.Step(name="Product Added"), then=nodes.Step(of="order"), within_hours=24,
        window=windows.Last(days=30),
    ),
    "trait_exists": nodes.TraitExists(trait="address.city"),
    "trait_equals": nodes.TraitEquals(trait="country", value="NO"),
    "trait_in": nodes.TraitIn(trait="plan", values=("gold", 1, True)),
    "trait_number": nodes.TraitNumber(trait="points", comparison="more_than", value=100),
    "trait_text_contains": nodes.TraitText(trait="city", how="contains", value="os"),
    "trait_text_starts_with": nodes.TraitText(trait="city", how="starts_with", value="Os"),
    "trait_text_ends_with": nodes.TraitText(trait="city", how="ends_with", value="lo"),
    "trait_has": nodes.TraitHas(trait="likes", values=("tea", 2)),
    "trait_date": nodes.TraitDate(trait="renewal", how="in_next", days=14),
    "anniversary": nodes.Anniversary(trait="birthday", days=7),
    "identified": nodes.Identified(kind="email"),
    "consented": nodes.Consented(channel="email", topic="news"),
    "wished": nodes.Wished(wish="pause"),
    "reachable": nodes.Reachable(channel="email"),
    "in_segment": nodes.InSegment(segment="regulars"),
    "in_stage": nodes.InStage(approach="lifecycle", stages=("new", "loyal")),
    "listed": nodes.Listed(segment="guests"),
    "bucket": nodes.Bucket(salt="autumn", below=1000),
    "has_been_trait": nodes.HasBeen(condition=nodes.TraitEquals(trait="plan", value="gold"), days=30),
    "has_been_consented": nodes.HasBeen(condition=nodes.Consented(channel="email"), days=30),
    "has_been_in_stage": nodes.HasBeen(condition=nodes.InStage(approach="lifecycle", stages=("loyal",)), days=30),
    "all": nodes.All(conditions=(ORDERED, nodes.TraitExists(trait="city"))),
    "any": nodes.Any(conditions=(ORDERED, nodes.TraitExists(trait="city"))),
    "not": nodes.Not(condition=ORDERED),
}  # fmt: skip
TESTED: dict[str, nodes.Filter] = {
    "equals": nodes.Filter(property="a", value="x"),
    "differs": nodes.Filter(property="a", test="differs", value=1),
    "one_of": nodes.Filter(property="a", test="one_of", values=("x", 1, True)),
    "none_of": nodes.Filter(property="a", test="none_of", values=("x", "y")),
    "at_least": nodes.Filter(property="a.b", test="at_least", value=2),
    "at_most": nodes.Filter(property="a", test="at_most", value="2025-03-01"),
    "more_than": nodes.Filter(property="a", test="more_than", value=2),
    "less_than": nodes.Filter(property="a", test="less_than", value=2),
    "exists": nodes.Filter(property="a", test="exists"),
    "missing": nodes.Filter(property="a", test="missing"),
    "contains": nodes.Filter(property="a", test="contains", value="x"),
    "starts_with": nodes.Filter(property="a", test="starts_with", value="x"),
}
LOOKED: dict[str, Condition] = {
    "ever": ORDERED,
    **{
        f"window_{window.__struct_config__.tag}": nodes.Measured(of="event", name="A", window=window)
        for window in (
            windows.Last(days=7), windows.LastHours(hours=2), windows.Between(near=7, far=14),
            windows.Calendar(unit="month", back=1), windows.Dates(first="2025-01-01", last="2025-03-31"),
            windows.Since(trait="renewal"),
        )
    },
    "window_ahead": nodes.Measured(of="lot", window=windows.Ahead(days=14)),
}  # fmt: skip
EVERY: dict[str, Condition] = {
    **ASKED,
    **LOOKED,
    **{f"filter_{name}": nodes.Measured(of="event", where=(one,)) for name, one in TESTED.items()},
}


def shown(condition: Condition, engine: Engine) -> str:
    """The statement with when it changes, headed by the sentence, with what is bound below."""
    compiled = compile_conditions([condition], AT, zone=ZONE, engine=engine, next_change=True)
    bound = "\n".join(f"-- {name}: {value!r}" for name, value in compiled.params.items())
    return f"-- {sentence(condition)}\n{BREAKS.sub(chr(10), compiled.text)}\n{bound}\n"


def snapshots() -> Iterator[tuple[Path, str]]:
    for name, condition in EVERY.items():
        for engine in get_args(Engine):
            yield FOLDER / f"{name}.{engine}.sql", shown(condition, engine)


if __name__ == "__main__":
    for old in FOLDER.glob("*.sql"):
        old.unlink()
    for path, text in snapshots():
        path.write_text(text)
