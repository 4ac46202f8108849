"""Conditions drawn by dice: every node, and of each what people can write."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from tests.integration.conditions.dice import (
    APPROACH,
    CHANNELS,
    COMMON,
    COUPONS,
    CURRENCIES,
    DATES,
    DAY,
    KINDS,
    LISTS,
    NAMES,
    NUMBERS,
    PATHS,
    PRODUCTS,
    SALTS,
    SEGMENTS,
    STAGES,
    STORES,
    TOPICS,
    TRAITS,
    TRICKY,
    Dice,
)


def condition(dice: Dice, levels: int = 3) -> c.Condition:
    kind = dice.dice.randrange(10) if levels else 9
    if kind == 0:
        return c.All(conditions=tuple(condition(dice, levels - 1) for _ in range(dice.dice.randint(0, 3))))
    if kind == 1:
        return c.Any(conditions=tuple(condition(dice, levels - 1) for _ in range(dice.dice.randint(1, 3))))
    if kind == 2:
        return c.Not(condition=condition(dice, levels - 1))
    return leaf(dice)


def leaf(dice: Dice) -> c.Condition:
    return dice.one(LEAVES)(dice)


def window(dice: Dice) -> w.Window:
    days = dice.dice.randint(1, 8)
    near = dice.dice.randint(0, 4)
    first, last = sorted((near_day(dice), near_day(dice)))
    return dice.one((
        w.Ever,
        w.Ever,
        lambda: w.Last(days=dice.one((days, 30, 90, 365))),
        lambda: w.Last(days=days + 3),
        lambda: w.LastHours(hours=dice.dice.randint(1, 30)),
        lambda: w.Between(near=near, far=near + days),
        lambda: w.Calendar(unit=dice.one(("day", "week", "month", "quarter", "year")), back=dice.one((0, 0, 1, 2, 5))),
        lambda: dice.one((w.Dates(first=first, last=last), w.Dates(first=first), w.Dates(last=last))),
        lambda: w.Since(trait=dice.one(("birthday", "renewal", "a.b", "nothing"))),
    ))()  # fmt: skip


def near_day(dice: Dice) -> str:
    today = dice.at.astimezone(ZoneInfo(dice.zone)).date()
    return (today + dice.dice.randint(-9, 2) * DAY).isoformat()


def _compared(dice: Dice) -> Any:
    return dice.one(("at_least", "at_most", "exactly"))


def _number_compared(dice: Dice) -> Any:
    return dice.one(("at_least", "at_most", "exactly", "more_than", "less_than"))


def _since(dice: Dice) -> Any:
    return dice.one(("at_least", "less_than"))


def _days(dice: Dice) -> int:
    return dice.one((dice.dice.randint(1, 9), 30, 365))


def filters(dice: Dice, of: str) -> tuple[c.Filter, ...]:
    return tuple(_filter(dice, of) for _ in range(dice.one((0, 0, 0, 1, 1, 2))))


TEXT_COLUMNS = {
    "order": ("status", "currency", "store", "coupon", "source"),
    "order_line": ("product", "category", "department", "brand", "variant", "currency", "store"),
    "probe_message": ("channel",),
    "probe_lot": ("programme",),
    "probe_balance": ("programme",),
}
NUMBER_COLUMNS = {
    "order": ("total_minor", "net_minor", "discount_minor", "refunded_minor", "line_count"),
    "order_line": ("quantity", "net_minor", "discount_minor"),
    "probe_message": ("clicks",),
    "probe_lot": ("amount",),
    "probe_balance": ("amount",),
}
TEXTS = (
    *CURRENCIES,
    "open",
    "part_refunded",
    *STORES,
    *COUPONS,
    *PRODUCTS,
    *CHANNELS,
    "club",
    "drink",
    "b'1",
    "T",
    "p",
)
WITH_PATHS = ("event", "probe_message")


def _filter(dice: Dice, of: str) -> c.Filter:
    if of in WITH_PATHS and (of == "event" or dice.often(5)):
        return _path_filter(dice)
    if dice.often(5):
        name = dice.one(TEXT_COLUMNS[of])
        kind = dice.one(
            ("equals", "differs", "one_of", "none_of", "exists", "missing", "contains", "starts_with")
        )
        return _made(dice, name, kind, TEXTS)
    name = dice.one(NUMBER_COLUMNS[of])
    kind = dice.one(("equals", "differs", "one_of", "none_of", "exists", "missing", "at_least", "at_most",
                     "more_than", "less_than"))  # fmt: skip
    return _made(
        dice, name, kind, (0, 1, 2, -1, 3) if name in MINOR or of == "probe_lot" else (0, 1, -1, 0.5, 1.5, 3)
    )


def _path_filter(dice: Dice) -> c.Filter:
    kind = dice.one((
        "equals", "differs", "one_of", "none_of", "exists", "missing", "contains", "starts_with", "at_least",
        "at_most", "more_than", "less_than",
    ))  # fmt: skip
    values: Sequence[Any] = dice.one((COMMON, COMMON, (*TRICKY, *NUMBERS, True, False, *DATES)))
    if kind == "starts_with":
        values = dice.one((("a", "ab", "2025"), TRICKY))
    if kind in ("at_least", "at_most", "more_than", "less_than"):
        values = dice.one((NUMBERS, DATES[:-2]))
    return _made(dice, dice.one((*PATHS, "p", "p", "q")), kind, values)


def _made(dice: Dice, name: str, kind: Any, values: Sequence[Any]) -> c.Filter:
    if kind in ("exists", "missing"):
        return c.Filter(property=name, test=kind)
    if kind in ("one_of", "none_of"):
        return c.Filter(property=name, test=kind, values=dice.some(values))
    return c.Filter(property=name, test=kind, value=dice.one(values))


SOURCES = ("event", "event", "order", "order_line", "probe_message", "probe_lot", "probe_balance")
MINOR = ("total_minor", "net_minor", "discount_minor", "refunded_minor")


def measured(dice: Dice) -> c.Measured:
    of = dice.one(SOURCES)
    figures = ["count", "count", "sum", "minimum", "maximum", "average", "distinct"]
    if of != "probe_balance":
        figures += ["days_since_first", "days_since_last"]
    figure = dice.one(figures)
    name, where, seen = _named(dice, of), filters(dice, of), window(dice)
    if of == "probe_balance":
        seen = w.Ever()
    if of == "probe_lot" and dice.often(6):
        seen = w.Ahead(days=dice.dice.randint(1, 8))
        figure = dice.one(("count", "sum", "maximum"))
    told = ""
    if figure in ("sum", "minimum", "maximum", "average", "distinct"):
        told = dice.one(("p", "p", *PATHS)) if of == "event" else dice.one(NUMBER_COLUMNS[of])
        if figure == "distinct" and of != "event":
            told = dice.one((*TEXT_COLUMNS[of], *NUMBER_COLUMNS[of]))
        if told in MINOR:
            where = (*where, c.Filter(property="currency", value=dice.one(CURRENCIES)))
    value = (
        dice.one((0, 1, 2, 3, 5)) if figure in ("count", "distinct") else dice.one((0, 1, 0.5, 2.5, 3, 7, 30))
    )
    return c.Measured(
        of=of, name=name, figure=figure, property=told, where=where, window=seen,
        comparison=_number_compared(dice), value=value,
    )  # fmt: skip


def _named(dice: Dice, of: str) -> str:
    if of == "event":
        return dice.one((*NAMES, ""))
    return dice.one(("sent", "failed", "")) if of == "probe_message" else ""


def step(dice: Dice) -> c.Step:
    of = dice.one(("event", "event", "event", "order", "order_line", "probe_message"))
    return c.Step(of=of, name=_named(dice, of), where=filters(dice, of) if dice.often(4) else ())


def hours(dice: Dice) -> float:
    return dice.one((1, 2, 0.5, 24, 48, 72, 23, 25, 240))


def _has_been(dice: Dice) -> c.HasBeen:
    inner = dice.one((
        _trait_exists, _trait_equals, _trait_in, _trait_number, _trait_text, _trait_has, _consented,
        lambda one: c.InSegment(segment=one.one(SEGMENTS)),
        lambda one: c.InStage(approach=APPROACH, stages=one.some(STAGES)),
    ))(dice)  # fmt: skip
    return c.HasBeen(condition=inner, days=dice.dice.randint(1, 8))


def _trait_exists(dice: Dice) -> c.Condition:
    return c.TraitExists(trait=dice.one(TRAITS))


def _trait_equals(dice: Dice) -> c.Condition:
    return c.TraitEquals(trait=dice.one(TRAITS), value=dice.scalar())


def _trait_in(dice: Dice) -> c.Condition:
    return c.TraitIn(
        trait=dice.one(TRAITS), values=tuple(dice.scalar() for _ in range(dice.dice.randint(1, 4)))
    )


def _trait_number(dice: Dice) -> c.Condition:
    return c.TraitNumber(trait=dice.one(TRAITS), comparison=_number_compared(dice), value=dice.one(NUMBERS))


def _trait_text(dice: Dice) -> c.Condition:
    how = dice.one(("contains", "starts_with", "ends_with"))
    return c.TraitText(trait=dice.one(TRAITS), how=how, value=dice.one([one for one in TRICKY if one]))


def _trait_has(dice: Dice) -> c.Condition:
    return c.TraitHas(
        trait=dice.one(("tags", "x", "a")),
        values=tuple(dice.scalar() for _ in range(dice.dice.randint(1, 3))),
    )


def _trait_date(dice: Dice) -> c.Condition:
    how = dice.one(("in_last", "in_next", "more_than_ago", "more_than_ahead", "before", "on", "after"))
    trait = dice.one(("birthday", "renewal", "x", "a.b"))
    if how in ("before", "on", "after"):
        day = dice.one((near_day(dice), "2025-03-30", "2024-02-29"))
        return c.TraitDate(trait=trait, how=how, date=day)
    return c.TraitDate(trait=trait, how=how, days=dice.one((1, 2, 3, 30, 400)))


def _consented(dice: Dice) -> c.Condition:
    return c.Consented(channel=dice.one(CHANNELS), topic=dice.one(TOPICS), given=dice.often(6))


def _returned(dice: Dice) -> c.Condition:
    days = dice.dice.randint(1, 6)
    return c.Returned(within_days=days, after_days=days + dice.dice.randint(0, 3))


LEAVES = (
    measured, measured, measured, measured,
    lambda dice: c.OrderCount(comparison=_compared(dice), number=dice.dice.randint(0, 3), window=window(dice)),
    lambda dice: c.OrderSum(comparison=_compared(dice), minor=dice.dice.randint(-3, 8),
                            currency=dice.one(CURRENCIES), window=window(dice)),
    lambda dice: c.DaysSinceLastOrder(comparison=_since(dice), days=_days(dice)),
    lambda dice: c.DaysSinceFirstOrder(comparison=_since(dice), days=_days(dice)),
    _returned,
    lambda dice: c.OffRhythm(times=dice.one((0.5, 1, 2, 1.5)), orders=dice.one((2, 3, 4))),
    lambda dice: c.Sequence(steps=tuple(step(dice) for _ in range(dice.one((2, 2, 3)))), within_hours=hours(dice),
                            window=window(dice)),
    lambda dice: c.NotFollowed(first=step(dice), then=step(dice), within_hours=hours(dice), window=window(dice)),
    _trait_exists, _trait_equals, _trait_in, _trait_number, _trait_text, _trait_has, _trait_date,
    lambda dice: c.Anniversary(trait=dice.one(("birthday", "renewal", "x")), days=dice.one((0, 1, 3, 30, 364))),
    lambda dice: c.Identified(kind=dice.one(KINDS)),
    _consented,
    lambda dice: c.Wished(wish=dice.one(("no_profiling", "restriction", "pause", "less_often"))),
    lambda dice: c.Listed(segment=dice.one(LISTS)),
    lambda dice: c.Reachable(channel=dice.one(CHANNELS)),
    lambda dice: c.Bucket(salt=dice.one(SALTS), first=0, below=dice.one((1, 2500, 5000, 10_000))),
    _has_been,
)  # fmt: skip
