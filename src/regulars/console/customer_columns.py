"""The columns of the list of customers: the fixed ones, and one for each declared or computed trait."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import customers
from regulars.console.customer_traits import plain, title_of
from regulars.console.formats import ago, day, money, number
from regulars.console.landmarks import Place
from regulars.console.parts import Tone
from regulars.customers import Customer
from regulars.db import Tx
from regulars.insights import Standing

TRAIT = "trait:"  # What the key of a trait's column begins with.
DEFAULT = ("contact", "stage", "tier", "points", "orders", "spent", "last_order")
COLUMNS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a cell is made of."""

    customer: Customer  # Masked already.
    standing: Standing
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    tone: Tone | None = None  # Makes it a state.
    numeric: bool = False
    contact: bool = False  # A contact detail, which says why it is masked.
    instant: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn:
    key: str
    title: str
    cell: Callable[[Shown], Cell]
    # The same for a file: plain values, not words.
    plain: Callable[[Shown], object]
    numeric: bool = False


def _text(value: object) -> Cell:
    return Cell(text=str(value) if value not in (None, "") else "–")


def _number(text: str) -> Cell:
    return Cell(text=text or "–", numeric=True)


def _instant(value: datetime | None) -> Cell:
    return Cell(text=str(ago(value)) if value else "never", numeric=True, instant=value)


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


FIXED: tuple[ListColumn, ...] = (
    ListColumn(
        key="contact",
        title="Contact",
        cell=lambda s: Cell(text=s.customer.email or s.customer.phone or "", contact=True),
        plain=lambda s: s.customer.email or s.customer.phone,
    ),
    ListColumn(
        key="email",
        title="E-mail",
        cell=lambda s: Cell(text=s.customer.email or "", contact=True),
        plain=lambda s: s.customer.email,
    ),
    ListColumn(
        key="phone",
        title="Phone",
        cell=lambda s: Cell(text=s.customer.phone or "", contact=True),
        plain=lambda s: s.customer.phone,
    ),
    ListColumn(
        key="user_id",
        title="User id",
        cell=lambda s: _text(s.customer.user_id),
        plain=lambda s: s.customer.user_id,
    ),
    ListColumn(
        key="stage",
        title="Stage",
        cell=lambda s: Cell(text=s.place.stage or "–", tone=s.place.tone if s.place.stage else None),
        plain=lambda s: s.place.stage,
    ),
    ListColumn(
        key="stage_since",
        title="In it since",
        cell=lambda s: _text(day(s.standing.stage_since) if s.standing.stage_since else None),
        plain=lambda s: _iso(s.standing.stage_since),
    ),
    ListColumn(key="tier", title="Tier", cell=lambda s: _text(s.place.tier), plain=lambda s: s.standing.tier),
    ListColumn(
        key="points",
        title="Points",
        numeric=True,
        cell=lambda s: _number(s.place.points),
        plain=lambda s: s.standing.active_points,
    ),
    ListColumn(
        key="orders",
        title="Orders",
        numeric=True,
        cell=lambda s: _number(number(s.standing.orders)),
        plain=lambda s: s.standing.orders,
    ),
    ListColumn(
        key="spent",
        title="Spent, all time",
        numeric=True,
        cell=lambda s: _number(money(s.standing.spent)),
        plain=lambda s: s.standing.spent.decimal if s.standing.spent else None,
    ),
    ListColumn(
        key="last_order",
        title="Last order",
        numeric=True,
        cell=lambda s: _instant(s.standing.last_at),
        plain=lambda s: _iso(s.standing.last_at),
    ),
    ListColumn(
        key="first_seen",
        title="First seen",
        numeric=True,
        cell=lambda s: _instant(s.customer.first_seen_at),
        plain=lambda s: _iso(s.customer.first_seen_at),
    ),
    ListColumn(
        key="last_seen",
        title="Last seen",
        numeric=True,
        cell=lambda s: _instant(s.customer.last_seen_at),
        plain=lambda s: _iso(s.customer.last_seen_at),
    ),
)
CURRENCY = ListColumn(
    key="currency",
    title="Currency",
    cell=lambda s: _text(s.standing.currency),
    plain=lambda s: s.standing.currency,
)
BY_KEY = {column.key: column for column in FIXED}


def known_columns(tx: Tx) -> Mapping[str, ListColumn]:
    """Every column to choose from: the fixed ones, then declared and computed traits."""
    traits = {one.path: one.title for one in customers.declared_traits(tx)}
    traits |= {name: found.title for name, found in customers.computed_traits(tx).items()}
    made = (trait_column(name, title) for name, title in sorted(traits.items(), key=lambda item: item[1]))
    return BY_KEY | {column.key: column for column in made}


def chosen_columns(asked: Sequence[str], known: Mapping[str, ListColumn]) -> tuple[ListColumn, ...]:
    """The columns of these keys, or the usual ones; a trait that nobody declared can be named too."""
    keys = list(dict.fromkeys(key for key in asked if key))[:COLUMNS_MAX]
    found = [
        known[key] if key in known else trait_column(key.removeprefix(TRAIT))
        for key in keys
        if key in known or (key.startswith(TRAIT) and len(key) > len(TRAIT))
    ]
    return tuple(found) or tuple(BY_KEY[key] for key in DEFAULT)


def file_columns(shown: Sequence[ListColumn]) -> tuple[ListColumn, ...]:
    """The same for a file, where each column holds one thing: both contacts, and the currency of amounts."""
    found: list[ListColumn] = []
    for column in shown:
        if column.key == "contact":
            found += [BY_KEY["email"], BY_KEY["phone"]]
        else:
            found += [column, CURRENCY] if column.key == "spent" else [column]
    return tuple({column.key: column for column in found}.values())


def trait_column(path: str, title: str = "") -> ListColumn:
    def held(shown: Shown) -> object:
        found: object = shown.customer.traits.get(path)
        if found is None and "." in path:
            found = shown.customer.traits
            for name in path.split("."):
                found = found.get(name) if isinstance(found, dict) else None
        return found

    return ListColumn(
        key=f"{TRAIT}{path}",
        title=title or title_of(path),
        cell=lambda shown: _text(plain(value) if (value := held(shown)) is not None else None),
        plain=lambda shown: plain(value) if (value := held(shown)) is not None else None,
    )
