"""What earns and what multiplies, as sentences with blanks."""

from collections.abc import Iterator, Sequence
from typing import Any

from regulars.console.programmes import narrowing, whom, words
from regulars.console.programmes.pen import Block, Menu, Pen, Section
from regulars.console.programmes.periods import period
from regulars.console.segments.drawing import Line
from regulars.console.segments.fields import Option
from regulars.console.segments.rows import filter_parts
from regulars.console.segments.tree import Path, at, text_of
from regulars.kernel import Finding

NEW_RULES = (
    ("rule money", "Points for money spent"),
    ("rule quantity", "Points for units bought"),
    ("rule lines", "Points for lines"),
    ("rule orders", "Points for an order"),
    ("rule events", "Points for something done, as a review"),
)
OWN = (  # What only rules can say: place, words of its button.
    ("caps", "A limit for each member"),
    ("budget", "Points it gives in all"),
    ("starts", "A waiting time of its own"),
    ("valid", "A validity of its own"),
    ("carry", "Count what rounding left with the next order"),
    ("counts_left_out", "Also count what earns nothing otherwise"),
    ("multiplied", "Say whether it is multiplied"),
    ("origin", "Say what the points are given for"),
)


def earning(pen: Pen, findings: Sequence[Finding]) -> Section:
    rules = pen.items(("earning",))
    never = Line(path="left_out", lead="Never earns:", parts=("lines that are",))
    left_out = tuple(narrowing.of_lines(pen, ("left_out",)))
    lines = (never, *left_out) if left_out else ()
    return Section(
        key="earning",
        title="What earns",
        text="Rules are taken in this order. Each counts discounts off, and gift cards or points as payment.",
        lines=lines,
        blocks=tuple(_rule(pen, number, len(rules), findings) for number in range(len(rules))),
        adds=(
            Menu(title="A rule", kinds=NEW_RULES),
            Menu(
                title="What never earns",
                kinds=tuple(
                    (do, title.replace("Only these", "These"))
                    for do, title in narrowing.more_lines(pen, ("left_out",))
                    if "not_" not in do
                ),
            ),
        ),
        wrong=(*pen.faults(("earning",)), *pen.faults(("left_out",))),
    )


def _rule(pen: Pen, number: int, count: int, findings: Sequence[Finding]) -> Block:
    path: Path = ("earning", number)
    rule = at(pen.tree, path)
    rule = rule if isinstance(rule, dict) else {}
    own = tuple(
        (f"more {text_of((*path, name))}", title)
        for name, title in OWN
        if name == "caps" or not pen.there((*path, name))
    )
    counted = rule.get("counts", "money")
    if counted in ("quantity", "lines", "orders") and not pen.there((*path, "money")):
        own = (*own, (f"more {text_of((*path, 'money'))}", "Only orders in one currency"))
    of_events = (Menu(title="Which events", kinds=_of_events(pen, path)),) if counted == "events" else ()
    narrower = narrowing.more(pen, path, lines=counted != "events")
    menus = (*of_events, *narrower, Menu(title="Points", kinds=own))
    return Block(
        path=text_of(path),
        title=f"Rule {number + 1}",
        name=pen.text((*path, "name"), "What it is called"),
        lines=(
            _sentence(pen, path, rule),
            *_filters(pen, path, rule),
            *narrowing.narrowed(pen, path),
            *_orders(pen, path, rule),
            *_own(pen, path, rule),
        ),
        whom=whom.drawn(pen, (*path, "who"), findings),
        steps=steps(number, count),
        adds=tuple(menu for menu in menus if menu.kinds),
        wrong=pen.faults(path),
    )


def _sentence(pen: Pen, path: Path, rule: dict[str, Any]) -> Line:
    counts = str(rule.get("counts", "money"))
    coin = rule.get("currency", "points")
    each = (pen.decimal((*path, "per"), "For each"),)
    money = (pen.money((*path, "money")), "of") if counts == "money" else ()
    event = ("called", pen.text((*path, "event"), "Event", ("names", "event"), wide=True))
    rounded = (
        "rounded",
        pen.choice((*path, "rounding"), "Rounding", words.ROUNDING, "half_up"),
        "for",
        pen.choice((*path, "rounded_per"), "Rounded for", words.ROUNDED_PER, "line"),
    )
    return Line(
        path=f"{text_of(path)}-said",
        parts=(
            pen.amount((*path, "points"), "Points", coin),
            pen.currency((*path, "currency")),
            "for every",
            *each,
            *money,
            pen.choice((*path, "counts"), "What is counted", words.COUNTS, "money", reshapes=True),
            *(event if counts == "events" else ()),
            *(rounded if counts in ("money", "quantity") else ()),
        ),
    )


def _of_events(pen: Pen, path: Path) -> tuple[tuple[str, str], ...]:
    amount = (
        ()
        if pen.there((*path, "amount"))
        else ((f"more {text_of((*path, 'amount'))}", "Count by its number"),)
    )
    return (*amount, (f"more {text_of((*path, 'where'))}", "Narrow it down by a property"))


def _filters(pen: Pen, path: Path, rule: dict[str, Any]) -> Iterator[Line]:
    name = str(rule.get("event", ""))
    if pen.there((*path, "amount")):
        about = ("properties", "event", name)
        yield Line(
            path=text_of((*path, "amount")),
            lead="counted by the number in its",
            parts=(pen.text((*path, "amount"), "Property", about),),
            removable=True,
        )
    for number, one in enumerate(pen.items((*path, "where"))):
        here = (*path, "where", number)
        asked = filter_parts(one if isinstance(one, dict) else {}, "event", name)
        yield Line(
            path=text_of(here),
            lead="where" if number == 0 else "and",
            parts=tuple(
                part
                if isinstance(part, str)
                else pen.blank(
                    (*here, *part.at),
                    part.control,
                    part.label,
                    options=part.options,
                    suggest=part.suggest if part.control not in ("choice", "flag", "ticks") else (),
                    absent=part.absent,
                    reshapes=part.reshapes,
                    wide=part.wide,
                )
                for part in asked
            ),
            removable=True,
        )


