"""Planned properties as columns of their own: what the plan declares is read without looking into JSON.

The JSON text stays whole: a value that is not of its declared type must not get lost, and a plan that
changes must not change what was written. A column is filled from one position on; before it, the reader
takes the value from the JSON text.
"""

import re
from dataclasses import dataclass

from regulars import definitions, events
from regulars.analytics.state import SQL
from regulars.analytics.table import Type
from regulars.db import Tx, rows, run

SAFE = re.compile(r"[a-z][a-z0-9_]{0,49}")
COLUMNS_MAX = 300
KINDS: dict[str, Type] = {"text": "text", "number": "number", "integer": "bigint", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedColumn:
    name: str
    property: str
    type: Type
    from_position: int

    def in_postgresql(self) -> str:
        """Its value of a row of the log."""
        held = f"(properties -> '{self.property}')"
        text = f"(properties ->> '{self.property}')"
        match self.type:
            case "text":
                return f"case when jsonb_typeof{held} = 'string' then {text} end"
            case "boolean":
                return f"case when jsonb_typeof{held} = 'boolean' then {text}::bool end"
            case "bigint":
                fits = f"{text} ~ '^-?[0-9]{{1,18}}$'"
                return (
                    f"case when jsonb_typeof{held} = 'number' then case when {fits} then {text}::int8 end end"
                )
            case _:
                return f"case when jsonb_typeof{held} = 'number' then {text}::float8 end"

    def in_files(self) -> str:
        """Its value of a row of a file, of one from before it was declared too; for every engine."""
        if self.from_position <= 1:
            return self.name
        found = f"get_json_object(properties, '$.{self.property}')"
        cast = {"text": "string", "bigint": "bigint", "boolean": "boolean", "number": "double"}[self.type]
        before = f"try_cast({found} as {cast})"
        return f"case when position >= {self.from_position} then {self.name} else {before} end"


def known(tx: Tx) -> list[TypedColumn]:
    return rows(tx, SQL.typed_columns, TypedColumn)


def declare(tx: Tx, from_position: int) -> list[TypedColumn]:
    """Make columns for what is planned and has none yet, from a position on; gives all."""
    found = known(tx)
    taken = {(one.property, one.type) for one in found}
    wanted = [one for one in _planned(tx) if one not in taken][: COLUMNS_MAX - len(found)]
    for property_, kind in wanted:
        name = f"{property_}_{'integer' if kind == 'bigint' else kind}"
        run(tx, SQL.make_column, name=name, property=property_, type=kind, from_position=from_position)
    return known(tx) if wanted else found


def _planned(tx: Tx) -> list[tuple[str, Type]]:
    plans = definitions.all_live(tx, events.TRACKED_EVENT)
    return sorted(
        {
            (name, KINDS[one.type])
            for plan in plans
            for name, one in plan.body.properties.items()
            if one.type in KINDS and SAFE.fullmatch(name)
        }
    )
