"""Ready statements over the lake, written once for every engine, and asked by their names."""

from dataclasses import dataclass

from regulars.db import Query, Statements
from regulars.kernel import NotFound


class Sql(Statements, file="statements.sql"):
    events_by_day: Query
    events_by_source: Query
    active_people: Query
    orders_by_month: Query
    cohort_revenue: Query
    retention: Query
    repeat_rate: Query
    order_values: Query
    best_products: Query
    points_by_month: Query
    messages_by_state: Query
    reported_orders: Query


class StatementNotFound(NotFound):
    code = "analytics.statement_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    name: str
    about: str
    text: str  # With {zone} where days and months are cut.

    def of(self, zone: str) -> str:
        """The text for a workspace in this zone."""
        return self.text.replace("{zone}", zone)


def _ready(name: str, text: str) -> Ready:
    about, _, statement = text.partition("\n")
    return Ready(name=name, about=about.removeprefix("-- "), text=statement)


READY = tuple(_ready(name, text) for name, text in sorted(Sql.texts.items()))


def ready(name: str) -> Ready:
    """A statement by its name; raises StatementNotFound with the names there are."""
    for one in READY:
        if one.name == name:
            return one
    raise StatementNotFound(
        f"No statement is called {name!r}. There are: {', '.join(one.name for one in READY)}."
    )
