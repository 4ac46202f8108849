"""The run: part after part, each a transaction with its progress, so that a killed run goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from regulars import jobs, log
from regulars.db import Database, Tx, run, value
from regulars.imports import duck, taking
from regulars.imports.bad_row import keep_bad
from regulars.imports.keeping import rows_of
from regulars.imports.preparing import prepare, tally
from regulars.imports.record import Import, get, held
from regulars.imports.staging import Occasion, Staged
from regulars.imports.statements import SQL
from regulars.kernel import Conflict, RegularsError

# More would lie before the sequencer, whose inbox has no index: each batch looks through all of it. It drains
# some 30,000 a second, so that a pause leaves it enough.
WAITING_MAX = 30_000
PAUSE_S = 0.2
STANDING_S = 2.0
SAMPLE_OF_BAD = 1_000
Function = Callable[[Database, dict[str, Any], jobs.Progress], Mapping[str, Any] | None]


class AllBad(Conflict):
    """Not one row can be used: it is the mapping or the file, not the rows."""

    code = "imports.all_bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    accepted: int
    bad: int


class Moved(Exception):
    """Another run of the same import has gone on; this one ends."""


def runner(home: Path) -> Function:
    """The function of the job, for files below this folder."""

    def work(database: Database, args: dict[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
        done = run_import(database, home, int(args["import"]), progress.update)
        return {"accepted": done.accepted, "bad": done.bad}

    return work


Say = Callable[[int, int, str, str], None]


def run_import(
    database: Database, home: Path, import_id: int, say: Say, *, part_rows: int | None = None
) -> Done:
    """Take the whole file in; `say` hears done, total, a message and the unit, and may raise to stop."""
    with database.transaction() as tx:
        one = held(tx, import_id)
        if one.state == "done":
            return Done(accepted=one.accepted, bad=one.bad)
        run(tx, SQL.begin, import_id=import_id)
    try:
        _take_all(database, home, one, say, part_rows)
    except jobs.Cancelled:
        _finish(database, import_id, "cancelled", None)
        raise
    except (jobs.Stopped, jobs.Lost, Moved):
        raise
    except Exception as fault:
        told = str(fault) if isinstance(fault, RegularsError) else f"{type(fault).__name__}: {fault}"
        _finish(database, import_id, "failed", told.replace("\0", "")[:2000])
        raise
    with database.transaction() as tx:
        run(tx, SQL.finish, import_id=import_id, state="done", error=None)
        one = get(tx, import_id)
    return Done(accepted=one.accepted, bad=one.bad)


def _finish(database: Database, import_id: int, state: str, error: str | None) -> None:
    with database.transaction() as tx:
        run(tx, SQL.finish, import_id=import_id, state=state, error=error)


def occasion_of(one: Import, now: datetime | None = None) -> Occasion:
    """Of a run that was asked for; before, what it would be now."""
    at = one.at or now
    assert at is not None
    return Occasion(import_id=one.import_id, at=at, cut_over=one.cut_over or at)


def _take_all(database: Database, home: Path, one: Import, say: Say, part_rows: int | None) -> None:
    body, layout, occasion = one.body, one.columns, occasion_of(one)
    assert body is not None
    rows = rows_of(home, one.folder, one.name)
    say(one.accepted + one.bad, one.rows, "Checking the rows", "rows")
    staged = prepare(rows, layout, body, occasion)
    _refuse_all_bad(database, one, rows, staged)
    with duck.opened(rows.parent) as db:
        batch = taking.Batch(
            db=db, rows=rows, staged=staged, layout=layout, body=body, occasion=occasion,
            now=datetime.now(UTC), actor=one.made_by, after=one.position, to=one.position,
        )  # fmt: skip
        for after, to, count in parts(db, rows, one.position, part_rows or taking.size_of(body.what)):
            say(one.accepted + one.bad, one.rows, "Taking the rows in", "rows")
            wait_for_sequencer(database)
            with database.transaction() as tx:
                _take_part(tx, batch, one.import_id, after, to, count)
                one = get(tx, one.import_id)
        say(one.accepted + one.bad, one.rows, "All rows are in; profiles follow", "rows")


def _take_part(tx: Tx, batch: taking.Batch, import_id: int, after: int, to: int, count: int) -> None:
    bad = taking.take(tx, replace(batch, after=after, to=to))
    keep_bad(tx, import_id, bad)
    moved = value(
        tx,
        SQL.advance,
        **{
            "import_id": import_id,
            "from": after,
            "position": to,
            "accepted": count - len(bad),
            "bad": len(bad),
        },
    )
    if moved is None:
        raise Moved


def parts(db: duck.Duck, rows: Path, position: int, size: int) -> list[tuple[int, int, int]]:
    """What is left, cut into parts: after which row, up to which, how many rows."""
    found = duck.rows(
        db,
        "select max(row), count(*) from (select row, (row_number() over (order by row) - 1) // ? as part "
        "from read_parquet(?) where row > ?) group by part order by part",
        size, str(rows), position,
    )  # fmt: skip
    bounds = [position, *(int(to) for to, _ in found)]
    return [(after, to, int(count)) for after, (to, count) in zip(bounds, found, strict=False)]


def _refuse_all_bad(database: Database, one: Import, rows: Path, staged: Staged) -> None:
    """Stop before anything is written when no row can be used, and keep some rows to be looked at."""
    seen = tally(staged, one.rows)
    if seen.good or one.position:
        return
    layout, body = one.columns, one.body
    assert body is not None
    with duck.opened(rows.parent) as db:
        (last,) = duck.one(
            db, "select max(row) from (select row from read_parquet(?) order by row limit ?)",
            str(staged.bad), SAMPLE_OF_BAD,
        )  # fmt: skip
        batch = taking.Batch(
            db=db, rows=rows, staged=staged, layout=layout, body=body, occasion=occasion_of(one),
            now=datetime.now(UTC), actor=one.made_by, after=0, to=int(last),
        )  # fmt: skip
        bad = taking.staged_bad(batch)
    with database.transaction() as tx:
        keep_bad(tx, one.import_id, bad)
    first = bad[0].problems[0]
    where = f"{first.column}: " if first.column else ""
    raise AllBad(
        f"Not one of {one.rows:,} rows can be used, so nothing was written. The first: row {bad[0].row}, "
        f"{where}{first.message} Look at the mapping."
    )


def wait_for_sequencer(database: Database) -> None:
    """Let what lies before the sequencer drain; not for ever, since none may run now."""
    least, since = None, monotonic()
    while True:
        with database.transaction() as tx:
            waiting = log.waiting(tx)
        if waiting < WAITING_MAX:
            return
        if least is None or waiting < least:
            least, since = waiting, monotonic()
        elif monotonic() - since > STANDING_S:
            return
        sleep(PAUSE_S)
