"""Taking staged rows into the workspace: each kind of thing through the room that keeps it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from regulars import customers, events, log, loyalty, messaging, orders
from regulars.db import Tx
from regulars.imports import duck
from regulars.imports.bad_row import Bad, Problem, problems_of
from regulars.imports.cells import REASONS
from regulars.imports.duck import Duck
from regulars.imports.layout import Layout
from regulars.imports.mapping import MappingBody
from regulars.imports.staging import Occasion, Staged
from regulars.kernel import Invalid
from regulars.loyalty import UnknownProgramme

PIECE = 1 << 20
MESSAGE_BYTES_MAX = 512 * 1024
DECODER = msgspec.json.Decoder(float_hook=Decimal)
# What a column of suppressions says of an address that is free.
UNSUPPRESSED = ("", "[]", "{}", "no", "false", "f", "n", "0", "none", "null", "nan", "n/a", "-", "never")
# Of rows that Python looks at one by one.
ROWS_IN_PYTHON = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The rows (after, to] of a staged file, ready to be taken."""

    db: Duck
    rows: Path
    staged: Staged
    layout: Layout
    body: MappingBody
    occasion: Occasion
    now: datetime  # By the wall clock.
    actor: str
    after: int
    to: int


def take(tx: Tx, batch: Batch) -> list[Bad]:
    """Write what is good in the caller's transaction; gives what is not, found before or just now."""
    return [*staged_bad(batch), *TAKERS[batch.body.what](tx, batch)]


def staged_bad(batch: Batch) -> list[Bad]:
    told = duck.rows(
        batch.db, "select row, problems from read_parquet(?) where row > ? and row <= ?",
        str(batch.staged.bad), batch.after, batch.to,
    )  # fmt: skip
    return _with_cells(batch, {int(row): problems_of(str(codes), batch.layout) for row, codes in told})


def _with_cells(batch: Batch, found: dict[int, tuple[Problem, ...]]) -> list[Bad]:
    if not found:
        return []
    names = batch.layout.names
    columns = ", ".join(f"c{place}" for place in range(len(names)))
    low, high = min(found), max(found)
    cells = duck.rows(
        batch.db,
        f"select row, {columns} from read_parquet(?) where row between {low} and "
        f"{high} "
        "and list_contains(?::bigint[], row)",
        str(batch.rows), list(found),
    )  # fmt: skip
    return [
        Bad(row=row, problems=found[row], cells=dict(zip(names, rest, strict=True))) for row, *rest in cells
    ]


def _reason(code: str, column: str = "", message: str = "") -> tuple[Problem, ...]:
    return (Problem(code=code, column=column, message=message or REASONS[code]),)


def take_prepared(tx: Tx, batch: Batch) -> list[Bad]:
    """Events that were made and checked as columns: no Python for any row, unless one is refused."""
    file = batch.rows.parent / f"part-{token_hex(8)}.csv"  # Of this run alone, should there be two.
    columns = ", ".join(log.PREPARED)
    batch.db.execute(
        f"copy (select {columns}, 1, 0 from read_parquet({duck.path(batch.staged.units)}) "
        f"where row > {batch.after} and row <= {batch.to} order by row, part) "
        f"to {duck.path(file)} (format csv, header false)"
    )
    try:
        log.append_prepared(tx, _pieces(file))
    except log.NotPrepared as refused:
        return _halved(tx, batch, str(refused))
    finally:
        file.unlink(missing_ok=True)
    return []


def take_customers(tx: Tx, batch: Batch) -> list[Bad]:
    """What is told of people; nobody writes to an address that the other system suppressed."""
    wrong = take_prepared(tx, batch)
    column = next((name for name, field in batch.body.columns.items() if field == "suppressed.email"), None)
    if column is None:
        return wrong
    addresses = _as_read(batch, column) | _of_bad(batch, column)
    messaging.suppress(tx, sorted(addresses), reason="imported", at=batch.occasion.at)
    return wrong


def _as_read(batch: Batch, column: str) -> set[str]:
    """The suppressed addresses of the rows that could be read."""
    told = duck.rows(
        batch.db,
        "select json_extract_string(units.properties, '$.email') from read_parquet(?) as units "
        "inner join read_parquet(?) as file using (row) "
        "where units.row > ? and units.row <= ? and units.part = 0 "
        f"and {_tells(batch, column)}",
        str(batch.staged.units), str(batch.rows), batch.after, batch.to,
    )  # fmt: skip
    return {str(email) for (email,) in told if email}


