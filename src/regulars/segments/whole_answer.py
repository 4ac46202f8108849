"""What DuckDB answers of everybody: who belongs where, and when time may next change that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.analytics import Lake
from regulars.conditions import everybody
from regulars.segments.looking import chunks
from regulars.segments.plan import Plan, Unit

Numbers = np.ndarray[Any, np.dtype[np.int64]]
MOMENT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeAnswer:
    members: dict[int, Numbers]  # By number of segment, sorted.
    following: pa.Table  # customer_id, and the instant; null: never.


def whole_answer(lake: Lake, plan: Plan, at: datetime) -> WholeAnswer:
    """Ask everybody everything at an instant; chunks see the database one after the other."""
    members: dict[int, Numbers] = {}
    following: list[pa.Table] = []
    for chunk in chunks(plan.units):
        conditions = [one for unit in chunk for one in unit.conditions]
        table = everybody(lake, conditions, at, zone=plan.zone, next_change=True).sort_by("customer_id")
        columns = [table[f"n{number}"].cast(MOMENT).cast("int64") for number in range(len(conditions))]
        earliest = pc.min_element_wise(*columns, skip_nulls=True).cast(MOMENT)
        following.append(pa.table({"customer_id": table["customer_id"], "at": earliest}))
        place = 0
        for unit in chunk:
            members |= _members(table, unit, place)
            place += len(unit.conditions)
    return WholeAnswer(members=members, following=pa.concat_tables(following))


def _members(table: pa.Table, unit: Unit, place: int) -> dict[int, Numbers]:
    """Each customer in the first segment of a unit whose condition holds."""
    ids = table["customer_id"].to_numpy()
    free = np.ones(len(ids), dtype=bool)
    found: dict[int, Numbers] = {}
    for number, segment_id in enumerate(unit.segment_ids, place):
        holds = table[f"c{number}"].to_numpy() & free
        found[segment_id] = ids[holds]
        free &= ~holds
    return found
