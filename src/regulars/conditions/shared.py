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

# Profiles that are another's are few: to look up everybody's person would cost more than that.
PROFILES = (
    "select id as customer_id, id as person_id from unnest({ids}) as id "
    "union all select customer_id, person_id from customers.fact_merged where person_id = any({ids})"
)
# Only the pieces of the log in which somebody has events are asked for them, one by one.
PLACES = "cross join lateral log.places_of(person.customer_id, {since}) as place"
PLACED = f"{FACT}.position >= place.first_position and {FACT}.position < place.end_position"
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
    source = one.source
    starts = [start for start in one.starts if start is not None]
    since = statement.bind(min(starts), "instant") if len(starts) == len(one.starts) else ""
    kept = [f"{FACT}.at >= {since}"] if since else []
    if one.names:
        kept.append(statement.dialect.among(f"{FACT}.name", sorted(one.names), "text", statement.bind))
    person = "person.person_id" if source.by_atom else f"{FACT}.customer_id"
    asked = sorted((one.columns | statement.used.get(source.name, set())) - {"customer_id"})
    columns = ", ".join([f"{person} as customer_id", *(f'{FACT}."{name}"' for name in asked)])
    how = "materialized " if one.uses > 1 else ""
    return f"{one.alias} as {how}(select {columns} from {_rows(statement, source, kept, since)})"


def _rows(statement: "Statement", source: Source, kept: Sequence[str], since: str) -> str:
    """The facts of those who are asked; of profiles beside the person whose they are."""
    facts = f"({statement.dialect.rows(source)}) as {FACT}"
    if not source.by_atom:
        return f"{facts} where {' and '.join([f'{FACT}.customer_id = any({statement.ids})', *kept])}"
    people = f"({PROFILES.format(ids=statement.ids)}) as person"
    theirs = f"{FACT}.customer_id = person.customer_id"
    if source.in_log:
        places = PLACES.format(since=since or "'-infinity'")
        wanted = " and ".join([theirs, PLACED, *kept])
        return (
            f"{people} {places} cross join lateral (select * from {facts} where {wanted} offset 0) as {FACT}"
        )
    return f"{people} inner join {facts} on {' and '.join([theirs, *kept])}"
