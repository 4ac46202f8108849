"""Keeping what was heard of messages: once a thing, people and machines apart, bursts told when they show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars import log, messaging
from regulars.db import Tx, rows, run
from regulars.messaging import Reaction
from regulars.responses.links import urls_of
from regulars.responses.machine import signals
from regulars.responses.statements import SQL
from regulars.responses.tokens import Mark, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One request for a pixel, a link or a view."""

    mark: Mark
    signal: str  # By what it is a machine's; empty: it may be a person's.
    at: datetime  # By the wall clock.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    send_id: int
    customer_id: int
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    send_id: int
    use: Use
    link_id: int
    machine: bool
    signal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Burst:
    send_id: int
    link_id: int
    signal: str


@dataclass(slots=True)
class _Sum:
    signal: str
    times: int
    first: datetime
    last: datetime


_Name = tuple[int, Use, int, bool]


def hear(tx: Tx, came: Sequence[Came]) -> int:
    """Keep what came, in any order and from any number of processes; gives how many reactions are new.

    Nothing is kept of whoever is erased or does not allow it now, whatever their message said.
    """
    run(tx, SQL.one_at_a_time)
    wanted = _allowed(tx, came)
    if not wanted:
        return 0
    clock = log.clock(tx)
    sums = _sums(wanted, _resolved(tx, wanted) if clock.stands_at is None else {})
    new = _add(tx, sums)
    turned = _bursts(tx, {name[0] for name in sums if name[1] == "clicked"})
    at = clock.now(max(one.at for one in came))
    fresh = {(one.send_id, one.link_id) for one in new if one.use == "clicked" and not one.machine}
    # Told already as a person's: these change sides. What came just now is told right at once.
    earlier = {_key("clicked", *place): signal for place, signal in turned.items() if place not in fresh}
    if earlier:
        messaging.reclassify(tx, earlier, at=at)
    told = [_as_seen(one, turned) for one in new]
    return len(messaging.react(tx, _reactions(tx, told, sums, clock)))


def _allowed(tx: Tx, came: Sequence[Came]) -> list[Came]:
    known = {
        one.send_id: one
        for one in rows(tx, SQL.known, _Known, send_ids=sorted({one.mark.send_id for one in came}))
    }
    people = sorted({one.customer_id for one in known.values()})
    allowed = messaging.tracking_allowed(tx, people) if people else frozenset()
    return [
        one
        for one in came
        if (send := known.get(one.mark.send_id)) is not None and send.customer_id in allowed
    ]


def _resolved(tx: Tx, came: Sequence[Came]) -> dict[int, datetime]:
    found = rows(tx, SQL.known, _Known, send_ids=sorted({one.mark.send_id for one in came}))
    return {one.send_id: one.resolved_at for one in found if one.resolved_at is not None}


def _sums(came: Iterable[Came], left_at: Mapping[int, datetime]) -> dict[_Name, _Sum]:
    """By send, use, link and whether a machine: how often, and when first and last."""
    sums: dict[_Name, _Sum] = {}
    soon = signals().times.soon
    for one in came:
        mark, signal = one.mark, one.signal
        left = left_at.get(mark.send_id)
        if not signal and left is not None and one.at - left < soon:
            signal = "soon"
        name = (mark.send_id, mark.use, mark.link_id, bool(signal))
        found = sums.get(name)
        if found is None:
            sums[name] = _Sum(signal, 1, one.at, one.at)
        else:
            found.times += 1
            found.first, found.last = min(found.first, one.at), max(found.last, one.at)
    return sums


def _add(tx: Tx, sums: Mapping[_Name, _Sum]) -> list[_Heard]:
    names, found = list(sums), list(sums.values())
    return rows(
        tx,
        SQL.hear,
        _Heard,
        send_ids=[one[0] for one in names],
        whats=[one[1] for one in names],
        link_ids=[one[2] for one in names],
        machines=[one[3] for one in names],
        signals=[one.signal for one in found],
        times=[one.times for one in found],
        firsts=[one.first for one in found],
        lasts=[one.last for one in found],
    )


def _bursts(tx: Tx, send_ids: Iterable[int]) -> dict[tuple[int, int], str]:
    """Of these messages the clicks that are seen now to be a machine's; kept as such."""
    given, times = sorted(send_ids), signals().times
    if not given:
        return {}
    found = rows(
        tx,
        SQL.bursts,
        _Burst,
        send_ids=given,
        pair_s=times.pair.total_seconds(),
        several_s=times.several.total_seconds(),
        trap_s=times.trap.total_seconds(),
    )
    turned = {(one.send_id, one.link_id): one.signal for one in found}
    if turned:
        run(
            tx,
            SQL.turn,
            send_ids=[send_id for send_id, _ in turned],
            link_ids=[link_id for _, link_id in turned],
            signals=list(turned.values()),
        )
    return turned


def _as_seen(one: _Heard, turned: Mapping[tuple[int, int], str]) -> _Heard:
    signal = turned.get((one.send_id, one.link_id)) if one.use == "clicked" and not one.machine else None
    return one if signal is None else replace(one, machine=True, signal=signal)


def _reactions(
    tx: Tx, told: Sequence[_Heard], sums: Mapping[_Name, _Sum], clock: log.BusinessClock
) -> list[Reaction]:
    urls = urls_of(tx, sorted({one.link_id for one in told if one.link_id}))
    return [
        Reaction(
            key=_key(one.use, one.send_id, one.link_id) + (":machine" if one.machine else ""),
            send_id=one.send_id,
            kind=one.use,
            at=clock.now(_first(sums, one)),
            machine=one.machine,
            signal=one.signal,
            link=urls.get(one.link_id, ""),
        )
        for one in told
    ]


def _first(sums: Mapping[_Name, _Sum], one: _Heard) -> datetime:
    found = sums.get((one.send_id, one.use, one.link_id, one.machine))
    return (found or sums[one.send_id, one.use, one.link_id, False]).first


def _key(use: Use, send_id: int, link_id: int) -> str:
    """The name of a person's reaction; the same again stands once."""
    return f"{use}:{send_id}:{link_id}" if link_id else f"{use}:{send_id}"
