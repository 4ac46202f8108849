"""A basket as it is typed into the tester, and what a programme says of each of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars import orders
from regulars.console.formats import number, points
from regulars.console.segments.fields import scalar
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, Money, Points
from regulars.loyalty import Basket, BasketLine, Priced, Programme

MULTIPLIER = "multiplier."


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedLine:
    product: str = ""
    category: str = ""  # Empty: as the catalogue has it.
    quantity: str = "1"
    total: str = ""  # Empty: what the catalogue says.
    title: str = ""  # Of the product, where it is known.

    @property
    def empty(self) -> bool:
        return not (self.product.strip() or self.total.strip() or self.category.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one rule gives for one line."""

    rule: str
    points: str
    how: str  # As in "53.20 USD, twice by Gold, 20 cut by a limit".


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTold:
    title: str
    paid: str
    given: tuple[Given, ...]
    why_not: tuple[tuple[str, str], ...]  # Rule, and why it gives nothing.


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    totals: tuple[str, ...]  # By currency, as in "106 points".
    lines: tuple[LineTold, ...]
    whole: tuple[tuple[str, str], ...]  # What is said of the basket as a whole: rule, and what.
    payable: str
    version: str


def typed_lines(
    products: Sequence[str], categories: Sequence[str], quantities: Sequence[str], totals: Sequence[str]
) -> tuple[TypedLine, ...]:
    count = max(len(products), len(totals), 1)

    def nth(values: Sequence[str], place: int) -> str:
        return values[place] if place < len(values) else ""

    return tuple(
        TypedLine(
            product=nth(products, n).strip(),
            category=nth(categories, n).strip(),
            quantity=nth(quantities, n).strip() or "1",
            total=nth(totals, n).strip(),
        )
        for n in range(min(count, 200))
    )


def known_products(tx: Tx, lines: Sequence[TypedLine], money: str) -> tuple[TypedLine, ...]:
    """With the products' names, prices where none is typed, and keys where words name a single product."""
    found = orders.products_by_key(tx, [line.product for line in lines if line.product])
    return tuple(_known(tx, line, found, money) for line in lines)


def _known(tx: Tx, line: TypedLine, found: dict[str, orders.KnownProduct], money: str) -> TypedLine:
    product = found.get(line.product)
    if product is None and line.product:
        fitting = orders.list_products(tx, orders.ProductFilters(text=line.product), limit=2).items
        product = fitting[0] if len(fitting) == 1 else None
    if product is None:
        return line
    made = replace(line, product=product.product_key, title=product.title)
    if line.total or product.price is None or product.price.currency != money:
        return made
    try:
        minor = int(Decimal(line.quantity) * product.price.minor)
    except (InvalidOperation, ValueError):
        return made
    return replace(made, total=f"{Money(minor, money).decimal:f}")


def basket_of(lines: Sequence[TypedLine], *, money: str, store: str, channel: str, total: str) -> Basket:
    """Raises Invalid with each line that cannot be read."""
    findings: list[Finding] = []
    read = [_line(n, line, money, findings) for n, line in enumerate(lines) if not line.empty]
    whole = None
    if total.strip():
        whole = _minor(total, money, "total", findings)
    if not read and whole is None:
        findings.append(_wrong("product-0", "Put something into the basket, or say what the order comes to."))
    if findings:
        raise Invalid("The basket cannot be read.", findings)
    return Basket(money=money, lines=tuple(read), total_minor=whole, store=store, channel=channel)


def _line(n: int, line: TypedLine, money: str, findings: list[Finding]) -> BasketLine:
    try:
        quantity = Decimal(line.quantity)
        if not quantity.is_finite() or quantity <= 0:
            raise InvalidOperation
    except InvalidOperation:
        findings.append(_wrong(f"quantity-{n}", f"{line.quantity!r} is no quantity; write one such as 2."))
        quantity = Decimal(1)
    minor = _minor(line.total, money, f"total-{n}", findings)
    category = (line.category,) if line.category else None
    return BasketLine(
        key=str(n + 1), total_minor=minor, product=line.product, quantity=quantity, categories=category
    )


