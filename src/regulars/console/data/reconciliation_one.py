"""One reconciliation: the difference of each day as picture and table, and the orders that differ."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, orders
from regulars.console.chart_files import chart_file, plain_cell
from regulars.console.charts import SERIES, Chart
from regulars.console.console import pages
from regulars.console.formats import count_of, day, money, number
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.visit import Visiting, page
from regulars.db import Tx
from regulars.kernel import Money, parse_public_id, public_id
from regulars.orders import Compared, ComparedDay, Difference, DifferenceKind, Reconciliation

router = pages()
AGAINST = "#d55e00"
EXPORT_PAGE = 5000
KINDS: dict[DifferenceKind, str] = {
    "missing_here": "Missing here",
    "missing_there": "Missing there",
    "other_amount": "Other amounts",
    "other_day": "Other days",
}
KNOWN_AS = {
    "cancelled": "we know it as cancelled",
    "other_day": "ours is of a day outside",
    "other_source": "another source told us",
    "other_currency": "ours is in another currency",
}
DAY_COLUMNS = (
    Column(title="Day"),
    Column(title="Our orders", numeric=True),
    Column(title="Their orders", numeric=True),
    Column(title="Our sum", numeric=True),
    Column(title="Their sum", numeric=True),
    Column(title="Difference", numeric=True),
)
ORDER_COLUMNS = (
    Column(title="Order"),
    Column(title="What differs"),
    Column(title="Their day"),
    Column(title="Ours", numeric=True),
    Column(title="Theirs", numeric=True),
    Column(title="Difference", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    key: str
    href: str
    what: str
    note: str
    day: str
    ours: Money | None
    theirs: Money | None
    difference: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationPage:
    made: Reconciliation
    state: str
    tone: Tone
    verdict: str
    figures: tuple[Figure, ...]
    chart: Chart
    days: tuple[ComparedDay, ...]
    hidden_days: int  # That agree and are left out.
    all_days_href: str
    kinds: tuple[Tab, ...]
    rows: tuple[OrderRow, ...]
    next_href: str
    first_href: str
    day_columns: tuple[Column, ...] = DAY_COLUMNS
    order_columns: tuple[Column, ...] = ORDER_COLUMNS


@router.get("/data/reconciliation/{reconciliation_id}")
def one(
    visit: Visiting,
    reconciliation_id: str,
    kind: str = "",
    days: str = "",
    cursor: str = "",
    format: str = "",  # noqa: A002 - the address says so.
) -> Response:
    access.require(visit.actor, "orders.reconcile")
    with visit.app.database.transaction() as tx:
        made = orders.get_reconciliation(tx, parse_public_id("rec", reconciliation_id))
        compared = orders.compare(tx, made)
        if format:
            return chart_file(_chart(made, compared), format)
        value = _page(tx, made, compared, kind=kind, cursor=cursor, every=days == "all")
    return page(visit, "data/reconciliation/one.html", value)


def _page(
    tx: Tx, made: Reconciliation, compared: Compared, *, kind: str, cursor: str, every: bool
) -> ReconciliationPage:
    asked = kind if kind in KINDS else None
    found = orders.differences(tx, made, asked, cursor or None)
    here = f"/data/reconciliation/{made.id}"
    told = {"kind": kind} if asked else {}
    shown = compared.days if every else tuple(one for one in compared.days if not one.agrees)
    return ReconciliationPage(
        made=made,
        state="agrees" if not compared.differing and not compared.differences else "differs",
        tone="good" if not compared.differing and not compared.differences else "waiting",
        verdict=_verdict(made, compared),
        figures=_figures(made, compared),
        chart=_chart(made, compared),
        days=shown,
        hidden_days=len(compared.days) - len(shown),
        all_days_href=f"{here}?{urlencode({**told, 'days': 'all'})}",
        kinds=_kinds(made, compared, here, kind),
        rows=tuple(_row(one) for one in found.items),
        next_href=f"{here}?{urlencode({**told, 'cursor': found.next})}" if found.next else "",
        first_href=f"{here}?{urlencode(told)}".rstrip("?") if cursor else "",
    )


def _kinds(made: Reconciliation, compared: Compared, here: str, kind: str) -> tuple[Tab, ...]:
    if not made.by_order:
        return ()
    every = Tab(title="All that differ", href=here, active=not kind, count=sum(compared.differences.values()))
    return (
        every,
        *(
            Tab(title=title, href=f"{here}?kind={key}", active=key == kind, count=compared.differences[key])
            for key, title in KINDS.items()
            if key in compared.differences
        ),
    )


def _verdict(made: Reconciliation, compared: Compared) -> str:
    days = len(compared.days)
    if not compared.differing and not compared.differences:
        return f"Ours and theirs are the same on {count_of(days, 'day')}, to the cent."
    text = f"{count_of(compared.differing, 'day')} of {number(days)} differ."
    if made.then_differing > compared.differing:
        text += f" When it was made, {number(made.then_differing)} did."
    if not made.by_order:
        text += " Give a file with order ids to see which orders."
    return text


def _figures(made: Reconciliation, compared: Compared) -> tuple[Figure, ...]:
    ours = Money(sum(one.ours.minor for one in compared.days), made.currency)
    theirs = Money(sum(one.theirs.minor for one in compared.days), made.currency)
    period = f"{day(made.first_day)} to {day(made.last_day)}"
    counts = [sum(getattr(one, name) for one in compared.days) for name in ("ours_orders", "theirs_orders")]
    kept = "after refunds, " if made.with_refunds else ""
    return (
        Figure(label="Ours", value=money(ours), note=f"{count_of(counts[0], 'order')}, {kept}{period}"),
        Figure(label="Theirs", value=money(theirs), note=f"{count_of(counts[1], 'order')}, {kept}{period}"),
        Figure(label="Difference", value=money(ours - theirs), note="ours less theirs"),
        Figure(
            label="Days that differ",
            value=number(compared.differing),
            note=f"of {number(len(compared.days))}; {number(made.then_differing)} when it was made",
        ),
    )


def _row(one: Difference) -> OrderRow:
    zero = Money(0, (one.ours or one.theirs or Money(0, "USD")).currency)
    note = KNOWN_AS.get(one.known_as or "", "")
    if one.kind == "other_day":
        note = f"ours is of {day(one.ours_day)}"
    return OrderRow(
        key=one.order_key,
        href=f"/data/orders/{public_id('ord', one.order_id)}" if one.order_id else "",
        what={**KINDS, "other_amount": "Other amount", "other_day": "Other day"}[one.kind],
        note=note,
        day=day(one.day),
        ours=one.ours,
        theirs=one.theirs,
        difference=(one.ours or zero) - (one.theirs or zero),
    )


def _chart(made: Reconciliation, compared: Compared) -> Chart:
    marks = [
        {
            "day": f"{one.day}T00:00:00",  # Without a time it would be taken for midnight in UTC.
            "value": float(one.difference.decimal),
            "colour": SERIES[0] if one.difference.minor >= 0 else AGAINST,
        }
        for one in compared.days
    ]
    return Chart(
        key="difference",
        title="Difference a day",
        spec={**_shape(made.currency), "data": {"values": marks}},
        columns=("Day", "Our orders", "Their orders", "Our sum", "Their sum", "Difference"),
        rows=tuple(
            (
                one.day, one.ours_orders, one.theirs_orders, float(one.ours.decimal),
                float(one.theirs.decimal), float(one.difference.decimal),
            )
            for one in compared.days
        ),
        unit=made.currency,
        definition="Our sum of the day less theirs; above zero ours is more. Days are those of "
        f"{made.zone}; cancelled orders are left out.",
        href=f"/data/reconciliation/{made.id}",
    )  # fmt: skip


@cache
def _shape(unit: str) -> dict[str, Any]:
    import altair as alt  # noqa: PLC0415 - half a second of start-up that most commands do not need.

    base = alt.Chart(alt.NamedData("rows"))
    bars = base.mark_bar().encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(tickCount=6, format="%-d %b", labelFlush=True)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5, format=",~f")),
        color=alt.Color("colour:N", scale=None),
        tooltip=[
            alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
            alt.Tooltip("value:Q", title=unit, format=",.2f"),
        ],
    )
    made: dict[str, Any] = bars.properties(width="container", height=220).to_dict()
    made.pop("config", None)  # The page's theme takes its place.
    made.pop("datasets", None)
    return made


@router.get("/data/reconciliation/{reconciliation_id}/days.csv")
def days_file(visit: Visiting, reconciliation_id: str) -> Response:
    """Every day with both sides."""
    access.require(visit.actor, "orders.reconcile")
    with visit.app.database.transaction() as tx:
        made = orders.get_reconciliation(tx, parse_public_id("rec", reconciliation_id))
        compared = orders.compare(tx, made)
    heading = ("day", "our_orders", "their_orders", "our_sum", "their_sum", "difference", "currency")
    lines = (
        (
            one.day, one.ours_orders, one.theirs_orders, one.ours.decimal, one.theirs.decimal,
            one.difference.decimal, made.currency,
        )
        for one in compared.days
    )  # fmt: skip
    return _file(f"reconciliation-{made.id}-days.csv", heading, lines)


@router.get("/data/reconciliation/{reconciliation_id}/orders.csv")
def orders_file(visit: Visiting, reconciliation_id: str, kind: str = "") -> Response:
    """Every order that differs."""
    access.require(visit.actor, "orders.reconcile")
    with visit.app.database.transaction() as tx:
        made = orders.get_reconciliation(tx, parse_public_id("rec", reconciliation_id))
        asked = kind if kind in KINDS else None
        lines = list(_lines(tx, made, asked))
    heading = ("order_id", "what", "day", "our_day", "our_sum", "their_sum", "currency", "known_as")
    return _file(f"reconciliation-{made.id}-orders.csv", heading, iter(lines))


def _lines(tx: Tx, made: Reconciliation, kind: DifferenceKind | None) -> Iterator[tuple[object, ...]]:
    cursor: str | None = None
    while True:
        found = orders.differences(tx, made, kind, cursor, EXPORT_PAGE)
        for one in found.items:
            ours = one.ours.decimal if one.ours else None
            theirs = one.theirs.decimal if one.theirs else None
            yield one.order_key, one.kind, one.day, one.ours_day, ours, theirs, made.currency, one.known_as
        if found.next is None:
            return
        cursor = found.next


def _file(name: str, heading: tuple[str, ...], lines: Iterator[tuple[object, ...]]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows([plain_cell(cell) for cell in line] for line in lines)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)
