"""Which lines of a basket a rule means, and why not the others."""

from collections.abc import Sequence

from regulars.loyalty.basket import BasketLine
from regulars.loyalty.earning_rule import Lines

ANY_LINE = Lines()
NAMED_MAX = 3


def names_of(line: BasketLine) -> frozenset[str]:
    return frozenset(line.categories or ())


def why_not(lines: Lines, line: BasketLine) -> str | None:
    """Why a line is not meant; None when it is."""
    names = names_of(line)
    if lines.products and line.product not in lines.products:
        return f"only for {listed('product', lines.products)}"
    if lines.categories and names.isdisjoint(lines.categories):
        return f"only for {listed('category', lines.categories)}"
    if lines.brands and line.brand not in lines.brands:
        return f"only for {listed('brand', lines.brands)}"
    found = named(line, lines.not_products, lines.not_categories, lines.not_brands)
    return f"not for the {found[0]} {found[1]}" if found else None


def left_out(lines: Lines | None, line: BasketLine) -> str | None:
    """By what the programme leaves a line out, as in "the category Delivery"; any list is enough."""
    found = named(line, lines.products, lines.categories, lines.brands) if lines else None
    return f"the {found[0]} {found[1]}" if found else None


def named(
    line: BasketLine, products: Sequence[str], categories: Sequence[str], brands: Sequence[str]
) -> tuple[str, str] | None:
    """By what of it one of the lists has a line."""
    if line.product in products:
        return "product", line.product
    names = names_of(line)
    if not names.isdisjoint(categories):
        return "category", next(one for one in categories if one in names)
    return ("brand", line.brand) if line.brand is not None and line.brand in brands else None


PLURALS = {"product": "products", "category": "categories", "brand": "brands"}


def listed(noun: str, names: Sequence[str], *, most: int = NAMED_MAX) -> str:
    """As in "the brand Gaia" or "the categories Coffee, Tea, Cocoa and 2 more"."""
    if len(names) == 1:
        return f"the {noun} {names[0]}"
    if len(names) <= most:
        return f"the {PLURALS[noun]} {', '.join(names[:-1])} and {names[-1]}"
    return f"the {PLURALS[noun]} {', '.join(names[:most])} and {len(names) - most} more"
