"""Erasing somebody from imported files: their rows are taken out, and what was staged of them is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from regulars.db import Query, Statements, Tx, naming, records, rows, run
from regulars.imports import duck
from regulars.imports.duck import Duck
from regulars.imports.errors import NotNow
from regulars.imports.keeping import ROWS
from regulars.kernel import Sieve, is_telling, pattern_of, pieces, public_id

SEPARATOR = "\x1f"
ROWS_AT_ONCE = 10_000
WHO = frozenset({"user_id", "anonymous_id", "email", "phone", "previous_id", "card"})
SPACED = frozenset({"phone", "card"})  # Of these, written with spaces and dashes or without.


class Sql(Statements, file="erasing.sql"):
    files: Query
    rewritten: Query
    erase_words: Query
    bad_telling: Query
    erase_bad: Query
    erase_bad_rows: Query
    held_bad: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    import_id: int
    folder: str
    name: str
    state: str
    columns: dict[str, str]  # Which column is read as which field.
    names: list[str]  # Of all columns, in the order of the file.


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str], *, home: Path) -> dict[str, int]:
    """Take a person's rows out of every file kept; raises NotNow while one that has them is being taken in.

    Files are written before the transaction ends: done again after a crash, it finds nothing more in them.
    """
    taken = 0
    for one in rows(tx, SQL.files, File):
        taken += _erase_from(tx, home, one, values)
    bad = sum(
        run(tx, SQL.erase_bad, ids=found.ids, pattern=pattern_of(found.values))
        for found in naming(tx, SQL.bad_telling, values)
    )
    words = sum(run(tx, SQL.erase_words, pattern=pattern_of(piece)) for piece in pieces(values))
    return {"imports.bad_row": bad, "imports.import": words, "rows of imported files": taken}


def held(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of files that could not be used; those that could are the events and traits they became."""
    return [("Rows not imported", records(tx, SQL.held_bad, pattern=pattern_of(values)))]


def _erase_from(tx: Tx, home: Path, one: File, values: Sequence[str]) -> int:
    folder = home / one.folder
    file = folder / ROWS
    if not values or not file.exists():
        return 0
    with duck.opened(folder) as db:
        found = _rows_of(db, file, one, values)
        if not found:
            return 0
        if one.state in ("waiting", "running"):
            raise NotNow(
                f"{public_id('imp', one.import_id)} ({one.name}) is being taken in and holds rows of this "
                "person. The erasure goes on when it has ended."
            )
        left = _without(db, file, found)
    _clear(folder)
    run(tx, SQL.rewritten, import_id=one.import_id, rows=left)
    run(tx, SQL.erase_bad_rows, import_id=one.import_id, rows=found)
    return len(found)


def _rows_of(db: Duck, file: Path, one: File, values: Sequence[str]) -> list[int]:
    """Rows in which a value stands anywhere, or is all of a cell that says who."""
    described = duck.rows(db, f"describe select * from read_parquet({duck.path(file)})")
    cells = [str(name) for name, *_ in described if name != "row"]
    joined = f"concat_ws({duck.text(SEPARATOR)}, {', '.join(cells)})"
    short = frozenset(value.lower() for value in values)
    numbers = frozenset(value for value in values if value.isdigit() and is_telling(value))
    who, spaced = _cells(one, WHO), _cells(one, SPACED)
    # Only where digits are spaced: those of an address that ends in a number are another's.
    asked = [f"lower(trim({cell}))" for cell in who] + [_bare(cell) for cell in spaced]
    found = db.execute(f"select row, {', '.join([joined, *asked])} from read_parquet({duck.path(file)})")
    sieve = Sieve(values)
    taken = []
    while some := found.fetchmany(ROWS_AT_ONCE):
        for row, text, *told in some:
            is_who = not short.isdisjoint(told[: len(who)]) or not numbers.isdisjoint(told[len(who) :])
            if is_who or sieve.named(text):
                taken.append(int(row))
    return taken


def _cells(one: File, fields: frozenset[str]) -> list[str]:
    """The cells of columns that the mapping reads as some of the identifiers and contacts."""
    return [
        f"c{one.names.index(name)}"
        for name, field in one.columns.items()
        if field.rpartition(".")[2] in fields and name in one.names
    ]


def _bare(cell: str) -> str:
    return f"regexp_replace({cell}, '[^0-9]', '', 'g')"


def _without(db: Duck, file: Path, found: Sequence[int]) -> int:
    """Write the file anew without some rows, whole or not at all; gives how many are left."""
    fresh = file.with_suffix(".fresh")
    db.execute(
        f"copy (select * from read_parquet({duck.path(file)}) where row not in (select unnest($found))) "
        f"to {duck.path(fresh)} (format parquet, row_group_size 50000)",
        {"found": list(found)},
    )
    (left,) = duck.one(db, f"select count(*) from read_parquet({duck.path(fresh)})")
    fresh.chmod(0o600)
    fresh.replace(file)
    return int(left)


def _clear(folder: Path) -> None:
    """The file as it came, and what was staged from it: the rows are enough to go on with."""
    for path in folder.iterdir():
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        elif path.name != ROWS:
            path.unlink(missing_ok=True)
