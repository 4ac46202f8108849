"""What happened to people, as plain Python lists: the facts that conditions are asked of, without any table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something tracked; what is not is told to the log as well, and must not count."""

    at: datetime
    name: str
    told: Mapping[str, Json] = field(default_factory=dict)
    tracked: bool = True
    atom: int = 0  # Which of the person's profiles did it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    product: str
    variant: str | None = None
    quantity: float | None = 1.0
    total: int = 0
    discount: int = 0
    refunded: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    at: datetime
    total: int  # Minor units; a return at the till is an order below 0.
    currency: str = "EUR"
    status: str = "open"
    discount: int = 0
    refunded: int = 0
    store: str | None = None
    coupon: str | None = None
    source: str = "shop"
    lines: tuple[Line, ...] = ()
    atom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value of a trait that somebody told; None: that it was taken away."""

    at: datetime
    name: str
    value: Json
    atom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A consent or its withdrawal by channel and topic, or a wish: `about` it is not agreed to."""

    at: datetime
    given: bool
    about: str = "consent"
    channel: str = ""
    topic: str = ""
    until: datetime | None = None
    believed: bool = True
    atom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    segment: str  # Its key; a stage's is approach.stage.
    entered: datetime
    left: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Stands on a list, until an instant or until somebody takes it off."""

    segment: str
    until: datetime | None = None
    atom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of a source that is neither events nor orders."""

    source: str
    at: datetime | None = None
    name: str | None = None
    columns: Mapping[str, Json] = field(default_factory=dict)
    told: Json = None
    atom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that is known of one person; `atoms` counts the profiles they came under."""

    events: tuple[Event, ...] = ()
    orders: tuple[Order, ...] = ()
    told: tuple[Told, ...] = ()
    said: tuple[Said, ...] = ()
    stays: tuple[Stay, ...] = ()
    facts: tuple[Fact, ...] = ()
    identifiers: tuple[str, ...] = ()  # Kinds.
    lists: tuple[Entry, ...] = ()
    atoms: int = 1
    test: bool = False

    @property
    def traits(self) -> dict[str, Json]:
        """What stands: of each trait the value told last, of two at one moment the later told."""
        standing: dict[str, Json] = {}
        for one in sorted(self.told, key=lambda told: told.at):
            standing[one.name] = one.value
        return {name: value for name, value in standing.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    category: str | None = None
    department: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    people: Mapping[
        int, Person
    ]  # By the id of the surviving profile; further profiles are id + 1, id + 2, ….
    products: Mapping[str, Product] = field(default_factory=dict)
