"""Reconciliation: our orders beside the shop's own figures."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from regulars import orders
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    Day,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Out,
    Page,
    Text,
    id_in_path,
    id_type,
    money,
)
from regulars.kernel import Invalid, parse_public_id, public_id

router = resource("reconciliation")
DifferenceKind = Literal["missing_here", "missing_there", "other_amount", "other_day"]
ReconciliationInPath = Annotated[str, id_in_path("rec", "the reconciliation")]
EXAMPLE = "date,orders,total\n2025-03-01,120,4310.55\n"


class Reconciliation(Out):
    id: Annotated[str, id_type("rec", "a reconciliation")]
    title: str = Field(examples=["March against the shop's report"])
    source: str | None = Field(description="Null: what stands, whoever reported it.", examples=["server"])
    currency: str = Field(examples=["USD"])
    zone: str = Field(description="Whose days are meant.", examples=["America/New_York"])
    by_order: bool = Field(description="Whether single orders were given, or sums of days.")
    made_by: str = Field(examples=["Ada"])
    made_at: Instant
    first_day: Day
    last_day: Day
    then_differing: int = Field(description="Days that differed when it was made.")


class ComparedDay(Out):
    day: Day
    ours_orders: int
    ours: Money
    theirs_orders: int
    theirs: Money
    difference: Money = Field(description="Ours less theirs.")
    agrees: bool


class DifferenceCount(Out):
    kind: DifferenceKind
    orders: int


class ReconciliationNow(Reconciliation):
    differing: int = Field(description="Days that differ now.")
    days: tuple[ComparedDay, ...]
    differences: tuple[DifferenceCount, ...]


class OrderDifference(Out):
    kind: DifferenceKind
    order_key: str
    order: str | None = Field(description="Ours, where we know it at all.", examples=["ord_1000"])
    day: Day
    ours_day: Day | None
    ours: Money | None
    theirs: Money | None
    known_as: str | None = Field(
        description="Why not among ours though known: cancelled, other_day, other_source, other_currency."
    )


class Reconciling(In):
    title: Annotated[Line, Field(min_length=1, pattern=r"\S")] = Field(examples=["March"])
    figures: Annotated[Text, Field(min_length=1, max_length=3_900_000)] = Field(
        description="Comma separated: date,orders,total or order_id,date,total[,refunded].",
        examples=[EXAMPLE],
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(examples=["USD"])
    source: Line | None = Field(
        default=None, description="One source by what it said itself.", examples=[None]
    )


@router.get("/reconciliations", openapi_extra=permission("orders.reconcile"))
def list_reconciliations(call: Calling, cursor: Cursor = None, limit: Limit = 50) -> Page[Reconciliation]:
    """The comparisons that were made, the latest first."""
    with call.enter() as entered:
        page = orders.list_reconciliations(entered.tx, cursor, limit)
        return Page(items=tuple(Reconciliation.model_validate(one) for one in page.items), next=page.next)


@router.post(
    "/reconciliations",
    status_code=201,
    openapi_extra=permission("orders.reconcile"),
    responses=documented(400, 409, 413, 415),
)
def reconcile(call: Calling, body: Reconciling) -> ReconciliationNow:
    """Keep the shop's figures and compare them with our orders."""
    with call.enter() as entered:
        if body.source is not None and not body.source.strip():
            raise Invalid("A source was asked and a blank one given; leave it out for all.")
        zone = entered.app.zone
        theirs = orders.read_figures(body.figures.encode(), currency=body.currency, zone=zone)
        made = orders.reconcile(
            entered.tx,
            theirs,
            title=body.title,
            source=body.source,
            currency=body.currency,
            zone=zone,
            made_by=entered.actor.name,
            at=entered.at,
        )
        entered.record(
            "orders.reconcile", kind="reconciliation", subject=made.id, after={"title": made.title}
        )
        return _now(made, orders.compare(entered.tx, made))


@router.get("/reconciliations/{reconciliation}", openapi_extra=permission("orders.reconcile"))
def get_reconciliation(call: Calling, reconciliation: ReconciliationInPath) -> ReconciliationNow:
    """Every day, ours counted now."""
    with call.enter() as entered:
        made = orders.get_reconciliation(entered.tx, parse_public_id("rec", reconciliation))
        return _now(made, orders.compare(entered.tx, made))


@router.get("/reconciliations/{reconciliation}/differences", openapi_extra=permission("orders.reconcile"))
def differences(
    call: Calling,
    reconciliation: ReconciliationInPath,
    kind: Annotated[DifferenceKind | None, Query(description="Only these.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OrderDifference]:
    """The orders that are not the same on both sides, by day."""
    with call.enter() as entered:
        made = orders.get_reconciliation(entered.tx, parse_public_id("rec", reconciliation))
        page = orders.differences(entered.tx, made, kind, cursor, limit)
        return Page(items=tuple(_difference(one) for one in page.items), next=page.next)


def _now(made: orders.Reconciliation, compared: orders.Compared) -> ReconciliationNow:
    plain: dict[str, Any] = {name: getattr(made, name) for name in Reconciliation.model_fields}
    return ReconciliationNow(
        **plain,
        differing=compared.differing,
        days=tuple(
            ComparedDay(
                day=one.day,
                ours_orders=one.ours_orders,
                ours=money(one.ours.minor, one.ours.currency),
                theirs_orders=one.theirs_orders,
                theirs=money(one.theirs.minor, one.theirs.currency),
                difference=money(one.difference.minor, one.difference.currency),
                agrees=one.agrees,
            )
            for one in compared.days
        ),
        differences=tuple(
            DifferenceCount(kind=kind, orders=count) for kind, count in compared.differences.items()
        ),
    )


def _difference(one: orders.Difference) -> OrderDifference:
    return OrderDifference(
        kind=one.kind,
        order_key=one.order_key,
        order=None if one.order_id is None else public_id("ord", one.order_id),
        day=one.day,
        ours_day=one.ours_day,
        ours=money(one.ours.minor, one.ours.currency) if one.ours else None,
        theirs=money(one.theirs.minor, one.theirs.currency) if one.theirs else None,
        known_as=one.known_as,
    )
