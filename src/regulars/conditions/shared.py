"""Facts of those who are asked, read by index once, however many figures and steps ask of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from regulars.conditions.passes import FACT
from regulars.conditions.source import Source

if TYPE_CHECKING:
    from regulars.conditions.statement import Statement

COLUMN = re.compile(rf'\b{FACT}\."?(\w+)')


@dataclass(slots=True, kw_only=True)
class Shared:
    source: Source
    alias: str
    uses: int = 0
    columns: set[str] = field(default_factory=set)
    starts: set[datetime | None] = field(default_factory=set)  # None: ever.
    names: set[str] | None = field(default_factory=set)  # None: any.

    def use(self, texts: Iterable[str], since: datetime | None, names: Sequence[str]) -> str:
        """Note what texts ask of facts since an instant, of some names or any; gives its name."""
        self.uses += 1
        self.columns |= {name for text in texts for name in COLUMN.findall(text)}
        self.starts.add(since)
        self.names = self.names | set(names) if self.names is not None and names else None
        return self.alias


def read_once(statement: "Statement", one: Shared) -> str:
    """What all ask for together; of a single use the planner makes no table."""
    source, dialect = one.source, statement.dialect
    joins, person = statement.joined_person() if source.by_atom else ("", f"{FACT}.customer_id")
    kept = [f"{person} = any({statement.ids})"]
    starts = [start for start in one.starts if start is not None]
    if len(starts) == len(one.starts):
        kept.append(f"{FACT}.at >= {statement.bind(min(starts), 'instant')}")
    if one.names:
        kept.append(dialect.among(f"{FACT}.name", sorted(one.names), "text", statement.bind))
    asked = sorted((one.columns | statement.used.get(source.name, set())) - {"customer_id"})
    columns = ", ".join([f"{person} as customer_id", *(f'{FACT}."{name}"' for name in asked)])
    how = "materialized " if one.uses > 1 else ""
    return (
        f"{one.alias} as {how}(select {columns} from ({dialect.rows(source)}) as {FACT}{joins} "
        f"where {' and '.join(kept)})"
    )
