"""What an event costs the reader that keeps memberships, and how long it takes until a person is a member."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter, sleep

import psycopg

import _segments_data as data
from regulars import definitions, log, segments
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.conditions import Condition, compile_conditions
from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from regulars.db import Database
from regulars.log import ReaderRunner
from regulars.segments import SEGMENT, SegmentBody
from regulars.settings import read_settings

IDENTIFIERS = """
insert into customers.identifier (kind, value, customer_id)
select 'user_id', 'u-' || n, n from generate_series(1, %(customers)s::bigint) as n
"""
PAST = 1  # Events of each customer from before, on average.
TOUCHED = "Product Added"
ROUNDS, COUNTED = 5, 3_000  # How often so many events are counted; one round goes before.
STEP = 100  # Events of a step, as they come at 1,000 a second; of them a third is counted each time.
SPENT = (ROUNDS + 1) * (COUNTED + COUNTED // 3)
RANGE = 5_000  # People asked together, so that everybody was asked before.
RATE, SECONDS, BATCH = 1_000, 12, 50


PLACED = "select position, message_id from log.event where message_id like 'fresh-1______' order by position"
PROCESSES = (
    "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
)
KNOWN = (
    "select count(left_at) from segments.membership where customer_id = any(%(people)s::bigint[])",
    "select count(at) from segments.wake where customer_id = any(%(people)s::bigint[])",
)
ENTERED = """
select count(distinct event.customer_id) from log.event
inner join segments.membership on membership.customer_id = event.customer_id and membership.left_at is null
where event.message_id like 'fresh-1______'
"""


def others(count: int) -> list[Condition]:
    """Segments of events that do not happen now."""
    return [
        c.Measured(of="event", name=f"Other {number % 40}", window=w.Last(days=7 + number), value=2)
        for number in range(count)
    ]


def live(database: Database, home: Path, conditions: list[Condition]) -> App:
    """Published while nobody is there, so that nobody has to be asked yet."""
    app = assemble(read_settings(workspace="bench", home=home), database)
    with database.transaction() as tx:
        log.stand(tx, data.AT)
        for number, condition in enumerate(conditions):
            body = SegmentBody(name=f"Segment {number}", condition=condition)
            definitions.save_draft(tx, SYSTEM, SEGMENT, f"s{number}", body, at=data.AT)
            definitions.publish(tx, SYSTEM, SEGMENT, f"s{number}", at=data.AT)
    return app


def populate(app: App, customers: int) -> None:
    """Customers with a past, of whom all segments are asked once; every reader stands at the log's end."""
    database, events = app.database, customers * PAST
    data.know(database, customers, 0)
    app.catch_up(data.AT)
    told = {"at": data.AT, "customers": customers, "events": events, "days": data.DAYS}
    with database.transaction() as tx:
        tx.execute(IDENTIFIERS, {"customers": customers})
        first = tx.execute("select next_position from log.sequencer").fetchone()[0]  # type: ignore[index]
    data.happen(database, first, first + events - 1, told)
    with psycopg.connect(database.dsn, autocommit=True) as plain:
        plain.execute("analyze")
    with database.transaction() as tx:
        tx.execute("update log.reader set position = %s", [first + events - 1])
        segments.refresh(tx, data.AT)
    app.catch_up(data.AT)
    log.note_places(database)
    with psycopg.connect(database.dsn, autocommit=True) as plain:
        plain.execute("vacuum analyze")


def event(number: int, customer: int) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"fresh-{number}", name=TOUCHED, user_id=f"u-{customer}", source="website",
        occurred_at=data.AT - timedelta(seconds=1), properties={"price": number % 90, "category": "tea"},
    )  # fmt: skip


def spread(number: int, customers: int) -> int:
    """One customer after the other from all over, each once."""
    return number * 7919 % customers + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Microseconds an event of the reader alone: how long it takes, and what of PostgreSQL's processor."""

    wall_us: float
    processor_us: float


def touch(app: App, customers: int, conditions: list[Condition]) -> None:
    """Everybody is asked once by index, as in a company whose people have been there before.

    Else at a million customers each event is the first that looks at its pages since the server began.
    """
    for first in range(1, customers + 1, RANGE):
        people = list(range(first, min(first + RANGE, customers + 1)))
        compiled = compile_conditions(conditions, data.AT, people, next_change=True)
        with app.database.transaction() as tx:
            tx.execute("set local enable_seqscan = off")
            tx.execute(compiled.query, compiled.params)
            for known in KNOWN:
                tx.execute(known, {"people": people})


