"""Which version of a programme rules what occurred, and what of an order is asked before its lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

import msgspec

from regulars.kernel import minor_digits
from regulars.loyalty.model import Programme

BUCKETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    programme_id: int
    key: str
    version: int
    live_from: datetime
    live_until: datetime | None
    body: dict[str, Any]
    only_stores: list[str] | None = None
    only_percent: int | None = None
    closing_at: datetime | None = None

    @property
    def programme(self) -> Programme:
        return msgspec.convert(self.body, Programme)

    def rules(self, occurred_at: datetime) -> bool:
        return self.live_from <= occurred_at and (self.live_until is None or occurred_at < self.live_until)

    def claims(self, store: str | None, customer_id: int) -> bool:
        if self.only_stores is not None and store not in self.only_stores:
            return False
        return self.only_percent is None or self._bucket(customer_id) < self.only_percent * BUCKETS // 100

    def _bucket(self, customer_id: int) -> int:
        """As the condition `bucket` has it, with the version as its salt."""
        digest = md5(f"{self.key}/{self.version}:{customer_id}".encode(), usedforsecurity=False)
        return int(digest.hexdigest()[:8], 16) % BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An order, or an event of somebody, that a span touches."""

    order_id: int | None  # None: an event.
    customer_id: int
    atom_id: int
    position: int  # Of the order's first report.
    turn: int  # Where the span touches it.
    occurred_at: datetime
    booked_at: datetime  # Of the turn.
    name: str = ""  # Of an event.
    currency: str = ""
    store: str | None = None
    source: str = ""
    total_minor: int = 0
    line_count: int = 0
    told: bool = True  # Whether the span says what was bought, and not only what came back.
    came_back: bool = False  # In part or as a whole.
    cancelled: bool = False
    earned: bool = False  # Whether there are awards of it.

    @property
    def key(self) -> int:
        """An event stands beside orders as the negative of its position."""
        return self.order_id or -self.position

    @property
    def total(self) -> Decimal:
        return Decimal(self.total_minor).scaleb(-minor_digits(self.currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing earns that occurred in it, whenever it is told."""

    programme_id: int
    paused_at: datetime
    resumed_at: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.paused_at <= at and (self.resumed_at is None or at < self.resumed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The versions of one programme, the newest first, each with its body read once."""

    versions: Sequence[Version]
    bodies: Mapping[int, Programme] = field(default_factory=dict)
    pauses: Sequence[Pause] = ()

    def version_of(self, item: Item) -> Version | None:
        for version in self.versions:
            if version.rules(item.occurred_at) and version.claims(item.store, item.customer_id):
                return version if self.earns(item.occurred_at) else None
        return None

    def earns(self, occurred_at: datetime) -> bool:
        """Whether the programme, neither paused nor closing then, lets anything earn."""
        closing_at = self.versions[0].closing_at
        if closing_at is not None and occurred_at >= closing_at:
            return False
        return not any(pause.holds(occurred_at) for pause in self.pauses)

    def body(self, version: Version) -> Programme:
        return self.bodies[version.version]

    @property
    def newest(self) -> Programme:
        """Of what holds for all; its numbers of tiers are those of the members."""
        for version in self.versions:
            if version.only_stores is None and version.only_percent is None:
                return self.bodies[version.version]
        return self.bodies[self.versions[0].version]


def shelves(versions: Sequence[Version], pauses: Sequence[Pause] = ()) -> Iterator[Shelf]:
    for programme_id in sorted({one.programme_id for one in versions}):
        own = sorted((v for v in versions if v.programme_id == programme_id), key=lambda v: -v.version)
        yield Shelf(
            versions=own,
            bodies={one.version: one.programme for one in own},
            pauses=[one for one in pauses if one.programme_id == programme_id],
        )
