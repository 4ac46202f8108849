"""The figures of the home page: how many customers, and sales by week."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import customers, orders
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Day, Money, Number, Out, Page, money
from regulars.kernel import local_day

router = resource("figures")
WEEKS = 53


class Week(Out):
    week: Day = Field(description="Its first local day.")
    orders: int
    customers: int
    sales: Money


class Figures(Out):
    customers: int


@router.get("/figures", openapi_extra=permission("figures.view"))
def figures(call: Calling) -> Figures:
    """The workspace in numbers."""
    with call.enter() as entered:
        return Figures(customers=customers.count(entered.tx))


@router.get("/figures/sales-by-week", openapi_extra=permission("figures.view"))
def sales_by_week(
    call: Calling,
    first: Annotated[
        Day | None,
        Query(description="The first day of the first week; else so that the last week is running."),
    ] = None,
    weeks: Annotated[Number, Query(ge=1, le=260)] = WEEKS,
) -> Page[Week]:
    """Sales of local weeks, by currency; a week without orders is left out."""
    with call.enter() as entered:
        zone = entered.app.zone
        today = local_day(entered.at, zone)
        monday = today - timedelta(days=today.weekday(), weeks=weeks - 1)
        found = orders.sales_by_week(entered.tx, first or monday, weeks, zone)
        return Page(
            items=tuple(
                Week(
                    week=one.week,
                    orders=one.orders,
                    customers=one.customers,
                    sales=money(one.total_minor, one.currency),
                )
                for one in found
            )
        )