def _of_bad(batch: Batch, column: str) -> set[str]:
    """Those of bad rows: whatever else is wrong with one, nobody writes to whom it says not to."""
    known = next((name for name, field in batch.body.columns.items() if field == "email"), None)
    if known is None:
        return set()
    told = duck.rows(
        batch.db,
        f"select file.c{batch.layout.place(known)} from read_parquet(?) as file "
        "semi join read_parquet(?) as bad using (row) "
        f"where file.row > ? and file.row <= ? and {_tells(batch, column)}",
        str(batch.rows), str(batch.staged.bad), batch.after, batch.to,
    )  # fmt: skip
    return {str(email) for (email,) in told if email and "@" in str(email)}


def _tells(batch: Batch, column: str) -> str:
    cell = f"lower(trim(file.c{batch.layout.place(column)}))"
    return f"coalesce({cell}, '') not in {UNSUPPRESSED}"


def _halved(tx: Tx, batch: Batch, reason: str) -> list[Bad]:
    numbers = duck.rows(
        batch.db, "select distinct row from read_parquet(?) where row > ? and row <= ? order by row",
        str(batch.staged.units), batch.after, batch.to,
    )  # fmt: skip
    if len(numbers) == 1:
        problem = _reason("unstorable", message=f"{REASONS['unstorable']} ({reason})")
        return _with_cells(batch, dict.fromkeys(_rows_behind(batch, int(numbers[0][0])), problem))
    middle = int(numbers[len(numbers) // 2 - 1][0])
    return [
        *take_prepared(tx, replace(batch, to=middle)),
        *take_prepared(tx, replace(batch, after=middle)),
    ]


def _rows_behind(batch: Batch, row: int) -> list[int]:
    """The rows of the file that one event was made of: of an order, all its lines."""
    column = next((c for c, field in batch.body.columns.items() if field == "order_id"), None)
    if batch.body.what != "orders" or column is None:
        return [row]
    cell = f"c{batch.layout.place(column)}"
    return [
        int(number)
        for (number,) in duck.rows(
            batch.db,
            f"select row from read_parquet(?) where trim({cell}) = "
            f"(select trim({cell}) from read_parquet(?) where row = ?)",
            str(batch.rows),
            str(batch.rows),
            row,
        )
    ]


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def take_events(tx: Tx, batch: Batch) -> list[Bad]:
    """Each as a message of the tracking API; the events room has the last word, the tracking plan too."""
    source = batch.body.source
    reception = events.Reception(
        source=source,
        received_at=batch.occasion.at,
        policy=replace(events.policy_of(tx, source), check=events.plan(tx).check, server=True),
        history_before=batch.occasion.cut_over,
        bytes_max=MESSAGE_BYTES_MAX,
    )
    good: list[log.NewEvent] = []
    wrong: dict[int, tuple[Problem, ...]] = {}
    for row, message in _units(batch, "message"):
        said = _said(message)
        read = said if isinstance(said, events.Refusal) else events.read(said, reception)
        if isinstance(read, events.Refusal):
            told = f"{read.path}: {read.reason}" if read.path else read.reason
            wrong[row] = _reason("event", message=told)
        else:
            good.append(read)
    log.append(tx, good)
    return _with_cells(batch, wrong)


def _said(message: str) -> Any:
    """A message, or a Refusal of one with a number that cannot be read."""
    try:
        return DECODER.decode(message)
    except (ValueError, ArithmeticError, RecursionError):
        return events.parse_json(message)


def _units(batch: Batch, *columns: str) -> list[Any]:
    return duck.rows(
        batch.db,
        f"select row, {', '.join(columns)} from read_parquet(?) "
        "where row > ? and row <= ? order by row, part",
        str(batch.staged.units), batch.after, batch.to,
    )  # fmt: skip


def take_products(tx: Tx, batch: Batch) -> list[Bad]:
    def put(found: Sequence[orders.Product]) -> object:
        return orders.put_products(tx, found, at=batch.occasion.at)

    return _put(batch, orders.product_of, put, "product")


def take_stores(tx: Tx, batch: Batch) -> list[Bad]:
    def put(found: Sequence[orders.Store]) -> object:
        return orders.put_stores(tx, found, at=batch.occasion.at)

    return _put(batch, orders.store_of, put, "store")


def _put(
    batch: Batch, read: Callable[[dict[str, Any]], Any], put: Callable[[Sequence[Any]], object], code: str
) -> list[Bad]:
    good, wrong = [], {}
    for row, said in _units(batch, "said"):
        try:
            good.append(read(DECODER.decode(said)))
        except Invalid as cause:
            told = "; ".join(f"{one.path}: {one.message}" for one in cause.findings) or str(cause)
            wrong[row] = _reason(code, message=told)
    put(good)
    return _with_cells(batch, wrong)


def take_balances(tx: Tx, batch: Batch) -> list[Bad]:
    """Each row a lot of its own, under an id made of import and row."""
    customers.hold(tx)
    wrong: dict[int, tuple[Problem, ...]] = {}
    by_programme: dict[tuple[str, str | None], list[loyalty.Opening]] = {}
    rows = [(row, DECODER.decode(said)) for row, said in _units(batch, "said")]
    people = _people(tx, [said for _, said in rows])
    for row, said in rows:
        found = people(said)
        if len(found) != 1:
            wrong[row] = _reason("ambiguous" if found else "unknown_customer", _who(said, batch.body))
            continue
        try:
            opening = _opening(tx, batch, row, said, found[0])
        except UnknownProgramme:
            wrong[row] = _reason("unknown_programme")
        except Invalid as cause:
            wrong[row] = _reason("points", message=str(cause))
        else:
            by_programme.setdefault((said["programme"], said.get("currency")), []).append(opening)
    for (programme, currency), openings in sorted(by_programme.items(), key=lambda one: str(one[0])):
        for done in loyalty.open_balances(
            tx, programme, openings, at=batch.occasion.at, actor=batch.actor, currency=currency
        ):
            if done.outcome != "posted":
                wrong[int(done.key.rsplit(":", 1)[1])] = _reason(done.outcome)
    return _with_cells(batch, wrong)


def _opening(tx: Tx, batch: Batch, row: int, said: dict[str, Any], customer_id: int) -> loyalty.Opening:
    earned = said.get("earned_at")
    expires = said.get("expires_at")
    earned_at = datetime.fromisoformat(earned) if earned else min(batch.occasion.cut_over, batch.occasion.at)
    return loyalty.Opening(
        key=f"import:{batch.occasion.import_id}:{row}",
        customer_id=customer_id,
        amount=loyalty.opening_units(tx, said["programme"], str(said["points"]), said.get("currency")),
        earned_at=earned_at,
        expires_at=datetime.fromisoformat(expires) if expires else None,
        reason=said.get("note") or "Opening balance",
    )


def _people(tx: Tx, all_said: list[dict[str, Any]]) -> Callable[[dict[str, Any]], tuple[int, ...]]:
    """Who each row is about: by customer id, else by anonymous id, e-mail address, phone number."""
    known: dict[str, dict[str, tuple[int, ...]]] = {}
    for kind in ("user_id", "anonymous_id", "email", "phone"):
        wanted = sorted({str(said[kind]) for said in all_said if said.get(kind)})
        known[kind] = customers.people_of(tx, kind, wanted) if wanted else {}
        if kind in ("email", "phone") and wanted:
            made = customers.people_of(tx, "anonymous_id", [f"{kind}:{one}" for one in wanted])
            for value, bearers in made.items():
                known[kind].setdefault(value.partition(":")[2], bearers)

    def people(said: dict[str, Any]) -> tuple[int, ...]:
        for kind, found in known.items():
            if said.get(kind):
                return found.get(str(said[kind]), ())
        return ()

    return people


def _who(said: dict[str, Any], body: MappingBody) -> str:
    fields = [kind for kind in ("user_id", "anonymous_id", "email", "phone") if said.get(kind)]
    return next((column for column, field in body.columns.items() if field in fields[:1]), "")


TAKERS: dict[str, Callable[[Tx, Batch], list[Bad]]] = {
    "customers": take_customers,
    "consents": take_prepared,
    "orders": take_prepared,
    "events": take_events,
    "products": take_products,
    "stores": take_stores,
    "balances": take_balances,
}


def size_of(what: str) -> int:
    """How many rows are taken in one transaction."""
    return 20_000 if TAKERS[what] in (take_prepared, take_customers) else ROWS_IN_PYTHON
