"""Ready statements over the whole history: which there are, and what one of them answers now."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from regulars import analytics
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Out, Page

router = resource("lake")
ROWS_MAX = 10_000
MEMORY = "1GB"
Name = Annotated[
    str,
    Path(description="Of the statement.", min_length=1, max_length=60, examples=["orders_by_month"]),
]


class Statement(Out):
    name: str = Field(examples=["orders_by_month"])
    about: str = Field(examples=["Orders, buyers and sums of each month and currency."])


class Answer(Statement):
    columns: tuple[str, ...] = Field(examples=[["month", "currency", "orders"]])
    rows: tuple[tuple[str | int | float | bool | None, ...], ...] = Field(
        description="Money in the smallest unit of its currency, days and instants as texts.",
        examples=[[["2025-03-01", "EUR", 120]]],
    )
    cut: bool = Field(description=f"Whether there were more than {ROWS_MAX:,} rows.", examples=[False])


@router.get("/lake/statements", openapi_extra=permission("events.export"))
def list_statements(call: Calling) -> Page[Statement]:
    """The ready statements by name."""
    with call.enter():
        return Page(items=tuple(Statement(name=one.name, about=one.about) for one in analytics.READY))


@router.get("/lake/statements/{name}", openapi_extra=permission("events.export"), responses=documented(503))
def ask_statement(call: Calling, name: Name) -> Answer:
    """What a ready statement answers over everything as of now; days and months in the workspace's zone."""
    with call.enter():
        one = analytics.ready(name)
    with analytics.open_engine(call.app.lake, memory=MEMORY) as engine:
        found = engine.ask(one.of(call.app.zone)).read_all()
    rows = [tuple(map(_plain, row.values())) for row in found.slice(0, ROWS_MAX).to_pylist()]
    return Answer(
        name=one.name,
        about=one.about,
        columns=tuple(found.schema.names),
        rows=tuple(rows),
        cut=found.num_rows > ROWS_MAX,
    )


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
