"""Sources of facts: what conditions can measure of a customer, and where each engine finds it.

Rooms above register theirs in the composition root, before anything is asked; so tier, balance, lots, sends
and campaigns come into conditions that know nothing of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Type = Literal["text", "number", "minor", "instant", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A property that stands in a column of its own."""

    type: Type
    title: str  # In a sentence: "the product's category".
    of_catalogue: bool = False  # Told of the product: it changes with the catalogue, when no order does.


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Facts of customers: one row each, with a customer, perhaps a moment, and properties.

    `rows` is a SELECT over published views of PostgreSQL; `lake_rows` the same rows over relations that
    DuckDB and Spark have: tables of the lake (`lake_tables`) and copies taken out of PostgreSQL at the
    same instant (`copies`: name to SELECT). Empty `lake_rows` mean that `rows` itself is copied. Both
    give the columns `customer_id`, `at` if there is one, `name` if facts are told apart by one, `told`
    (JSON) if there are paths, and those of `columns`.
    """

    name: str
    title: str  # Plural, as in "orders".
    rows: str
    by_atom: bool  # True: customer_id is a profile as it was first seen; False: it is the person.
    columns: Mapping[str, Column] = field(default_factory=dict)
    has_moment: bool = True
    ahead: bool = False  # Moments lie in the future: when something expires.
    has_name: bool = False
    names: tuple[str, ...] = ()  # What `name` may be, where that is fixed: queued, sent, …
    has_told: bool = False
    in_log: bool = False  # True: `rows` gives the position in the log, too, at which a fact stands.
    lake_rows: str = ""
    lake_tables: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    # Which events of the log can change a customer's facts: by name; "*" is the tracked events themselves by
    # their own name.
    touched_by: tuple[str, ...] = ()
    one: str = ""  # Singular in a sentence: "order".
    instead: str = ""  # What conditions ask in its place; then nobody writes that it is measured.
    verb: str = "had"  # In a sentence: "bought", "received".


SOURCES: dict[str, Source] = {}


def register(*sources: Source) -> None:
    """Make sources known; the same one again is the same, another under a known name is a mistake."""
    for one in sources:
        if SOURCES.setdefault(one.name, one) != one:
            raise ValueError(f"Two different sources are called {one.name!r}.")