def incremental(app: App, customers: int) -> tuple[Cost, Cost]:
    """The median cost in steps as long as the reader likes, and in short ones; each event of another."""
    at_will = ReaderRunner(app.database, segments.READER)
    short = ReaderRunner(app.database, replace(segments.READER, batch=STEP))
    number, found = 0, []
    for runner, count in ((at_will, COUNTED), (short, COUNTED // 3)):
        costs = []
        for _ in range(ROUNDS + 1):
            costs.append(
                _cost(app, runner, [event(n, spread(n, customers)) for n in range(number, number + count)])
            )
            number += count
        found.append(_middle(costs[1:]))
    return found[0], found[1]


def _cost(app: App, runner: ReaderRunner, events: list[log.NewEvent]) -> Cost:
    with app.database.transaction() as tx:
        log.append(tx, events)
    while app.sequencer.run_once(data.AT):
        pass
    others = [one for one in app.runners if one.reader.name != runner.reader.name]
    while any(one.run_once() for one in others):
        pass
    used, began = _processor_s(app.database), perf_counter()
    while runner.run_once():
        pass
    wall, processor = perf_counter() - began, _processor_s(app.database) - used
    return Cost(wall_us=wall / len(events) * 1e6, processor_us=processor / len(events) * 1e6)


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        wall_us=median(one.wall_us for one in costs), processor_us=median(one.processor_us for one in costs)
    )


def _processor_s(database: Database) -> float:
    """Of the database's processes, as the kernel counts nanoseconds: ticks of 10 ms would be too rough."""
    with database.transaction() as tx:
        numbers = [row[0] for row in tx.execute(PROCESSES)]
    stats = [Path(f"/proc/{number}/schedstat") for number in numbers]
    return sum(int(stat.read_text().split()[0]) for stat in stats if stat.exists()) / 1e9


def fresh_ms(app: App, customers: int) -> list[float]:
    """Milliseconds from the commit of an event to the commit that has seen to its memberships, in order.

    The worker's own loops run; seen is when the reader's cursor, which moves with them, has passed the event.
    """
    loop = log.LogLoop(app.database, app.sequencer, app.runners, now=lambda: data.AT)
    committed: dict[str, float] = {}
    seen: list[tuple[float, int]] = []
    over = Event()
    watcher = Thread(target=_watch, args=(app.database, seen, over), daemon=True)
    loop.start()
    watcher.start()
    sleep(1)
    _pour(app.database, committed, lambda number: spread(SPENT + number, customers))
    with app.database.transaction() as tx:
        while not log.is_settled(tx):
            sleep(0.05)
    sleep(0.5)
    over.set()
    watcher.join()
    loop.stop()
    return _waits(app.database, committed, seen)


def _pour(database: Database, committed: dict[str, float], customer: Callable[[int], int]) -> None:
    """So many a second, in batches; a batch that is late is not made up for by a heap."""
    began, number = perf_counter(), 0
    while number < RATE * SECONDS:
        with database.transaction() as tx:
            new = [event(10**6 + number + n, customer(number + n)) for n in range(BATCH)]
            log.append(tx, new)
        now = perf_counter()
        committed |= {one.message_id: now for one in new}
        number += BATCH
        sleep(max(0.0, began + number / RATE - perf_counter()))


def _watch(database: Database, seen: list[tuple[float, int]], over: Event) -> None:
    while not over.wait(0.004):
        with database.transaction() as tx:
            found = tx.execute(
                "select position from log.reader where name = %s", [segments.READER.name]
            ).fetchone()
        if found and (not seen or found[0] > seen[-1][1]):
            seen.append((perf_counter(), found[0]))


def _waits(database: Database, committed: dict[str, float], seen: list[tuple[float, int]]) -> list[float]:
    with database.transaction() as tx:
        placed = tx.execute(PLACED).fetchall()
        entered = tx.execute(ENTERED).fetchone()
    assert len(placed) == len(committed), "not every event is in the log"
    assert entered is not None
    assert entered[0] > len(placed) / 2, "people were not seen to enter"
    waits, place = [], 0
    for position, message in placed:
        while seen[place][1] < position:
            place += 1
        waits.append((seen[place][0] - committed[message]) * 1000)
    return sorted(waits)
