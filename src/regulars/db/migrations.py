"""Numbered plain-SQL migrations: one line of numbers for all rooms, each applied once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from regulars.db.database import Database
from regulars.db.reading import Tx, rows, run, value
from regulars.db.statements import Query, Statements
from regulars.kernel import Conflict, Fault

# Any number of our own: two processes that migrate at once take turns under this advisory lock.
LOCK = 7_246_021


class Sql(Statements, file="migrations.sql"):
    take_lock: Query
    has_ledger: Query
    make_ledger: Query
    applied: Query
    record: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    number: int
    name: str
    checksum: str


def known() -> list[Migration]:
    """The migrations this version of the code carries, in order."""
    folder = resources.files("regulars") / "migrations"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    found = [
        Migration(number=int(n[:4]), name=n[5:-4], text=(folder / n).read_text(encoding="utf-8"))
        for n in names
    ]
    if len({m.number for m in found}) != len(found):
        raise Fault("Two migrations carry one number; each number is given once.")
    return found


def applied(tx: Tx) -> list[Applied]:
    return rows(tx, SQL.applied, Applied) if value(tx, SQL.has_ledger) else []


def pending(tx: Tx, carried: Sequence[Migration]) -> list[Migration]:
    """What is still to be applied; raises Conflict when the database is newer than the code or differs."""
    done = {m.number: m for m in applied(tx)}
    unknown = sorted(done.keys() - {m.number for m in carried})
    if unknown:
        raise Conflict(
            f"The database has migration {unknown[-1]:04} ({done[unknown[-1]].name}), which this version of "
            "Regulars does not know: the database is newer than the code. Install the version that made it."
        )
    for migration in carried:
        before = done.get(migration.number)
        if before and before.checksum != migration.checksum:
            raise Conflict(
                f"Migration {migration.number:04} ({migration.name}) was applied in another wording. Applied "
                "migrations never change: install the version that made the database, or restore the file."
            )
    return [m for m in carried if m.number not in done]


def migrate(database: Database, *, up_to: int | None = None) -> list[Migration]:
    """Apply what is pending, each migration in a transaction of its own; gives what was applied."""
    with database.connect() as tx:
        done: list[Migration] = []
        carried = known()
        while True:
            run(tx, SQL.take_lock, key=LOCK)
            run(tx, SQL.make_ledger)
            waiting = [m for m in pending(tx, carried) if up_to is None or m.number <= up_to]
            if not waiting:
                tx.commit()
                return done
            _apply(tx, waiting[0])
            tx.commit()
            done.append(waiting[0])


def _apply(tx: Tx, migration: Migration) -> None:
    try:
        tx.execute(migration.text.encode())
    except Exception as cause:
        raise Fault(
            f"Migration {migration.number:04} ({migration.name}) failed and was rolled back: {cause}. The "
            "database is as it was before it."
        ) from cause
    run(tx, SQL.record, number=migration.number, name=migration.name, checksum=migration.checksum)


def check_current(tx: Tx) -> None:
    """Raise Conflict unless the database is exactly as new as the code."""
    waiting = pending(tx, known())
    if waiting:
        raise Conflict(
            f"The database is older than the code: {len(waiting)} migrations wait, the first is "
            f"{waiting[0].number:04} ({waiting[0].name}). Run `regulars migrate`."
        )
