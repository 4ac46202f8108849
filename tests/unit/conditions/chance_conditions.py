"""Conditions drawn at random from small pools, so that near neighbours meet."""

import random
from typing import Any

from regulars.conditions import SOURCES
from regulars.conditions.relations import WITH_HISTORY

TEXTS = ("a", "b", "A", "a” and city is “b", "“", "\\", "x y", "1", "yes", "two\nlines", "USD", "once")
TRAITS = ("city", "age", "a.b", "x y", "is", "city is", "email about news")
NUMBERS = (0, 1, 2, 3, 10, 1000, 2.5, -4, 48, 0.1)
COMPARISONS = ("at_least", "at_most", "exactly", "more_than", "less_than")
PASSED = ("at_least", "less_than")


class Chance:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def condition(self, levels: int = 4) -> dict[str, Any]:
        draw = self.random.random()
        if levels > 1 and draw < 0.3:
            several = [self.condition(levels - 1) for _ in range(self.random.randint(0, 3))]
            kind = "any" if several and draw < 0.15 else "all"
            return {"is": kind, "conditions": several}
        if levels > 1 and draw < 0.45:
            return {"is": "not", "condition": self.condition(levels - 1)}
        leaf = self.leaf()
        if draw < 0.5 and leaf["is"] in WITH_HISTORY:
            return {"is": "has_been", "condition": leaf, "days": self.days()}
        return leaf

    def leaf(self) -> dict[str, Any]:
        return self.one(
            (self.order_leaf, self.measured, self.measured, self.chain, self.trait_leaf, self.standing)
        )()

    def order_leaf(self) -> dict[str, Any]:
        comparison = self.one(COMPARISONS[:3])
        kind = self.one(("order_count", "order_sum", "days_since_last_order", "days_since_first_order"))
        match kind:
            case "order_count":
                made = {"comparison": comparison, "number": self.one((0, 1, 2)), "window": self.window()}
            case "order_sum":
                made = {"comparison": comparison, "minor": self.one((0, 100, -5)), "currency": "USD"}
            case _:
                made = {"comparison": self.one(PASSED), "days": self.days()}
        if self.random.random() < 0.1:
            return {"is": "off_rhythm", "times": self.one((1, 2.5)), "orders": self.one((2, 3))}
        return {"is": kind, **made}

    def measured(self) -> dict[str, Any]:
        of = self.one(("event", "order", "order_line"))
        figure = self.one(("count",) * 4 + ("sum", "maximum", "distinct", "days_since_last"))
        made: dict[str, Any] = {"is": "measured", "of": of, "figure": figure, "where": self.filters(of)}
        if of == "event":
            made["name"] = self.one(("", "A", "B", "a” in the last “b"))
        if figure in ("sum", "maximum", "distinct"):
            made["property"] = self.one(("price", "a.b", "x y") if of == "event" else ("net_minor",))
            if figure != "distinct" and of != "event":
                made["where"] = [*made["where"], {"property": "currency", "value": self.one(("USD", "EUR"))}]
        value = self.one((0, 1, 2, 3) if figure in ("count", "distinct", "days_since_last") else NUMBERS)
        return {**made, "value": value, "comparison": self.one(COMPARISONS), "window": self.window()}

    def filters(self, of: str) -> list[dict[str, Any]]:
        return [self.filter(of) for _ in range(self.one((0, 0, 1, 2)))]

    def filter(self, of: str) -> dict[str, Any]:
        name = self.one(("price", "a.b", "x y") if of == "event" else ("store", "net_minor", "currency"))
        test = self.one(
            ("equals", "differs", "one_of", "none_of", "exists", "missing", "at_least", "contains")
        )
        if name == "net_minor" and test == "contains":
            test = "less_than"
        if test in ("exists", "missing"):
            return {"property": name, "test": test}
        if test in ("one_of", "none_of"):
            return {"property": name, "test": test, "values": [self.fitting(of, name) for _ in range(2)]}
        if test == "at_least" and name != "net_minor":
            return {"property": name, "test": test, "value": self.one(("2026-03-01", "2026-03-02"))}
        return {"property": name, "test": test, "value": self.fitting(of, name)}

    def fitting(self, of: str, name: str) -> Any:
        if name == "net_minor":
            return self.one((1, 2, 1000))
        return self.one((*TEXTS, True, 1, 2.5)) if of == "event" else self.one(TEXTS)

    def step(self) -> dict[str, Any]:
        of = self.one(("event", "event", "order"))
        named = {"name": self.one(("", "A", "B"))} if of == "event" else {}
        return {"of": of, **named, "where": self.filters(of)}

    def chain(self) -> dict[str, Any]:
        timed = {"within_hours": self.one((1, 2, 24, 48, 36.5)), "window": self.window()}
        if self.random.random() < 0.5:
            return {"is": "not_followed", "first": self.step(), "then": self.step(), **timed}
        steps = [self.step() for _ in range(self.one((2, 2, 3)))]
        return {"is": "sequence", "steps": steps, **timed}

    def trait_leaf(self) -> dict[str, Any]:  # noqa: PLR0911 - one case a node
        trait, kind = {"trait": self.one(TRAITS)}, self.one(range(8))
        several = [self.one((*TEXTS, True, 1, 2.5)) for _ in range(self.one((1, 2)))]
        match kind:
            case 0:
                return {"is": "trait_exists", **trait}
            case 1:
                return {"is": "trait_equals", **trait, "value": several[0]}
            case 2:
                return {"is": "trait_in", **trait, "values": several}
            case 3:
                made = {"comparison": self.one(COMPARISONS), "value": self.one(NUMBERS)}
                return {"is": "trait_number", **trait, **made}
            case 4:
                how = self.one(("contains", "starts_with", "ends_with"))
                return {"is": "trait_text", **trait, "how": how, "value": self.one(TEXTS)}
            case 5:
                return {"is": "trait_has", **trait, "values": several}
            case 6:
                return {"is": "anniversary", **trait, "days": self.one((0, 1, 7))}
        if self.random.random() < 0.5:
            how = self.one(("in_last", "in_next", "more_than_ago", "more_than_ahead"))
            return {"is": "trait_date", **trait, "how": how, "days": self.one((0, 1, 7))}
        how = self.one(("before", "on", "after"))
        return {"is": "trait_date", **trait, "how": how, "date": self.one(("2026-03-01", "2026-03-02"))}

    def standing(self) -> dict[str, Any]:  # noqa: PLR0911 - one case a node
        match self.one(range(7)):
            case 0:
                return {"is": "identified", "kind": self.one(("email", "phone", "x y"))}
            case 1:
                said = {"topic": self.one(("", "news", "x y")), "given": self.one((True, False))}
                return {"is": "consented", "channel": self.one(("email", "sms", "email about news")), **said}
            case 2:
                return {"is": "wished", "wish": self.one(("pause", "less_often", "restriction"))}
            case 3:
                return {"is": "reachable", "channel": self.one(("email", "sms"))}
            case 4:
                return {"is": "in_segment", "segment": self.one(TEXTS)}
            case 5:
                stages = [self.one(TEXTS) for _ in range(self.one((1, 2)))]
                return {"is": "in_stage", "approach": self.one(TEXTS), "stages": stages}
        return {
            "is": "bucket",
            "salt": self.one(TEXTS),
            "first": self.one((0, 5)),
            "below": self.one((10, 99)),
        }

    def window(self) -> dict[str, Any]:
        return self.one(
            (
                {"is": "ever"},
                {"is": "ever"},
                {"is": "last", "days": self.days()},
                {"is": "last_hours", "hours": self.one((1, 24))},
                {"is": "between", "near": self.one((0, 1)), "far": self.one((2, 7))},
                {"is": "calendar", "unit": self.one(("day", "month")), "back": self.one((0, 1, 2))},
                {"is": "dates", "first": "2026-03-01"},
                {"is": "dates", "last": "2026-03-01"},
                {"is": "dates", "first": "2026-03-01", "last": self.one(("2026-03-01", "2026-03-02"))},
                {"is": "since", "trait": self.one(TRAITS)},
            )
        )

    def days(self) -> int:
        return int(self.one((1, 2, 30)))

    def one(self, among: Any) -> Any:
        return self.random.choice(among)


def sources() -> list[str]:
    return sorted(name for name, one in SOURCES.items() if not one.instead)
