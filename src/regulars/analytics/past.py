"""What left PostgreSQL of one customer's past, read from the lake's files."""

import json
from collections.abc import Sequence
from datetime import datetime

from regulars.analytics.engine_duckdb import open_duckdb
from regulars.analytics.lake import Lake
from regulars.analytics.reading import open_lake
from regulars.analytics.table import EVENTS
from regulars.log import Event

COLUMNS = (
    "position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties, "
    "context, history, schema_version, hops"
)


def past_events(
    lake: Lake,
    customer_ids: Sequence[int],
    *,
    below: int,
    before: tuple[datetime, int] | None = None,
    names: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[Event]:
    """Events of some customers at positions below one: the latest occurred first, after a place in it."""
    asked = [f"customer_id in ({', '.join(map(str, customer_ids)) or 'null'})", f"position < {below}"]
    if before is not None:
        asked.append(f"(occurred_at, position) < ({_instant(before[0])}, {before[1]})")
    if names is not None:
        asked.append(f"name in ({', '.join(map(_text, names)) or 'null'})")
    if sources is not None:
        asked.append(f"source in ({', '.join(map(_text, sources)) or 'null'})")
    if since is not None:
        asked.append(f"occurred_at >= {_instant(since)}")
    if until is not None:
        asked.append(f"occurred_at < {_instant(until)}")
    statement = (
        f"select {COLUMNS} from events where {' and '.join(asked)} "
        f"order by occurred_at desc, position desc limit {limit}"
    )
    with (
        open_lake(lake, [EVENTS.name]) as snapshot,
        open_duckdb(snapshot.relations, snapshot.people, contacts=True, place=lake.place) as engine,
    ):
        return [_event(row) for row in engine.ask(statement).read_all().to_pylist()]


def _event(row: dict[str, object]) -> Event:
    told = {name: json.loads(str(row[name])) if row[name] else None for name in ("properties", "context")}
    return Event(**{**row, **told})  # type: ignore[arg-type]


def _instant(at: datetime) -> str:
    return f"timestamptz {_text(at.isoformat())}"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
