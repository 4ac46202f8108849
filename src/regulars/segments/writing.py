"""Writing who came and who went: stays, events, sizes; by one at a time."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from regulars import log
from regulars.db import Tx, one, rows, run, value
from regulars.kernel import WallClock
from regulars.segments.statements import FRESH

CHUNK = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    generation: UUID
    at: datetime | None
    writes: int
    stale_after: int | None
    sweep_due: bool

    def not_before(self, at: datetime) -> datetime:
        """An instant before the last write counts as that: stays never end before they begin."""
        return max(at, self.at) if self.at else at


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    segment_id: int
    customer_id: int
    came: bool  # False: went.


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How differences are told to the log."""

    # (segment, customer): how many events caused one another before; not named: none did.
    hops: Mapping[tuple[int, int], int] = field(default_factory=dict)
    past: Collection[int] = frozenset()  # Customers of whom history says so.
    silent: Collection[tuple[int, int]] = (
        frozenset()
    )  # (segment, customer): by another profile it was so before.


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """By number of segment, where there were any."""

    entered: Mapping[int, int] = field(default_factory=Counter)
    departed: Mapping[int, int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    segment_id: int
    customers: int


def hold_state(tx: Tx) -> State:
    """Wait until nobody else writes memberships; after `customers.hold`, never before."""
    return one(tx, FRESH.hold_state, State)


def business_now(tx: Tx, state: State) -> datetime:
    return state.not_before(log.clock(tx).now(WallClock().now()))


def write(
    tx: Tx,
    found: Sequence[Difference],
    at: datetime,
    telling: Telling = Telling(),
    *,
    whole: Sequence[int] = (),
) -> Written:
    """Make memberships what was found; `whole` are the segments of which everybody was asked."""
    if not found and not whole:
        return Written()
    number = value(tx, FRESH.next_write, at=at)
    stamp = f"{int(at.timestamp() * 1_000_000)}:{number}"
    departed, entered = Counter[int](), Counter[int]()
    for came, counted in ((False, departed), (True, entered)):  # One leaves a stage before entering another.
        moving = [one for one in found if one.came is came]
        for first in range(0, len(moving), CHUNK):
            chunk = moving[first : first + CHUNK]
            counted.update(_write_some(tx, chunk, at, stamp, telling, came=came))
    ids = sorted({*departed, *entered, *whole})
    run(
        tx,
        FRESH.count_moved,
        at=at,
        ids=ids,
        entered=[entered[segment_id] for segment_id in ids],
        departed=[departed[segment_id] for segment_id in ids],
        whole=bool(whole),
    )
    return Written(entered=entered, departed=departed)


def _write_some(
    tx: Tx, chunk: Sequence[Difference], at: datetime, stamp: str, telling: Telling, *, came: bool
) -> dict[int, int]:
    counted = rows(
        tx,
        FRESH.enter if came else FRESH.depart,
        Changed,
        at=at,
        stamp=stamp,
        segments=[one.segment_id for one in chunk],
        people=[one.customer_id for one in chunk],
        told=[(one.segment_id, one.customer_id) not in telling.silent for one in chunk],
        past=[one.customer_id in telling.past for one in chunk],
        hops=[telling.hops.get((one.segment_id, one.customer_id), 0) for one in chunk],
    )
    return {one.segment_id: one.customers for one in counted}
