"""Writing rows into a file: CSV, Parquet with types, or JSON Lines; whole before it has its name."""

import csv
import gzip
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Literal, Protocol, get_args

import msgspec
import pyarrow as pa
from pyarrow import parquet

from regulars.exports.listing import Asked, Column
from regulars.kernel import minor_digits, public_id

Format = Literal["csv", "csv-gzip", "parquet", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
TITLES: dict[Format, str] = {
    "csv": "CSV",
    "csv-gzip": "CSV, packed",
    "parquet": "Parquet",
    "jsonl": "JSON Lines",
}
ENDINGS: dict[Format, str] = {"csv": ".csv", "csv-gzip": ".csv.gz", "parquet": ".parquet", "jsonl": ".jsonl"}
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "csv-gzip": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/x-ndjson",
}
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "id": pa.string(),
    "json": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "amount": pa.decimal128(20, 3),  # Three digits are the most that a currency has.
    "flag": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
}
JSON = msgspec.json.Encoder(decimal_format="number")
ROW_GROUP = 100_000
INTEGER_MAX = 2**63 - 1
PIECE = 1 << 20

Values = Sequence[Any]
Batch = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    rows: int
    bytes: int
    sha256: str


class Writer(Protocol):
    def add(self, columns: Sequence[Values]) -> None: ...

    def close(self) -> None: ...


