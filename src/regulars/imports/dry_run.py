"""The dry run: what a run would do, counted and summed; nothing is written but the findings."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars import customers, jobs
from regulars.db import Database, Query, Statements, Tx, run, values
from regulars.imports import duck
from regulars.imports.bad_row import problems_of
from regulars.imports.duck import Duck
from regulars.imports.keeping import rows_of
from regulars.imports.preparing import prepare, tally
from regulars.imports.record import Import, get, held
from regulars.imports.running import Function, Say, occasion_of
from regulars.imports.staging import Staged
from regulars.imports.statements import SQL as OWN

KINDS_MAX, EXAMPLES, SAMPLES, SUMS_MAX = 30, 3, 5, 400
BATCH = 20_000


class Sql(Statements, file="dry_run.sql"):
    known_orders: Query
    known_products: Query
    known_stores: Query


SQL = Sql()


class Example(msgspec.Struct, frozen=True, kw_only=True):
    row: int
    value: str


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem."""

    code: str
    column: str
    message: str
    rows: int
    examples: list[Example]


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The orders of one day in one currency."""

    day: str
    currency: str
    orders: int
    total: str  # As a decimal.


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    good: int
    bad: int
    units: int  # Events or things that would be written.
    history: int  # Of them, what would be history.
    first_at: str | None  # Of the events.
    last_at: str | None
    things: int  # Different customers, orders, products or stores.
    known: int  # Of them, those that are there already.
    thing: str  # What these are, in the plural.
    kinds: list[Kind]
    samples: list[str]  # The first units, as they would be written.
    sums: list[Sum]
    sums_left_out: int


def checker(home: Path, zone: str) -> Function:
    """The function of the job, for files below this folder; days are those of the zone."""

    def work(database: Database, args: dict[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
        at = datetime.fromisoformat(args["at"])
        found = check_import(database, home, int(args["import"]), progress.update, at=at, zone=zone)
        return {"good": found.good, "bad": found.bad}

    return work


def check_import(
    database: Database, home: Path, import_id: int, say: Say, *, at: datetime, zone: str
) -> Findings:
    """Look at every row and say what would come of it now; keeps the findings with the import."""
    with database.transaction() as tx:
        one = get(tx, import_id)
    body = one.body
    assert body is not None
    rows = rows_of(home, one.folder, one.name)
    say(0, one.rows, "Checking the rows", "rows")
    staged = prepare(rows, one.columns, body, occasion_of(one, at))
    with duck.opened(rows.parent) as db, database.transaction() as tx:
        found = _findings(tx, db, one, staged, rows, zone)
    say(one.rows, one.rows, "Checked", "rows")
    with database.transaction() as tx:
        if held(tx, import_id).mapping == one.mapping:
            run(tx, OWN.set_findings, import_id=import_id, findings=Jsonb(msgspec.to_builtins(found)))
    return found


def _findings(tx: Tx, db: Duck, one: Import, staged: Staged, rows: Path, zone: str) -> Findings:
    seen = tally(staged, one.rows)
    what = one.what or "customers"
    thing, things, known = _things(tx, db, what, staged)
    first_at, last_at = _span(db, what, staged)
    sums, left_out = _sums(db, staged, zone) if what == "orders" else ([], 0)
    return Findings(
        rows=one.rows,
        good=seen.good,
        bad=seen.bad,
        units=seen.units,
        history=seen.history,
        first_at=first_at,
        last_at=last_at,
        things=things,
        known=known,
        thing=thing,
        kinds=_kinds(db, one, staged, rows),
        samples=_samples(db, what, staged),
        sums=sums,
        sums_left_out=left_out,
    )


def _kinds(db: Duck, one: Import, staged: Staged, rows: Path) -> list[Kind]:
    # The rest of a shape's code is the row itself; what counts is the code.
    shapes = "('cells', 'quote', 'json', 'object', 'huge')"
    found = duck.rows(
        db,
        f"""select case when code in {shapes} then code else told end as kind, count(*),
                min_by(row, row, {EXAMPLES})
            from (select row, told, split_part(told, ':', 1) as code
                  from (select row, unnest(string_split(problems, '|')) as told from read_parquet(?)))
            group by kind order by count(*) desc limit {KINDS_MAX}""",
        str(staged.bad),
    )
    kinds = []
    for told, count, examples in found:
        problem = problems_of(str(told), one.columns)[0]
        place = one.columns.place(problem.column) if problem.column else -1
        kinds.append(
            Kind(
                code=problem.code,
                column=problem.column,
                message=problem.message,
                rows=int(count),
                examples=[Example(row=int(row), value=_value(db, rows, int(row), place)) for row in examples],
            )
        )
    return kinds


def _value(db: Duck, rows: Path, row: int, place: int) -> str:
    column = f"c{place}" if place >= 0 else "problem"
    found = duck.rows(db, f"select {column} from read_parquet(?) where row = ?", str(rows), row)
    text = str(found[0][0] or "") if found else ""
    return text[:120].replace("\0", "␀")


def _things(tx: Tx, db: Duck, what: str, staged: Staged) -> tuple[str, int, int]:
    """What the file speaks of, how many of them, and how many are known."""
    if what == "orders":
        return "orders", *_counted(tx, db, staged, "order_id", SQL.known_orders)
    if what == "products":
        key = "json_extract_string(said, '$.product_id')"
        return "products", *_counted(tx, db, staged, key, SQL.known_products)
    if what == "stores":
        key = "json_extract_string(said, '$.store_id')"
        return "stores", *_counted(tx, db, staged, key, SQL.known_stores)
    things = known = 0
    for kind in ("user_id", "anonymous_id"):
        only = "user_id is null and" if kind == "anonymous_id" else ""
        select = f"select distinct {kind} from read_parquet(?) where {only} {kind} is not null"
        for part in _in_parts(db, select, str(staged.units)):
            things += len(part)
            known += len(customers.people_of(tx, kind, part))
    return "customers", things, known


def _counted(tx: Tx, db: Duck, staged: Staged, key: str, query: Query) -> tuple[int, int]:
    things = known = 0
    select = f"select distinct {key} from read_parquet(?)"
    for part in _in_parts(db, select, str(staged.units)):
        things += len(part)
        known += len(values(tx, query, keys=part))
    return things, known


def _in_parts(db: Duck, select: str, *arguments: object) -> Iterator[list[str]]:
    cursor = db.execute(select, list(arguments))
    while part := cursor.fetchmany(BATCH):
        yield [str(value) for (value,) in part]


def _span(db: Duck, what: str, staged: Staged) -> tuple[str | None, str | None]:
    column = {"events": "json_extract_string(message, '$.timestamp')"}.get(what, "occurred_at")
    if what in ("products", "stores", "balances"):
        return None, None
    first, last = duck.one(
        db,
        f"select min({column}), max({column}) from read_parquet(?)",
        str(staged.units),
    )
    return first, last


def _samples(db: Duck, what: str, staged: Staged) -> list[str]:
    column = {"events": "message", "products": "said", "stores": "said", "balances": "said"}.get(what)
    shown = (
        column
        or "name || ' ' || coalesce(user_id, anonymous_id) || ' at ' || occurred_at || ': ' || properties"
    )
    found = duck.rows(
        db,
        f"select {shown} from read_parquet(?) order by row, part limit {SAMPLES}",
        str(staged.units),
    )
    return [str(text)[:1_000] for (text,) in found]


def _sums(db: Duck, staged: Staged, zone: str) -> tuple[list[Sum], int]:
    """Orders and money by local day and currency, as the orders room will book them."""
    own = {name: _money(f"one ->> '{name}'") for name in ("total", "price", "quantity", "discount")}
    line = f"coalesce({own['total']}, {own['price']} * {own['quantity']} - coalesce({own['discount']}, 0))"
    lines = f"list_sum(list_transform((p -> 'products')::json[], lambda one: {line}))"
    told = {name: _money(f"p ->> '{name}'") for name in ("total", "shipping", "tax")}
    total = (
        f"coalesce({told['total']}, {lines} + coalesce({told['shipping']}, 0) + coalesce({told['tax']}, 0))"
    )
    day = f"strftime(timezone({duck.text(zone)}, occurred_at::timestamptz), '%Y-%m-%d')"
    found = duck.rows(
        db,
        f"""select {day} as day, p ->> 'currency' as currency, count(*), round(sum({total}), 4)::varchar
            from (select occurred_at, properties::json as p from read_parquet(?))
            group by day, currency order by day desc, currency""",
        str(staged.units),
    )
    sums = [
        Sum(day=str(day), currency=str(currency), orders=int(count), total=_decimal(str(total)))
        for day, currency, count, total in found[:SUMS_MAX]
    ]
    return sums, max(0, len(found) - SUMS_MAX)


def _money(text: str) -> str:
    return f"try_cast({text} as decimal(24, 6))"


def _decimal(text: str) -> str:
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits.rstrip('0').ljust(2, '0')}"
