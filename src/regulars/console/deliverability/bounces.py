"""What came back: by day, by the domain of the address, by code; and what belongs to no message of ours."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response

from regulars import access, deliverability
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.deliverability.places import tabs
from regulars.console.parts import Column, Figure, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.deliverability import BackByDay, ByDomain, ComeBack, Unmatched
from regulars.kernel import NotFound, local_day

router = pages()
Form = Annotated[str, Query(alias="format")]  # svg, png or csv of the plot.
SPANS = {"7": "7 days", "28": "28 days", "91": "13 weeks"}
DOMAIN_COLUMNS = (
    Column(title="Domain of the address"),
    Column(title="For good", numeric=True),
    Column(title="For now", numeric=True),
    Column(title="Refused", numeric=True),
    Column(title="Complaints", numeric=True),
)
CODE_COLUMNS = (Column(title="Code"), Column(title="Times", numeric=True), Column(title="In their words"))
UNMATCHED_COLUMNS = (
    Column(title="What it says"),
    Column(title="Why it could not be matched"),
    Column(title="Let it go", hidden_title=True),
)
WORDS = {"hard": "for good", "soft": "for now", "block": "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncesPage:
    tabs: tuple[Tab, ...]
    span: str
    spans: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    chart: Chart
    back: ComeBack
    domain_columns: tuple[Column, ...]
    domains: tuple[ByDomain, ...]
    code_columns: tuple[Column, ...]
    words: dict[str, str]
    policy: str
    unmatched: tuple[Unmatched, ...]
    unmatched_columns: tuple[Column, ...]
    next_href: str
    shows_addresses: bool
    may_drop: bool


@router.get("/deliverability/bounces")
def bounces(visit: Visiting, days: str = "28", cursor: str | None = None, form: Form = "") -> Response:
    access.require(visit.actor, "figures.view")
    span = days if days in SPANS else "28"
    value = _page(visit, span, cursor)
    if form:
        return chart_file(value.chart, form)
    return page(visit, "deliverability/bounces.html", value)


def _page(visit: Visit, span: str, cursor: str | None) -> BouncesPage:
    sees = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    looks = access.allows(visit.actor, "sources.view").outcome == "yes"
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        back = deliverability.come_back(tx, at, visit.app.zone, days=int(span))
        found = deliverability.unmatched(tx, cursor=cursor, limit=20) if looks else None
        policy = deliverability.BOUNCE_POLICY.sentence(deliverability.bounce_policy(tx))
    return BouncesPage(
        tabs=tabs("/deliverability/bounces"),
        span=span,
        spans=tuple(SPANS.items()),
        figures=_figures(back.by_day, SPANS[span]),
        chart=_chart(back.by_day, local_day(at, visit.app.zone), span),
        back=back,
        domain_columns=DOMAIN_COLUMNS,
        domains=tuple(back.by_domain),
        code_columns=CODE_COLUMNS,
        words=WORDS,
        policy=policy,
        unmatched=found.items if found else (),
        unmatched_columns=UNMATCHED_COLUMNS,
        next_href=f"/deliverability/bounces?days={span}&cursor={quote(found.next)}"
        if found and found.next
        else "",
        shows_addresses=sees,
        may_drop=looks,
    )


def _figures(days: list[BackByDay], span: str) -> tuple[Figure, ...]:
    sent = sum(one.sent for one in days)
    parts = (
        ("Bounced for good", sum(one.hard for one in days)),
        ("Bounced for now", sum(one.soft for one in days)),
        ("Refused because of us", sum(one.block for one in days)),
        ("Complaints", sum(one.complained for one in days)),
    )
    shares = (
        Figure(
            label=label, value=f"{count:,}", note=f"{100 * count / sent:.2f}% of what left" if sent else ""
        )
        for label, count in parts
    )
    return (Figure(label="Left", value=f"{sent:,}", note=f"in {span}"), *shares)


def _chart(days: list[BackByDay], today: object, span: str) -> Chart:
    series = (("For good", "hard"), ("For now", "soft"), ("Refused", "block"), ("Complaints", "complained"))
    return trend(
        key="came-back",
        title="What came back by day",
        marks=[
            Mark(day=one.day, value=getattr(one, name), series=title, finished=one.day != today)
            for title, name in series
            for one in days
        ],
        unit="messages",
        definition="Bounces and complaints by the day on which they came, whenever the message had left.",
        href=f"/deliverability/bounces?days={span}",
    )


@router.post("/deliverability/unmatched/{mail_id}/drop")
def drop(visit: Visiting, mail_id: int) -> Response:
    access.require(visit.actor, "sources.view")
    with visit.app.database.transaction() as tx:
        if not deliverability.drop_unmatched(tx, mail_id):
            raise NotFound("It is not there any more.")
        visit.record(tx, "deliverability.unmatched_dropped", kind="mail", subject=str(mail_id))
    return redirect(visit, "/deliverability/bounces", "It is gone.")
