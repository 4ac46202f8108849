"""Answers of `regulars sql` as a table on the screen, or whole as CSV, JSON Lines or Parquet."""

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from regulars.kernel import Invalid

Format = Literal["table", "csv", "json", "parquet"]
ROWS_SHOWN = 100
SIGNS_SHOWN = 60
NOTHING = "null"
# A spreadsheet would run a cell that begins so; numbers are no texts and are left as they are.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ENCODER = msgspec.json.Encoder(decimal_format="number")


def put_out(reader: Any, kind: Format, output: Path | None) -> None:
    """Write all batches of an answer to a file that is there when it is whole, or to the standard output."""
    if kind == "parquet":
        assert output is not None
        with _whole(output) as part:
            _parquet(reader, part)
        return
    writing = {"table": _table, "csv": _csv, "json": _json}[kind]
    if output is None:
        writing(reader, sys.stdout)
        sys.stdout.flush()
        return
    with _whole(output) as part, part.open("w", encoding="utf-8", newline="") as target:
        writing(reader, target)


@contextmanager
def _whole(output: Path) -> Iterator[Path]:
    part = output.with_name(f".{output.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield part
        part.replace(output)
    except OSError as cause:
        raise Invalid(f"{output} cannot be written ({cause.strerror}). Name another file.") from cause
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _rows(reader: Any) -> Iterator[list[Any]]:
    for batch in reader:
        columns = [column.to_pylist() for column in batch.columns]
        yield from (list(row) for row in zip(*columns, strict=True))


def _table(reader: Any, out: IO[str]) -> None:
    names = [_shown(name) for name in reader.schema.names]
    rows: list[list[Any]] = []
    for row in _rows(reader):
        if len(rows) == ROWS_SHOWN:
            last = f"The first {ROWS_SHOWN} rows; --format csv --output FILE gives all."
            break
        rows.append(row)
    else:
        last = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    texts = [[_shown(_text(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
    numbers = [_is_number(field) for field in reader.schema]
    for line in (names, ["─" * width for width in widths], *texts):
        cells = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numbers, strict=True)
        ]
        out.write("  ".join(cells).rstrip() + "\n")
    out.write(f"{last}\n")


def _is_number(field: Any) -> bool:
    return str(field.type).startswith(("int", "uint", "float", "double", "decimal", "hal"))


def _text(value: object) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return str(value).lower()
        case datetime():
            return _instant(value)
        case str() | int() | float() | Decimal() | date():
            return str(value)
        case _:
            return ENCODER.encode(value).decode()


def _instant(value: datetime) -> str:
    return value.isoformat(sep=" ").replace("+00:00", "Z")


def _shown(text: str) -> str:
    """A text on one line of a screen: no sign in it does anything."""
    plain = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text[: SIGNS_SHOWN + 1])
    return plain if len(plain) <= SIGNS_SHOWN else plain[: SIGNS_SHOWN - 1] + "…"


def _csv(reader: Any, out: IO[str]) -> None:
    writer = csv.writer(out)
    writer.writerow(map(_harmless, reader.schema.names))
    for row in _rows(reader):
        writer.writerow(
            "" if value is None else _harmless(value) if isinstance(value, str) else _text(value)
            for value in row
        )


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _json(reader: Any, out: IO[str]) -> None:
    names = reader.schema.names
    for row in _rows(reader):
        out.write(ENCODER.encode(dict(zip(names, row, strict=True))).decode() + "\n")


def _parquet(reader: Any, part: Path) -> None:
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - it takes a moment to load.

    with ParquetWriter(part, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
