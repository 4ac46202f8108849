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
    numeric: bool = False


def _text(value: object) -> Cell:
    return Cell(text=str(value) if value not in (None, "") else "–")


def _number(text: str) -> Cell:
    return Cell(text=text or "–", numeric=True)


def _instant(value: datetime | None) -> Cell:
    return Cell(text=str(ago(value)) if value else "never", numeric=True, instant=value)


FIXED: tuple[ListColumn, ...] = (
    ListColumn(
        key="contact",
        title="Contact",
        cell=lambda s: Cell(text=s.customer.email or s.customer.phone or "", contact=True),
    ),
    ListColumn(
        key="email",
        title="E-mail",
        cell=lambda s: Cell(text=s.customer.email or "", contact=True),
    ),
    ListColumn(
        key="phone",
        title="Phone",
        cell=lambda s: Cell(text=s.customer.phone or "", contact=True),
    ),
    ListColumn(
        key="user_id",
        title="User id",
        cell=lambda s: _text(s.customer.user_id),
    ),
    ListColumn(
        key="stage",
        title="Stage",
        cell=lambda s: Cell(text=s.place.stage or "–", tone=s.place.tone if s.place.stage else None),
    ),
    ListColumn(
        key="stage_since",
        title="In it since",
        cell=lambda s: _text(day(s.standing.stage_since) if s.standing.stage_since else None),
    ),
    ListColumn(key="tier", title="Tier", cell=lambda s: _text(s.place.tier)),
    ListColumn(
        key="points",
        title="Points",
        numeric=True,
        cell=lambda s: _number(s.place.points),
    ),
    ListColumn(
        key="orders",
        title="Orders",
        numeric=True,
        cell=lambda s: _number(number(s.standing.orders)),
    ),
    ListColumn(
        key="spent",
        title="Spent, all time",
        numeric=True,
        cell=lambda s: _number(money(s.standing.spent)),
    ),
    ListColumn(
        key="last_order",
        title="Last order",
        numeric=True,
        cell=lambda s: _instant(s.standing.last_at),
    ),
    ListColumn(
        key="first_seen",
        title="First seen",
        numeric=True,
        cell=lambda s: _instant(s.customer.first_seen_at),
    ),
    ListColumn(
        key="last_seen",
        title="Last seen",
        numeric=True,
        cell=lambda s: _instant(s.customer.last_seen_at),
    ),
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
    )
