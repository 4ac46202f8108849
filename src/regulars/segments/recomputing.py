"""Computing all live segments together, and writing only who came and who went."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from regulars import log
from regulars.conditions import Condition, compile_conditions
from regulars.db import Tx, rows, run, value
from regulars.segments.model import SegmentationBody, SegmentBody, stage_key
from regulars.segments.statements import SQL

LOOKED_THROUGH = ("customers", "orders")  # The readers whose facts conditions look at.


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What is live now, as the definitions say."""

    segments: Mapping[str, SegmentBody]
    approaches: Mapping[str, SegmentationBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    at: datetime
    entered: Mapping[str, int]  # By segment key, only where there were any.
    departed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    segment_id: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    segment_key: str
    segment_id: int


def recompute(tx: Tx, live: Live, at: datetime) -> Changes:
    """Bring every live segment to an instant, all in one pass; entering and leaving are told to the log.

    An instant before the last refresh counts as the last one: stays never end before they begin.
    """
    run(tx, SQL.lock)
    last = value(tx, SQL.last_refresh)
    at = max(at, last) if last else at
    looked, seen = value(tx, SQL.looked_at), in_view(tx)
    ids = _know(tx, live)
    stage(tx, live, ids, at)
    stamp = str(int(at.timestamp() * 1_000_000))
    departed = _counted(rows(tx, SQL.depart, Changed, at=at, stamp=stamp, looked=looked))
    entered = _counted(rows(tx, SQL.enter, Changed, at=at, stamp=stamp, looked=looked))
    own = [ids[key] for key in _own_keys(live)]
    run(
        tx,
        SQL.count_sizes,
        at=at,
        ids=own,
        entered=[entered[segment_id] for segment_id in own],
        departed=[departed[segment_id] for segment_id in own],
    )
    run(tx, SQL.unstage)
    run(tx, SQL.look, position=seen)
    keys = {segment_id: key for key, segment_id in ids.items()}
    return Changes(at=at, entered=_by_key(entered, keys), departed=_by_key(departed, keys))


def in_view(tx: Tx) -> int:
    """Up to which position of the log the facts that conditions look at are complete."""
    return min((one.position for one in log.status(tx) if one.name in LOOKED_THROUGH), default=0)


def _counted(changed: list[Changed]) -> Counter[int]:
    return Counter({row.segment_id: row.customers for row in changed})


def _by_key(counts: Mapping[int, int], keys: Mapping[int, str]) -> dict[str, int]:
    return {keys[segment_id]: count for segment_id, count in counts.items() if segment_id in keys}


def _own_keys(live: Live) -> list[str]:
    """The keys with members of their own: not those that are another name of a stage."""
    own = [key for key, body in live.segments.items() if body.condition is not None]
    return own + [
        stage_key(approach, stage.key) for approach, body in live.approaches.items() for stage in body.stages
    ]


def _know(tx: Tx, live: Live) -> dict[str, int]:
    """Give every live segment and stage its number."""
    told: list[tuple[str, str, str | None, str | None, int | None]] = [
        (key, body.name, None, None, None) for key, body in live.segments.items()
    ]
    told += [
        (stage_key(approach, stage.key), stage.name, approach, stage.key, place)
        for approach, body in live.approaches.items()
        for place, stage in enumerate(body.stages)
    ]
    named = [
        (key, stage_key(body.approach, body.stage))
        for key, body in live.segments.items()
        if body.approach is not None and body.stage is not None
    ]
    keys = [row[0] for row in told]
    run(tx, SQL.know_approaches, keys=list(live.approaches))
    run(
        tx,
        SQL.know_segments,
        keys=keys,
        titles=[row[1] for row in told],
        approaches=[row[2] for row in told],
        stages=[row[3] for row in told],
        places=[row[4] for row in told],
    )
    run(tx, SQL.name_stages, keys=[n[0] for n in named], stage_keys=[n[1] for n in named])
    return {row.segment_key: row.segment_id for row in rows(tx, SQL.ids, Numbered, keys=keys)}


def stage(
    tx: Tx, live: Live, ids: Mapping[str, int], at: datetime, only: Sequence[int] | None = None
) -> None:
    """One row for each customer, or some, and segment they are in, into a table of the transaction."""
    conditions: list[Condition] = []
    held: list[sql.Composed] = []
    for key, body in live.segments.items():
        if body.condition is not None:
            held.append(_first_match([body.condition], [ids[key]], conditions))
    for approach, divided in live.approaches.items():
        numbers = [ids[stage_key(approach, stage.key)] for stage in divided.stages]
        held.append(_first_match([stage.condition for stage in divided.stages], numbers, conditions))
    compiled = compile_conditions(conditions, at, only)
    run(
        tx,
        sql.SQL(
            "create temporary table segment_now as select held.segment_id, answer.customer_id "
            "from ({}) as answer cross join lateral unnest(array[{}]::integer[]) as held (segment_id) "
            "where held.segment_id is not null"
        ).format(compiled.query, sql.SQL(", ").join(held)),
        **compiled.params,
    )


def _first_match(
    asked: Sequence[Condition], numbers: Sequence[int], conditions: list[Condition]
) -> sql.Composed:
    """The number of the first condition that holds; adds the conditions to those to be compiled."""
    cases = []
    for condition, number in zip(asked, numbers, strict=True):
        column = sql.Identifier("answer", f"c{len(conditions)}")
        cases.append(sql.SQL("when {} then {}").format(column, sql.Literal(number)))
        conditions.append(condition)
    return sql.SQL("case {} end").format(sql.SQL(" ").join(cases))
