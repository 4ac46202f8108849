"""The columns of a file: names, what their values look like, and examples."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from regulars.imports import duck
from regulars.imports.duck import Duck

Guess = Literal["empty", "text", "number", "boolean", "date", "instant", "json"]
EXAMPLES = 4
LOOKED_AT = 20_000
MONTHS = 12
SIGNS = 80
NUMBER = r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?"
NUMBER_COMMA = r"-?(0|[1-9][0-9]{0,2}(\.[0-9]{3})*|[1-9][0-9]*),[0-9]+"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}.*"
UNIX = r"1[0-9]{9}|1[0-9]{12}"
DOTTED = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?"
SLASHED = r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    guess: Guess
    filled: int  # Of the rows that were looked at.
    distinct: int
    examples: tuple[str, ...]
    format: str = ""  # Of dates that are not written as 2025-12-31, as strptime writes it.
    decimal: str = "."  # Of numbers.


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    columns: tuple[Column, ...]
    encoding: str = ""
    delimiter: str = ""
    looked_at: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def place(self, name: str) -> int:
        return self.names.index(name)


def fingerprint(names: Sequence[str]) -> str:
    """The same for files with the same columns, in whatever order."""
    folded = sorted(" ".join(name.casefold().split()) for name in names)
    return hashlib.sha256("\n".join(folded).encode()).hexdigest()[:16]


def columns_of(db: Duck, rows: Path, names: Sequence[str]) -> tuple[tuple[Column, ...], int]:
    """Look at the first rows of every column."""
    good = f"select * from read_parquet({duck.path(rows)}) where problem is null"
    sample = f"({good} order by row limit {LOOKED_AT})"
    (looked_at,) = duck.one(db, f"select count(*) from {sample}")
    return tuple(_column(db, sample, f"c{place}", name) for place, name in enumerate(names)), looked_at


def _column(db: Duck, sample: str, cell: str, name: str) -> Column:
    patterns = (NUMBER, NUMBER_COMMA, DATE, INSTANT, UNIX, DOTTED, SLASHED)
    fits = ", ".join(f"count(*) filter (where regexp_full_match(v, {duck.text(one)}))" for one in patterns)
    words = "'true', 'false', 'yes', 'no', 'ja', 'nein', 'oui', 'non', 'si', 'sí', 't', 'f', 'y', 'n'"
    seen = duck.one(
        db,
        f"""select count(*), approx_count_distinct(v), {fits},
            count(*) filter (where lower(v) in ({words})),
            count(*) filter (where v[1] in ('{{', '[') and json_valid(v)),
            count(*) filter (where regexp_full_match(v, '1[0-9]{{12}}')),
            coalesce(max(try_cast(regexp_extract(v, '^([0-9]+)[/.]([0-9]+)', 1) as integer)), 0),
            coalesce(max(try_cast(regexp_extract(v, '^([0-9]+)[/.]([0-9]+)', 2) as integer)), 0)
        from (select trim({cell}) as v from {sample}) where v <> ''""",
    )
    filled, distinct = int(seen[0]), int(seen[1])
    examples = duck.rows(
        db,
        f"select v from (select trim({cell}) as v, row from {sample}) where v <> '' group by v order by "
        "min(row) "
        f"limit {EXAMPLES}",
    )
    guess, form, decimal = _guess(filled, [int(n) for n in seen[2:]], name)
    return Column(
        name=name,
        guess=guess,
        filled=filled,
        distinct=distinct,
        examples=tuple(_short(str(example)) for (example,) in examples),
        format=form,
        decimal=decimal,
    )


def _guess(filled: int, seen: list[int], name: str) -> tuple[Guess, str, str]:
    """What all values of a column are, the format of dates, the decimal sign."""
    number, comma, day, instant, unix, dotted, slashed, words, nested, millis, first, second = seen
    # 13 can only be a day; where nothing tells, the day stands first, as most of the world writes.
    slashes = "%m/%d/%Y" if second > MONTHS >= first else "%d/%m/%Y"
    looks: tuple[tuple[bool, tuple[Guess, str, str]], ...] = (
        (not filled, ("empty", "", ".")),
        (
            unix == filled and _speaks_of_time(name),
            ("instant", "unix_ms" if millis == filled else "unix", "."),
        ),
        (number == filled, ("number", "", ".")),
        (comma > 0 and comma + number == filled, ("number", "", ",")),
        (words == filled, ("boolean", "", ".")),
        (day == filled, ("date", "", ".")),
        (day + instant == filled, ("instant", "", ".")),
        (nested == filled, ("json", "", ".")),
        (dotted == filled, ("date", "%d.%m.%Y", ".")),
        (slashed == filled, ("date", slashes, ".")),
    )
    return next((look for holds, look in looks if holds), ("text", "", "."))


def _speaks_of_time(name: str) -> bool:
    return any(
        part in name.casefold() for part in ("time", "date", "_at", " at", "created", "updated", "seen")
    )


def _short(text: str) -> str:
    plain = text.replace("\0", "␀")
    return plain if len(plain) <= SIGNS else plain[: SIGNS - 1] + "…"


def plain(layout: Layout) -> dict[str, Any]:
    return {
        "columns": [
            {field: getattr(column, field) for field in Column.__dataclass_fields__}
            for column in layout.columns
        ],
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "looked_at": layout.looked_at,
    }


def read(stored: dict[str, Any]) -> Layout:
    columns = tuple(Column(**{**one, "examples": tuple(one["examples"])}) for one in stored["columns"])
    return Layout(**{**stored, "columns": columns})
