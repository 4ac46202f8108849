"""Parquet: typed columns, read as text like the others."""

from pathlib import Path

from regulars.imports import duck
from regulars.imports.csv_rows import COLUMNS_MAX, named
from regulars.imports.duck import Duck
from regulars.imports.errors import unreadable

ROWS_FREE = 1_000_000  # So many may be as alike as they like.
ROWS_A_BYTE_MAX = 2
NESTED = ("STRUCT", "MAP", "LIST", "[]", "JSON")


def write_rows(db: Duck, file: Path, into: Path, name: str) -> list[str]:
    """Every row with its number, from 1; gives the names of the columns."""
    try:
        found = duck.rows(db, "describe select * from read_parquet(?)", str(file))
        if len(found) > COLUMNS_MAX:
            raise unreadable(f"{name} has {len(found):,} columns; at most {COLUMNS_MAX:,} are read.")
        _check_rows(db, file, name)
        renamed = ", ".join(f"t{place}" for place in range(len(found)))
        cells = ", ".join(
            f"{_as_text(f't{n}', str(kind))} as c{n}" for n, (_, kind, *_rest) in enumerate(found)
        )
        db.execute(
            f"copy (select row_number() over () as row, null::varchar as problem, {cells} "
            f"from read_parquet({duck.path(file)}) as file({renamed})) "
            f"to {duck.path(into)} (format parquet, row_group_size 50000)"
        )
    except duck.Failed as cause:
        raise unreadable(
            f"{name} is a Parquet file that cannot be read ({duck.told(cause, file)}). Write it again."
        ) from cause
    return named([str(column) for column, *_rest in found])


def _check_rows(db: Duck, file: Path, name: str) -> None:
    """A few bytes may stand for billions of rows that are all alike."""
    count = int(duck.one(db, "select coalesce(sum(num_rows), 0) from parquet_file_metadata(?)", str(file))[0])
    size = file.stat().st_size
    if count > max(ROWS_FREE, size * ROWS_A_BYTE_MAX):
        raise unreadable(
            f"{name} says it holds {count:,} rows in {size:,} bytes: they can hardly differ. "
            f"Export it again, in files of at most {ROWS_FREE:,} rows."
        )


def _as_text(cell: str, kind: str) -> str:
    if any(part in kind for part in NESTED):
        return f"to_json({cell})::varchar"
    if kind.startswith("TIMESTAMP"):
        return f"replace({cell}::varchar, ' ', 'T')"
    if kind == "BLOB":
        return f"try_cast(decode({cell}) as varchar)"
    return f"{cell}::varchar"
