"""What a basket would earn a member now, and how many points may pay of it; nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.conditions import fits_told
from regulars.db import Query, Statements, Tx, maybe, rows
from regulars.kernel import Finding, Invalid
from regulars.loyalty.basket import Basket, BasketLine, Happening
from regulars.loyalty.errors import UnknownProgramme
from regulars.loyalty.evaluator import evaluate, evaluate_event
from regulars.loyalty.event_figures import figure_of
from regulars.loyalty.member_reading import state_of
from regulars.loyalty.model import Programme
from regulars.loyalty.paying import payable
from regulars.loyalty.priced import Priced, Skipped
from regulars.loyalty.ruling import Version

LINES_MAX = 1000
MONEY_MAX = 10**12
STOPPED = {
    "paused": "the programme is paused and earns nothing",
    "closed": "the programme closed and earns nothing",
    "no_version": "no version of the programme is in force then",
}


class Sql(Statements, file="previewing.sql"):
    versions_at: Query
    stopped: Query
    products: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    programme_id: int
    closing: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What rules an instant, and whether the programme lets nothing earn then."""

    programme_id: int | None  # None: it was never launched.
    body: Programme | None
    version: int | None = None  # None: a draft.
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    product_key: str
    brand: str | None
    categories: list[str]


def preview_basket(
    tx: Tx,
    programme: str,
    customer_id: int | None,
    basket: Basket,
    at: datetime,
    *,
    draft: Programme | None = None,
) -> Priced:
    """By the version that rules the instant, or by a draft; of a stranger (None) as if they joined.

    What the basket does not say of its products is looked up in the catalogue by key. Raises
    UnknownProgramme, and Invalid for a basket that cannot be.
    """
    refuse_basket(basket)
    found = _ruled(tx, programme, customer_id, basket.store, at, draft)
    if found.body is None:
        return Priced(skipped=(_stopped("no_version"),))
    member = state_of(tx, found.programme_id, found.body, customer_id, at)
    whole = described(tx, basket)
    if found.stopped:
        pays = payable(found.body, whole, member)
        return Priced(skipped=(_stopped(found.stopped),), payable=pays, version=found.version)
    return replace(evaluate(found.body, whole, member, at), version=found.version)


def preview_event(
    tx: Tx,
    programme: str,
    customer_id: int | None,
    event: str,
    told: Mapping[str, Any],
    at: datetime,
    *,
    channel: str = "",
    draft: Programme | None = None,
) -> Priced:
    """The same of a tracked event with what it tells."""
    found = _ruled(tx, programme, customer_id, "", at, draft)
    if found.body is None or found.stopped:
        return Priced(skipped=(_stopped(found.stopped or "no_version"),), version=found.version)
    member = state_of(tx, found.programme_id, found.body, customer_id, at)
    counting = [rule for rule in found.body.earning if rule.counts == "events" and rule.event == event]
    fitting = fits_told(tx, told, [rule.where for rule in counting], zone=found.body.zone)
    figures = {
        rule.key: figure_of(told, rule.amount) for rule, fits in zip(counting, fitting, strict=True) if fits
    }
    happening = Happening(event=event, figures=figures, channel=channel)
    return replace(evaluate_event(found.body, happening, member, at), version=found.version)


def _ruled(
    tx: Tx, programme: str, customer_id: int | None, store: str, at: datetime, draft: Programme | None
) -> Ruled:
    """What rules an instant; raises UnknownProgramme."""
    standing = maybe(tx, SQL.stopped, Standing, key=programme, at=at)
    if standing is None and draft is None:
        raise UnknownProgramme(f"No programme is called {programme[:80]!r}; launch it first.")
    programme_id = standing.programme_id if standing else None
    if draft is not None:
        return Ruled(programme_id=programme_id, body=draft)
    version = ruling(tx, programme, customer_id, store, at)
    return Ruled(
        programme_id=programme_id,
        body=version.programme if version else None,
        version=version.version if version else None,
        stopped=_why(standing) if standing else "",
    )


def ruling(tx: Tx, programme: str, customer_id: int | None, store: str, at: datetime) -> Version | None:
    """The newest version in force that claims somebody in a store; one for a share claims no stranger."""
    for version in rows(tx, SQL.versions_at, Version, key=programme, at=at):
        if customer_id is None and version.only_percent is not None:
            continue
        if version.claims(store, customer_id or 0):
            return version
    return None


def described(tx: Tx, basket: Basket) -> Basket:
    """The basket with what the catalogue knows of the products it does not describe."""
    unknown = {line.product for line in basket.lines if line.categories is None or line.brand is None}
    found = {one.product_key: one for one in rows(tx, SQL.products, Product, keys=sorted(unknown))}
    return replace(basket, lines=tuple(_described(line, found.get(line.product)) for line in basket.lines))


def _described(line: BasketLine, product: Product | None) -> BasketLine:
    if product is None:
        return line
    categories = tuple(product.categories) if line.categories is None else line.categories
    return replace(line, categories=categories, brand=product.brand if line.brand is None else line.brand)


def _why(standing: Standing) -> str:
    if standing.closing:
        return "closed"
    return "paused" if standing.paused else ""


def _stopped(code: str) -> Skipped:
    return Skipped(rule="", line=None, code=code, words=STOPPED[code])


def refuse_basket(basket: Basket) -> None:
    """Raises Invalid with each thing that cannot be, at its place."""
    found = list(_wrong(basket))
    if found:
        raise Invalid("The basket cannot be priced; mend what is named.", found)


def _wrong(basket: Basket) -> Iterator[Finding]:
    if len(basket.money) != 3 or not basket.money.isascii() or not basket.money.isupper():  # noqa: PLR2004 - ISO 4217
        yield _finding("money", f"{basket.money!r} is no ISO currency; write one such as EUR.")
    if len(basket.lines) > LINES_MAX:
        yield _finding("lines", f"{len(basket.lines):,} lines were sent and at most {LINES_MAX:,} are taken.")
    if abs(basket.total) > MONEY_MAX:
        yield _finding("total", "The basket comes to more than can be; money is told in its minor unit.")
    if basket.total < 0:
        yield _finding(
            "total", f"A basket comes to nothing or more; found {basket.total:,}. A return is no basket."
        )
    for key, count in Counter(line.key for line in basket.lines).items():
        if count > 1:
            yield _finding("lines", f"{count} lines are called {key!r}; give each a key of its own.")
    for i, line in enumerate(basket.lines):
        if line.quantity < 0:
            yield _finding(f"lines[{i}].quantity", f"A quantity is above zero; found {line.quantity}.")


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="loyalty.basket", message=message)