def write_file(
    path: Path,
    kind: Format,
    known: Sequence[Column],
    asked: Asked,
    batches: Iterator[Batch],
    *,
    guard: bool,
    say: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write the asked columns; `known` are those of the rows. The file appears whole, or not at all."""
    rows = 0
    with whole(path) as (target, part):
        writer = writer_of(kind, target, asked.columns, guard=guard)
        for batch in batches:
            if batch:
                writer.add(columns_of(batch, known, asked))
                rows += len(batch)
                say(rows)
        writer.close()
        target.flush()
        os.fsync(target.fileno())
        size, sha256 = _digest(part)
    return Written(rows=rows, bytes=size, sha256=sha256)


@contextmanager
def whole(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file only its owner reads, that takes its name when all is in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.parent / f".{token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as target:
            yield target, part
        part.replace(path)
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            part.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            size += len(piece)
            digest.update(piece)
    return size, digest.hexdigest()


def columns_of(batch: Batch, known: Sequence[Column], asked: Asked) -> list[Values]:
    """The asked columns of some rows, as plain values; contact details masked where they are to be."""
    by_name = dict(zip((column.name for column in known), zip(*batch, strict=True), strict=True))
    return [_plain(column, by_name, asked) for column in asked.columns]


def _plain(column: Column, by_name: Mapping[str, Values], asked: Asked) -> Values:
    values = by_name[column.name]
    if column.conceal is not None and not asked.contacts:
        more = (asked.personal,) if column.type == "json" else ()
        values = [None if value is None else column.conceal(value, *more) for value in values]
    if column.type == "id":
        return [None if v is None else public_id(column.prefix, v) for v in values]
    if column.type == "amount":
        named = by_name[column.currency]
        return [_amount(minor, currency) for minor, currency in zip(values, named, strict=True)]
    read = READ.get(column.type)
    return values if read is None else [None if v is None else read(v) for v in values]


def _amount(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or not currency else Decimal(minor).scaleb(-minor_digits(currency))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return JSON.encode(value).decode()


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(value: Any) -> int | None:
    whole_number = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if whole_number and abs(value) <= INTEGER_MAX else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


# What a value becomes; one that is not of its column's type, as a trait may be, becomes none.
READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "json": _json,
    "flag": _flag,
    "integer": _integer,
    "number": _number,
}


def writer_of(kind: Format, target: IO[bytes], columns: Sequence[Column], *, guard: bool) -> Writer:
    if kind == "parquet":
        return Parquet(target, columns)
    if kind == "jsonl":
        return JsonLines(target, columns)
    return Csv(target, columns, guard=guard, packed=kind == "csv-gzip")


class Csv:
    """RFC 4180 in UTF-8, with a header. What a spreadsheet takes for a formula is made text, if guarded."""

    def __init__(self, target: IO[bytes], columns: Sequence[Column], *, guard: bool, packed: bool) -> None:
        self._types = [column.type for column in columns]
        self._guard = guard
        # Without a name or a time in it, the same rows give the same bytes.
        self._packed = gzip.GzipFile(fileobj=target, mode="wb", filename="", mtime=0) if packed else None
        self._text = io.TextIOWrapper(
            self._packed or target, encoding="utf-8", newline="", write_through=True
        )
        self._writer = csv.writer(self._text)
        self._writer.writerow([guarded(column.name) for column in columns])

    def add(self, columns: Sequence[Values]) -> None:
        told = [self._told(kind, values) for kind, values in zip(self._types, columns, strict=True)]
        self._writer.writerows(zip(*told, strict=True))

    def _told(self, kind: str, values: Values) -> Values:
        if kind in ("text", "json"):
            return [guarded(v) for v in values] if self._guard else values
        show = SHOWN.get(kind)
        return values if show is None else [None if v is None else show(v) for v in values]

    def close(self) -> None:
        self._text.flush()
        self._text.detach()
        if self._packed is not None:
            self._packed.close()


def guarded(value: str | None) -> str | None:
    """
    >>> guarded("=1+1"), guarded("one")
    ("'=1+1", 'one')
    """
    return f"'{value}" if value and value.startswith(FORMULA) else value


def _instant(value: datetime) -> str:
    told = value.isoformat()
    if not told.endswith("+00:00"):
        told = value.astimezone(UTC).isoformat()
    return f"{told.removesuffix('+00:00')}Z"


def _day(value: date) -> str:
    return value.isoformat()


def _shown_number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004


def _shown_flag(value: bool) -> str:  # noqa: FBT001 - a value, not an option
    return "true" if value else "false"


SHOWN: dict[str, Callable[[Any], str]] = {
    "instant": _instant,
    "day": _day,
    "number": _shown_number,
    "flag": _shown_flag,
    "amount": str,
}


class JsonLines:
    """An object a line; JSON columns are JSON in it, not text."""

    def __init__(self, target: IO[bytes], columns: Sequence[Column]) -> None:
        self._target = target
        self._names = [column.name for column in columns]
        self._json = {number for number, column in enumerate(columns) if column.type == "json"}

    def add(self, columns: Sequence[Values]) -> None:
        told = [
            [None if v is None else msgspec.Raw(v.encode()) for v in values]
            if number in self._json
            else values
            for number, values in enumerate(columns)
        ]
        rows = [dict(zip(self._names, row, strict=True)) for row in zip(*told, strict=True)]
        self._target.write(JSON.encode_lines(rows))

    def close(self) -> None:
        self._target.flush()


class Parquet:
    def __init__(self, target: IO[bytes], columns: Sequence[Column]) -> None:
        fields = [pa.field(column.name, ARROW[column.type], metadata=_told(column)) for column in columns]
        self._schema = pa.schema(fields)
        self._writer = parquet.ParquetWriter(
            pa.PythonFile(target, mode="w"), self._schema, compression="zstd"
        )
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, columns: Sequence[Values]) -> None:
        arrays = [pa.array(v, type=f.type) for v, f in zip(columns, self._schema, strict=True)]
        batch = pa.record_batch(arrays, schema=self._schema)
        self._waiting.append(batch)
        self._rows += batch.num_rows
        if self._rows >= ROW_GROUP:
            self._write()

    def _write(self) -> None:
        """Small batches would make small row groups, which are slow to read."""
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        self._write()
        self._writer.close()


def _told(column: Column) -> dict[str, str] | None:
    return {"description": column.text} if column.text else None