def _orders(pen: Pen, path: Path, rule: dict[str, Any]) -> Iterator[Line]:
    if rule.get("counts", "money") != "money" and pen.there((*path, "money")):
        yield _own_line((*path, "money"), "only orders in", pen.money((*path, "money")))
    if pen.there((*path, "excluded_products")):
        never = pen.texts((*path, "excluded_products"), "Never these products", narrowing.PRODUCTS)
        yield _own_line((*path, "excluded_products"), "never for products", never)


def _own(pen: Pen, path: Path, rule: dict[str, Any]) -> Iterator[Line]:
    coin = rule.get("currency", "points")
    for number in range(len(pen.items((*path, "caps")))):
        yield cap(pen, (*path, "caps", number), coin)
    if pen.there((*path, "budget")):
        yield _own_line(
            (*path, "budget"),
            "it stops after",
            pen.amount((*path, "budget"), "Points in all", coin),
            "points in all",
        )
    for name, lead in (("starts", "these points wait"), ("valid", "these points are valid for")):
        if pen.there((*path, name)):
            yield _own_line((*path, name), lead, *period(pen, (*path, name)))
    if pen.there((*path, "carry")):
        kept = pen.flag((*path, "carry"), "What rounding left", "counts with the next order", "is gone")
        yield _own_line((*path, "carry"), "what rounding down left", kept)
    if pen.there((*path, "counts_left_out")):
        also = pen.flag(
            (*path, "counts_left_out"), "What earns nothing otherwise", "counts here", "does not count"
        )
        yield _own_line((*path, "counts_left_out"), "what earns nothing otherwise", also)
    if pen.there((*path, "multiplied")):
        times = pen.flag(
            (*path, "multiplied"), "Multipliers and tiers", "multiply it", "leave it as it is", absent=True
        )
        yield _own_line((*path, "multiplied"), "multipliers and tiers", times)
    if pen.there((*path, "origin")):
        named = (pen.text((*path, "partner"), "Partner"),) if rule.get("origin") == "partner" else ()
        chosen = pen.choice((*path, "origin"), "Given", words.ORIGINS, "sale", reshapes=True)
        yield _own_line((*path, "origin"), "given", chosen, *named)


def cap(pen: Pen, path: Path, coin: object) -> Line:
    return Line(
        path=text_of(path),
        lead="at most",
        parts=(
            pen.amount((*path, "points"), "Points at most", coin),
            "of one member in a",
            pen.choice((*path, "per"), "In a", words.CAP_PER, "month"),
        ),
        removable=True,
    )


def multipliers(pen: Pen, findings: Sequence[Finding]) -> Section:
    every = pen.items(("multipliers",))
    combined = Line(
        path="combined",
        lead="Where several fit, the member's tier among them,",
        parts=(pen.choice(("combined",), "Several at once", words.COMBINED, "best"),),
    )
    return Section(
        key="multipliers",
        title="Multipliers",
        text="Double points and the like: a factor of what the rules give.",
        lines=(combined,) if every else (),
        blocks=tuple(_multiplier(pen, number, len(every), findings) for number in range(len(every))),
        adds=(Menu(title="Multipliers", kinds=(("multiplier", "A multiplier"),)),),
        wrong=pen.faults(("multipliers",)),
    )


def _multiplier(pen: Pen, number: int, count: int, findings: Sequence[Finding]) -> Block:
    path: Path = ("multipliers", number)
    some = pen.there((*path, "rules"))
    rules = (pen.blank((*path, "rules"), "ticks", "Of these rules", options=_rules(pen), absent=()),)
    named = (
        Line(path=text_of((*path, "rules")), lead="only what these rules give:", parts=rules, removable=True),
    )
    own = () if some else ((f"more {text_of((*path, 'rules'))}", "Only of these rules"),)
    menus = (*narrowing.more(pen, path), Menu(title="Points", kinds=own))
    sentence = Line(
        path=f"{text_of(path)}-said", parts=(pen.decimal((*path, "factor"), "Factor"), "times the points")
    )
    return Block(
        path=text_of(path),
        title=f"Multiplier {number + 1}",
        name=pen.text((*path, "name"), "What it is called"),
        lines=(sentence, *(named if some else ()), *narrowing.narrowed(pen, path)),
        whom=whom.drawn(pen, (*path, "who"), findings),
        steps=steps(number, count),
        adds=tuple(menu for menu in menus if menu.kinds),
        wrong=pen.faults(path),
    )


def _rules(pen: Pen) -> tuple[Option, ...]:
    return tuple(
        Option(value=str(one.get("key", "")), title=str(one.get("name") or f"Rule {number}"))
        for number, one in enumerate(pen.items(("earning",)), 1)
        if isinstance(one, dict)
    )


def _own_line(path: Path, lead: str, *parts: Any) -> Line:
    return Line(path=text_of(path), lead=lead, parts=parts, removable=True)


def steps(number: int, count: int) -> tuple[tuple[str, str, str], ...]:
    can = (
        ("up", "Move up", "arrow-up", number > 0),
        ("down", "Move down", "arrow-down", number < count - 1),
        ("copy", "Copy", "copy", True),
        ("remove", "Remove", "trash", True),
    )
    return tuple((name, title, sign) for name, title, sign, possible in can if possible)
