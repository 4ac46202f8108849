"""What narrows a rule or a multiplier down: lines, orders, days, tiers, customers."""

from collections.abc import Iterator
from typing import Any

from regulars.console.programmes import words
from regulars.console.programmes.blanks import Blank
from regulars.console.programmes.pen import Menu, Pen
from regulars.console.segments.drawing import Line
from regulars.console.segments.fields import Option
from regulars.console.segments.suggestions import About
from regulars.console.segments.tree import Path, at, text_of

PRODUCTS: About = ("values", "order_line", "", "product")
CATEGORIES: About = ("values", "order_line", "", "category")
BRANDS: About = ("values", "order_line", "", "brand")
STORES: About = ("values", "order", "", "store")
CHANNELS: About = ("values", "order", "", "source")
LINES = (  # Place, words of its button, words before its blank, suggestions.
    ("products", "Only these products", "only products", PRODUCTS),
    ("categories", "Only these categories", "only categories", CATEGORIES),
    ("brands", "Only these brands", "only brands", BRANDS),
    ("not_products", "Without these products", "without products", PRODUCTS),
    ("not_categories", "Without these categories", "without categories", CATEGORIES),
    ("not_brands", "Without these brands", "without brands", BRANDS),
)
ORDERS = (
    ("stores", "Only in these stores", "only in stores", STORES),
    ("channels", "Only through these channels", "only through", CHANNELS),
)


def narrowed(pen: Pen, path: Path) -> Iterator[Line]:
    """The lines of what is asked so far."""
    yield from of_lines(pen, (*path, "lines"))
    orders = (*path, "orders")
    for name, _, lead, about in ORDERS:
        if pen.there((*orders, name)):
            yield _line((*orders, name), lead, pen.texts((*orders, name), lead.capitalize(), about))
    if pen.there((*orders, "weekdays")):
        days = pen.blank((*orders, "weekdays"), "ticks", "Weekdays", options=words.WEEKDAYS, absent=())
        yield _line((*orders, "weekdays"), "only on", days)
    for name, lead, label in (("from_day", "from", "First day"), ("to_day", "up to and with", "Last day")):
        if pen.there((*orders, name)):
            yield _line((*orders, name), lead, pen.blank((*orders, name), "date", label))
    if pen.there((*orders, "least")):
        least = pen.decimal((*orders, "least"), "Least total")
        yield _line((*orders, "least"), "only if the order comes to at least", least)
    if pen.there((*path, "tiers")):
        named = pen.blank((*path, "tiers"), "ticks", "Tiers", options=tiers(pen), absent=())
        yield _line((*path, "tiers"), "only for members in", named)


def of_lines(pen: Pen, path: Path) -> Iterator[Line]:
    for name, _, lead, about in LINES:
        if pen.there((*path, name)):
            yield _line((*path, name), lead, pen.texts((*path, name), lead.capitalize(), about))


def more_lines(pen: Pen, path: Path) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"more {text_of((*path, name))}", title)
        for name, title, _, _ in LINES
        if not pen.there((*path, name))
    )


def more(pen: Pen, path: Path, *, lines: bool = True) -> tuple[Menu, ...]:
    """What else can be asked; events have no lines and no total."""
    orders = (*path, "orders")
    of_orders = [
        *((name, title) for name, title, _, _ in ORDERS),
        ("weekdays", "Only on these weekdays"),
        ("from_day", "From a day on"),
        ("to_day", "Up to a day"),
        *([("least", "Only from an amount on")] if lines else []),
    ]
    whom = [("who", "Only customers for whom…"), *([("tiers", "Only in these tiers")] if tiers(pen) else [])]
    return (
        Menu(title="Which lines", kinds=more_lines(pen, (*path, "lines")) if lines else ()),
        Menu(title="Which orders" if lines else "When and where", kinds=_missing(pen, orders, of_orders)),
        Menu(title="Whom", kinds=_missing(pen, path, whom)),
    )


def tiers(pen: Pen) -> tuple[Option, ...]:
    """Every tier of the programme, as rules name them: "club/Gold"."""
    return tuple(
        Option(value=f"{one.get('key')}/{tier.get('name')}", title=str(tier.get("name")))
        for one in tier_sets(pen)
        for tier in one.get("tiers") or ()
        if isinstance(tier, dict) and tier.get("name")
    )


def tier_sets(pen: Pen) -> list[dict[str, Any]]:
    first, others = at(pen.tree, ("tier_set",)), pen.items(("more_tier_sets",))
    return [one for one in (first, *others) if isinstance(one, dict)]


def _missing(pen: Pen, path: Path, every: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"more {text_of((*path, name))}", title) for name, title in every if not pen.there((*path, name))
    )


def _line(path: Path, lead: str, blank: Blank) -> Line:
    return Line(path=text_of(path), lead=lead, parts=(blank,), removable=True)
