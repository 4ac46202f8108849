"""Tables of a lake laid out by hand: files of several ages, rows that are recent, and people who merged."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.analytics import Relation
from regulars.wiring import LAKE

START = datetime(2024, 11, 3, tzinfo=UTC)
WATERMARK = 6_000
SCHEMAS = {table.name: table.schema() for table in LAKE}
KEYS = {"events": "position", "orders": "order_id", "ledger_entries": "entry_id", "messages": "send_id"}
PEOPLE = pa.table(
    {"customer_id": pa.array([3, 7, 9], pa.int64()), "person_id": pa.array([2, 2, 8], pa.int64())}
)


def relations(folder: Path, *, rows: int = 8_000) -> list[Relation]:
    """Every table cut into old files, one of which knows fewer columns, and what is not in them yet."""
    dice = random.Random(7)
    made = {name: [row(dice, name, number) for number in range(1, rows + 1)] for name in SCHEMAS}
    return [
        _relation(folder, name, pa.Table.from_pylist(found, SCHEMAS[name])) for name, found in made.items()
    ]


def _relation(folder: Path, name: str, table: pa.Table) -> Relation:
    middle = WATERMARK // 2
    files = (
        table.slice(0, middle).drop([table.schema.names[-1]]),
        table.slice(middle, WATERMARK - middle + 200),
    )
    paths = [str(folder / f"{name}-{number}.parquet") for number in range(len(files))]
    for path, part in zip(paths, files, strict=True):
        pq.write_table(part, path)
    key = KEYS.get(name, "order_id")
    rule = (
        f"select * from {{files}} where {key} <= {WATERMARK} union all "
        f"select * from {{hot}} where {key} > {WATERMARK}"
    )
    return Relation(
        name=name,
        schema=table.schema,
        files=tuple(paths),
        hot=table.slice(WATERMARK - 100),
        rule=rule,
        contacts=("properties",) if name == "events" else (),
    )


def row(dice: random.Random, name: str, number: int) -> dict:
    at = START + timedelta(hours=number * 1.3, microseconds=dice.randrange(1_000_000))
    minor = dice.randrange(1, 30_000)
    money = {
        "currency": dice.choice(["EUR", "USD"]),
        "total_minor": minor,
        "net_minor": minor - dice.choice([0, 0, 100]) if minor > 100 else minor,
        "status": dice.choice(["open", "open", "cancelled", "part_refunded"]),
    }
    told = {
        "order_id": f"o-{number // 2}",
        "total": minor / 100,
        "currency": dice.choice(["EUR", None]),
        "email": f"jane.{number}@shop.example",
        "note": "Ring +49 170 1234567, or write to joe@shop.example",
        "Shipping Address": {"street": "Main 1", "town": "Lima"},
        "shoe_size": 42,
        "items": [{"name": 'Tea, 7" tin', "price": 1.1}],
    }
    everything = {
        "position": number,
        "order_id": number,
        "entry_id": number,
        "send_id": number,
        "line": 1,
        "customer_id": dice.choice([None, *range(1, 60)]) if name == "events" else dice.randrange(1, 60),
        "occurred_at": at,
        "booked_at": at,
        "queued_at": at,
        "source": dice.choice(["shop", "regulars", "till"]),
        "type": dice.choice(["track", "track", "identify"]),
        "name": dice.choice(["Order Completed", "Page Viewed", "Größe gewählt"]),
        "properties": json.dumps(told, ensure_ascii=False) if number % 7 else "{}",
        "history": number < 300,
        "product_key": f"tea-{dice.randrange(150)}",
        "quantity": (number % 90) / 8,
        "programme": "club",
        "account": dice.choice(["active", "issued", "pending"]),
        "transfer": dice.choice(["earn", "spend"]),
        "amount": dice.choice([-1, 1]) * dice.randrange(1, 900),
        "source_kind": "campaign",
        "source_key": dice.choice(["win_back", "hello"]),
        "channel": "email",
        "arm": dice.choice(["treated", "held_out"]),
        "state": dice.choice(["sent", "failed", "held_out"]),
        **money,
    }
    return {field: everything.get(field) for field in SCHEMAS[name].names}