def _minor(typed: str, money: str, path: str, findings: list[Finding]) -> int:
    try:
        return Money.parse(typed.replace(",", "").strip(), money).minor
    except Invalid:
        text = f"{typed!r} is no amount; write one such as 12.50." if typed else "Say what was paid for it."
        findings.append(_wrong(path, text))
        return 0


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="console.tester", message=message)


def tells(text: str) -> dict[str, Any]:
    """What an event tells, a line each: "rating = 5"; raises Invalid.

    >>> tells("rating = 5\\nstore = North")
    {'rating': 5, 'store': 'North'}
    """
    found: dict[str, Any] = {}
    for line in filter(str.strip, text.splitlines()):
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            message = f"{line.strip()[:60]!r} says nothing; write a line such as rating = 5."
            raise Invalid(message, [_wrong("tells", message)])
        found[name.strip()] = scalar(value.strip())
    return found


def told(
    priced: Priced, basket: Basket, typed: Sequence[TypedLine], body: Programme, event: str = ""
) -> Told:
    titles = {rule.key: rule.name or f"Rule {n}" for n, rule in enumerate(body.earning, 1)}
    times = {one.key: one.name or f"Multiplier {n}" for n, one in enumerate(body.multipliers, 1)}
    shown = {str(n + 1): line for n, line in enumerate(typed)}
    lines = tuple(
        LineTold(
            title=f"“{event}”" if event else _title(shown.get(line.key), line),
            paid="" if event else Money(line.total_minor, basket.money).format(),
            given=_given(priced, line.key, basket.money, titles, times, body),
            why_not=tuple(
                (titles.get(one.rule, "Every rule"), one.words)
                for one in priced.skipped
                if one.line == line.key and not one.code.startswith(MULTIPLIER)
            ),
        )
        for line in basket.counted
    )
    whole = tuple(
        (_name(one.rule, one.code, titles, times), one.words) for one in priced.skipped if one.line is None
    )
    return Told(
        totals=_totals(priced, body),
        lines=lines,
        whole=whole,
        payable=_payable(priced),
        version=f"version {priced.version}" if priced.version else "the draft",
    )


def _name(rule: str, code: str, titles: dict[str, str], times: dict[str, str]) -> str:
    if code.startswith(MULTIPLIER):
        return times.get(rule, rule)
    return titles.get(rule, "The programme")


def _title(typed: TypedLine | None, line: BasketLine) -> str:
    if typed is None:
        return "The order as a whole"
    return typed.title or line.product or typed.category or f"Line {line.key}"


def _given(
    priced: Priced, key: str, money: str, titles: dict[str, str], times: dict[str, str], body: Programme
) -> tuple[Given, ...]:
    made = []
    counts = {rule.key: rule.counts for rule in body.earning}
    for award in priced.awards or priced.with_joining:
        for part in award.parts:
            if part.line != key:
                continue
            figure = (
                Money(part.figure, money).format()
                if counts.get(award.rule, "money") == "money"
                else number(part.figure / 1000, 0 if part.figure % 1000 == 0 else 3)
            )
            by = ", ".join(times.get(one, one.partition("/")[2] or one) for one in part.multipliers)
            factor = f", {part.factor / 100:g} times by {by}" if part.factor != 100 else ""  # noqa: PLR2004 - per cent
            cut = f", {part.cut:,} cut by a limit" if part.cut else ""
            made.append(
                Given(
                    rule=titles.get(award.rule, award.title),
                    points=_points(part.points, award.currency, body),
                    how=f"{figure}{factor}{cut}",
                )
            )
    return tuple(made)


def _totals(priced: Priced, body: Programme) -> tuple[str, ...]:
    codes = dict.fromkeys(award.currency for award in priced.awards)
    return tuple(_points(priced.points(code), code, body) for code in codes)


def _points(units: int, code: str, body: Programme) -> str:
    coin = body.currency(code)
    return points(Points(units, coin.name if coin else code, coin.scale if coin else 0))


def _payable(priced: Priced) -> str:
    pays = priced.payable
    if pays is None:
        return ""
    why = "; ".join(pays.reasons)
    if not pays.points:
        return f"Points pay nothing of it: {why or 'there are none to spend'}."
    worth = Money(pays.worth_minor, pays.money).format()
    return f"Up to {pays.points:,} points can pay {worth} of it ({pays.rate}){f'; {why}' if why else ''}."
